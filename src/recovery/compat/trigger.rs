//! When the script acts, and when it should not.

use super::{Assessment, Branch, Settings, marks};
use crate::recovery::conditions::Condition;
use crate::recovery::diagnose::Facts;
use crate::recovery::plan::Refusal;
use crate::recovery::state::ReleaseState;
use crate::recovery::storage::Status;

/// What is to be done about one release.
#[must_use]
pub fn assess(state: &ReleaseState<'_>, settings: Settings) -> Assessment {
    assess_facts(&Facts::of(state), settings)
}

pub(super) fn assess_facts(facts: &Facts<'_>, settings: Settings) -> Assessment {
    if marks::is_suspended_by_us(facts) {
        return Assessment::Act(Branch::FinishToggle);
    }
    if let Some(standing) = hindered(facts, settings) {
        return standing;
    }
    let is_recorded_deployed = facts
        .history
        .is_some_and(|history| history.status == Status::Deployed.as_str());
    if is_recorded_deployed && !marks::is_corrected(facts) {
        return Assessment::Act(Branch::Correct);
    }
    if marks::is_toggled(facts) {
        return leave(
            "tried",
            "both branches were tried on this generation and revision: run without --compat, or look at the controller",
        );
    }
    Assessment::Act(Branch::Toggle)
}

/// Why neither branch is taken now; `None` if the trigger holds and nothing speaks against it.
pub(super) fn hindered(facts: &Facts<'_>, settings: Settings) -> Option<Assessment> {
    let Some(ready) = facts.ready.filter(Condition::is_unknown) else {
        return Some(Assessment::NotStuck);
    };
    match facts.age_of(&ready) {
        None => Some(leave(
            "age-unknown",
            "nobody can say for how long Ready has been Unknown",
        )),
        Some(age) if age < settings.threshold => Some(Assessment::NotStuck),
        Some(_) => harmful(facts).or_else(|| unproven(facts)),
    }
}

/// Releases that the script must not touch, whatever their storage says.
fn harmful(facts: &Facts<'_>) -> Option<Assessment> {
    let release = facts.object.value();
    if facts.object.is_deleting() {
        return Some(leave(
            "deleting",
            "suspended while it is deleted, it leaves its resources behind",
        ));
    }
    if release
        .pointer("/spec/kubeConfig")
        .is_some_and(serde_json::Value::is_object)
    {
        return Some(leave(
            "remote",
            "its storage is in another cluster: run this there",
        ));
    }
    if facts.is_suspended() {
        return Some(leave(
            "suspended",
            "whoever suspended it resumes it: flux resume helmrelease",
        ));
    }
    if facts.reconciling.is_some_and(|reconciling| reconciling.is_true()) {
        return Some(leave(
            "in-flight",
            "wait: a write now could cost the controller its result",
        ));
    }
    (!facts.is_observed()).then(|| {
        leave(
            "not-observed",
            "the controller has not looked at the newest generation; is it running?",
        )
    })
}

/// Releases that Helm's storage does not prove to be deployed as the controller saw them.
fn unproven(facts: &Facts<'_>) -> Option<Assessment> {
    let Some(newest) = &facts.newest else {
        let read = facts.storage_was_read();
        let message = if read {
            "Helm has no record of it"
        } else {
            "Helm's records were not read"
        };
        return Some(leave(
            if read {
                "storage-missing"
            } else {
                "storage-not-read"
            },
            message,
        ));
    };
    let version = newest.record.version();
    let message = match facts.history {
        None => format!(
            "the controller has no history, and Helm has {}",
            newest.revision()
        ),
        Some(history) if history.version != version => {
            format!(
                "the controller saw {}, and Helm has {}",
                history.revision(),
                newest.revision()
            )
        }
        Some(_) => return not_deployed(facts),
    };
    Some(leave("another-revision", &message))
}

/// The label is all that the script reads; the body is what Helm trusts.
fn not_deployed(facts: &Facts<'_>) -> Option<Assessment> {
    let newest = facts.newest.as_ref()?;
    let label = newest.record.label_status();
    if facts.stored_status() != Some(Status::Deployed) {
        return Some(leave("not-deployed", &newest.quotes_status().fact));
    }
    (label != Some(Status::Deployed)).then(|| {
        let label = label.map_or("nothing that Helm writes", Status::as_str);
        leave(
            "not-deployed",
            &format!("the label says {label}, the body deployed"),
        )
    })
}

fn leave(code: &str, message: &str) -> Assessment {
    Assessment::Leave(Refusal {
        code: code.to_owned(),
        message: message.to_owned(),
    })
}
