//! What holds for any rules and any cluster: plans change nothing that is not ours, say the same whatever the order, and
//! leave nothing to do once they were carried out.

use boltrope::object::Object;
use boltrope::preview::{Kind, Plan, Rules, Snapshot, State, plan};
use boltrope::rules::RuleSet;
use boltrope::transforms::TRANSFORMS;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cases::carry_out;

fn rules(settings: &[Value]) -> Rules {
    let rule = |(index, settings): (usize, &Value)| json!({"name": format!("r{index}"), "preview": settings});
    let rules: Vec<Value> = settings.iter().enumerate().map(rule).collect();
    Rules::of(&RuleSet::from_spec(&json!({"rules": rules}), TRANSFORMS).expect("the rules are valid"))
}

fn snapshot(objects: &[Value]) -> Snapshot {
    let mut snapshot = Snapshot::new();
    for kind in Kind::ALL {
        snapshot.set_state(kind, State::Complete);
    }
    for object in objects {
        snapshot.put(object.clone());
    }
    snapshot
}

const NAMESPACES: [&str; 5] = ["base", "other", "feature-a", "feature-b", "kube-system"];
const NAMES: [&str; 3] = ["api", "web", "kubernetes"];

fn any_settings() -> impl Strategy<Value = Value> {
    let source = prop_oneof![Just("base"), Just("other"), Just("gone")];
    let consent = prop_oneof![Just("none"), Just("namespace"), Just("object")];
    let strategy = prop_oneof![
        Just(json!(["externalName"])),
        Just(json!(["gatewayGrant"])),
        Just(json!(["externalName", "gatewayGrant"])),
    ];
    let host = prop_oneof![
        Just(json!({"from": "*.example.com", "to": "{first}-{namespace}.example.com"})),
        Just(json!({"from": "**.example.com", "to": "{namespace}.example.com"})),
        Just(json!({"from": "*.example.com", "to": "all.example.com", "shared": true})),
    ];
    (source, consent, strategy, host, 1_u8..4, any::<bool>()).prop_map(
        |(source, consent, strategy, host, most, require)| {
            json!({
                "source": source, "consent": consent, "strategy": strategy, "maxNamespaces": most, "requireBackends": require,
                "namespaces": {"include": ["feature-*"], "labels": {"matchLabels": {"preview": "yes"}}},
                "routes": {"hosts": [host]},
            })
        },
    )
}

fn any_namespace() -> impl Strategy<Value = Value> {
    (0..NAMESPACES.len(), any::<[bool; 5]>()).prop_map(|(index, [shared, labelled, off, ending, yields])| {
        let mut labels = json!({});
        let mut metadata = json!({"name": NAMESPACES[index], "annotations": {}});
        if shared {
            labels["boltrope.dev/preview-source"] = "true".into();
        }
        if labelled {
            labels["preview"] = "yes".into();
        }
        if off {
            metadata["annotations"]["boltrope.dev/preview"] = "off".into();
        }
        if yields {
            metadata["annotations"]["boltrope.dev/yield"] = "web".into();
        }
        if ending {
            metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        }
        metadata["labels"] = labels;
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    })
}

fn any_service() -> impl Strategy<Value = Value> {
    let spec = prop_oneof![
        Just(json!({"selector": {"a": "b"}, "ports": [{"port": 80, "targetPort": 8080}]})),
        Just(json!({"clusterIP": "None", "ports": [{"port": 80, "targetPort": 8080}]})),
        Just(json!({"clusterIP": "None", "ports": [{"port": 80, "targetPort": "http"}]})),
        Just(json!({"type": "ExternalName", "externalName": "api.feature-a.svc"})),
        Just(json!({"ports": "no list"})),
        Just(json!(null)),
    ];
    (0..NAMESPACES.len(), 0..NAMES.len(), spec, any::<[bool; 2]>()).prop_map(|(namespace, name, spec, [on, to])| {
        let mut annotations = json!({});
        if on {
            annotations["boltrope.dev/preview"] = "on".into();
        }
        if to {
            annotations["boltrope.dev/preview-to"] = "*-a".into();
        }
        json!({"apiVersion": "v1", "kind": "Service", "spec": spec,
            "metadata": {"name": NAMES[name], "namespace": NAMESPACES[namespace], "annotations": annotations}})
    })
}

fn any_route() -> impl Strategy<Value = Value> {
    let host = prop_oneof![
        Just("a.example.com"),
        Just("b.example.com"),
        Just(""),
        Just("example.org"),
        Just("a-feature-a.example.com")
    ];
    (0..NAMESPACES.len(), 0..NAMES.len(), 0..NAMES.len(), host, 0_u8..3).prop_map(|(namespace, name, backend, host, kind)| {
        let metadata = json!({"name": NAMES[name], "namespace": NAMESPACES[namespace], "annotations": {"boltrope.dev/preview": "on"}});
        let backend = NAMES[backend];
        match kind {
            0 => json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {"rules": [
                {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": backend, "port": {"number": 80}}}}]}},
            ]}}),
            1 => json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": metadata, "spec": {
                "parentRefs": [{"name": "public"}], "hostnames": [host], "rules": [{"backendRefs": [{"name": backend, "port": 80}]}],
            }}),
            _ => json!({"apiVersion": "traefik.io/v1alpha1", "kind": "IngressRoute", "metadata": metadata, "spec": {"routes": [
                {"match": format!("Host(`{host}`)"), "kind": "Rule", "services": [{"name": backend, "port": 80}]},
            ]}}),
        }
    })
}

fn any_cluster() -> impl Strategy<Value = Vec<Value>> {
    let object = prop_oneof![2 => any_namespace(), 3 => any_service(), 2 => any_route()];
    prop::collection::vec(object, 0..24)
}

/// A cluster as it is after some other rules: with copies of ours in it.
fn with_copies(objects: &[Value], before: &[Value]) -> (Snapshot, Plan) {
    let mut snapshot = snapshot(objects);
    let plan = plan(&rules(before), &snapshot);
    carry_out(&plan, &mut snapshot);
    (snapshot, plan)
}

proptest! {
    #[test]
    fn a_plan_that_was_carried_out_leaves_nothing_to_do(
        objects in any_cluster(), before in prop::collection::vec(any_settings(), 0..3), now in prop::collection::vec(any_settings(), 0..3),
    ) {
        let (mut snapshot, _) = with_copies(&objects, &before);
        let rules = rules(&now);
        let first = plan(&rules, &snapshot);
        carry_out(&first, &mut snapshot);
        let second = plan(&rules, &snapshot);
        prop_assert!(second.is_done(), "{:#?}", second);
        prop_assert_eq!(second.in_step, first.in_step + first.apply.len());
    }

    #[test]
    fn what_is_not_ours_is_never_written_or_deleted(
        objects in any_cluster(), before in prop::collection::vec(any_settings(), 0..3), now in prop::collection::vec(any_settings(), 0..3),
    ) {
        let (snapshot, copied) = with_copies(&objects, &before);
        let plan = plan(&rules(&now), &snapshot);
        let is_ours = |kind: &str, namespace: &str, name: &str| copied.apply.iter().any(|apply| {
            let object = Object::new(&apply.object);
            (object.kind(), object.namespace(), object.name()) == (kind, Some(namespace), Some(name))
        });
        for identity in plan.delete.iter().map(|delete| &delete.object).chain(plan.released.iter().map(|one| &one.object)) {
            prop_assert!(is_ours(&identity.kind, &identity.namespace, &identity.name), "{:?}", identity);
        }
        let there = |apply: &Value| objects.iter().any(|object| {
            let (object, apply) = (Object::new(object), Object::new(apply));
            (object.kind(), object.namespace(), object.name()) == (apply.kind(), apply.namespace(), apply.name())
        });
        for apply in &plan.apply {
            prop_assert!(!there(&apply.object), "{}", apply.object);
            let object = Object::new(&apply.object);
            prop_assert_eq!(object.label("app.kubernetes.io/managed-by"), Some("boltrope"));
            let namespace = object.namespace().unwrap_or_default();
            prop_assert!(object.kind() == "ReferenceGrant" || namespace.starts_with("feature-") || namespace == "base" || namespace == "other");
        }
    }

    #[test]
    fn the_order_in_which_things_are_learnt_does_not_matter(
        objects in any_cluster(), settings in prop::collection::vec(any_settings(), 0..3), seed in any::<u64>(),
    ) {
        let mut unique: Vec<Value> = Vec::new();
        for object in objects {
            let same = |other: &Value| {
                let (one, two) = (Object::new(other).reference(), Object::new(&object).reference());
                one == two
            };
            if !unique.iter().any(same) {
                unique.push(object);
            }
        }
        let first = plan(&rules(&settings), &snapshot(&unique));
        let length = unique.len().max(1);
        unique.rotate_left(usize::try_from(seed % 1000).unwrap_or(0) % length);
        unique.reverse();
        prop_assert_eq!(first, plan(&rules(&settings), &snapshot(&unique)));
    }

    #[test]
    fn a_kind_that_is_not_known_leads_to_no_deletion_of_it(
        objects in any_cluster(), settings in prop::collection::vec(any_settings(), 1..3), missing in 0..Kind::ALL.len(),
    ) {
        let (mut snapshot, _) = with_copies(&objects, &settings);
        let kind = Kind::ALL[missing];
        snapshot.clear(kind);
        snapshot.set_state(kind, State::Unavailable("refused".to_owned()));
        let plan = plan(&rules(&settings), &snapshot);
        let needed = rules(&settings).needs().contains(&kind);
        if needed && kind != Kind::HelmRelease && kind != Kind::Kustomization {
            let routes = |name: &str| name != "Service";
            prop_assert!(plan.delete.iter().all(|delete| !routes(&delete.object.kind)), "{:#?}", plan.delete);
        }
        if matches!(kind, Kind::Namespace | Kind::Service) {
            prop_assert!(plan.is_done(), "{:#?}", plan);
        }
    }

    #[test]
    fn no_json_makes_it_panic(parts in prop::collection::vec(any_json(), 8), settings in any_settings()) {
        let rules = rules(&[settings]);
        let mut objects = vec![json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "base", "labels": {"boltrope.dev/preview-source": "true"}}})];
        objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "feature-a", "annotations": parts[0]}}));
        for (index, (api_version, kind)) in [
            ("v1", "Service"), ("networking.k8s.io/v1", "Ingress"), ("traefik.io/v1alpha1", "IngressRoute"),
            ("gateway.networking.k8s.io/v1", "HTTPRoute"), ("gateway.networking.k8s.io/v1", "Gateway"),
            ("gateway.networking.k8s.io/v1beta1", "ReferenceGrant"), ("networking.k8s.io/v1", "IngressClass"),
        ].into_iter().enumerate() {
            for namespace in ["base", "feature-a"] {
                objects.push(json!({"apiVersion": api_version, "kind": kind, "spec": parts[index + 1], "status": parts[0],
                    "metadata": {"name": "web", "namespace": namespace, "annotations": parts[index], "labels": parts[0], "managedFields": parts[1]}}));
            }
        }
        let _ = plan(&rules, &snapshot(&objects)).is_done();
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z*./-]{0,8}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("rules"),
        Just("routes"),
        Just("services"),
        Just("backendRefs"),
        Just("parentRefs"),
        Just("hostnames"),
        Just("name"),
        Just("http"),
        Just("paths"),
        Just("backend"),
        Just("service"),
        Just("port"),
        Just("ports"),
        Just("tls"),
        Just("listeners"),
        Just("filters"),
        Just("boltrope.dev/origin"),
        Just("host"),
        Just("match"),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
