//! One judge for each verdict, in the order in which they are asked. The first that recognises a state decides.
//!
//! Where each fingerprint comes from stands with it; none of them measures a time where a fact will do.

use super::facts::Facts;
use super::records;
use crate::recovery::conditions::{Condition, short};
use crate::recovery::state::PrerequisiteKind;
use crate::recovery::storage::Status;
use crate::recovery::time::spoken;
use crate::recovery::verdict::{Evidence, Verdict, Waiting};

/// A verdict with its reasons.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) summary: String,
    pub(super) evidence: Vec<Evidence>,
}

type Judge = fn(&Facts<'_>) -> Option<Judged>;

/// The judges, in order.
const JUDGES: [Judge; 14] = [
    deleting,
    remote,
    suspended,
    in_flight,
    records::storage_missing,
    records::storage_unreadable,
    records::storage_too_large,
    pending_stale,
    uninstalling_stale,
    deployed_unknown,
    retries_exhausted,
    waiting,
    failed,
    healthy,
];

/// The first judgement; without one the state is unknown.
pub(super) fn judge(facts: &Facts<'_>) -> Judged {
    JUDGES
        .iter()
        .find_map(|judge| judge(facts))
        .unwrap_or_else(|| unknown(facts))
}

pub(super) fn judged(verdict: Verdict, summary: impl Into<String>, evidence: Vec<Evidence>) -> Judged {
    Judged {
        verdict,
        summary: summary.into(),
        evidence,
    }
}

fn deleting(facts: &Facts<'_>) -> Option<Judged> {
    let stamp = facts.object.text("/metadata/deletionTimestamp")?;
    let mut evidence = vec![facts.says(
        "/metadata/deletionTimestamp",
        format!("deletion was asked for at {stamp}"),
    )];
    let mut summary = "it is being deleted; the controller uninstalls the release first".to_owned();
    if facts.is_suspended() {
        // reconcileDelete: `if !obj.Spec.Suspend`.
        evidence.push(facts.says("/spec/suspend", "suspended: its resources will stay behind"));
        "it is being deleted while suspended: its resources will stay behind".clone_into(&mut summary);
    }
    evidence.extend(
        facts
            .ready
            .filter(|ready| !ready.is_true())
            .map(|ready| facts.quotes(&ready)),
    );
    Some(judged(Verdict::Deleting, summary, evidence))
}

fn remote(facts: &Facts<'_>) -> Option<Judged> {
    facts
        .object
        .value()
        .pointer("/spec/kubeConfig")
        .filter(|value| value.is_object())?;
    let mut evidence = vec![facts.says("/spec/kubeConfig", "the release is installed in another cluster")];
    evidence.extend(facts.ready.map(|ready| facts.quotes(&ready)));
    let summary = "it is installed in another cluster, where its storage is too; diagnose it there";
    Some(judged(Verdict::Remote, summary, evidence))
}

fn suspended(facts: &Facts<'_>) -> Option<Judged> {
    let suspended = facts
        .is_suspended()
        .then(|| facts.says("/spec/suspend", "spec.suspend is true"))?;
    let mut evidence = vec![suspended];
    evidence.extend(facts.ready.map(|ready| facts.quotes(&ready)));
    evidence.extend(facts.newest.as_ref().map(super::facts::Newest::quotes_status));
    let summary = "somebody suspended it; nothing happens until they resume it";
    Some(judged(Verdict::Waiting(Waiting::Suspended), summary, evidence))
}

/// A healthy action always has both conditions: the controller writes them before it calls Helm.
fn in_flight(facts: &Facts<'_>) -> Option<Judged> {
    let running = facts.reconciling.filter(Condition::is_true);
    if let (Some(running), Some(ready)) = (running, facts.ready.filter(Condition::is_unknown)) {
        let mut evidence = vec![facts.quotes(&running), facts.quotes(&ready)];
        let mut summary = format!("the controller is at work: {}", short(running.message));
        let longest = facts.longest_timeout();
        if let Some(age) = facts.age_of(&ready).filter(|age| *age > longest) {
            let age = spoken(age);
            summary =
                format!("the controller has been at work for {age}, longer than its timeout; is it running?");
            evidence.push(facts.says(
                "/spec/timeout",
                format!("the longest timeout is {}", spoken(longest)),
            ));
        }
        return Some(judged(Verdict::InFlight, summary, evidence));
    }
    let pending = facts.stored_status()?.pending()?;
    let newest = facts.newest.as_ref()?;
    let timeout = facts.timeout(pending);
    let summary = match facts.record_age() {
        Some(age) if age >= timeout => return None,
        Some(age) => format!(
            "its {pending} began {} ago and may still run",
            spoken(age),
            pending = pending.as_str()
        ),
        None => format!(
            "its {} began at an unknown time and may still run",
            pending.as_str()
        ),
    };
    let fact = format!("the {} may take {}", pending.as_str(), spoken(timeout));
    let evidence = vec![
        newest.quotes_status(),
        facts.says(format!("/spec/{}/timeout", pending.as_str()), fact),
    ];
    Some(judged(Verdict::InFlight, summary, evidence))
}

/// `DetermineReleaseState`: a pending record is Locked, whatever else holds.
fn pending_stale(facts: &Facts<'_>) -> Option<Judged> {
    let pending = facts.stored_status()?.pending()?;
    let newest = facts.newest.as_ref()?;
    let age = facts
        .record_age()
        .map(|age| format!(" for {}", spoken(age)))
        .unwrap_or_default();
    let summary = format!(
        "the {} of {} was cut off; its record has been pending{age}",
        pending.as_str(),
        newest.revision()
    );
    let mut evidence = vec![newest.quotes_status()];
    evidence.extend(facts.ready.map(|ready| facts.quotes(&ready)));
    Some(judged(Verdict::PendingStale(pending), summary, evidence))
}

/// flux2 #4614: `uninstalling` is neither pending nor failed, so helm-controller never unlocks it.
fn uninstalling_stale(facts: &Facts<'_>) -> Option<Judged> {
    let newest = facts
        .newest
        .as_ref()
        .filter(|_| facts.stored_status() == Some(Status::Uninstalling))?;
    let summary = format!(
        "the uninstall of {} was cut off, and the controller never clears that",
        newest.revision()
    );
    let mut evidence = vec![newest.quotes_status()];
    evidence.extend(facts.ready.map(|ready| facts.quotes(&ready)));
    evidence.extend(facts.reconciling.map(|reconciling| facts.quotes(&reconciling)));
    Some(judged(Verdict::UninstallingStale, summary, evidence))
}

/// helm-controller #1409: the three patches of one reconcile are not one; the one with the conditions was lost.
fn deployed_unknown(facts: &Facts<'_>) -> Option<Judged> {
    let mut evidence = Vec::new();
    for (holds, found) in fingerprint(facts)? {
        if !holds {
            return None;
        }
        evidence.push(found);
    }
    let newest = facts.newest.as_ref()?;
    let summary = format!(
        "{} is deployed, but Ready stays Unknown: the write of the conditions was lost (helm-controller #1409)",
        newest.revision()
    );
    Some(judged(Verdict::DeployedUnknown, summary, evidence))
}

/// Each line of the fingerprint, whether it holds, and what was found. `None` unless Ready is Unknown.
fn fingerprint(facts: &Facts<'_>) -> Option<Vec<(bool, Evidence)>> {
    let ready = facts.ready.filter(Condition::is_unknown)?;
    let mut lines = vec![(
        ready.reason == "Progressing" && ready.message.starts_with("Running '"),
        facts.quotes(&ready),
    )];
    lines.push(match facts.reconciling {
        None => (
            true,
            facts.says(
                "/status/conditions",
                "no condition Reconciling: nothing is at work",
            ),
        ),
        Some(reconciling) => (false, facts.quotes(&reconciling)),
    });
    lines.push(match facts.released {
        None => (
            true,
            facts.says("/status/conditions", "no condition Released: it was lost"),
        ),
        Some(released) => (released.is_true(), facts.quotes(&released)),
    });
    let observed = facts.is_observed();
    let seen = if observed { "is" } else { "is not" };
    lines.push((
        observed,
        facts.says(
            "/status/observedGeneration",
            format!("the newest generation {seen} observed"),
        ),
    ));
    lines.push(match facts.history {
        None => (false, facts.says("/status/history", "the history is empty")),
        Some(history) => (
            history.status == Status::Deployed.as_str(),
            facts.says(
                history.pointer(),
                format!("{} is {}", history.revision(), history.status),
            ),
        ),
    });
    lines.push(match &facts.newest {
        None if facts.storage_was_read() => (
            false,
            facts.says("/status/storageNamespace", "Helm has no record of it"),
        ),
        None => (
            false,
            facts.says("/status/storageNamespace", "Helm's records were not read"),
        ),
        Some(newest) => {
            let same = facts
                .history
                .is_some_and(|history| history.version == newest.record.version());
            let deployed = facts.stored_status() == Some(Status::Deployed)
                && newest.record.label_status() == Some(Status::Deployed);
            (same && deployed, newest.quotes_status())
        }
    });
    Some(lines)
}

/// Both are terminal errors: the controller does not come back by itself.
fn retries_exhausted(facts: &Facts<'_>) -> Option<Judged> {
    let stalled = facts.stalled.filter(Condition::is_out_of_retries)?;
    let summary = format!("the controller gave up: {}", short(stalled.message));
    let mut evidence = vec![facts.quotes(&stalled)];
    evidence.extend(facts.ready.map(|ready| facts.quotes(&ready)));
    for counter in ["failures", "installFailures", "upgradeFailures"] {
        let at = format!("/status/{counter}");
        let count = facts
            .object
            .value()
            .pointer(&at)
            .and_then(serde_json::Value::as_u64);
        evidence.extend(count.map(|count| facts.says(at, format!("{counter} is {count}"))));
    }
    Some(judged(Verdict::RetriesExhausted, summary, evidence))
}

/// The reasons that helm-controller 1.6.3 gives before it looks at the release (`reconcileRelease`).
fn waiting(facts: &Facts<'_>) -> Option<Judged> {
    let ready = facts.ready.filter(Condition::is_false)?;
    let (waiting, kind) = match ready.reason {
        "DependencyNotReady" => (Waiting::Dependency, Some(PrerequisiteKind::Dependency)),
        "SourceNotReady" | "ArtifactFailed" | "ChartMutateError" => {
            (Waiting::Source, Some(PrerequisiteKind::Source))
        }
        "ValuesError" => (Waiting::Values, None),
        _ => return None,
    };
    let mut evidence = vec![facts.quotes(&ready)];
    let mut summary = short(ready.message);
    let known: Vec<_> = facts
        .problems()
        .filter(|(found, _)| Some(found.kind) == kind)
        .collect();
    if let Some((found, problem)) = known.first() {
        summary = format!("{} is not ready: {problem}", found.name);
    } else if facts
        .state
        .prerequisites
        .iter()
        .any(|found| Some(found.kind) == kind)
    {
        summary = format!("it said: {summary}; what it waited for is ready now");
    }
    evidence.extend(known.iter().map(|(found, problem)| {
        facts.says(&*found.pointer, format!("{} is not ready: {problem}", found.name))
    }));
    Some(judged(Verdict::Waiting(waiting), summary, evidence))
}

fn failed(facts: &Facts<'_>) -> Option<Judged> {
    let ready = facts.ready.filter(Condition::is_false)?;
    let mut evidence = vec![facts.quotes(&ready)];
    let others = [
        facts.stalled,
        facts.released.filter(Condition::is_false),
        facts.reconciling,
    ];
    evidence.extend(
        others
            .into_iter()
            .flatten()
            .map(|condition| facts.quotes(&condition)),
    );
    evidence.extend(facts.newest.as_ref().map(super::facts::Newest::quotes_status));
    Some(judged(Verdict::Failed, short(ready.message), evidence))
}

fn healthy(facts: &Facts<'_>) -> Option<Judged> {
    let ready = facts
        .ready
        .filter(Condition::is_true)
        .filter(|_| facts.is_observed())?;
    Some(judged(
        Verdict::Healthy,
        short(ready.message),
        vec![facts.quotes(&ready)],
    ))
}

fn unknown(facts: &Facts<'_>) -> Judged {
    let mut evidence: Vec<Evidence> = match fingerprint(facts) {
        Some(lines) => lines.into_iter().map(|(_, found)| found).collect(),
        None => facts.ready.iter().map(|ready| facts.quotes(ready)).collect(),
    };
    let summary = match facts.ready {
        None => {
            evidence.push(facts.says("/status", "the controller has not looked at it yet"));
            "the controller has not looked at it yet; is it running?"
        }
        Some(ready) if ready.is_true() => {
            evidence.push(facts.says(
                "/status/observedGeneration",
                "the newest generation is not observed",
            ));
            "the controller has not looked at the newest generation; is it running?"
        }
        Some(_) if !facts.storage_was_read() => {
            "Ready is Unknown, and without Helm's records nothing more can be said"
        }
        Some(_) => "Ready is Unknown, and the rest fits none of the known states",
    };
    judged(Verdict::Unknown, summary, evidence)
}
