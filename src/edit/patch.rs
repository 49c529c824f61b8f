//! Edits rendered as a JSON Patch (RFC 6902), for people and for engines that take one.

use serde_json::{Map, Value, json};

use super::Edit;
use super::apply::{addressed, removal_order};
use crate::object::pointer;

/// The operations that turn `object` into the object with `edits` done, in an order that is right to apply one
/// after the other: sets first, then removals with the highest index first.
#[must_use]
pub fn rfc6902(object: &Value, edits: &[Edit]) -> Vec<Value> {
    let mut operations = Vec::new();
    let mut scratch = object.clone();
    let sets = edits.iter().filter_map(|edit| match edit {
        Edit::Set { pointer, value } => addressed(object, pointer)
            .ok()
            .map(|pointer| Edit::set(pointer, value.clone())),
        Edit::Remove { .. } => None,
    });
    let mut removals: Vec<Edit> = edits
        .iter()
        .filter(|edit| matches!(edit, Edit::Remove { .. }) && object.pointer(edit.pointer()).is_some())
        .cloned()
        .collect();
    removals.sort_by(|a, b| removal_order(b.pointer()).cmp(&removal_order(a.pointer())));
    for edit in sets.chain(removals) {
        operations.extend(operations_of(&scratch, &edit));
        if let Ok(next) = super::apply(&scratch, &[edit]) {
            scratch = next;
        }
    }
    operations
}

fn operations_of(object: &Value, edit: &Edit) -> Vec<Value> {
    match edit {
        Edit::Remove { pointer } => vec![json!({"op": "remove", "path": pointer})],
        Edit::Set { pointer, value } if object.pointer(pointer).is_some() => {
            vec![json!({"op": "replace", "path": pointer, "value": value})]
        }
        Edit::Set { pointer, value } => {
            let mut operations = missing_parents(object, pointer);
            operations.push(json!({"op": "add", "path": pointer, "value": value}));
            operations
        }
    }
}

/// RFC 6902 creates no parents: each missing or null one is added as an empty object first.
fn missing_parents(object: &Value, target: &str) -> Vec<Value> {
    let mut operations = Vec::new();
    let mut path = String::new();
    let depth = pointer::keys(target).count();
    for key in pointer::keys(target).take(depth.saturating_sub(1)) {
        path = pointer::push(&path, &key);
        match object.pointer(&path) {
            None => operations.push(json!({"op": "add", "path": path, "value": Map::new()})),
            Some(Value::Null) => operations.push(json!({"op": "replace", "path": path, "value": Map::new()})),
            Some(_) => {}
        }
    }
    operations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_added_and_items_removed_highest_first() {
        let object = json!({"metadata": {}, "a": [1, 2, 3]});
        let edits = [
            Edit::remove("/a/0"),
            Edit::remove("/a/2"),
            Edit::set("/metadata/labels/x", "y"),
        ];
        assert_eq!(
            Value::from(rfc6902(&object, &edits)),
            json!([
                {"op": "add", "path": "/metadata/labels", "value": {}},
                {"op": "add", "path": "/metadata/labels/x", "value": "y"},
                {"op": "remove", "path": "/a/2"},
                {"op": "remove", "path": "/a/0"},
            ])
        );
    }
}
