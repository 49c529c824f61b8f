//! helm-controller as far as repairs meet it: what it does when asked, by the state of Helm's storage.
//!
//! A model of `DetermineReleaseState`, `actionForState` and `MustResetFailures` of helm-controller 1.6.3, for tests only.

use boltrope::recovery::controller::RESTORES_CONDITIONS;
use boltrope::recovery::storage::{Body, Status, StorageRecord};
use boltrope::recovery::{Inventory, diagnose};
use serde_json::{Value, json};

use crate::cluster::Cluster;

/// What the controller does when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// It takes note and changes nothing: the worst that a repair can meet.
    Deaf,
    /// What upstream's does.
    Upstream,
    /// It does not run.
    Gone,
}

const REQUESTED: &str = "/metadata/annotations/reconcile.fluxcd.io~1requestedAt";
const RESET: &str = "/metadata/annotations/reconcile.fluxcd.io~1resetAt";
const FORCE: &str = "/metadata/annotations/reconcile.fluxcd.io~1forceAt";

/// The objects that one reconcile of everything changes.
pub(crate) fn reconcile(cluster: &Cluster, habit: Habit) -> Vec<Value> {
    if habit == Habit::Gone {
        return Vec::new();
    }
    let inventory = cluster.inventory();
    let mut changed = Vec::new();
    for release in cluster
        .objects
        .values()
        .filter(|object| object["kind"] == "HelmRelease")
    {
        let text = |at: &str| release.pointer(at).and_then(Value::as_str);
        let asked = text(REQUESTED).filter(|asked| text("/status/lastHandledReconcileAt") != Some(asked));
        let generation = &release["metadata"]["generation"];
        let is_new = *generation != release["status"]["observedGeneration"];
        if asked.is_none() && !is_new {
            continue;
        }
        if release["spec"]["suspend"] == true || text("/metadata/deletionTimestamp").is_some() {
            continue;
        }
        let mut release = release.clone();
        if let Some(asked) = asked {
            release["status"]["lastHandledReconcileAt"] = asked.into();
        }
        if is_new {
            release["status"]["observedGeneration"] = release["metadata"]["generation"].clone();
        }
        if habit == Habit::Upstream {
            changed.extend(act(&mut release, asked.unwrap_or_default(), cluster, &inventory));
        }
        changed.push(release);
    }
    changed
}

/// What the controller does to a release; the records that it changes.
fn act(release: &mut Value, asked: &str, cluster: &Cluster, inventory: &Inventory) -> Vec<Value> {
    let token = |at: &str| release.pointer(at).and_then(Value::as_str) == Some(asked);
    let (resets, forces) = (token(RESET), token(FORCE));
    let name = |key: &str| release["metadata"][key].as_str().expect("text").to_owned();
    let state = inventory
        .state(&name("namespace"), &name("name"), Some(cluster.now))
        .expect("it is there");
    if !diagnose(&state).blockers.is_empty() {
        return Vec::new();
    }
    let boltrope::recovery::Storage::Read(records) = &state.storage else {
        return Vec::new();
    };
    let newest = records.iter().max_by_key(|record| record.version());
    if resets {
        for counter in ["failures", "installFailures", "upgradeFailures"] {
            if let Some(status) = release["status"].as_object_mut() {
                status.shift_remove(counter);
            }
        }
        unset(release, "Stalled");
    }
    let Some(newest) = newest else { return Vec::new() };
    let body = newest.body().expect("readable");
    let mut records = Vec::new();
    match body.head().expect("readable").status {
        Status::Deployed if !forces => {
            let version = inventory.controller();
            in_sync(
                release,
                version.is_some_and(|version| version.has(RESTORES_CONDITIONS)),
            );
        }
        Status::Uninstalling => {
            set(
                release,
                "Ready",
                "False",
                "UpgradeFailed",
                "\"web\" has no deployed releases",
            );
        }
        status => {
            if status.pending().is_some() {
                records.push(with_status(newest, &body, Status::Failed));
            }
            let failures = release["status"]["upgradeFailures"].as_u64().unwrap_or(0);
            if failures > 0 && !forces {
                let message = format!("Failed to upgrade after {failures} attempt(s)");
                set(release, "Stalled", "True", "RetriesExceeded", &message);
            } else {
                records.push(upgrade(release, newest, &body));
            }
        }
    }
    records
}

/// Ready follows from Released; where Released is missing, 1.6.4 and before keep Ready as it is.
fn in_sync(release: &mut Value, restores: bool) {
    if restores {
        set(
            release,
            "Released",
            "True",
            "InstallSucceeded",
            "Helm install succeeded",
        );
    }
    let conditions = release["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .clone();
    if let Some(released) = conditions
        .iter()
        .find(|condition| condition["type"] == "Released")
    {
        let text = |key: &str| released[key].as_str().unwrap_or_default().to_owned();
        set(
            release,
            "Ready",
            &text("status"),
            &text("reason"),
            &text("message"),
        );
    }
    unset(release, "Reconciling");
}

fn upgrade(release: &mut Value, newest: &StorageRecord, body: &Body) -> Value {
    let version = newest.version() + 1;
    let message = format!(
        "Helm upgrade succeeded for release {}.v{version}",
        newest.release()
    );
    for kind in ["Reconciling", "Stalled"] {
        unset(release, kind);
    }
    for kind in ["Released", "Ready"] {
        set(release, kind, "True", "UpgradeSucceeded", &message);
    }
    release["status"]["observedGeneration"] = release["metadata"]["generation"].clone();
    let namespace = body.head().expect("readable").namespace;
    release["status"]["history"] = json!([
        {"name": newest.release(), "namespace": namespace, "version": version, "status": "deployed"}
    ]);
    let mut next: Value = serde_json::from_slice(body.json()).expect("JSON");
    next["version"] = version.into();
    next["info"]["status"] = "deployed".into();
    let packed = Body::of_json(serde_json::to_vec(&next).expect("JSON"))
        .encode()
        .expect("packs");
    let mut secret = newest.object().clone();
    secret["metadata"]["name"] = boltrope::recovery::storage::secret_name(newest.release(), version).into();
    secret["metadata"]["labels"]["version"] = version.to_string().into();
    secret["metadata"]["labels"]["status"] = "deployed".into();
    secret["data"]["release"] = packed.into();
    secret
}

fn with_status(record: &StorageRecord, body: &Body, status: Status) -> Value {
    let mut secret = record.object().clone();
    let packed = body
        .with_status(status)
        .and_then(|body| body.encode())
        .expect("packs");
    secret["data"]["release"] = packed.into();
    secret["metadata"]["labels"]["status"] = status.as_str().into();
    secret
}

fn unset(release: &mut Value, kind: &str) {
    if let Some(conditions) = release["status"]["conditions"].as_array_mut() {
        conditions.retain(|condition| condition["type"] != kind);
    }
}

fn set(release: &mut Value, kind: &str, status: &str, reason: &str, message: &str) {
    let condition = json!({"type": kind, "status": status, "reason": reason, "message": message});
    let conditions = release["status"]["conditions"]
        .as_array_mut()
        .expect("conditions");
    match conditions.iter_mut().find(|condition| condition["type"] == kind) {
        Some(found) => *found = condition,
        None => conditions.push(condition),
    }
}
