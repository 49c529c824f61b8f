//! What a form would let through is what the rules accept, object by object.

use serde_json::{Map, Value, json};

use super::fragment;
use crate::engine::world::snapshot::{Origin, Snapshot};
use crate::engine::{Program, Request};
use crate::rules::RuleSet;
use crate::selector::KindPattern;
use crate::transforms::TRANSFORMS;

const KIND: &str = "openportal.dev/v1alpha1/ManagedNamespace";

fn decode(rules: &Value) -> RuleSet {
    let document = json!({
        "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "a"}, "spec": {"rules": rules},
    });
    RuleSet::decode(&document, TRANSFORMS).unwrap()
}

fn schema(rules: &Value, world: &Snapshot) -> Value {
    fragment(&decode(rules), &KindPattern::parse(KIND).unwrap(), world).unwrap()
}

/// Orders with every combination of a few values, absent ones included.
fn orders() -> Vec<Value> {
    let texts = |values: &[&'static str]| -> Vec<Option<&'static str>> {
        std::iter::once(None)
            .chain(values.iter().copied().map(Some))
            .collect()
    };
    let mut orders = Vec::new();
    for namespace in texts(&["system", "shop", "team-a", "team-"]) {
        for cost in texts(&["1234", "12345", "x", ""]) {
            for tier in texts(&["gold", "tin", "-gold-"]) {
                for name in texts(&["system", "team-a"]) {
                    let labels = [("cost-centre", cost), ("tier", tier)];
                    let labels: Map<String, Value> = labels
                        .into_iter()
                        .filter_map(|(key, value)| Some((key.to_owned(), json!(value?))))
                        .collect();
                    let mut order = json!({
                        "apiVersion": "openportal.dev/v1alpha1", "kind": "ManagedNamespace",
                        "metadata": {"name": "a", "labels": labels}, "spec": {},
                    });
                    if let Some(namespace) = namespace {
                        order["metadata"]["namespace"] = json!(namespace);
                    }
                    if let Some(name) = name {
                        order["spec"]["home"] = json!(name);
                    }
                    orders.push(order);
                }
            }
        }
    }
    orders
}

#[test]
fn a_form_lets_through_what_the_rules_accept() {
    let metadata = json!({"labels": {
        "cost-centre": {"required": true, "pattern": "[0-9]{4}"},
        "tier": {"enum": ["bronze", "gold"], "default": "bronze"},
    }});
    let kinds = json!({"kinds": ["openportal.dev/*"]});
    let placements = [
        json!({"scope": "Namespaced", "allowed": ["system"]}),
        json!({"scope": "Namespaced", "allowed": ["system", "team-a"]}),
        json!({"scope": "Namespaced", "allowed": ["system", "team-?*"], "default": "system"}),
        json!({"scope": "Namespaced", "denied": ["shop", "team-*"]}),
        json!({"scope": "Namespaced", "allowed": ["team-*"], "denied": ["team-a"]}),
        json!({"scope": "Namespaced", "allowed": ["system"], "fieldsAgree": [{"path": "/spec/home"}]}),
    ];
    let mut counts = [0, 0];
    for placement in placements {
        for action in ["enforce", "deny"] {
            let rules = json!([
                {"name": "place", "action": action, "match": kinds, "namespacePlacement": placement},
                {"name": "labels", "action": action, "match": kinds, "metadata": metadata},
            ]);
            let schema = schema(&rules, &Snapshot::new());
            let program = Program::compile(decode(&rules));
            let validator = jsonschema::validator_for(&schema).unwrap();
            for order in orders() {
                let outcome = program.evaluate(&Request::render(&order), &Snapshot::new());
                let is_valid = validator.is_valid(&order);
                assert_eq!(is_valid, outcome.is_accepted(), "{schema}\n{order}\n{outcome:#?}");
                counts[usize::from(is_valid)] += 1;
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
}

#[test]
fn the_scope_is_looked_up_and_a_cluster_scoped_kind_has_no_namespace() {
    let rules = json!([{"name": "place", "namespacePlacement": {"allowed": ["system"]}}]);
    let unknown = schema(&rules, &Snapshot::new());
    assert_eq!(
        unknown["$comment"],
        "rule `place` (namespacePlacement) judges more than a form can say"
    );
    for (scope, expected) in [
        (
            "Namespaced",
            json!({"type": "string", "const": "system", "default": "system"}),
        ),
        ("Cluster", json!(false)),
    ] {
        let mut world = Snapshot::new();
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "managednamespaces.openportal.dev"},
            "spec": {"group": "openportal.dev", "scope": scope, "names": {"kind": "ManagedNamespace", "plural": "managednamespaces"}},
        });
        world.add(&definition, Origin::World);
        let schema = schema(&rules, &world);
        assert_eq!(
            schema["properties"]["metadata"]["properties"]["namespace"],
            expected
        );
        assert_eq!(
            schema["properties"]["apiVersion"]["const"],
            "openportal.dev/v1alpha1"
        );
    }
}

#[test]
fn what_a_form_cannot_say_is_named() {
    let kinds = json!(["openportal.dev/*"]);
    let rules = json!([
        {"name": "some", "match": {"kinds": kinds, "names": ["a-*"]}, "metadata": {"labels": {"a": {"required": true}}}},
        {"name": "case", "match": {"kinds": kinds}, "metadata": {"labels": {"b": {"pattern": "(?i)x"}}}},
        {"name": "soft", "match": {"kinds": kinds}, "action": "warn", "metadata": {"labels": {"c": {"required": true}}}},
        {"name": "other", "match": {"kinds": ["core/Service"]}, "metadata": {"labels": {"d": {"required": true}}}},
    ]);
    let schema = schema(&rules, &Snapshot::new());
    assert_eq!(
        schema["$comment"],
        "rule `some` (metadata) is about some objects of the kind only; rule `case` (metadata) judges more than a form can say"
    );
    let labels = schema
        .pointer("/properties/metadata/properties/labels/properties")
        .unwrap();
    assert_eq!(labels.as_object().unwrap().keys().collect::<Vec<_>>(), ["b"]);
    let none = KindPattern::parse("example.com/Thing").unwrap();
    assert_eq!(fragment(&decode(&rules), &none, &Snapshot::new()), None);
}
