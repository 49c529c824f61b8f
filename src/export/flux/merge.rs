//! What creates a map, as a patch that merges.
//!
//! A chart without labels needs a map for them, and JSON 6902 can only put a map where it may replace one that an earlier
//! post-renderer put there. A merge patch adds to it. But Kustomize's merge (kyaml `yaml/walk/associative_sequence.go`)
//! walks the whole object, and takes items of a list with one merge key for one item: a Service's port 53 for UDP and
//! its port 53 without a protocol become one, a variable that a container has twice moves, a field without a value goes
//! (seen in kustomize 5.8.2). Where that matters nothing is merged.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::edit::{Edit, apply};
use crate::object::{Object, pointer};

/// What tells the items of Kubernetes' lists apart (`patchMergeKey` in `k8s.io/api`), without that of conditions, which no
/// chart renders. An item that has several is told apart by the first.
const MERGE_KEYS: &[&str] = &[
    "mountPath",
    "devicePath",
    "containerPort",
    "port",
    "ip",
    "uid",
    "topologyKey",
    "resourceClaimName",
    "name",
];

/// Parts the operations that turn `before` into `after`: those that stay, and a merge patch in place of those that fill
/// a map which `before` has not, has empty, or has as null.
pub(super) fn part(before: &Value, after: &Value, operations: Vec<Value>) -> (Vec<Value>, Option<Value>) {
    if is_reworked(before) {
        return (operations, None);
    }
    let mut created: BTreeSet<String> = operations
        .iter()
        .filter_map(|operation| created(before, path(operation)))
        .filter(|at| after.pointer(at).is_some_and(is_mergeable))
        .collect();
    // What is replaced as a whole has its maps in it.
    created.retain(|at| !operations.iter().any(|operation| is_below(at, path(operation))));
    let edits: Vec<Edit> = created
        .iter()
        .filter_map(|at| Some(Edit::set(at.as_str(), after.pointer(at)?.clone())))
        .collect();
    let object = Object::new(before);
    let identity = json!({
        "apiVersion": before.get("apiVersion"), "kind": object.kind(), "metadata": {"name": object.name()},
    });
    match apply(&identity, &edits) {
        Ok(patch) if !edits.is_empty() => {
            let is_merged = |path: &str| created.iter().any(|at| at == path || is_below(path, at));
            let rest = operations
                .into_iter()
                .filter(|operation| !is_merged(path(operation)));
            (rest.collect(), Some(patch))
        }
        _ => (operations, None),
    }
}

fn path(operation: &Value) -> &str {
    operation.get("path").and_then(Value::as_str).unwrap_or_default()
}

fn is_below(at: &str, parent: &str) -> bool {
    at.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/'))
}

/// The first map on the way to `at` that the object has not, has empty, or has as null; nothing inside lists.
fn created(object: &Value, at: &str) -> Option<String> {
    let mut here = object;
    let mut way = String::new();
    for key in pointer::keys(at) {
        let map = here.as_object()?;
        way = pointer::push(&way, &key);
        match map.get(key.as_ref()) {
            None | Some(Value::Null) => return Some(way),
            Some(Value::Object(map)) if map.is_empty() => return Some(way),
            Some(value) => here = value,
        }
    }
    None
}

/// Whether merging this where nothing is gives this: null and `$patch` would remove, and empty things may be dropped.
fn is_mergeable(value: &Value) -> bool {
    fn is_plain(value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Object(map) => is_filled(map),
            Value::Array(items) => !items.is_empty() && items.iter().all(is_plain),
            _ => true,
        }
    }
    fn is_filled(map: &Map<String, Value>) -> bool {
        let is_member = |(key, value): (&String, &Value)| !key.starts_with('$') && is_plain(value);
        !map.is_empty() && map.iter().all(is_member)
    }
    value.as_object().is_some_and(is_filled)
}

/// Whether Kustomize's merge would change what no patch speaks of: of Kubernetes' own kinds it knows the lists. It also
/// drops fields without a value, which is the same to the API server for those kinds, and may not be for others.
fn is_reworked(object: &Value) -> bool {
    fn holds(value: &Value, is_lost: fn(&Value) -> bool) -> bool {
        is_lost(value)
            || match value {
                Value::Array(items) => items.iter().any(|item| holds(item, is_lost)),
                Value::Object(map) => map.values().any(|value| holds(value, is_lost)),
                _ => false,
            }
    }
    let group = Object::new(object).group();
    let is_known = !group.contains('.') || group.ends_with(".k8s.io");
    holds(object, if is_known { are_twins } else { Value::is_null })
}

/// Whether items of a list have the same merge key, or some of them none. Ports may differ in their protocol, when each
/// says it.
fn are_twins(list: &Value) -> bool {
    let Some(items) = list.as_array() else {
        return false;
    };
    let has = |key: &&&str| items.iter().any(|item| item.get(**key).is_some());
    let Some(key) = MERGE_KEYS.iter().find(has) else {
        return false;
    };
    let identity = |item: &Value| {
        Some((
            item.get(key)?.to_string(),
            item.get("protocol").map(Value::to_string),
        ))
    };
    let mut known = BTreeSet::new();
    for item in items {
        let Some((value, protocol)) = identity(item) else {
            return true;
        };
        let is_taken =
            |known: &BTreeSet<(String, Option<String>)>| known.iter().any(|(other, _)| *other == value);
        let is_alone = match &protocol {
            None => !is_taken(&known),
            Some(_) => !known.contains(&(value.clone(), None)),
        };
        if !is_alone || !known.insert((value, protocol)) {
            return true;
        }
    }
    false
}
