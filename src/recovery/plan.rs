//! What to do about a verdict, least harm first, and why some things are not done.
//!
//! The ladder: 1 wait, 2 requestedAt, 3 resetAt, 4 the condition Released, 5 the storage record, 6 forceAt. Never a toggle
//! of `spec.suspend`, never a deleted Secret, never a forged Ready.

use serde::{Deserialize, Serialize};

use super::conditions::Snapshot;
use super::controller::{ANSWERS_RESET_AND_FORCE, RESTORES_CONDITIONS, UNLOCKS_PENDING};
use super::diagnose::Facts;
use super::verdict::{Verdict, Waiting};

/// Steps in order; each is verified before the next, and a release that became healthy ends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What to do.
    pub steps: Vec<Step>,
    /// Why nothing is done, or nothing more.
    pub refusals: Vec<Refusal>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is written.
    #[serde(flatten)]
    pub action: Action,
    /// What it does and costs, as a sentence.
    pub effect: String,
    /// Whether it is only taken when a deploy that nothing else asks for was allowed.
    #[serde(
        default,
        rename = "needsAllowDeploy",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub needs_allow_deploy: bool,
}

/// What a step writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Action {
    /// The annotation `requestedAt`: the controller looks again.
    RequestReconcile,
    /// `resetAt` and `requestedAt` with one token: the controller forgets its failures and looks again.
    ResetFailures,
    /// The condition Released=True, and no other.
    MarkReleased {
        /// `InstallSucceeded` or `UpgradeSucceeded`.
        reason: String,
        /// As the controller would have written it.
        message: String,
    },
    /// Status `failed` in body and label of a record.
    MarkRecordFailed {
        /// The Secret's namespace.
        namespace: String,
        /// The Secret's name.
        secret: String,
    },
    /// `forceAt` and `requestedAt` with one token: an upgrade whatever the state.
    ForceRelease,
}

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A word for it.
    pub code: String,
    /// What it is, and what to do instead.
    pub message: String,
}

impl Action {
    /// Its place on the ladder.
    #[must_use]
    pub fn rung(&self) -> u8 {
        match self {
            Self::RequestReconcile => 2,
            Self::ResetFailures => 3,
            Self::MarkReleased { .. } => 4,
            Self::MarkRecordFailed { .. } => 5,
            Self::ForceRelease => 6,
        }
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::RequestReconcile => "request-reconcile",
            Self::ResetFailures => "reset-failures",
            Self::MarkReleased { .. } => "mark-released",
            Self::MarkRecordFailed { .. } => "mark-record-failed",
            Self::ForceRelease => "force-release",
        }
    }
}

/// The plan for a verdict.
pub(super) fn plan(facts: &Facts<'_>, verdict: Verdict, blockers: &[String]) -> Plan {
    if let Some(refusal) = never(facts, verdict) {
        return refused(refusal);
    }
    if let Some(refusal) = hindered(facts, verdict, blockers) {
        return refused(refusal);
    }
    let steps = match verdict {
        Verdict::DeployedUnknown => deployed_unknown(facts),
        Verdict::PendingStale(_) => pending(facts),
        Verdict::UninstallingStale => [mark_record_failed(facts), reset(facts)]
            .into_iter()
            .flatten()
            .collect(),
        Verdict::RetriesExhausted => reset(facts).into_iter().collect(),
        Verdict::Waiting(_) if blockers.is_empty() => vec![request()],
        _ => Vec::new(),
    };
    let mut plan = Plan {
        steps,
        refusals: Vec::new(),
    };
    if plan.steps.is_empty() {
        plan.refusals.extend(too_old(facts, verdict));
    } else if !matches!(verdict, Verdict::Waiting(_)) {
        plan.steps.extend(force(facts));
    }
    plan
}

/// Verdicts that nothing is ever done about.
fn never(facts: &Facts<'_>, verdict: Verdict) -> Option<Refusal> {
    let (code, message) = match verdict {
        Verdict::Deleting => ("deleting", "nothing is written to what is being deleted"),
        Verdict::Remote => ("remote", "its storage is in another cluster: run this there"),
        Verdict::InFlight => (
            "in-flight",
            "wait: a write now could cost the controller its result",
        ),
        Verdict::Waiting(Waiting::Suspended) => (
            "suspended",
            "whoever suspended it resumes it: flux resume helmrelease",
        ),
        Verdict::StorageMissing => (
            "storage-missing",
            "restore the Secret from a backup; the next reconcile of the controller installs or upgrades without it",
        ),
        Verdict::StorageUnreadable => (
            "storage-unreadable",
            "restore the Secret from a backup; nobody can say what a broken record held",
        ),
        Verdict::StorageTooLarge => (
            "storage-too-large",
            "make the chart smaller: fewer files in it, comments as {{/* */}}; boltrope lint-release measures it",
        ),
        Verdict::Failed if facts.stalled.is_some() => (
            "failed",
            "repair what the message names; the controller waits for a change of the spec",
        ),
        Verdict::Failed => (
            "failed",
            "repair what the message names; the controller comes back by itself",
        ),
        Verdict::Unknown => ("unknown", "what is not understood is not touched"),
        _ => return None,
    };
    Some(refusal(code, message))
}

/// What makes a plan pointless or unsafe for now.
fn hindered(facts: &Facts<'_>, verdict: Verdict, blockers: &[String]) -> Option<Refusal> {
    if verdict == Verdict::Healthy {
        return None;
    }
    if let Some(first) = blockers.first() {
        return Some(refusal(
            "blocked",
            format!("the controller does not get to the release before this is repaired: {first}"),
        ));
    }
    if facts.moved_to().is_some() {
        return Some(refusal(
            "target-changed",
            "the controller uninstalls the old release before it installs the new one; wait for that",
        ));
    }
    let unread = facts.newest.as_ref().is_some_and(|newest| newest.head.is_none());
    let needs_body = matches!(verdict, Verdict::UninstallingStale | Verdict::PendingStale(_));
    (unread && needs_body)
        .then(|| refusal("body-not-read", "the record itself was not read, only its labels"))
}

/// Before 0.37.0 there is no resetAt, and a change of the spec is what revives a release.
fn too_old(facts: &Facts<'_>, verdict: Verdict) -> Option<Refusal> {
    let old = facts
        .state
        .controller
        .filter(|version| !version.has(ANSWERS_RESET_AND_FORCE))?;
    (verdict == Verdict::RetriesExhausted).then(|| {
        let message = format!(
            "helm-controller {old} knows no resetAt: change the spec, or upgrade Flux to 2.2 or later"
        );
        refusal("controller-too-old", message)
    })
}

fn deployed_unknown(facts: &Facts<'_>) -> Vec<Step> {
    let Some(history) = facts.history.filter(|_| facts.released.is_none()) else {
        // Released is there (a killed run of ours wrote it, or an upgrade lost its write): Ready follows from it.
        return vec![request()];
    };
    let repair = mark_released(facts, history);
    match facts.state.controller {
        Some(version) if version.has(RESTORES_CONDITIONS) => vec![request()],
        Some(_) => vec![repair, request()],
        None => vec![request(), repair, request()],
    }
}

fn pending(facts: &Facts<'_>) -> Vec<Step> {
    let unlocks = facts
        .state
        .controller
        .is_none_or(|version| version.has(UNLOCKS_PENDING));
    let asked = unlocks.then(request);
    let asked_again = reset(facts).or_else(|| Some(request()));
    [asked, mark_record_failed(facts), asked_again]
        .into_iter()
        .flatten()
        .collect()
}

fn request() -> Step {
    step(
        Action::RequestReconcile,
        "the controller looks again; deploys only what it would have deployed anyway",
    )
}

/// A controller of unknown version is taken to be a current one.
fn answers_reset_and_force(facts: &Facts<'_>) -> bool {
    let version = &facts.state.controller;
    version
        .as_ref()
        .is_none_or(|version| version.has(ANSWERS_RESET_AND_FORCE))
}

fn reset(facts: &Facts<'_>) -> Option<Step> {
    answers_reset_and_force(facts).then(|| {
        step(
            Action::ResetFailures,
            "the controller forgets its failures and tries again: one upgrade or install",
        )
    })
}

fn force(facts: &Facts<'_>) -> Option<Step> {
    answers_reset_and_force(facts).then(|| Step {
        needs_allow_deploy: true,
        ..step(
            Action::ForceRelease,
            "the controller upgrades in any case: hooks run again, generated passwords change",
        )
    })
}

/// The words of `fmtInstallSuccess` and `fmtUpgradeSuccess` in helm-controller 1.6.3.
fn mark_released(facts: &Facts<'_>, history: Snapshot<'_>) -> Step {
    let action = facts.object.text("/status/lastAttemptedReleaseAction");
    let upgraded = action == Some("upgrade") || action.is_none() && history.version > 1;
    let (reason, word) = if upgraded {
        ("UpgradeSucceeded", "upgrade")
    } else {
        ("InstallSucceeded", "install")
    };
    let (chart, version) = history.chart;
    let action = Action::MarkReleased {
        reason: reason.to_owned(),
        message: format!(
            "Helm {word} succeeded for release {}/{} with chart {chart}@{version}",
            history.namespace,
            history.revision()
        ),
    };
    step(
        action,
        "adds the condition Released that was lost, from which the controller derives Ready; deploys nothing",
    )
}

fn mark_record_failed(facts: &Facts<'_>) -> Option<Step> {
    let record = facts.newest.as_ref()?.record;
    let action = Action::MarkRecordFailed {
        namespace: record.namespace().to_owned(),
        secret: record.name().to_owned(),
    };
    Some(step(
        action,
        "sets the record to failed in body and label, nothing else in it; the controller then upgrades once",
    ))
}

fn step(action: Action, effect: &str) -> Step {
    Step {
        action,
        effect: effect.to_owned(),
        needs_allow_deploy: false,
    }
}

fn refusal(code: &str, message: impl Into<String>) -> Refusal {
    Refusal {
        code: code.to_owned(),
        message: message.into(),
    }
}

fn refused(refusal: Refusal) -> Plan {
    Plan {
        steps: Vec::new(),
        refusals: vec![refusal],
    }
}
