//! A repair as a step machine: one step at a time, each with a precondition, each verified before the next.
//!
//! The driver does what cannot be pure. It keeps to one rule: **persist the episode before carrying out what `next` gave,
//! and again after `record`.** Then a process that is killed anywhere can be followed by another one that reads the
//! episode back and goes on: a write whose result nobody heard of is looked for in the object itself.
//!
//! ```text
//! loop {
//!     match episode.next(&state) {            // state: read anew each time
//!         Next::Write(write) => { persist; let attempt = send(write); episode.record(attempt, now); persist }
//!         Next::Wait { .. }  => sleep,
//!         Next::Done(..)     => break,
//!     }
//! }
//! ```

mod advance;
mod undo;
mod write;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::diagnose::{Facts, diagnose_facts};
use super::plan::Step;
use super::state::ReleaseState;
use super::verdict::Diagnosis;
pub use undo::{UndoRefusal, undo};
pub use write::{Before, Write, WriteError};

/// The name under which all writes are made (`fieldManager`).
pub const FIELD_MANAGER: &str = "boltrope";

/// One attempt to repair one release, from the first write to the outcome. Serialized, it is journal and backup in one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Episode {
    /// The HelmRelease's namespace.
    pub namespace: String,
    /// The HelmRelease's name.
    pub name: String,
    /// What was tried.
    pub key: Key,
    /// The verdict that it is about, as a word.
    pub verdict: String,
    /// When it began.
    pub began: Option<Timestamp>,
    token: String,
    steps: Vec<Step>,
    /// The step that is next or under way.
    at: usize,
    phase: Phase,
    /// Writes that others got in between of, and writes without an answer.
    troubles: u32,
    saved: Vec<Saved>,
    outcome: Option<Outcome>,
}

/// What a driver needs of a repair, whichever it is.
///
/// ```
/// use boltrope::recovery::{ReleaseState, episode::{Attempt, Machine, Next, Write}};
///
/// /// The smallest driver: without a journal, a clock or a sleep.
/// fn drive(machine: &mut impl Machine, state: &ReleaseState<'_>, send: impl Fn(&Write) -> Attempt) -> Next {
///     let next = machine.next(state);
///     if let Next::Write(write) = &next {
///         machine.record(send(write), state.now);
///     }
///     next
/// }
/// ```
pub trait Machine {
    /// Namespace and name of the HelmRelease.
    fn place(&self) -> (&str, &str);
    /// How it ended, if it did.
    fn outcome(&self) -> Option<&Outcome>;
    /// The writes so far that can be taken back, each with the object before it.
    fn saved(&self) -> &[Saved];
    /// What to do, given the state as it is now. After the end it says the same again.
    fn next(&mut self, state: &ReleaseState<'_>) -> Next;
    /// Takes the result of the write that `next` gave.
    fn record(&mut self, attempt: Attempt, now: Option<Timestamp>);
}

/// What a cool-down is about: a release in one shape. A new generation or revision is another story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.generation`.
    pub generation: i64,
    /// The newest revision in Helm's storage.
    pub version: u64,
}

/// A write, and the object before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// The write.
    pub write: Write,
    /// The object before it.
    pub before: Before,
    /// The object's `resourceVersion` after it; `None` as long as nobody knows.
    pub left_at: Option<String>,
}

/// Where in a step the machine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "camelCase")]
enum Phase {
    /// The step has not begun.
    Ready,
    /// Its write was given out; its result is not known.
    Writing,
    /// It is written; the controller has to answer.
    Watching {
        token: String,
        since: Option<Timestamp>,
        answered: Option<Timestamp>,
    },
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Save the episode, then make this write and [`Episode::record`] its result.
    Write(Box<Write>),
    /// Read the state again after about so many seconds.
    Wait {
        /// How long.
        seconds: u32,
        /// What for.
        why: String,
    },
    /// It is over.
    Done(Outcome),
}

/// The result of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It was made; the object's new `resourceVersion`.
    Done {
        /// As the API server answered.
        resource_version: String,
    },
    /// The precondition did not hold: a conflict, or a failed `test`.
    Conflict,
    /// The API server does not allow it.
    Forbidden {
        /// The verb, resource and namespace that are missing, as text for a Role.
        missing: String,
    },
    /// The object is gone.
    Gone,
    /// Nobody knows whether it was made: a timeout, a lost connection.
    Unheard {
        /// What happened.
        why: String,
    },
}

/// How an episode ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// The release is healthy.
    Healed,
    /// It is not, and there is nothing more to try.
    Remains {
        /// The verdict at the end, as a word.
        verdict: String,
        /// What remains, as a sentence.
        message: String,
    },
    /// Something else is going on with the release now; the next run judges it anew.
    Changed {
        /// What changed.
        message: String,
    },
    /// Nothing could be written, loudly.
    Refused {
        /// What is missing.
        message: String,
    },
}

impl Key {
    /// The key of a state.
    #[must_use]
    pub fn of(state: &ReleaseState<'_>) -> Self {
        let facts = Facts::of(state);
        let generation = facts.object.value().pointer("/metadata/generation");
        Self {
            uid: facts.object.text("/metadata/uid").unwrap_or_default().to_owned(),
            generation: generation.and_then(serde_json::Value::as_i64).unwrap_or_default(),
            version: facts.newest.map_or(0, |newest| newest.record.version()),
        }
    }
}

impl Episode {
    /// Begins to carry out the plan of a diagnosis. `token` is a text that no earlier episode had: the moment will do.
    /// `None` if the plan has no step that may be taken.
    #[must_use]
    pub fn begin(
        diagnosis: &Diagnosis,
        state: &ReleaseState<'_>,
        token: &str,
        allow_deploy: bool,
    ) -> Option<Self> {
        let allowed = |step: &&Step| allow_deploy || !step.needs_allow_deploy;
        let steps: Vec<Step> = diagnosis.plan.steps.iter().filter(allowed).cloned().collect();
        if steps.is_empty() {
            return None;
        }
        Some(Self {
            namespace: diagnosis.namespace.clone(),
            name: diagnosis.name.clone(),
            key: Key::of(state),
            verdict: diagnosis.verdict.as_str().to_owned(),
            began: state.now,
            token: token.to_owned(),
            steps,
            at: 0,
            phase: Phase::Ready,
            troubles: 0,
            saved: Vec::new(),
            outcome: None,
        })
    }

    /// How it ended, if it did.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// The writes so far, each with the object before it.
    #[must_use]
    pub fn saved(&self) -> &[Saved] {
        &self.saved
    }

    /// Whether a release in this shape was tried less than `seconds` ago without success: then it is left alone.
    #[must_use]
    pub fn is_cooling(&self, key: &Key, now: Timestamp, seconds: i64) -> bool {
        let recent = self.began.is_none_or(|began| now.seconds_since(began) < seconds);
        self.key == *key && recent && !matches!(self.outcome, None | Some(Outcome::Healed))
    }

    /// What to do, given the state as it is now. After the end it says the same again.
    pub fn next(&mut self, state: &ReleaseState<'_>) -> Next {
        if let Some(outcome) = &self.outcome {
            return Next::Done(outcome.clone());
        }
        let facts = Facts::of(state);
        let diagnosis = diagnose_facts(&facts);
        let next = self.advance(&facts, &diagnosis);
        if let Next::Done(outcome) = &next {
            self.outcome = Some(outcome.clone());
        }
        next
    }

    /// Takes the result of the write that `next` gave.
    pub fn record(&mut self, attempt: Attempt, now: Option<Timestamp>) {
        if self.phase != Phase::Writing || self.outcome.is_some() {
            return;
        }
        match attempt {
            Attempt::Done { resource_version } => {
                if let Some(saved) = self.saved.last_mut() {
                    saved.left_at = Some(resource_version);
                }
                self.written(now);
            }
            Attempt::Conflict => {
                self.saved.pop();
                self.phase = Phase::Ready;
                self.trouble("somebody else writes the same object again and again");
            }
            Attempt::Unheard { why } => self.trouble(&format!("the API server does not answer: {why}")),
            Attempt::Forbidden { missing } => {
                self.saved.pop();
                let message = format!("not allowed: {missing}");
                self.outcome = Some(Outcome::Refused { message });
            }
            Attempt::Gone => {
                self.saved.pop();
                let message = "the object is gone".to_owned();
                self.outcome = Some(Outcome::Changed { message });
            }
        }
    }
}

impl Machine for Episode {
    fn place(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }

    fn outcome(&self) -> Option<&Outcome> {
        Self::outcome(self)
    }

    fn saved(&self) -> &[Saved] {
        Self::saved(self)
    }

    fn next(&mut self, state: &ReleaseState<'_>) -> Next {
        Self::next(self, state)
    }

    fn record(&mut self, attempt: Attempt, now: Option<Timestamp>) {
        Self::record(self, attempt, now);
    }
}
