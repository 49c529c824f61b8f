//! Requests as API servers send them, a table for each kind of special case.

use boltrope::admission::{Policy, Response};
use boltrope::transforms::TRANSFORMS;
use serde_json::{Value, json};

const CROSSPLANE: &str = "system:serviceaccount:crossplane-system:provider-kubernetes-1";

fn ask(rules: &Value, request: &Value) -> Response {
    let payload = json!({"settings": {"rules": rules}, "request": request});
    let no_cluster = |_: &[u8]| Err("there is no cluster".to_owned());
    Policy::of_rules(TRANSFORMS).validate(&serde_json::to_vec(&payload).expect("JSON"), &no_cluster)
}

/// `team` is required, `env` is written.
fn labels() -> Value {
    json!([
        {"name": "team", "metadata": {"labels": {"team": {"required": true}}}},
        {"name": "env", "metadata": {"labels": {"env": {"default": "dev"}}}},
    ])
}

fn deployment(metadata: Value) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 1},
    });
    let own = object.get_mut("metadata").and_then(Value::as_object_mut);
    if let (Some(own), Value::Object(more)) = (own, metadata) {
        own.extend(more);
    }
    object
}

fn request(operation: &str, object: Value, old: Value) -> Value {
    let kind = json!({"group": "apps", "version": "v1", "kind": "Deployment"});
    let resource = json!({"group": "apps", "version": "v1", "resource": "deployments"});
    json!({
        "uid": "1", "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource,
        "name": "web", "namespace": "shop", "operation": operation,
        "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
        "object": object, "oldObject": old, "dryRun": false,
        "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
    })
}

fn with(mut request: Value, changes: &Value) -> Value {
    if let (Some(map), Some(changes)) = (request.as_object_mut(), changes.as_object()) {
        map.extend(changes.clone());
    }
    request
}

fn create(object: Value) -> Value {
    request("CREATE", object, Value::Null)
}

fn refused(response: &Response, message: &str) {
    assert_eq!(
        (response.accepted, response.code, response.message.as_deref()),
        (false, Some(403), Some(message)),
        "{response:?}"
    );
    assert_eq!(response.mutated_object, None);
}

const MISSING: &str = "team: label `team` is missing. Write `team` under `metadata.labels`.";

#[test]
fn what_is_no_new_state_of_an_object_passes_untouched() {
    let bad = deployment(json!({}));
    refused(&ask(&labels(), &create(bad.clone())), MISSING);
    for (what, request) in [
        ("DELETE", request("DELETE", Value::Null, bad.clone())),
        // Older API servers and hand-written requests have the object there, too.
        ("DELETE with object", request("DELETE", bad.clone(), bad.clone())),
        (
            "CONNECT",
            with(
                request(
                    "CONNECT",
                    json!({"apiVersion": "v1", "kind": "PodExecOptions"}),
                    Value::Null,
                ),
                &json!({"subResource": "exec"}),
            ),
        ),
        (
            "status",
            with(
                request("UPDATE", bad.clone(), bad.clone()),
                &json!({"subResource": "status"}),
            ),
        ),
        (
            "scale",
            with(
                request(
                    "UPDATE",
                    json!({"apiVersion": "autoscaling/v1", "kind": "Scale"}),
                    Value::Null,
                ),
                &json!({"subResource": "scale"}),
            ),
        ),
        (
            "CREATE of a sub-resource",
            with(create(bad.clone()), &json!({"subResource": "eviction"})),
        ),
        ("object: null", create(Value::Null)),
        ("UPDATE to null", request("UPDATE", Value::Null, bad.clone())),
        (
            "an operation of the future",
            request("PATCH", bad.clone(), Value::Null),
        ),
    ] {
        assert_eq!(ask(&labels(), &request), Response::accept(), "{what}");
    }
    let absent = json!({"uid": "1", "operation": "CREATE", "namespace": "shop"});
    assert_eq!(ask(&labels(), &absent), Response::accept());
}

#[test]
fn an_empty_sub_resource_is_none() {
    let request = with(create(deployment(json!({}))), &json!({"subResource": ""}));
    refused(&ask(&labels(), &request), MISSING);
}

#[test]
fn a_dry_run_is_answered_like_the_real_one() {
    for object in [
        deployment(json!({})),
        deployment(json!({"labels": {"team": "a"}})),
    ] {
        let real = create(object);
        let dry = with(
            real.clone(),
            &json!({"dryRun": true, "options": {"kind": "CreateOptions", "dryRun": ["All"]}}),
        );
        assert_eq!(ask(&labels(), &dry), ask(&labels(), &real));
    }
}

#[test]
fn a_name_that_is_still_to_be_generated_is_no_name() {
    let mut object = deployment(json!({"generateName": "web-", "labels": {"team": "a"}}));
    object["metadata"]
        .as_object_mut()
        .expect("a mapping")
        .shift_remove("name");
    let mut request = create(object);
    request["name"] = json!("");
    let changed = ask(&labels(), &request).mutated_object.expect("a change");
    assert_eq!(changed["metadata"]["generateName"], "web-");
    assert_eq!(changed["metadata"].get("name"), None);
    assert_eq!(changed["metadata"]["labels"], json!({"team": "a", "env": "dev"}));
    // A glob on names is about names: nobody knows yet whether this one will match.
    let named = json!([{"name": "team", "match": {"names": ["web-*"]}, "metadata": {"labels": {"x": {"required": true}}}}]);
    assert_eq!(ask(&named, &request), Response::accept());
}

#[test]
fn an_object_that_is_going_is_let_go() {
    let going = |metadata: Value| {
        let mut object = deployment(metadata);
        object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        object
    };
    let old = going(json!({"finalizers": ["example.org/wait"]}));
    let removed = request("UPDATE", going(json!({})), old.clone());
    assert_eq!(ask(&labels(), &removed), Response::accept());
    let untouched = request("UPDATE", going(json!({"labels": {"team": "a"}})), old);
    assert_eq!(ask(&labels(), &untouched), Response::accept());
}

#[test]
fn an_object_without_metadata_is_judged_and_never_breaks_anything() {
    for metadata in [
        None,
        Some(Value::Null),
        Some(json!({})),
        Some(json!({"labels": null})),
    ] {
        let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment"});
        if let Some(metadata) = metadata.clone() {
            object["metadata"] = metadata;
        }
        refused(&ask(&labels(), &create(object.clone())), MISSING);
        let only_default = json!([{"name": "env", "metadata": {"labels": {"env": {"default": "dev"}}}}]);
        let response = ask(&only_default, &create(object));
        let changed = response.mutated_object.expect("a change");
        assert_eq!(changed["metadata"]["labels"]["env"], "dev", "{metadata:?}");
    }
    for metadata in [json!([]), json!("x"), json!(7), json!({"labels": ["team"]})] {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata});
        let response = ask(&labels(), &create(object));
        assert!(
            !response.accepted && response.mutated_object.is_none(),
            "{response:?}"
        );
    }
}

#[test]
fn a_forged_mark_of_crossplane_excuses_nobody_else() {
    let rules = json!([{
        "name": "team", "exempt": {"composed": true}, "metadata": {"labels": {"team": {"required": true}}},
    }]);
    let label = json!({"labels": {"crossplane.io/composite": "x"}});
    let owner = json!({"ownerReferences": [
        {"apiVersion": "openportal.dev/v1alpha1", "kind": "XApp", "name": "x", "uid": "2", "controller": true},
    ]});
    let by = |user: &str, request: Value| with(request, &json!({"userInfo": {"username": user}}));
    let composed = deployment(label.clone());
    let response = ask(&rules, &by(CROSSPLANE, create(composed.clone())));
    assert!(response.accepted, "{response:?}");
    assert_eq!(response.audit_annotations["exempt"], "team");
    for (what, request) in [
        ("a tenant", by("alice", create(composed.clone()))),
        (
            "Flux",
            by(
                "system:serviceaccount:flux-system:kustomize-controller",
                create(composed.clone()),
            ),
        ),
        (
            "an account that looks alike",
            by(
                "system:serviceaccount:crossplane-system2:x",
                create(composed.clone()),
            ),
        ),
        (
            "what Crossplane's account does otherwise",
            by(CROSSPLANE, create(deployment(json!({})))),
        ),
        (
            "an object that gets its mark now",
            by(
                CROSSPLANE,
                request(
                    "UPDATE",
                    composed.clone(),
                    deployment(json!({"labels": {"team": "a"}})),
                ),
            ),
        ),
    ] {
        let response = ask(&rules, &request);
        assert!(!response.accepted, "{what}: {response:?}");
        assert_eq!(response.audit_annotations.get("exempt"), None, "{what}");
    }
    // An owner alone makes a rule that writes step back, but it is no exemption from rules that forbid.
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "db", "namespace": "shop", "ownerReferences": owner["ownerReferences"]},
        "spec": {"type": "ExternalName", "externalName": "evil.example"},
    });
    let guard = json!([{"name": "guard", "externalNameGuard": {"allowedSuffixes": ["good.example"]}}]);
    assert!(!ask(&guard, &create(service)).accepted);
}

#[test]
fn an_old_violation_is_a_warning_and_a_new_one_is_not() {
    let bad = deployment(json!({"labels": {"env": "dev"}}));
    let response = ask(&labels(), &request("UPDATE", bad.clone(), bad.clone()));
    assert!(response.accepted, "{response:?}");
    assert_eq!(response.warnings, [MISSING]);
    assert_eq!(response.mutated_object, None);
    let good = deployment(json!({"labels": {"env": "dev", "team": "a"}}));
    refused(&ask(&labels(), &request("UPDATE", bad.clone(), good)), MISSING);
    let strict =
        json!([{"name": "team", "ratchet": false, "metadata": {"labels": {"team": {"required": true}}}}]);
    refused(&ask(&strict, &request("UPDATE", bad.clone(), bad)), MISSING);
    let stage = |value: &str| deployment(json!({"labels": {"stage": value}}));
    let one_of = json!([{"name": "stage", "metadata": {"labels": {"stage": {"enum": ["dev", "prod"]}}}}]);
    let same = ask(&one_of, &request("UPDATE", stage("x"), stage("x")));
    assert!(same.accepted && same.warnings.len() == 1, "{same:?}");
    let other = ask(&one_of, &request("UPDATE", stage("y"), stage("x")));
    assert!(!other.accepted, "another bad value is a new violation");
}

#[test]
fn what_a_controller_owns_is_left_to_it() {
    let owners = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "2", "controller": true}]);
    let owned = deployment(json!({"ownerReferences": owners}));
    assert_eq!(ask(&labels(), &create(owned)), Response::accept());

    let everywhere = json!({"namespaces": {"include": ["*"]}});
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {
            "name": "api", "namespace": "shop", "ownerReferences": owners,
            "annotations": {"boltrope.dev/mirror-of": "api"},
        },
        "spec": {"ports": [{"port": 80}]},
    });
    let alias = json!([{"name": "alias", "match": everywhere, "externalName": {"source": "base"}}]);
    let response = ask(&alias, &create(service));
    assert!(
        response.accepted && response.mutated_object.is_none(),
        "{response:?}"
    );
    assert_eq!(response.warnings.len(), 1, "{response:?}");

    let ingress = |owners: Value| {
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": "web", "namespace": "shop", "ownerReferences": owners},
            "spec": {"rules": [{"host": "www.example.com"}]},
        })
    };
    let hosts = json!([{"name": "hosts", "match": everywhere, "hostRewrite": {
        "hosts": [{"from": "*.example.com", "to": "{namespace}.example.com"}],
    }}]);
    let response = ask(&hosts, &create(ingress(owners)));
    assert!(!response.accepted, "an owner is forgeable: {response:?}");
    assert!(ask(&hosts, &create(ingress(json!([])))).mutated_object.is_some());
}
