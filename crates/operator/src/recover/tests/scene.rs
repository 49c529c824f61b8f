//! Releases in every state that repairs meet, and what they are repaired with.

use std::sync::Arc;
use std::time::Duration;

use boltrope::recovery::Timestamp;
use boltrope::recovery::storage::Body;
use serde_json::{Value, json};

use super::api::Api;
use crate::recover::announce::Announcer;
use crate::recover::clock::Clock;
use crate::recover::guard::Guard;
use crate::recover::journal::{Journal, Secrets};
use crate::recover::metrics::Metrics;
use crate::recover::names::Names;
use crate::recover::reader::Reader;
use crate::recover::round::Rounds;
use crate::recover::selection::Selection;
use crate::recover::writer::Writer;
use crate::server::Health;

/// What stands in every record, and may stand nowhere else but in backups.
pub(super) const CANARY: &str = "canary-5ecret";

pub(super) const START: &str = "2026-05-18T10:00:00Z";
const BEFORE: &str = "2026-05-18T09:00:00Z";

/// The states that something is done about.
pub(super) const STUCK: [&str; 4] = [
    "deployed-unknown",
    "uninstalling-stale",
    "pending-stale",
    "retries-exhausted",
];
/// The states that nothing is done about.
pub(super) const LEFT: [&str; 6] = [
    "suspended",
    "in-flight",
    "deleting",
    "remote",
    "failed",
    "healthy",
];

/// A HelmRelease in a state, with its record.
pub(super) fn objects(name: &str, state: &str) -> Vec<Value> {
    let (conditions, stored, history) = status(name, state);
    let mut release = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "generation": 1},
        "spec": {"interval": "10m", "values": {"password": CANARY}},
        "status": {"observedGeneration": 1, "storageNamespace": "shop", "conditions": conditions},
    });
    if history {
        release["status"]["history"] = json!([snapshot(name, 1, stored)]);
    }
    match state {
        "retries-exhausted" => release["status"]["upgradeFailures"] = 1.into(),
        "suspended" => release["spec"]["suspend"] = true.into(),
        "deleting" => release["metadata"]["deletionTimestamp"] = BEFORE.into(),
        "remote" => release["spec"]["kubeConfig"] = json!({"secretRef": {"name": "other"}}),
        _ => {}
    }
    vec![release, record(name, 1, stored)]
}

/// A release's conditions in a state, its record's status, and whether the release has a history.
fn status(name: &str, state: &str) -> (Vec<Value>, &'static str, bool) {
    match state {
        "deployed-unknown" => {
            let running = condition(
                "Ready",
                "Unknown",
                "Progressing",
                "Running 'install' action with timeout of 5m0s",
            );
            (vec![running], "deployed", true)
        }
        "uninstalling-stale" => {
            let message = format!("\"{name}\" has no deployed releases");
            let ready = condition("Ready", "False", "UpgradeFailed", &message);
            let running = condition("Reconciling", "True", "Progressing", "Running 'upgrade' action");
            (vec![running, ready], "uninstalling", false)
        }
        "pending-stale" => (
            vec![condition("Ready", "False", "X", "cut off")],
            "pending-upgrade",
            true,
        ),
        "retries-exhausted" => {
            let stalled = condition(
                "Stalled",
                "True",
                "RetriesExceeded",
                "Failed to upgrade after 1 attempt(s)",
            );
            (
                vec![stalled, condition("Ready", "False", "UpgradeFailed", "timed out")],
                "failed",
                true,
            )
        }
        "in-flight" => {
            let running = condition("Reconciling", "True", "Progressing", "Running 'upgrade' action");
            (
                vec![
                    running,
                    condition("Ready", "Unknown", "Progressing", "Running 'upgrade' action"),
                ],
                "deployed",
                true,
            )
        }
        "healthy" | "ready-over-pending" => (
            vec![condition("Ready", "True", "InstallSucceeded", "done")],
            if state == "healthy" {
                "deployed"
            } else {
                "pending-upgrade"
            },
            true,
        ),
        _ => (
            vec![condition("Ready", "False", "InstallFailed", "image not found")],
            "failed",
            true,
        ),
    }
}

/// One of Helm's records.
pub(super) fn record(name: &str, version: u64, status: &str) -> Value {
    let body = json!({
        "name": name, "info": {"first_deployed": BEFORE, "last_deployed": BEFORE, "status": status},
        "config": {"password": CANARY}, "manifest": CANARY, "version": version, "namespace": "shop",
    });
    let packed = Body::of_json(serde_json::to_vec(&body).unwrap())
        .encode()
        .unwrap();
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {
            "name": format!("sh.helm.release.v1.{name}.v{version}"), "namespace": "shop",
            "labels": {"owner": "helm", "name": name, "status": status, "version": version.to_string()},
        },
        "data": {"release": packed},
    })
}

pub(super) fn snapshot(name: &str, version: u64, status: &str) -> Value {
    json!({
        "apiVersion": "v2", "name": name, "namespace": "shop", "version": version, "status": status,
        "chartName": "web", "chartVersion": "1.2.3",
    })
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": BEFORE})
}

/// The Deployment of helm-controller.
pub(super) fn controller(available: u64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "helm-controller", "namespace": "flux-system"},
        "spec": {"template": {"spec": {"containers": [{"image": "ghcr.io/fluxcd/helm-controller:v1.6.2"}]}}},
        "status": {"availableReplicas": available},
    })
}

/// An API server with one release in a state, and a controller.
pub(super) fn api(state: &str) -> Api {
    Api::new(objects("web", state).into_iter().chain([controller(1)]))
}

/// A process that repairs with backups in Secrets.
pub(super) async fn rounds(api: &Api, clock: &Clock) -> Rounds {
    let cluster = api.cluster();
    let journal = Journal::Secrets(Secrets::new(cluster.clone()));
    let selection = Selection {
        flux_namespace: "flux-system".to_owned(),
        ..Selection::default()
    };
    let reader = Reader::open(cluster.clone(), selection).await.unwrap();
    Rounds {
        writer: Writer::new(cluster, reader.releases.clone()),
        reader,
        journal,
        guard: Guard {
            max: 10,
            max_percent: None,
            allow_deploy: false,
            cool_down: 3600,
        },
        compat: None,
        names: Names::default(),
        clock: clock.clone(),
        metrics: Metrics::default(),
        health: Arc::new(Health::new(Duration::MAX)),
        announcer: Announcer::default(),
    }
}

pub(super) fn clock() -> Clock {
    Clock::following(Timestamp::parse(START).unwrap())
}
