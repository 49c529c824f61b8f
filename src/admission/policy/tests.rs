//! What a policy answers, without WebAssembly.

use crate::transforms::TRANSFORMS;
use crate::transforms::external_name::ExternalName;
use crate::transforms::metadata::Metadata;
use serde_json::json;

use super::*;

const TEAM: Policy = Policy::of_transform(&Metadata);

fn no_cluster(_: &[u8]) -> Result<Vec<u8>, String> {
    Err("no cluster here".to_owned())
}

fn validate(policy: Policy, settings: &Value, request: &Value) -> Response {
    let payload = serde_json::to_vec(&json!({"settings": settings, "request": request})).unwrap();
    policy.validate(&payload, &no_cluster)
}

fn deployment(labels: Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": labels, "unknown": 1.5},
        "spec": {"replicas": 18446744073709551615_u64},
    })
}

fn create(object: &Value) -> Value {
    json!({"uid": "1", "operation": "CREATE", "namespace": "shop", "object": object, "options": null, "dryRun": false})
}

#[test]
fn an_object_that_is_right_is_not_sent_back() {
    let settings = json!({"labels": {"team": {"default": "web"}}});
    let response = validate(TEAM, &settings, &create(&deployment(json!({"team": "a"}))));
    assert_eq!(response, Response::accept());
}

#[test]
fn a_change_leaves_the_rest_exact() {
    let settings = json!({"labels": {"team": {"default": "web"}}});
    let response = validate(TEAM, &settings, &create(&deployment(json!({"a": "b"}))));
    let expected = deployment(json!({"a": "b", "team": "web"}));
    let (found, expected) = (response.mutated_object.unwrap(), expected);
    assert_eq!(
        serde_json::to_string(&found).unwrap(),
        serde_json::to_string(&expected).unwrap()
    );
    assert_eq!(response.audit_annotations["rules"], "metadata");
}

#[test]
fn warn_tells_and_lets_pass() {
    let settings = json!({"action": "warn", "labels": {"team": {"required": true}}});
    let response = validate(TEAM, &settings, &create(&deployment(json!({}))));
    assert!(response.accepted);
    assert_eq!(response.warnings.len(), 1);
    assert!(
        response.warnings[0].starts_with("metadata: "),
        "{:?}",
        response.warnings
    );
}

#[test]
fn what_is_no_create_or_update_of_a_whole_object_passes() {
    let settings = json!({"labels": {"team": {"required": true}}});
    let object = deployment(json!({}));
    assert!(!validate(TEAM, &settings, &create(&object)).accepted);
    for (key, value) in [
        ("operation", json!("DELETE")),
        ("operation", json!("CONNECT")),
        ("subResource", json!("scale")),
        ("sub_resource", json!("status")),
        ("object", json!(null)),
    ] {
        let mut request = create(&object);
        request[key] = value.clone();
        assert_eq!(
            validate(TEAM, &settings, &request),
            Response::accept(),
            "{key}: {value}"
        );
    }
}

#[test]
fn an_unreadable_request_is_refused_without_an_echo() {
    for payload in [
        "",
        "{",
        "[]",
        r#"{"settings": {}}"#,
        r#"{"settings": {}, "request": "hunter2"}"#,
        r#"{"settings": {}, "request": {"operation": {"hunter2": 1}}}"#,
        r#"{"settings": {}, "request": {"operation": "CREATE", "object": {"a": hunter2}}}"#,
    ] {
        let response = TEAM.validate(payload.as_bytes(), &no_cluster);
        assert!(!response.accepted);
        assert_eq!(response.code, Some(400));
        let message = response.message.unwrap();
        assert!(
            message.starts_with("The request cannot be read: it "),
            "{message}"
        );
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn deep_nesting_is_refused_and_never_overflows() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (kind, levels, accepted) in [
        ("Namespace", 99, true),
        ("Namespace", 100, false),
        ("Namespace", 127, false),
        ("Namespace", 200_000, false),
        // No rule is about it, so nobody looks at it.
        ("ConfigMap", 200_000, true),
    ] {
        let payload = format!(
            r#"{{"settings": {{"labels": {{"a": {{"default": "b"}}}}}}, "request": {{"operation": "CREATE",
               "object": {{"apiVersion": "v1", "kind": "{kind}", "metadata": {{"name": "a"}}, "data": {}}}}}}}"#,
            nested(levels)
        );
        let response = TEAM.validate(payload.as_bytes(), &no_cluster);
        assert_eq!(response.accepted, accepted, "{levels}: {response:?}");
    }
}

#[test]
fn bad_settings_are_told_all_at_once_and_refuse_every_request() {
    let settings = json!({"action": "block", "lables": {}, "labels": {"team": {"requird": true}}});
    let response = TEAM.validate_settings(&serde_json::to_vec(&settings).unwrap());
    assert!(!response.valid);
    let message = response.message.unwrap();
    for at in ["/action: ", "/lables: ", "/labels/team/requird: "] {
        assert!(message.lines().any(|line| line.starts_with(at)), "{message}");
    }
    let response = validate(TEAM, &settings, &create(&deployment(json!({}))));
    assert_eq!((response.accepted, response.code), (false, Some(500)));
    assert!(!TEAM.validate_settings(b"{").valid);
    let valid = TEAM.validate_settings(br#"{"labels": {"a": {"required": true}}}"#);
    assert_eq!(valid.into_value().to_string(), r#"{"valid":true}"#);
}

#[test]
fn the_whole_rules_file_is_settings_too() {
    let rules = Policy::of_rules(TRANSFORMS);
    let response =
        rules.validate_settings(br#"{"rules": [{"name": "a", "metdata": {}}], "clusterDomian": "x"}"#);
    let message = response.message.unwrap();
    assert!(
        message.contains("/rules/0/metdata: unknown key `metdata`; did you mean `metadata`?"),
        "{message}"
    );
    assert!(message.contains("/clusterDomian: "), "{message}");
    assert!(rules.validate_settings(br#"{"rules": []}"#).valid);
}

#[test]
fn the_cluster_is_asked_only_when_a_rule_asks() {
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "api", "namespace": "feature-a", "annotations": {"boltrope.dev/mirror-of": "api"}},
        "spec": {"ports": [{"port": 80}]},
    });
    let request = json!({"operation": "CREATE", "namespace": "feature-a", "object": service});
    let mut settings = json!({"source": "base", "match": {"namespaces": {"include": ["feature-*"]}}});
    let policy = Policy::of_transform(&ExternalName);
    let response = validate(policy, &settings, &request);
    assert_eq!(
        response.mutated_object.unwrap()["spec"]["externalName"],
        "api.base.svc.cluster.local"
    );
    settings["lookupSource"] = json!(true);
    let response = validate(policy, &settings, &request);
    assert_eq!((response.accepted, response.code), (false, Some(503)));
    assert!(
        response
            .message
            .unwrap()
            .contains("`kubernetes/get_resource` failed: no cluster here")
    );
    settings["onLookupError"] = json!("warn");
    let response = validate(policy, &settings, &request);
    assert!(response.accepted && response.warnings.len() == 1, "{response:?}");
}
