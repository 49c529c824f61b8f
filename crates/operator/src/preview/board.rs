//! The status: a ConfigMap that is written only when what it says changes.

use std::time::Duration;

use boltrope::preview::Plan;
use boltrope::preview::marks::{MANAGED_BY, MANAGER};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::announce::Announcer;
use super::world::Key;
use crate::cluster::{CallError, Cluster, Resource};

/// Its name.
pub(super) const NAME: &str = "boltrope-preview-status";
/// The key of its data that people read.
pub(super) const STATUS: &str = "status.json";
/// The key of its data that only this program reads.
const ANNOUNCED: &str = "announced";
/// How much of each list it holds: a ConfigMap holds a mebibyte.
const LIMIT: usize = 200;
/// While much happens, it is not written more often.
const PAUSE: Duration = Duration::from_secs(2);

/// What was written last, and where.
#[derive(Debug)]
pub(super) struct Board {
    namespace: Option<String>,
    posted: String,
    is_posting: bool,
    due: Instant,
}

impl Board {
    /// Reads what an earlier run has written. Without a namespace there is no status.
    pub(super) async fn open(cluster: &Cluster, namespace: Option<String>) -> (Self, Announcer) {
        let mut board = Self {
            namespace,
            posted: String::new(),
            is_posting: false,
            due: Instant::now(),
        };
        let mut announcer = Announcer::default();
        if let Some(namespace) = &board.namespace
            && let Ok(Some(found)) = cluster.get(&Resource::CONFIG_MAPS, Some(namespace), NAME).await
        {
            let data = found.get("data").cloned().unwrap_or_default();
            let announced = data.get(ANNOUNCED).and_then(Value::as_str).unwrap_or_default();
            announcer = Announcer::of(announced);
            board.posted = data.to_string();
        }
        (board, announcer)
    }

    /// Where it is.
    pub(super) fn place(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The data of the ConfigMap.
    pub(super) fn status(
        &self,
        plan: &Plan,
        problem: Option<&str>,
        waiting: Vec<String>,
        failed: Vec<(Key, String)>,
        announcer: &Announcer,
    ) -> String {
        let failed: Vec<Value> = failed
            .into_iter()
            .map(|((_, kind, namespace, name), why)| {
                json!({"kind": kind, "namespace": namespace, "name": name, "reason": why})
            })
            .collect();
        let status = json!({
            "rules": {"valid": problem.is_none(), "problem": problem},
            "waiting": waiting,
            "copies": plan.in_step,
            "previews": plan.rules,
            "failed": cut(&failed),
            "conflicts": cut(&plan.conflicts),
            "held": cut(&plan.held),
            "skipped": cut(&plan.skipped),
            "warnings": cut(&plan.warnings),
        });
        let status = serde_json::to_string_pretty(&status).unwrap_or_default();
        json!({STATUS: status, ANNOUNCED: announcer.text()}).to_string()
    }

    /// Whether a status is to be written now: what, and where.
    pub(super) fn is_due(&mut self, status: String) -> Option<(String, String)> {
        let namespace = self.namespace.clone()?;
        if status == self.posted || self.is_posting || Instant::now() < self.due {
            return None;
        }
        self.is_posting = true;
        Some((status, namespace))
    }

    /// The next status is due at once.
    pub(super) fn hurry(&mut self) {
        self.due = Instant::now();
    }

    /// A status was written, or not.
    pub(super) fn posted(&mut self, text: String, succeeded: bool) {
        self.is_posting = false;
        self.due = Instant::now() + if succeeded { PAUSE } else { PAUSE * 15 };
        if succeeded {
            self.posted = text;
        }
    }

    /// Writes it. A ConfigMap of this name that somebody else has made is left alone.
    pub(super) async fn write(cluster: &Cluster, namespace: &str, data: &str) -> Result<(), CallError> {
        let found = cluster.get(&Resource::CONFIG_MAPS, Some(namespace), NAME).await?;
        let text = |pointer: &str| found.as_ref().and_then(|found| found.pointer(pointer)?.as_str());
        let data: Value = serde_json::from_str(data).unwrap_or_default();
        let object = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {
                "name": NAME, "namespace": namespace, "labels": {MANAGED_BY: MANAGER},
                "resourceVersion": text("/metadata/resourceVersion"),
            },
            "data": data,
        });
        let written = match &found {
            None => {
                cluster
                    .create(&Resource::CONFIG_MAPS, Some(namespace), &object)
                    .await
            }
            Some(found)
                if found.pointer("/metadata/labels/app.kubernetes.io~1managed-by")
                    != Some(&MANAGER.into()) =>
            {
                return Err(CallError::Conflict {
                    what: format!(
                        "ConfigMap `{namespace}/{NAME}` is there without the label `{MANAGED_BY}: {MANAGER}`"
                    ),
                });
            }
            Some(found) if found.get("data") == Some(&data) => return Ok(()),
            Some(_) => {
                cluster
                    .replace(&Resource::CONFIG_MAPS, namespace, NAME, &object)
                    .await
            }
        };
        written.map(drop)
    }
}

/// The first items of a list, and how many there are.
fn cut(list: &[impl serde::Serialize]) -> Value {
    let items: Vec<Value> = list
        .iter()
        .take(LIMIT)
        .filter_map(|item| serde_json::to_value(item).ok())
        .collect();
    json!({"total": list.len(), "items": items})
}
