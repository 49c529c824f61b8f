//! A repair under way, whichever it is: the ladder, or openova's branches (`--compat openova`).

use boltrope::recovery::episode::{Attempt, Machine, Next, Outcome, Saved, Write};
use boltrope::recovery::{Episode, ReleaseState, Timestamp, compat};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// As it is written into the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Repair {
    /// The least harm first.
    Ladder(Box<Episode>),
    /// As openova's script would, without its harm.
    Openova(Box<compat::Episode>),
}

impl Repair {
    /// When it began.
    pub(super) fn began(&self) -> Option<Timestamp> {
        match self {
            Self::Ladder(episode) => episode.began,
            Self::Openova(episode) => episode.began,
        }
    }

    /// Whether a release in this shape was tried less than `seconds` ago without success.
    pub(super) fn is_cooling(&self, state: &ReleaseState<'_>, now: Timestamp, seconds: i64) -> bool {
        match self {
            Self::Ladder(episode) => {
                episode.is_cooling(&boltrope::recovery::episode::Key::of(state), now, seconds)
            }
            // The script's branches mark the release itself.
            Self::Openova(_) => false,
        }
    }

    fn machine(&self) -> &dyn Machine {
        match self {
            Self::Ladder(episode) => &**episode,
            Self::Openova(episode) => &**episode,
        }
    }

    fn machine_mut(&mut self) -> &mut dyn Machine {
        match self {
            Self::Ladder(episode) => &mut **episode,
            Self::Openova(episode) => &mut **episode,
        }
    }
}

impl Machine for Repair {
    fn place(&self) -> (&str, &str) {
        self.machine().place()
    }

    fn outcome(&self) -> Option<&Outcome> {
        self.machine().outcome()
    }

    fn saved(&self) -> &[Saved] {
        self.machine().saved()
    }

    fn next(&mut self, state: &ReleaseState<'_>) -> Next {
        self.machine_mut().next(state)
    }

    fn record(&mut self, attempt: Attempt, now: Option<Timestamp>) {
        self.machine_mut().record(attempt, now);
    }
}

/// The word for what a write does, for metrics and the log.
pub(super) fn step_of(write: &Write) -> &'static str {
    if write.kind == "Secret" {
        return "mark-record-failed";
    }
    let operations = write.json_patch();
    let touches = |part: &str| {
        let paths = operations
            .iter()
            .filter_map(|operation| operation.get("path")?.as_str());
        paths.into_iter().any(|path| path.contains(part))
    };
    let suspends = operations
        .iter()
        .any(|operation| operation.get("value") == Some(&Value::Bool(true)));
    match () {
        () if write.to_status && touches("/status/conditions/-") => "mark-released",
        () if write.to_status => "correct-ready",
        () if touches("/spec/suspend") && suspends => "suspend",
        () if touches("/spec/suspend") => "resume",
        () if touches("forceAt") => "force-release",
        () if touches("resetAt") => "reset-failures",
        () if touches("requestedAt") => "request-reconcile",
        () => "annotate",
    }
}

/// How a write went, as a word.
pub(super) fn result_of(attempt: &Attempt) -> &'static str {
    match attempt {
        Attempt::Done { .. } => "done",
        Attempt::Conflict => "conflict",
        Attempt::Forbidden { .. } => "forbidden",
        Attempt::Gone => "gone",
        Attempt::Unheard { .. } => "unheard",
    }
}

/// How a repair ended, as a word and a sentence.
pub(super) fn ending(outcome: &Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Healed => ("healed", "healthy".to_owned()),
        Outcome::Remains { verdict, message } => ("remains", format!("{verdict}: {message}")),
        Outcome::Changed { message } => ("changed", message.clone()),
        Outcome::Refused { message } => ("refused", message.clone()),
    }
}
