//! helm-controller 1.6.2 as far as repairs meet it: what it does when a HelmRelease asks for a reconcile.

use boltrope::recovery::storage::StorageRecord;
use serde_json::{Value, json};

use super::api::World;
use super::scene;

/// What the controller does when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// It takes note and changes nothing: the worst that a repair can meet.
    Deaf,
    /// What upstream's does.
    Upstream,
    /// It does not run.
    Gone,
}

pub(super) fn reconcile(world: &mut World, namespace: &str, name: &str) {
    let mut release = world.object("helmreleases", namespace, name).clone();
    let annotation = |release: &Value, key: &str| {
        let found = release["metadata"]["annotations"][format!("reconcile.fluxcd.io/{key}")].as_str();
        found.map(str::to_owned)
    };
    let Some(asked) = annotation(&release, "requestedAt") else {
        return;
    };
    if world.habit == Habit::Gone || release["status"]["lastHandledReconcileAt"] == asked.as_str() {
        return;
    }
    release["status"]["lastHandledReconcileAt"] = asked.as_str().into();
    let resets = annotation(&release, "resetAt").as_ref() == Some(&asked);
    if world.habit == Habit::Upstream {
        act(world, &mut release, resets);
    }
    world.put(release);
}

fn act(world: &mut World, release: &mut Value, resets: bool) {
    let name = release["metadata"]["name"].as_str().unwrap().to_owned();
    let records = world
        .objects
        .values()
        .filter_map(|object| StorageRecord::new(object.clone()));
    let newest = records
        .filter(|record| record.release() == name)
        .max_by_key(StorageRecord::version);
    let newest = newest.unwrap();
    let status = newest.body().unwrap().head().unwrap().status;
    match status.as_str() {
        // A first install whose conditions were lost stays as it is, for ever: Ready follows from Released.
        "deployed" => {
            if condition(release, "Released").is_some() {
                set(release, "Ready", "True");
            }
        }
        "uninstalling" => {}
        _ if release["status"]["upgradeFailures"].as_u64().unwrap_or(0) > 0 && !resets => {}
        _ => {
            let version = newest.version() + 1;
            if status.pending().is_some() {
                world.put(scene::record(&name, newest.version(), "failed"));
            }
            world.put(scene::record(&name, version, "deployed"));
            let status = release["status"].as_object_mut().unwrap();
            status.shift_remove("upgradeFailures");
            status.insert(
                "history".to_owned(),
                json!([scene::snapshot(&name, version, "deployed")]),
            );
            unset(release, "Stalled");
            unset(release, "Reconciling");
            set(release, "Released", "True");
            set(release, "Ready", "True");
        }
    }
}

fn condition<'r>(release: &'r Value, kind: &str) -> Option<&'r Value> {
    let conditions = release["status"]["conditions"].as_array()?;
    conditions.iter().find(|condition| condition["type"] == kind)
}

fn unset(release: &mut Value, kind: &str) {
    let conditions = release["status"]["conditions"].as_array_mut().unwrap();
    conditions.retain(|condition| condition["type"] != kind);
}

fn set(release: &mut Value, kind: &str, status: &str) {
    unset(release, kind);
    let conditions = release["status"]["conditions"].as_array_mut().unwrap();
    conditions.push(json!({"type": kind, "status": status, "reason": "UpgradeSucceeded", "message": "done"}));
}
