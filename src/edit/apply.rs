//! Edits done on JSON.

use std::borrow::Cow;

use serde_json::{Map, Value};
use thiserror::Error;

use super::Edit;
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
    let mut removals = Vec::new();
    for edit in edits {
        match edit {
            Edit::Set { pointer, value } => {
                set(&mut edited, &addressed(object, pointer)?, value)?;
            }
            // Judged by the object as it was: an item that is appended meanwhile was not meant.
            Edit::Remove { pointer } if object.pointer(pointer).is_some() => removals.push(pointer.as_str()),
            Edit::Remove { .. } => {}
        }
    }
    order::sort_by(&mut removals, |a: &&str, b: &&str| {
        removal_order(a).cmp(&removal_order(b)).reverse()
    });
    for pointer in removals {
        remove(&mut edited, pointer);
    }
    Ok(edited)
}

/// The pointer of a [`Edit::Set`] as it must be read once other edits have been done: places in lists are those of the
/// object as it was, and the index after the last item appends, also when another edit has appended meanwhile.
///
/// # Errors
/// [`ApplyError::OutOfRange`] for an index beyond the end, and for `-` where no list is: an object with the key `-`
/// is never what was meant.
pub(super) fn addressed<'a>(object: &Value, pointer: &'a str) -> Result<Cow<'a, str>, ApplyError> {
    let mut parent = String::new();
    let mut addressed = Cow::Borrowed(pointer);
    for key in pointer::keys(pointer) {
        let path = pointer::push(&parent, &key);
        let index = pointer::index(&key);
        let length = match object.pointer(&parent) {
            Some(Value::Array(items)) if key == "-" || index.is_some_and(|index| index <= items.len()) => {
                if path == pointer && index == Some(items.len()) {
                    addressed = Cow::Owned(format!("{parent}/-"));
                }
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
        parent = path;
    }
    Ok(addressed)
}

/// Compares indexes as numbers, so that `/a/10` is removed before `/a/9`.
pub(super) fn removal_order(pointer: &str) -> Vec<(usize, String)> {
    pointer::keys(pointer)
        .map(|key| (pointer::index(&key).unwrap_or(usize::MAX), key))
        .collect()
}

fn set(object: &mut Value, pointer: &str, value: &Value) -> Result<(), ApplyError> {
    let mut here = object;
    let mut parent = String::new();
    for key in pointer::keys(pointer) {
        if here.is_null() {
            *here = Value::Object(Map::new());
        }
        here = match here {
            Value::Object(map) => map.entry(key.clone()).or_insert(Value::Null),
            Value::Array(items) => item(items, &key, pointer)?,
            _ => {
                return Err(ApplyError::NotAContainer {
                    pointer: pointer.to_owned(),
                    parent,
                });
            }
        };
        parent = pointer::push(&parent, &key);
    }
    value.clone_into(here);
    Ok(())
}

fn item<'a>(items: &'a mut Vec<Value>, key: &str, pointer: &str) -> Result<&'a mut Value, ApplyError> {
    let length = items.len();
    let index = if key == "-" {
        Some(length)
    } else {
        pointer::index(key)
    };
    if index == Some(length) {
        items.push(Value::Null);
    }
    let out_of_range = || ApplyError::OutOfRange {
        pointer: pointer.to_owned(),
        length,
    };
    index
        .and_then(|index| items.get_mut(index))
        .ok_or_else(out_of_range)
}

fn remove(object: &mut Value, pointer: &str) {
    let Some((parent, key)) = pointer::split_last(pointer) else {
        return;
    };
    match object.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(&key);
        }
        Some(Value::Array(items)) => {
            if let Some(index) = pointer::index(&key).filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
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
