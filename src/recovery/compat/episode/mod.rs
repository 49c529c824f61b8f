//! One branch on one release as a step machine: every step is judged anew by the object as it is, tested on its version,
//! and known again after a crash, from the journal or, without one, from the marks.

mod advance;

use serde::{Deserialize, Serialize};

use super::{Assessment, Branch, Settings, trigger};
use crate::recovery::Timestamp;
use crate::recovery::diagnose::{Facts, diagnose_facts};
use crate::recovery::episode::{Attempt, Before, Key, Machine, Next, Outcome, Saved, Write};
use crate::recovery::state::ReleaseState;

/// Conflicts and lost answers before a step is given up.
const MAX_TROUBLES: u32 = 5;

/// One run of one branch, from the first write to the outcome. Serialized, it is journal and backup in one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Episode {
    /// The HelmRelease's namespace.
    pub namespace: String,
    /// The HelmRelease's name.
    pub name: String,
    /// What was tried.
    pub key: Key,
    /// Which branch it is.
    pub branch: Branch,
    /// The verdict of the diagnosis at the beginning, as a word.
    pub verdict: String,
    /// When it began.
    pub began: Option<Timestamp>,
    settings: Settings,
    step: Step,
    phase: Phase,
    troubles: u32,
    saved: Vec<Saved>,
    /// How it ends once the mark is taken back.
    ending: Option<Outcome>,
    outcome: Option<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Step {
    Suspend,
    Resume,
    Mark,
    Correct,
    Unmark,
    /// Nothing is written any more.
    Verify,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "camelCase")]
enum Phase {
    /// The step may be taken, so many seconds after `since`.
    Ready { since: Option<Timestamp> },
    /// Its write was given out; its result is not known.
    Writing,
}

const READY: Phase = Phase::Ready { since: None };

impl Episode {
    /// Begins what the assessment of `state` says; `None` if that is nothing.
    #[must_use]
    pub fn begin(state: &ReleaseState<'_>, settings: Settings) -> Option<Self> {
        let facts = Facts::of(state);
        let Assessment::Act(branch) = trigger::assess_facts(&facts, settings) else {
            return None;
        };
        let step = match branch {
            Branch::Toggle => Step::Suspend,
            Branch::Correct => Step::Mark,
            Branch::FinishToggle => Step::Resume,
        };
        Some(Self {
            namespace: facts.object.namespace().unwrap_or_default().to_owned(),
            name: facts.object.name().unwrap_or_default().to_owned(),
            key: Key::of(state),
            branch,
            verdict: diagnose_facts(&facts).verdict.as_str().to_owned(),
            began: state.now,
            settings,
            step,
            phase: READY,
            troubles: 0,
            saved: Vec::new(),
            ending: None,
            outcome: None,
        })
    }

    fn give(&mut self, write: Write, facts: &Facts<'_>) -> Next {
        self.saved.push(Saved {
            write: write.clone(),
            before: Before(facts.object.value().clone()),
            left_at: None,
        });
        self.phase = Phase::Writing;
        Next::Write(Box::new(write))
    }

    fn written(&mut self, now: Option<Timestamp>) {
        self.troubles = 0;
        self.phase = Phase::Ready { since: now };
        self.step = match self.step {
            Step::Suspend => Step::Resume,
            Step::Mark => Step::Correct,
            Step::Resume => {
                // The toggle is over and left nothing to take back.
                self.saved.clear();
                Step::Verify
            }
            Step::Correct | Step::Verify => Step::Verify,
            Step::Unmark => {
                self.saved.clear();
                self.outcome = self.ending.take();
                Step::Verify
            }
        };
    }

    fn roll_back(&mut self, ending: Outcome) {
        self.ending = Some(ending);
        self.step = Step::Unmark;
        self.phase = READY;
        self.troubles = 0;
    }

    fn trouble(&mut self, message: &str) {
        self.troubles += 1;
        if self.troubles >= MAX_TROUBLES {
            self.fail(Outcome::Remains {
                verdict: self.verdict.clone(),
                message: message.to_owned(),
            });
        }
    }

    /// A step that cannot be taken ends the episode; half of branch B is taken back first.
    fn fail(&mut self, ending: Outcome) {
        match self.step {
            Step::Correct => self.roll_back(ending),
            Step::Resume => {
                self.outcome = Some(with(
                    ending,
                    "it is still suspended by this tool; the next run resumes it",
                ))
            }
            Step::Unmark => {
                let ending = self.ending.take().unwrap_or(ending);
                self.outcome = Some(with(ending, "its annotation could not be taken back"));
            }
            Step::Suspend | Step::Mark | Step::Verify => self.outcome = Some(ending),
        }
    }
}

impl Machine for Episode {
    fn place(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }

    fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// A toggle that is over is not among them: it left a mark and nothing to take back.
    fn saved(&self) -> &[Saved] {
        &self.saved
    }

    fn next(&mut self, state: &ReleaseState<'_>) -> Next {
        if let Some(outcome) = &self.outcome {
            return Next::Done(outcome.clone());
        }
        let next = self.advance(&Facts::of(state));
        if let Next::Done(outcome) = &next {
            self.outcome = Some(outcome.clone());
        }
        next
    }

    fn record(&mut self, attempt: Attempt, now: Option<Timestamp>) {
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
                self.phase = READY;
                self.trouble("somebody else writes the same object again and again");
            }
            Attempt::Unheard { why } => self.trouble(&format!("the API server does not answer: {why}")),
            Attempt::Forbidden { missing } => {
                self.saved.pop();
                self.fail(Outcome::Refused {
                    message: format!("not allowed: {missing}"),
                });
            }
            Attempt::Gone => {
                self.saved.pop();
                self.outcome = Some(Outcome::Changed {
                    message: "the object is gone".to_owned(),
                });
            }
        }
    }
}

fn with(outcome: Outcome, more: &str) -> Outcome {
    let add = |message: String| format!("{message}; {more}");
    match outcome {
        Outcome::Remains { verdict, message } => Outcome::Remains {
            verdict,
            message: add(message),
        },
        Outcome::Changed { message } => Outcome::Changed {
            message: add(message),
        },
        Outcome::Refused { message } => Outcome::Refused {
            message: add(message),
        },
        Outcome::Healed => Outcome::Healed,
    }
}
