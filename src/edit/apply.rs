//! Edits done on JSON.

use std::borrow::Cow;

use serde_json::{Map, Value};
use thiserror::Error;

use super::Edit;
use super::undo::{Before, Undo, Walk};
use crate::object::pointer;
use crate::order;

/// Why an edit cannot be done on an object.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApplyError {
    /// A parent on the way is neither absent nor something that can hold the key.
    #[error("`{pointer}` cannot be written: `{parent}` is not an object or list")]
    NotAContainer {
        /// The edit's pointer.
        pointer: String,
        /// The parent that is in the way.
        parent: String,
    },
    /// A list has no such place.
    #[error("`{pointer}` cannot be written: the list has {length} items")]
    OutOfRange {
        /// The edit's pointer.
        pointer: String,
        /// How many items the list has.
        length: usize,
    },
}

/// The object with all edits done, each addressed to the object as it is now.
///
/// Missing and null parents of a [`Edit::Set`] become objects; `-` appends to a list that is there. Items leave a list
/// after everything else is done, highest index first, so that no edit moves another's target.
///
/// # Errors
/// [`ApplyError`] when a parent is a scalar or a list index lies beyond its end.
pub fn apply(object: &Value, edits: &[Edit]) -> Result<Value, ApplyError> {
    let mut edited = object.clone();
    apply_in_place(&mut edited, edits)?;
    Ok(edited)
}

/// The same without a copy: an object may be as large as the stream that it came in. Gives what takes the edits back.
///
/// # Errors
/// As [`apply`]; then the object is as it was, but without the `yaml` feature it is to be thrown away.
pub(crate) fn apply_in_place<'e>(
    object: &mut Value,
    edits: impl IntoIterator<Item = &'e Edit>,
) -> Result<Undo, ApplyError> {
    let mut sets = Vec::new();
    let mut removals = Vec::new();
    for edit in edits {
        match edit {
            Edit::Set { pointer, value } => sets.push((addressed(object, pointer)?, value)),
            // Judged by the object as it was: an item that is appended meanwhile was not meant.
            Edit::Remove { pointer } if pointer::get(object, pointer).is_some() => {
                removals.push(pointer.as_str())
            }
            Edit::Remove { .. } => {}
        }
    }
    let mut undo = Undo::default();
    for (pointer, value) in sets {
        if let Err(error) = set(object, &pointer, value, &mut undo) {
            undo.revert(object);
            return Err(error);
        }
    }
    order::sort_by(&mut removals, |a: &&str, b: &&str| {
        removal_order(a).cmp(&removal_order(b)).reverse()
    });
    for pointer in removals {
        remove(object, pointer, &mut undo);
    }
    Ok(undo)
}

/// The pointer of a [`Edit::Set`] as it must be read once other edits have been done: places in lists are those of the
/// object as it was, and the index after the last item appends, also when another edit has appended meanwhile.
///
/// # Errors
/// [`ApplyError::OutOfRange`] for an index beyond the end, and for `-` where no list is: an object with the key `-`
/// is never what was meant.
pub(super) fn addressed<'a>(object: &Value, pointer: &'a str) -> Result<Cow<'a, str>, ApplyError> {
    let mut here = Some(object);
    let mut appends = false;
    for key in pointer::keys(pointer) {
        let index = pointer::index(&key);
        let length = match here {
            Some(Value::Array(items)) if key == "-" || index.is_some_and(|index| index <= items.len()) => {
                None
            }
            Some(Value::Array(items)) => Some(items.len()),
            None | Some(Value::Null) if key == "-" => Some(0),
            _ => None,
        };
        if let Some(length) = length {
            let pointer = pointer.to_owned();
            return Err(ApplyError::OutOfRange { pointer, length });
        }
        appends = matches!(here, Some(Value::Array(items)) if index == Some(items.len()));
        here = match here {
            Some(Value::Object(map)) => pointer::entry(map, &key),
            Some(Value::Array(items)) => index.and_then(|index| items.get(index)),
            _ => None,
        };
    }
    match pointer.rsplit_once('/') {
        Some((parent, _)) if appends => Ok(Cow::Owned(format!("{parent}/-"))),
        _ => Ok(Cow::Borrowed(pointer)),
    }
}

/// Compares indexes as numbers, so that `/a/10` is removed before `/a/9`.
pub(super) fn removal_order(pointer: &str) -> Vec<(usize, Cow<'_, str>)> {
    pointer::keys(pointer)
        .map(|key| (pointer::index(&key).unwrap_or(usize::MAX), key))
        .collect()
}

fn set(object: &mut Value, pointer: &str, value: &Value, undo: &mut Undo) -> Result<(), ApplyError> {
    let mut here = object;
    let mut walk = Walk::default();
    for key in pointer::keys(pointer) {
        if here.is_null() {
            let before = std::mem::replace(here, Value::Object(Map::new()));
            walk.note(undo, Before::Value(before));
        }
        let next = match here {
            Value::Object(map) => {
                let position = map.keys().position(|name| *name == key);
                if position.is_none() {
                    walk.note(undo, Before::Shorter);
                    map.insert(key.clone().into_owned(), Value::Null);
                }
                let position = position.unwrap_or(map.len() - 1);
                walk.step(position);
                map.values_mut().nth(position)
            }
            Value::Array(items) => {
                let length = items.len();
                let end = (key == "-").then_some(length);
                let index = end.or_else(|| pointer::index(&key).filter(|index| *index <= length));
                let Some(index) = index else {
                    let pointer = pointer.to_owned();
                    return Err(ApplyError::OutOfRange { pointer, length });
                };
                if index == length {
                    walk.note(undo, Before::Shorter);
                    items.push(Value::Null);
                }
                walk.step(index);
                items.get_mut(index)
            }
            _ => None,
        };
        here = next.ok_or_else(|| ApplyError::NotAContainer {
            pointer: pointer.to_owned(),
            parent: parent(pointer, walk.depth),
        })?;
    }
    let before = std::mem::replace(here, value.clone());
    walk.note(undo, Before::Value(before));
    Ok(())
}

/// The first keys of a pointer, as a pointer.
fn parent(pointer: &str, keys: usize) -> String {
    let mut slashes = pointer.bytes().enumerate().filter(|(_, byte)| *byte == b'/');
    let end = slashes.nth(keys).map_or(pointer.len(), |(at, _)| at);
    pointer.get(..end).unwrap_or_default().to_owned()
}

fn remove(object: &mut Value, pointer: &str, undo: &mut Undo) {
    let Some((parent, last)) = pointer::split_last(pointer) else {
        return;
    };
    let mut here = object;
    let mut walk = Walk::default();
    for key in pointer::keys(parent) {
        let position = position(here, &key);
        if let Some(position) = position {
            walk.step(position);
        }
        let Some(next) = position.and_then(|position| child(here, position)) else {
            return;
        };
        here = next;
    }
    let Some(at) = position(here, &last) else { return };
    match here {
        Value::Object(map) => {
            if let Some((key, value)) = map.shift_remove_entry(last.as_ref()) {
                walk.note(undo, Before::Entry(at, key, value));
            }
        }
        Value::Array(items) => walk.note(undo, Before::Item(at, items.remove(at))),
        _ => {}
    }
}

/// Where a key is in its parent.
fn position(parent: &Value, key: &str) -> Option<usize> {
    match parent {
        Value::Object(map) => map.keys().position(|name| name == key),
        Value::Array(items) => pointer::index(key).filter(|index| *index < items.len()),
        _ => None,
    }
}

pub(super) fn child(parent: &mut Value, position: usize) -> Option<&mut Value> {
    match parent {
        Value::Object(map) => map.values_mut().nth(position),
        Value::Array(items) => items.get_mut(position),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn creates_missing_parents_and_keeps_key_order() {
        let object = json!({"kind": "Service", "metadata": {"name": "web", "labels": null}, "spec": {}});
        let edited = apply(&object, &[Edit::set("/metadata/labels/a~1b", "x")]).unwrap();
        assert_eq!(
            edited.to_string(),
            r#"{"kind":"Service","metadata":{"name":"web","labels":{"a/b":"x"}},"spec":{}}"#
        );
    }

    #[test]
    fn removals_address_the_list_as_it_was() {
        let object = json!({"a": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]});
        let edits = [
            Edit::remove("/a/2"),
            Edit::set("/a/3", "three"),
            Edit::remove("/a/10"),
            Edit::set("/a/-", "end"),
        ];
        let edited = apply(&object, &edits).unwrap();
        assert_eq!(edited, json!({"a": [0, 1, "three", 4, 5, 6, 7, 8, 9, "end"]}));
    }

    #[test]
    fn a_scalar_parent_is_an_error_not_an_overwrite() {
        let error = apply(&json!({"metadata": "text"}), &[Edit::set("/metadata/name", "x")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`/metadata/name` cannot be written: `/metadata` is not an object or list"
        );
    }

    #[test]
    fn an_index_beyond_the_end_is_an_error() {
        assert!(apply(&json!({"a": []}), &[Edit::set("/a/1", 1)]).is_err());
        assert_eq!(
            apply(&json!({"a": []}), &[Edit::set("/a/0", 1)]),
            Ok(json!({"a": [1]}))
        );
    }
}
