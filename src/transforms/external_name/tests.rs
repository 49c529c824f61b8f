//! What a case cannot say: properties over arbitrary Services.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Service;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::edits::FOREIGN_ANNOTATIONS;
use crate::engine::world::{Answer, ContainerPort, ScopeSource, World};
use crate::engine::{Operation, Outcome, Program, Request};
use crate::rules::RuleSet;
use crate::selector::Glob;
use crate::transforms::TRANSFORMS;

/// A World with one Service, `base/api`, or without an answer.
#[derive(Debug)]
struct OneService(Option<Value>);

impl World for OneService {
    fn namespace(&self, _: &str) -> Answer<Value> {
        Answer::Unavailable("there are no Namespaces here".to_owned())
    }

    fn scope(&self, _: &str, _: &str) -> Answer<Vec<ScopeSource>> {
        Answer::Unavailable("there are no kinds here".to_owned())
    }

    fn service(&self, namespace: &str, name: &str) -> Answer<Value> {
        match &self.0 {
            None => Answer::Unavailable("there are no Services here".to_owned()),
            Some(found) if (namespace, name) == ("base", "api") => Answer::Known(found.clone()),
            Some(_) => Answer::Absent,
        }
    }

    fn container_ports(&self, _: &str, _: &str) -> Answer<Vec<ContainerPort>> {
        let name = "http".to_owned();
        Answer::Known(vec![ContainerPort { name, port: 8080 }])
    }
}

fn program(settings: Value) -> Program {
    let mut settings = settings;
    settings["source"] = "base".into();
    let rules = json!({
        "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "platform"},
        "spec": {"rules": [{
            "name": "fall-back",
            "match": {"namespaces": {"include": ["feature-*"]}},
            "externalName": settings,
        }]},
    });
    Program::compile(RuleSet::decode(&rules, TRANSFORMS).expect("the rules are valid"))
}

fn evaluate(program: &Program, service: &Value, world: &OneService, admission: bool) -> Outcome {
    let request = if admission {
        Request {
            namespace: Some("feature-login"),
            ..Request::admission(service, Operation::Create)
        }
    } else {
        Request::render(service)
    };
    program.evaluate(&request, world)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-zA-Z0-9./~-]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z/~.]{0,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Ports as the API server takes them, and some fields that it does not.
fn any_port() -> impl Strategy<Value = Value> {
    let target = prop_oneof![
        Just(None),
        (1_u16..).prop_map(|port| Some(Value::from(port))),
        Just(Some(Value::from("http"))),
        Just(Some(Value::from(0))),
        Just(Some(Value::from(""))),
        Just(Some(Value::Null)),
    ];
    let protocol = prop::option::of(prop_oneof![Just("TCP"), Just("UDP")]);
    let node_port = prop::option::of(30000_u16..32000);
    (
        prop_oneof![Just(80_u16), Just(443), 1_u16..],
        target,
        protocol,
        node_port,
    )
        .prop_map(|(port, target, protocol, node_port)| {
            let mut map = Map::from_iter([("port".to_owned(), port.into())]);
            map.extend(target.map(|target| ("targetPort".to_owned(), target)));
            map.extend(protocol.map(|protocol| ("protocol".to_owned(), protocol.into())));
            map.extend(node_port.map(|port| ("nodePort".to_owned(), port.into())));
            Value::Object(map)
        })
}

/// A spec that Kubernetes can decode, with any mix of the fields that matter here.
fn any_spec() -> impl Strategy<Value = Value> {
    let kind = prop::option::of(prop_oneof![
        Just("ClusterIP"),
        Just("LoadBalancer"),
        Just("ExternalName")
    ]);
    let ports = prop::option::of(prop::collection::vec(any_port(), 0..4));
    let affinity = prop::option::of(prop_oneof![Just("None"), Just("ClientIP")]);
    let address = prop::option::of(prop_oneof![Just("None"), Just("10.0.0.7")]);
    let name = prop::option::of(prop_oneof![
        Just("api.base.svc.cluster.local"),
        Just("api.example.com")
    ]);
    (kind, ports, affinity, address, name, any::<bool>()).prop_map(
        |(kind, ports, affinity, address, name, selects)| {
            let mut map = Map::new();
            map.extend(kind.map(|kind| ("type".to_owned(), kind.into())));
            map.extend(affinity.map(|affinity| ("sessionAffinity".to_owned(), affinity.into())));
            map.extend(address.map(|address| ("clusterIP".to_owned(), address.into())));
            map.extend(ports.map(|ports| ("ports".to_owned(), ports.into())));
            map.extend(name.map(|name| ("externalName".to_owned(), name.into())));
            if selects {
                map.insert("selector".to_owned(), json!({"app": "api"}));
            }
            Value::Object(map)
        },
    )
}

fn any_service() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("metallb.io/pool".to_owned()),
        Just("service.beta.kubernetes.io/x~y".to_owned()),
        Just("external-dns.kubernetes.io/hostname".to_owned()),
        "[a-z]{1,6}/[a-z~]{1,6}",
    ];
    let annotations = prop::collection::btree_map(key, "[a-z]{0,4}", 0..5);
    (any_spec(), annotations, any_json()).prop_map(|(spec, annotations, unknown)| {
        let mut service = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "api", "namespace": "feature-login", "annotations": annotations},
            "spec": spec,
        });
        service["metadata"]["annotations"]["boltrope.dev/mirror-of"] = "api".into();
        service["metadata"]["labels"] = json!({"team": "web"});
        service["metadata"]["somethingNew"] = unknown.clone();
        service["status"] = unknown;
        service
    })
}

fn any_settings() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({})),
        Just(json!({"convert": "listed", "services": {"include": ["api"]}})),
        Just(json!({"lookupSource": true})),
        Just(json!({"suffix": "traefik.mesh"})),
    ]
}

fn any_world() -> impl Strategy<Value = OneService> {
    let service = any_spec().prop_map(|spec| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": "base"}, "spec": spec})
    });
    prop::option::of(service).prop_map(OneService)
}

fn keys(value: &Value) -> BTreeSet<&str> {
    let map = value.as_object().expect("an object");
    map.keys().map(String::as_str).collect()
}

fn is_foreign(key: &str) -> bool {
    FOREIGN_ANNOTATIONS
        .iter()
        .any(|glob| Glob::new(*glob).matches(key))
}

proptest! {
    #[test]
    fn converting_twice_is_converting_once(
        service in any_service(), settings in any_settings(), world in any_world(), admission: bool,
    ) {
        let program = program(settings);
        let first = evaluate(&program, &service, &world, admission);
        if let Some(object) = &first.object {
            let second = evaluate(&program, object, &world, admission);
            prop_assert_eq!(&second.object, &None);
            prop_assert_eq!(second.findings, vec![]);
        }
    }

    #[test]
    fn a_converted_spec_holds_three_keys_and_everything_else_survives(
        service in any_service(), settings in any_settings(), world in any_world(), admission: bool,
    ) {
        let outcome = evaluate(&program(settings), &service, &world, admission);
        let Some(object) = outcome.object else { return Ok(()) };
        for edit in outcome.edits.iter().flatten() {
            let at = edit.edit.pointer();
            prop_assert!(at.starts_with("/spec/") || at.starts_with("/metadata/annotations/"), "{}", at);
        }
        let mut known = BTreeSet::from(["externalName", "ports", "type"]);
        if object["spec"]["sessionAffinity"] == "None" {
            known.insert("sessionAffinity");
        }
        prop_assert!(keys(&object["spec"]).is_subset(&known), "{}", object["spec"]);
        prop_assert_eq!(&object["spec"]["type"], "ExternalName");
        for port in object["spec"]["ports"].as_array().into_iter().flatten() {
            prop_assert!(port.get("nodePort").is_none());
        }
        prop_assert_eq!(keys(&object), keys(&service));
        prop_assert_eq!(&object["status"], &service["status"]);
        for key in keys(&service["metadata"]) {
            if key != "annotations" {
                prop_assert_eq!(&object["metadata"][key], &service["metadata"][key]);
            }
        }
        let kept: BTreeSet<&str> = keys(&service["metadata"]["annotations"])
            .into_iter()
            .filter(|key| !is_foreign(key))
            .collect();
        prop_assert_eq!(keys(&object["metadata"]["annotations"]), kept);
    }

    #[test]
    fn without_a_lookup_a_client_dials_the_port_it_knows(service in any_service(), admission: bool) {
        let outcome = evaluate(&program(json!({})), &service, &OneService(None), admission);
        let Some(object) = outcome.object else { return Ok(()) };
        for port in object["spec"]["ports"].as_array().into_iter().flatten() {
            prop_assert_eq!(super::source::effective_target(port), port.get("port"));
        }
    }

    #[test]
    fn what_kubernetes_can_decode_it_can_decode_afterwards(
        mut service in any_service(), settings in any_settings(), world in any_world(),
    ) {
        let map = service.as_object_mut().expect("an object");
        map.shift_remove("status");
        let before: Result<Service, _> = serde_json::from_value(service.clone());
        prop_assert!(before.is_ok(), "{:?}", before.err());
        if let Some(object) = evaluate(&program(settings), &service, &world, false).object {
            let after: Service = serde_json::from_value(object).expect("still a Service");
            let spec = after.spec.expect("a spec");
            prop_assert_eq!(spec.type_.as_deref(), Some("ExternalName"));
            prop_assert_eq!(spec.selector, None);
            prop_assert_eq!(spec.cluster_ip, None);
        }
    }

    #[test]
    fn no_json_makes_it_panic(
        metadata in any_json(), spec in any_json(), ports in any_json(), reference in any_json(),
        settings in any_settings(), source in any_json(), admission: bool,
    ) {
        let mut spec = spec;
        if let Some(map) = spec.as_object_mut() {
            map.insert("ports".to_owned(), ports);
        }
        let mut service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec});
        if let Some(map) = service["metadata"].as_object_mut() {
            map.insert("name".to_owned(), "api".into());
            map.insert("namespace".to_owned(), "feature-x".into());
            map.insert("annotations".to_owned(), json!({"boltrope.dev/mirror-of": reference}));
        }
        evaluate(&program(settings), &service, &OneService(Some(source)), admission);
    }

    #[test]
    fn no_settings_make_it_panic(mut settings in any_json()) {
        let rule = |settings: &Value| json!({
            "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "platform"},
            "spec": {"rules": [{"name": "fall-back", "externalName": settings}]},
        });
        let _ = RuleSet::decode(&rule(&settings), TRANSFORMS);
        if let Some(map) = settings.as_object_mut() {
            let services = map.values().next().cloned().unwrap_or_default();
            map.insert("source".to_owned(), "base".into());
            map.insert("services".to_owned(), services);
            let _ = RuleSet::decode(&rule(&settings), TRANSFORMS);
        }
    }
}

#[test]
fn only_services_of_the_core_group_are_converted() {
    let rules = json!({
        "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "platform"},
        "spec": {"rules": [{
            "name": "fall-back",
            "match": {"kinds": ["*"], "namespaces": {"include": ["*"]}},
            "externalName": {"source": "base"},
        }]},
    });
    let program = Program::compile(RuleSet::decode(&rules, TRANSFORMS).expect("the rules are valid"));
    for (api_version, kind, converted) in [
        ("v1", "Service", true),
        ("serving.knative.dev/v1", "Service", false),
        ("v1", "ConfigMap", false),
    ] {
        let object = json!({
            "apiVersion": api_version, "kind": kind,
            "metadata": {"name": "api", "namespace": "x", "annotations": {"boltrope.dev/mirror-of": "api"}},
        });
        let outcome = program.evaluate(&Request::render(&object), &OneService(None));
        assert_eq!(outcome.object.is_some(), converted, "{api_version} {kind}");
        assert!(outcome.findings.is_empty(), "{:?}", outcome.findings);
    }
}

#[test]
fn the_source_is_asked_for_only_when_the_rule_says_so() {
    assert!(!program(json!({})).asks().services);
    assert!(program(json!({"lookupSource": true})).asks().services);
}

#[test]
fn an_odd_reference_is_a_finding_and_null_is_none() {
    for (reference, code) in [
        (json!(""), Some("external-name/bad-name")),
        (json!("base/"), Some("external-name/bad-name")),
        (json!("/api"), Some("external-name/bad-name")),
        (json!("base/api/v1"), Some("external-name/bad-name")),
        (json!(" api"), Some("external-name/bad-name")),
        (json!(7), Some("external-name/bad-name")),
        (json!("Api"), Some("external-name/bad-name")),
        (json!("kubernetes"), Some("external-name/service-not-exported")),
        (Value::Null, None),
    ] {
        let service = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "api", "namespace": "feature-x", "annotations": {"boltrope.dev/mirror-of": reference}},
        });
        let outcome = evaluate(&program(json!({})), &service, &OneService(None), false);
        let found: Vec<&str> = outcome
            .findings
            .iter()
            .map(|finding| finding.code.as_str())
            .collect();
        assert_eq!(found, code.into_iter().collect::<Vec<_>>(), "{reference}");
        assert_eq!(outcome.object, None, "{reference}");
    }
}

#[test]
fn two_ports_of_one_number_in_the_source_become_two_that_agree() {
    let source = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": "base"},
        "spec": {"clusterIP": "None", "ports": [{"port": 443}, {"port": 443, "targetPort": 1}]},
    });
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "api", "namespace": "feature-x", "annotations": {"boltrope.dev/mirror-of": "api"}},
    });
    let (program, world) = (program(json!({"lookupSource": true})), OneService(Some(source)));
    let object = evaluate(&program, &service, &world, false)
        .object
        .expect("a change");
    let port = json!({"port": 443, "targetPort": 443});
    assert_eq!(object["spec"]["ports"], json!([port, port]));
    assert_eq!(evaluate(&program, &object, &world, false).object, None);
}
