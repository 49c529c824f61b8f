//! Events: what `kubectl describe` shows under an object.
//!
//! An Event's name is made from what it is about and a key, so that a second process that says the same says it once.

use boltrope::recovery::Timestamp;
use serde_json::{Value, json};

use super::{CallError, Cluster, Resource};

/// Who says it.
const COMPONENT: &str = "boltrope-operator";
/// The API server's limit on a note.
const MAX_NOTE: usize = 1024;

/// How loud an Event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// For whoever looks.
    Normal,
    /// For whoever should.
    Warning,
}

/// What is said about an object.
#[derive(Clone, Debug)]
pub(crate) struct Event<'e> {
    /// The object: its `apiVersion`, `kind`, `metadata.{namespace,name,uid}` are used.
    pub(crate) regarding: &'e Value,
    pub(crate) severity: Severity,
    /// One word in CamelCase.
    pub(crate) reason: &'e str,
    /// What is the matter. Whatever stands here is public in the namespace.
    pub(crate) note: &'e str,
    /// Events of one object with one key are one Event.
    pub(crate) key: &'e str,
}

/// Writes an Event; one that was written before is fine.
pub(crate) async fn emit(cluster: &Cluster, event: &Event<'_>, now: Timestamp) -> Result<(), CallError> {
    let text = |pointer: &str| {
        let found = event.regarding.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default()
    };
    let namespace = text("/metadata/namespace");
    let severity = match event.severity {
        Severity::Normal => "Normal",
        Severity::Warning => "Warning",
    };
    let note: String = event.note.chars().take(MAX_NOTE / 4).collect();
    let object = json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": name(text("/metadata/name"), text("/metadata/uid"), event.key), "namespace": namespace},
        "involvedObject": {
            "apiVersion": text("/apiVersion"), "kind": text("/kind"),
            "namespace": namespace, "name": text("/metadata/name"), "uid": text("/metadata/uid"),
        },
        "type": severity, "reason": event.reason, "message": note,
        "source": {"component": COMPONENT}, "reportingComponent": COMPONENT, "reportingInstance": COMPONENT,
        "firstTimestamp": now.to_string(), "lastTimestamp": now.to_string(), "count": 1,
    });
    match cluster.create(&Resource::EVENTS, Some(namespace), &object).await {
        Ok(_) | Err(CallError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// `web.boltrope-0f1e2d3c4b5a6978`
fn name(object: &str, uid: &str, key: &str) -> String {
    let hash = crate::recover::digest(&[object, uid, key]);
    let head: String = object.chars().take(200).collect();
    format!("{head}.boltrope-{hash}")
}
