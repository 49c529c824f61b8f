//! The edits of one object as JSON 6902 operations that are safe to keep in Git.

use serde_json::{Value, json};

use crate::edit::{self, Edit, rfc6902};
use crate::engine::Applied;
use crate::object::pointer;

/// What the edits of all phases do to an object that stands at `prefix` of its document, and the object they leave.
pub(super) fn of(object: &Value, prefix: &str, phases: &[Vec<Applied>]) -> (Vec<Value>, Value) {
    let mut object = object.clone();
    let mut operations = Vec::new();
    for phase in phases {
        let edits: Vec<Edit> = phase
            .iter()
            .filter_map(|applied| inside(&applied.edit, prefix))
            .collect();
        for operation in rfc6902(&object, &edits) {
            operations.extend(test_of(&object, &operation));
            operations.push(operation);
        }
        if let Ok(next) = edit::apply(&object, &edits) {
            object = next;
        }
    }
    (operations, object)
}

/// The edit as the object at `prefix` sees it, if it is about that object.
fn inside(edit: &Edit, prefix: &str) -> Option<Edit> {
    let pointer = edit.pointer().strip_prefix(prefix)?;
    if !pointer.starts_with('/') {
        return None;
    }
    Some(match edit {
        Edit::Set { value, .. } => Edit::set(pointer, value.clone()),
        Edit::Remove { .. } => Edit::remove(pointer),
    })
}

/// An operation on a list item is right only while the item stands where it stood, so its old value is tested first.
fn test_of(object: &Value, operation: &Value) -> Option<Value> {
    let path = operation.get("path")?.as_str()?;
    if operation.get("op")? == "add" || !crosses_list(object, path) {
        return None;
    }
    let old = object.pointer(path)?;
    Some(json!({"op": "test", "path": path, "value": old}))
}

fn crosses_list(object: &Value, path: &str) -> bool {
    let mut parent = Some(object);
    for key in pointer::keys(path) {
        let Some(value) = parent else { return false };
        if value.is_array() {
            return true;
        }
        parent = value.get(key.as_ref());
    }
    false
}

/// A patch stands in Git in the clear, so nothing of a Secret's values may be in one.
pub(super) fn refuse_secrets(object: &Value, operations: &[Value]) -> Result<(), String> {
    for embedded in crate::object::embedded::objects(object) {
        if embedded.object.kind() != "Secret" {
            continue;
        }
        for key in ["data", "stringData"] {
            let values = format!("{}/{key}", embedded.pointer);
            let touches = |operation: &Value| {
                let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
                path == values || path.starts_with(&format!("{values}/"))
            };
            if operations.iter().any(touches) {
                return Err(
                    "It would put a Secret's value into the HelmRelease, where everyone can read it. \
                     Change the value where it comes from."
                        .to_owned(),
                );
            }
        }
    }
    Ok(())
}
