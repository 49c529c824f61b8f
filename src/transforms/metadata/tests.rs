//! The laws of metadata, on any JSON.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Metadata;
use crate::engine::world::snapshot::{Origin, Snapshot};
use crate::engine::{Operation, Outcome, Program, Request};
use crate::rules::RuleSet;
use crate::transforms::Transform;

const TRANSFORMS: &[&dyn Transform] = &[&Metadata];

fn program(reversed: bool) -> Program {
    let mut rules = vec![
        json!({
            "name": "written", "match": {"kinds": ["*"]},
            "metadata": {
                "labels": {"team": {"default": "web"}, "cost": {"from": "namespace", "pattern": "[0-9]+"}},
                "annotations": {"example.com/contact": {"default": "x"}},
            },
        }),
        json!({
            "name": "propagated", "match": {"kinds": ["*"]},
            "metadata": {
                "labels": {"team": {"required": true}, "env": {"enum": ["dev", "prod"], "default": "dev"}},
                "propagate": "podTemplates",
            },
        }),
    ];
    if reversed {
        rules.reverse();
    }
    let document = json!({
        "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "laws"},
        "spec": {"rules": rules},
    });
    Program::compile(RuleSet::decode(&document, TRANSFORMS).unwrap())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z ./-]{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z~/]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn labels() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        Just(json!("dev")),
        Just(json!("web")),
        Just(json!("")),
        any_json()
    ];
    let key = prop_oneof![Just("team"), Just("env"), Just("cost"), Just("app")];
    let map = prop::collection::btree_map(key.prop_map(str::to_owned), value, 0..4);
    prop_oneof![4 => map.prop_map(|map| Value::Object(map.into_iter().collect())), 1 => any_json()]
}

fn any_workload() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![
        Just(("apps/v1", "Deployment")),
        Just(("batch/v1", "Job")),
        Just(("v1", "Namespace"))
    ];
    (kind, labels(), labels(), any_json(), any_json()).prop_map(|((api, kind), own, pods, selector, other)| {
        json!({
            "apiVersion": api, "kind": kind,
            "metadata": {"name": "x", "namespace": "shop", "labels": own},
            "spec": {"selector": selector, "template": {"metadata": {"labels": pods}, "spec": {"containers": []}}},
            "z": other,
        })
    })
}

fn evaluate(program: &Program, object: &Value, old: Option<&Value>, admission: bool) -> Outcome {
    let mut world = Snapshot::new();
    let namespace = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"cost": "42"}},
    });
    world.add(&namespace, Origin::World);
    let operation = if old.is_some() {
        Operation::Update
    } else {
        Operation::Create
    };
    let request = if admission {
        Request {
            namespace: Some("shop"),
            old,
            ..Request::admission(object, operation)
        }
    } else {
        Request {
            namespace: Some("shop"),
            ..Request::render(object)
        }
    };
    program.evaluate(&request, &world)
}

/// The object without labels and annotations, its own and its pods'.
fn rest(object: &Value) -> Value {
    let mut object = object.clone();
    for parent in ["/metadata", "/spec/template/metadata"] {
        if let Some(map) = object.pointer_mut(parent).and_then(Value::as_object_mut) {
            map.shift_remove("labels");
            map.shift_remove("annotations");
        }
    }
    object
}

proptest! {
    #[test]
    fn any_json_is_evaluated(value in any_json(), admission: bool) {
        evaluate(&program(false), &value, Some(&value), admission);
    }

    #[test]
    fn the_second_time_changes_nothing(object in any_workload(), admission: bool) {
        let program = program(false);
        let first = evaluate(&program, &object, None, admission);
        if let Some(changed) = &first.object {
            let second = evaluate(&program, changed, None, admission);
            prop_assert_eq!(&second.object, &None);
            prop_assert_eq!(&second.findings, &first.findings);
        }
    }

    #[test]
    fn the_order_of_rules_has_no_meaning(object in any_workload(), admission: bool) {
        prop_assert_eq!(
            evaluate(&program(false), &object, None, admission),
            evaluate(&program(true), &object, None, admission)
        );
    }

    #[test]
    fn only_labels_and_annotations_are_written_and_no_value_is_replaced(object in any_workload(), admission: bool) {
        let outcome = evaluate(&program(false), &object, None, admission);
        let Some(changed) = outcome.object else { return Ok(()) };
        prop_assert_eq!(rest(&changed), rest(&object));
        for parent in ["/metadata/labels", "/spec/template/metadata/labels"] {
            let Some(before) = object.pointer(parent).and_then(Value::as_object) else { continue };
            for (key, value) in before.iter().filter(|(_, value)| !value.is_null()) {
                prop_assert_eq!(changed.pointer(parent).and_then(|labels| labels.get(key)), Some(value));
            }
        }
    }

    #[test]
    fn an_update_that_leaves_the_template_never_edits_it(object in any_workload()) {
        let outcome = evaluate(&program(false), &object, Some(&object), true);
        if let Some(changed) = outcome.object {
            prop_assert_eq!(changed.pointer("/spec/template"), object.pointer("/spec/template"));
        }
    }

    #[test]
    fn any_settings_are_decoded_or_refused(value in any_json()) {
        let _ = Metadata.decode(&value);
        let _ = Metadata.decode(&json!({"labels": {"team": value}, "annotations": value}));
    }
}
