//! Laws of edits over arbitrary JSON: the JSON Patch and the YAML layer's model give what [`apply`] gives.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Edit, apply, apply_in_place, merge, rfc6902};
use crate::object::pointer::{index, split_last};

/// RFC 6902 as far as [`rfc6902`] uses it, written for this test: no parent is created, nothing is forgiven.
fn patch(mut object: Value, operations: &[Value]) -> Value {
    for operation in operations {
        let path = operation["path"].as_str().expect("a path");
        let value = operation.get("value").cloned();
        let Some((parent, key)) = split_last(path) else {
            object = value.expect("the root is only replaced");
            continue;
        };
        let parent = object.pointer_mut(parent).expect("the parent is there");
        match (operation["op"].as_str().expect("an op"), parent) {
            ("add", Value::Object(map)) => {
                map.insert(key.into_owned(), value.expect("a value"));
            }
            ("add", Value::Array(items)) if key == "-" => items.push(value.expect("a value")),
            ("add", Value::Array(items)) => {
                items.insert(index(&key).expect("an index"), value.expect("a value"))
            }
            ("replace", parent) => {
                let path = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
                *parent.pointer_mut(&path).expect("something to replace") = value.expect("a value");
            }
            ("remove", Value::Object(map)) => {
                map.shift_remove(key.as_ref()).expect("something to remove");
            }
            ("remove", Value::Array(items)) => {
                items.remove(index(&key).expect("an index"));
            }
            other => panic!("{other:?} at {path}"),
        }
    }
    object
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_u8..4).prop_map(Value::from),
        "[a-c~/]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[ab~/01]{0,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Pointers of few keys, so that many meet something.
fn any_edit() -> impl Strategy<Value = Edit> {
    let key = prop_oneof![
        Just("a"),
        Just("b"),
        Just("0"),
        Just("1"),
        Just("2"),
        Just("01"),
        Just("+1"),
        Just("~0"),
        Just("~1"),
    ];
    let inner = prop::collection::vec(key, 1..4);
    let pointer = (inner, any::<bool>()).prop_map(|(keys, append)| {
        let end = if append { "/-" } else { "" };
        format!("/{}{end}", keys.join("/"))
    });
    (pointer, prop::option::of(any_json())).prop_map(|(pointer, value)| match value {
        Some(value) => Edit::Set { pointer, value },
        None => Edit::Remove { pointer },
    })
}

fn any_object() -> impl Strategy<Value = Value> {
    (any_json(), any_json()).prop_map(|(a, b)| json!({"a": a, "b": b}))
}

proptest! {
    #[test]
    fn a_json_patch_gives_what_the_edits_give(object in any_object(), edits in prop::collection::vec(any_edit(), 0..6)) {
        let Ok(merged) = merge(&edits) else { return Ok(()) };
        if let Ok(edited) = apply(&object, &merged) {
            prop_assert_eq!(patch(object.clone(), &rfc6902(&object, &merged)), edited);
        }
    }

    #[test]
    fn merged_edits_mean_the_same_in_any_order(
        object in any_object(), edits in prop::collection::vec(any_edit(), 0..6),
    ) {
        let replaces = |edit: &Edit| !matches!(edit, Edit::Set { .. }) || object.pointer(edit.pointer()).is_some();
        let edits: Vec<Edit> = edits.into_iter().filter(replaces).collect();
        if let Ok(merged) = merge(&edits) {
            let reversed: Vec<Edit> = merged.iter().rev().cloned().collect();
            prop_assert_eq!(apply(&object, &merged), apply(&object, &reversed));
        }
    }

    #[test]
    fn an_edit_that_is_done_changes_nothing(object in any_object(), edit in any_edit()) {
        if edit.is_done(&object) {
            prop_assert_eq!(apply(&object, std::slice::from_ref(&edit)), Ok(object));
        }
    }

    #[test]
    fn edits_in_place_give_the_same_and_can_be_taken_back(
        object in any_object(), edits in prop::collection::vec(any_edit(), 0..6),
    ) {
        let mut edited = object.clone();
        match (apply_in_place(&mut edited, &edits), apply(&object, &edits)) {
            (Ok(undo), Ok(expected)) => {
                prop_assert_eq!(edited.to_string(), expected.to_string());
                undo.revert(&mut edited);
            }
            (Err(error), Err(expected)) => prop_assert_eq!(error, expected),
            (done, expected) => prop_assert!(false, "{done:?}, {expected:?}"),
        }
        prop_assert_eq!(edited.to_string(), object.to_string());
    }

    #[test]
    fn a_set_that_succeeds_is_done(object in any_object(), edit in any_edit()) {
        if let (Ok(edited), false) = (apply(&object, std::slice::from_ref(&edit)), edit.pointer().ends_with("/-")) {
            let is_item = matches!(&edit, Edit::Remove { .. }) && {
                let parent = split_last(edit.pointer()).map(|(parent, _)| parent);
                parent.and_then(|parent| object.pointer(parent)).is_some_and(Value::is_array)
            };
            prop_assert!(is_item || edit.is_done(&edited), "{edited}");
        }
    }

    #[cfg(feature = "yaml")]
    #[test]
    fn the_yaml_layers_model_agrees(object in any_object(), edits in prop::collection::vec(any_edit(), 0..6)) {
        let Ok(merged) = merge(&edits) else { return Ok(()) };
        // In a mapping `-` is a key like any other, and merging, which sees no object, takes two wishes about it for two
        // appends; the YAML layer refuses them.
        let is_key = |edit: &Edit| {
            let parent = split_last(edit.pointer()).and_then(|(parent, _)| object.pointer(parent));
            edit.pointer().ends_with("/-") && parent.is_some_and(Value::is_object)
        };
        let wanted: Vec<Edit> = merged.into_iter().filter(|edit| !edit.is_done(&object) && !is_key(edit)).collect();
        // Which of two appends comes first is nobody's promise when one is written `-` and the other as an index.
        let mixes = |edit: &Edit| {
            let parent = edit.pointer().strip_suffix("/-");
            let after = parent.and_then(|parent| Some(format!("{parent}/{}", object.pointer(parent)?.as_array()?.len())));
            after.is_some_and(|after| wanted.iter().any(|other| other.pointer() == after))
        };
        if wanted.iter().any(mixes) {
            return Ok(());
        }
        let changes: Vec<boltrope_yaml::Change<'_>> = wanted
            .iter()
            .map(|edit| match edit {
                Edit::Set { pointer, value } => boltrope_yaml::Change::Set { pointer, value },
                Edit::Remove { pointer } => boltrope_yaml::Change::Remove { pointer },
            })
            .collect();
        let modelled = boltrope_yaml::apply(&object, &changes);
        match (apply(&object, &wanted), modelled) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
            (Err(_), Err(_)) => {}
            (ours, theirs) => prop_assert!(false, "{:?} and {:?}", ours, theirs),
        }
    }
}
