//! From the state of a release to a verdict, the reasons for it, and a plan.

mod facts;
mod judges;
mod records;

use super::plan;
use super::state::ReleaseState;
use super::storage::{SECRET_LIMIT, Status};
use super::verdict::{Diagnosis, Evidence, Verdict, Waiting};
pub(super) use facts::Facts;

/// Says why a release is stuck, or that it is not.
///
/// The verdict is the first of a closed set that holds; see [`Verdict`]. Nothing that a Secret holds gets into the
/// answer: of a record it tells the status, the revision and the size.
///
/// ```
/// use boltrope::recovery::{Inventory, Verdict, Waiting, diagnose};
///
/// let mut inventory = Inventory::new();
/// inventory.add(&serde_json::json!({
///     "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
///     "metadata": {"name": "web", "namespace": "shop", "uid": "1"}, "spec": {"suspend": true},
/// }));
/// let state = inventory.state("shop", "web", None).unwrap();
/// assert_eq!(diagnose(&state).verdict, Verdict::Waiting(Waiting::Suspended));
/// ```
#[must_use]
pub fn diagnose(state: &ReleaseState<'_>) -> Diagnosis {
    diagnose_facts(&Facts::of(state))
}

pub(super) fn diagnose_facts(facts: &Facts<'_>) -> Diagnosis {
    let mut judged = judges::judge(facts);
    judged.evidence.extend(notes(facts));
    let blockers = blockers(facts, judged.verdict);
    Diagnosis {
        namespace: facts.object.namespace().unwrap_or_default().to_owned(),
        name: facts.object.name().unwrap_or_default().to_owned(),
        verdict: judged.verdict,
        summary: judged.summary,
        plan: plan::plan(facts, judged.verdict, &blockers),
        evidence: judged.evidence,
        blockers,
    }
}

/// What is worth knowing whatever the verdict is.
fn notes(facts: &Facts<'_>) -> Vec<Evidence> {
    let mut notes = Vec::new();
    if let Some(moved) = facts.moved_to() {
        notes.push(facts.says(
            "/spec",
            format!(
                "the target was changed to {} in {} (storage in {}): the controller uninstalls the old release first",
                moved.release, moved.namespace, moved.storage_namespace
            ),
        ));
    }
    notes.extend(history_notes(facts));
    notes.extend(record_notes(facts));
    let drifted = super::conditions::condition(facts.object.value(), "Drifted");
    notes.extend(
        drifted
            .filter(super::conditions::Condition::is_true)
            .map(|drifted| facts.quotes(&drifted)),
    );
    notes
}

/// Where the history and the storage disagree, the controller takes the release as unmanaged and upgrades it
/// (`DetermineReleaseState`). Its digest covers revision and status, so a difference in either is certain.
fn history_notes(facts: &Facts<'_>) -> Option<Evidence> {
    let newest = facts.newest.as_ref()?;
    let stored = facts.stored_status()?;
    // A pending record is unlocked before anything is compared, and nothing is compared of what is being deleted.
    if stored.pending().is_some() || facts.object.is_deleting() {
        return None;
    }
    let upgrades = "the controller takes the release as not its own and upgrades it next";
    let Some(history) = facts.history else {
        let next = if stored == Status::Uninstalled {
            "the controller installs it again"
        } else {
            upgrades
        };
        return Some(facts.says("/status/history", format!("the history is empty: {next}")));
    };
    let difference = if newest.record.version() > history.version {
        format!("{} is none of the controller's", newest.revision())
    } else if stored.as_str() != history.status {
        format!(
            "{} is {stored}, and was {} when the controller saw it",
            newest.revision(),
            history.status
        )
    } else {
        return None;
    };
    Some(facts.says(history.pointer(), format!("{difference}: {upgrades}")))
}

fn record_notes(facts: &Facts<'_>) -> Vec<Evidence> {
    let Some(newest) = &facts.newest else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    let label = newest.record.label_status();
    if let Some(Ok(head)) = &newest.head
        && label != Some(head.status)
    {
        let label = label.map_or("nothing that Helm writes", Status::as_str);
        let fact = format!(
            "the label says {label}, the body {}: Helm trusts each for something else",
            head.status
        );
        notes.push(newest.says("/metadata/labels/status", fact));
    }
    if !newest.record.is_found_by_helm() {
        notes.push(newest.says(
            "/metadata/labels",
            "the labels owner and name are not Helm's: Helm does not see it",
        ));
    }
    if let Some(size) = newest.record.size().filter(|size| *size >= records::NEAR_LIMIT) {
        let fact = format!("{size} of {SECRET_LIMIT} bytes are used: the next upgrade may not fit");
        let told = newest.says("/data/release", fact);
        notes.push(told);
    }
    notes
}

/// What keeps the controller from the release, whatever the verdict is.
fn blockers(facts: &Facts<'_>, verdict: Verdict) -> Vec<String> {
    let mut blockers = Vec::new();
    if facts.is_suspended() {
        blockers.push("it is suspended".to_owned());
    }
    let named = facts
        .problems()
        .map(|(found, problem)| format!("{} is not ready: {problem}", found.name));
    blockers.extend(named);
    let waits = facts.ready.filter(|ready| ready.is_false()).filter(|ready| {
        [
            "DependencyNotReady",
            "SourceNotReady",
            "ArtifactFailed",
            "ValuesError",
        ]
        .contains(&ready.reason)
    });
    // A state that knows its prerequisites and finds them ready knows better than an old message.
    if let Some(ready) = waits.filter(|_| blockers.is_empty() && facts.state.prerequisites.is_empty()) {
        blockers.push(ready.to_string());
    }
    if let Some(stalled) = facts.stalled.filter(|stalled| !stalled.is_out_of_retries()) {
        blockers.push(stalled.to_string());
    }
    if verdict == Verdict::Waiting(Waiting::Values) && blockers.is_empty() {
        blockers.extend(facts.ready.map(|ready| ready.to_string()));
    }
    blockers
}
