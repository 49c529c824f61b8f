//! The laws of namespacePlacement, on any JSON.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::NamespacePlacement;
use crate::engine::world::NoWorld;
use crate::engine::{Operation, Outcome, Program, Request};
use crate::rules::RuleSet;
use crate::transforms::Transform;

const TRANSFORMS: &[&dyn Transform] = &[&NamespacePlacement];

fn program(scope: &str) -> Program {
    let rules = json!({
        "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "laws"},
        "spec": {"rules": [{
            "name": "placed", "match": {"kinds": ["*"]},
            "namespacePlacement": {
                "allowed": ["system", "app-*"], "default": "system", "scope": scope,
                "fieldsAgree": [{"path": "/spec/namespace", "write": true}, {"path": "/spec/target"}],
            },
        }]},
    });
    Program::compile(RuleSet::decode(&rules, TRANSFORMS).unwrap())
}

/// Any JSON, not too large.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z./-]{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z~/]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Objects whose interesting fields are there, absent, or anything.
fn any_object() -> impl Strategy<Value = Value> {
    let namespace = prop_oneof![
        Just(json!("system")),
        Just(json!("app-x")),
        Just(json!("other")),
        Just(json!("")),
        any_json(),
    ];
    let kind = prop_oneof![
        Just("ConfigMap"),
        Just("ClusterRole"),
        Just("Namespace"),
        Just("List"),
        Just("Order")
    ];
    let fields = (
        kind,
        namespace.clone(),
        any::<bool>(),
        namespace,
        any_json(),
        any_json(),
    );
    fields.prop_map(|(kind, namespace, named, field, spec, other)| {
        let group = if kind == "ClusterRole" {
            "rbac.authorization.k8s.io/v1"
        } else {
            "v1"
        };
        let mut object =
            json!({"apiVersion": group, "kind": kind, "metadata": {"name": "x"}, "spec": spec, "z": other});
        if named {
            object["metadata"]["namespace"] = namespace;
        }
        if let Some(spec) = object["spec"].as_object_mut() {
            spec.insert("namespace".to_owned(), field);
        }
        object
    })
}

fn evaluate(program: &Program, object: &Value, admission: bool) -> Outcome {
    let request = if admission {
        Request {
            namespace: Some("app-x"),
            ..Request::admission(object, Operation::Create)
        }
    } else {
        Request::render(object)
    };
    program.evaluate(&request, &NoWorld)
}

/// What was found, without the object's reference, which names the namespace that was written.
fn said(outcome: &Outcome) -> Vec<(&str, &str, &str)> {
    let found = outcome.findings.iter();
    found
        .map(|finding| {
            (
                finding.code.as_str(),
                finding.pointer.as_str(),
                finding.message.as_str(),
            )
        })
        .collect()
}

/// The object without the places that the transform may write.
fn rest(object: &Value) -> Value {
    let mut object = object.clone();
    for (parent, key) in [("/metadata", "namespace"), ("/spec", "namespace")] {
        if let Some(map) = object.pointer_mut(parent).and_then(Value::as_object_mut) {
            map.shift_remove(key);
        }
    }
    if object.get("spec") == Some(&json!({})) || object.get("spec") == Some(&Value::Null) {
        object.as_object_mut().unwrap().shift_remove("spec");
    }
    object
}

proptest! {
    #[test]
    fn any_json_is_evaluated(value in any_json(), admission: bool) {
        evaluate(&program("auto"), &value, admission);
        evaluate(&program("Namespaced"), &value, admission);
    }

    #[test]
    fn the_second_time_changes_nothing(object in any_object(), admission: bool) {
        for scope in ["auto", "Namespaced", "Cluster"] {
            let program = program(scope);
            let first = evaluate(&program, &object, admission);
            if let Some(changed) = &first.object {
                let second = evaluate(&program, changed, admission);
                prop_assert_eq!(&second.object, &None);
                prop_assert_eq!(said(&second), said(&first));
            }
        }
    }

    #[test]
    fn only_the_declared_places_are_written(object in any_object(), admission: bool) {
        for scope in ["auto", "Namespaced", "Cluster"] {
            let outcome = evaluate(&program(scope), &object, admission);
            if let Some(changed) = outcome.object {
                prop_assert_eq!(rest(&changed), rest(&object));
            }
        }
    }

    #[test]
    fn any_settings_are_decoded_or_refused(value in any_json()) {
        let _ = NamespacePlacement.decode(&value);
        let _ = NamespacePlacement.decode(&json!({"allowed": value, "default": value, "fieldsAgree": [{"path": value}]}));
    }
}
