//! What a Flux object says about itself: its conditions and the history of its releases.

use std::fmt;

use serde_json::Value;

use super::Timestamp;
use crate::object::Object;

/// The longest part of a foreign message that is repeated.
const MAX_MESSAGE: usize = 300;

/// One condition of `status.conditions`, with its place there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition<'a> {
    kind: &'a str,
    index: usize,
    status: &'a str,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
    pub(super) since: Option<Timestamp>,
}

/// The part of a history entry that a diagnosis needs. Source: helm-controller 1.6.3, `api/v2/snapshot_types.go`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Snapshot<'a> {
    index: usize,
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    pub(super) version: u64,
    pub(super) status: &'a str,
    pub(super) chart: (&'a str, &'a str),
}

/// The condition of a type.
pub(super) fn condition<'a>(object: &'a Value, kind: &'a str) -> Option<Condition<'a>> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    let text = |value: &'a Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let found = conditions
        .iter()
        .enumerate()
        .find(|(_, value)| text(value, "type") == kind)?;
    let (index, value) = found;
    Some(Condition {
        kind,
        index,
        status: text(value, "status"),
        reason: text(value, "reason"),
        message: text(value, "message"),
        since: Timestamp::parse(text(value, "lastTransitionTime")),
    })
}

/// The newest entry of the history, which the controller sorts by revision.
pub(super) fn latest_snapshot(release: &Value) -> Option<Snapshot<'_>> {
    let history = release.pointer("/status/history")?.as_array()?;
    history
        .iter()
        .enumerate()
        .filter_map(|(index, value)| {
            let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
            Some(Snapshot {
                index,
                name: text("name"),
                namespace: text("namespace"),
                version: value.get("version")?.as_u64()?,
                status: text("status"),
                chart: (text("chartName"), text("chartVersion")),
            })
        })
        .max_by_key(|snapshot| snapshot.version)
}

/// All revisions of the history.
pub(super) fn history_versions(release: &Value) -> Vec<u64> {
    let history = release.pointer("/status/history").and_then(Value::as_array);
    history
        .into_iter()
        .flatten()
        .filter_map(|value| value.get("version")?.as_u64())
        .collect()
}

/// Whether the controller has seen the newest spec: `status.observedGeneration` is `metadata.generation`.
pub(super) fn is_observed(object: &Value) -> bool {
    let number = |at: &str| object.pointer(at).and_then(Value::as_i64);
    number("/metadata/generation") == number("/status/observedGeneration")
}

/// A foreign message on one line of bearable length.
pub(super) fn short(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// `HelmRelease shop/web`.
pub(super) fn name_of(object: &Value) -> String {
    let object = Object::new(object);
    let name = object.name().unwrap_or_default();
    match object.namespace() {
        Some(namespace) => format!("{} {namespace}/{name}", object.kind()),
        None => format!("{} {name}", object.kind()),
    }
}

impl Condition<'_> {
    pub(super) fn is_true(&self) -> bool {
        self.status == "True"
    }

    pub(super) fn is_false(&self) -> bool {
        self.status == "False"
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.status == "Unknown"
    }

    /// Stalled for a reason that ends when the controller is asked to forget its failures.
    pub(super) fn is_out_of_retries(&self) -> bool {
        ["RetriesExceeded", "MissingRollbackTarget"].contains(&self.reason)
    }

    pub(super) fn pointer(&self) -> String {
        format!("/status/conditions/{}", self.index)
    }
}

impl fmt::Display for Condition<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.kind, self.status)?;
        if !self.reason.is_empty() {
            write!(formatter, ", reason {}", self.reason)?;
        }
        if !self.message.is_empty() {
            write!(formatter, ": {}", short(self.message))?;
        }
        Ok(())
    }
}

impl Snapshot<'_> {
    pub(super) fn pointer(&self) -> String {
        format!("/status/history/{}", self.index)
    }

    /// `web.v3`
    pub(super) fn revision(&self) -> String {
        format!("{}.v{}", self.name, self.version)
    }
}
