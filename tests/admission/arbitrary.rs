//! No payload makes a policy panic, which in a policy server is a trap, and every answer can be read by one.
//!
//! The payloads are made of the words that policies look for, so that they get further than the first check.

use boltrope::admission::Policy;
use boltrope::transforms::TRANSFORMS;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Keys and texts that mean something somewhere.
const WORDS: &[&str] = &[
    "rules",
    "name",
    "match",
    "kinds",
    "namespaces",
    "include",
    "labels",
    "annotations",
    "metadata",
    "spec",
    "action",
    "enforce",
    "warn",
    "deny",
    "hostRewrite",
    "hosts",
    "from",
    "to",
    "*.example.com",
    "{namespace}.example.com",
    "externalName",
    "source",
    "base",
    "services",
    "convert",
    "listed",
    "externalNameGuard",
    "dnsSearch",
    "dnsConfig",
    "searches",
    "allowedSuffixes",
    "namespacePlacement",
    "allowed",
    "default",
    "team",
    "required",
    "pattern",
    "(",
    "é",
    "",
    "request",
    "settings",
    "operation",
    "CREATE",
    "UPDATE",
    "object",
    "oldObject",
    "namespace",
    "apiVersion",
    "v1",
    "networking.k8s.io/v1",
    "kind",
    "Service",
    "Ingress",
    "Namespace",
    "List",
    "items",
    "ports",
    "port",
    "type",
    "ExternalName",
    "host",
    "tls",
    "secretName",
    "ownerReferences",
    "deletionTimestamp",
    "userInfo",
    "username",
    "feature-a",
    "a/b~c",
    "$ref",
];

fn words() -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(WORDS).prop_map(str::to_owned), 1 => any::<String>()]
}

fn values() -> impl Strategy<Value = Value> {
    let leaves = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words().prop_map(Value::from),
    ];
    leaves.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((words(), inner), 0..6)
                .prop_map(|entries| Value::Object(Map::from_iter(entries))),
        ]
    })
}

/// A request that is right but for what is put at random places of its object.
fn requests() -> impl Strategy<Value = Value> {
    let kinds = [
        ("v1", "Service"),
        ("networking.k8s.io/v1", "Ingress"),
        ("v1", "Namespace"),
        ("apps/v1", "Deployment"),
    ];
    (
        prop::sample::select(kinds.to_vec()),
        values(),
        values(),
        values(),
        any::<bool>(),
    )
        .prop_map(|((api_version, kind), metadata, spec, old, is_update)| {
            json!({
                "operation": if is_update { "UPDATE" } else { "CREATE" },
                "namespace": "feature-a",
                "object": {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec},
                "oldObject": old,
            })
        })
}

/// Settings that are valid, with a rule of every transform.
fn settings() -> Value {
    let everywhere = json!({"namespaces": {"include": ["*"]}});
    json!({"rules": [
        {"name": "placement", "namespacePlacement": {"allowed": ["system"]}, "match": {"kinds": ["*"]}},
        {"name": "metadata", "metadata": {"labels": {"team": {"default": "a"}}, "propagate": "podTemplates"}},
        {"name": "alias", "externalName": {"source": "base", "lookupSource": true}, "match": everywhere},
        {"name": "guard", "externalNameGuard": {"allowedNamespaces": {"labels": {"matchLabels": {"a": "b"}}}}},
        {"name": "hosts", "match": everywhere, "hostRewrite": {"hosts": [
            {"from": "*.example.com", "to": "{namespace}.example.com"},
        ]}},
        {"name": "search", "match": everywhere, "dnsSearch": {"source": "base"}},
    ]})
}

fn policies() -> Vec<Policy> {
    let single = TRANSFORMS
        .iter()
        .map(|transform| Policy::of_transform(*transform));
    single.chain([Policy::of_rules(TRANSFORMS)]).collect()
}

fn validate(payload: &[u8]) {
    let host = |_: &[u8]| {
        Ok(br#"{"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}}"#.to_vec())
    };
    for policy in policies() {
        let response = policy.validate(payload, &host);
        assert!(response.accepted != response.message.is_some(), "{response:?}");
        assert!(response.accepted || response.mutated_object.is_none());
        assert!(response.message.iter().all(|message| message.len() <= 4096));
        for warning in &response.warnings {
            assert!(
                warning.len() <= 256 && warning.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
                "{warning}"
            );
        }
        assert!(response.warnings.iter().map(String::len).sum::<usize>() <= 4096);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        validate(&bytes);
        for policy in policies() {
            let _ = policy.validate_settings(&bytes);
        }
    }

    #[test]
    fn any_settings_are_valid_or_have_a_message(settings in values()) {
        for policy in policies() {
            let answer = policy.validate_settings(&serde_json::to_vec(&settings).unwrap());
            assert!(answer.valid != answer.message.is_some());
        }
    }

    #[test]
    fn any_payload_is_answered(payload in values()) {
        validate(&serde_json::to_vec(&payload).unwrap());
    }

    #[test]
    fn any_object_is_answered_and_stays_in_its_namespace(request in requests()) {
        let payload = json!({"settings": settings(), "request": request});
        let payload = serde_json::to_vec(&payload).unwrap();
        validate(&payload);
        let host = |_: &[u8]| Err("no".to_owned());
        let response = Policy::of_rules(TRANSFORMS).validate(&payload, &host);
        if let Some(object) = response.mutated_object {
            let at = "/metadata/namespace";
            assert_eq!(object.pointer(at), request["object"].pointer(at));
            assert_ne!(object, request["object"]);
        }
    }
}

#[test]
fn the_settings_of_these_tests_are_valid() {
    let settings = serde_json::to_vec(&settings()).unwrap();
    let answer = Policy::of_rules(TRANSFORMS).validate_settings(&settings);
    assert!(answer.valid, "{answer:?}");
}
