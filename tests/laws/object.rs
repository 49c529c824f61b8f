//! Objects nobody thought of: the kinds that rules are about, with fields that are right, odd or of a wrong type.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Any JSON, a few levels deep.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z.*{}`\"\\\\ é-]{0,12}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        "[a-z/~]{0,6}",
        Just("metadata".to_owned()),
        Just("spec".to_owned()),
        Just("kind".to_owned()),
        Just("items".to_owned()),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// An object of a kind that rules are about, sometimes wrapped in a List or a Crossplane Object.
pub(crate) fn any_object() -> impl Strategy<Value = Value> {
    let plain = (kind(), metadata(), spec(), any_json()).prop_map(|((api_version, kind), metadata, spec, extra)| {
        json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "x-extra": extra, "spec": spec})
    });
    (plain, 0..6u8).prop_map(|(object, wrapper)| match wrapper {
        0 => json!({"apiVersion": "v1", "kind": "List", "items": [object]}),
        1 => json!({
            "apiVersion": "kubernetes.m.crossplane.io/v1alpha1", "kind": "Object",
            "metadata": {"name": "wrapped", "namespace": "feature-login"},
            "spec": {"forProvider": {"manifest": object}},
        }),
        _ => object,
    })
}

/// Applies a JSON Patch the way an API server does: one operation after the other.
pub(crate) fn patch(mut object: Value, operations: &[Value]) -> Value {
    for operation in operations {
        let path = operation["path"].as_str().expect("a path");
        let (parent, key) = path.rsplit_once('/').expect("not the whole document");
        let key = key.replace("~1", "/").replace("~0", "~");
        let value = operation.get("value").cloned();
        match (
            object.pointer_mut(parent).expect("the parent is there"),
            operation["op"].as_str(),
        ) {
            (Value::Object(map), Some("remove")) => {
                map.shift_remove(&key).expect("the key is there");
            }
            (Value::Object(map), _) => {
                map.insert(key, value.expect("a value"));
            }
            (Value::Array(items), Some("remove")) => {
                items.remove(key.parse().expect("an index"));
            }
            (Value::Array(items), Some("add")) if key == "-" => items.push(value.expect("a value")),
            (Value::Array(items), Some("add")) => {
                items.insert(key.parse().expect("an index"), value.expect("a value"))
            }
            (Value::Array(items), _) => {
                items[key.parse::<usize>().expect("an index")] = value.expect("a value")
            }
            _ => panic!("{path} is in a scalar"),
        }
    }
    object
}

fn kind() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(vec![
        ("v1", "Service"),
        ("v1", "Namespace"),
        ("v1", "Secret"),
        ("apps/v1", "Deployment"),
        ("batch/v1", "CronJob"),
        ("batch/v1", "Job"),
        ("networking.k8s.io/v1", "Ingress"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("gateway.networking.k8s.io/v1", "TLSRoute"),
        ("gateway.networking.k8s.io/v1", "Gateway"),
        ("traefik.io/v1alpha1", "IngressRoute"),
        ("cert-manager.io/v1", "Certificate"),
        ("externaldns.k8s.io/v1alpha1", "DNSEndpoint"),
        ("networking.istio.io/v1", "Gateway"),
        ("networking.istio.io/v1", "VirtualService"),
        ("route.openshift.io/v1", "Route"),
        ("v1", "Pod"),
        ("openportal.dev/v1alpha1", "ManagedNamespace"),
        ("example.com/v1", "Unknown"),
    ])
}

fn host() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!("www.example.com"),
        json!("*.example.com"),
        json!("a-feature-login.example.com"),
        json!("A.B.corp.example."),
        json!("shop.example.net"),
        json!("other.org"),
        json!(""),
        json!(7),
        json!(null),
    ])
}

fn metadata() -> impl Strategy<Value = Value> {
    let namespace = prop::sample::select(vec![
        json!(null),
        json!(""),
        json!("feature-login"),
        json!("default"),
        json!(3),
    ]);
    let label = prop::sample::select(vec![
        json!("web"),
        json!("front"),
        json!("no such"),
        json!(null),
        json!(1),
    ]);
    let annotations = prop::sample::select(vec![
        json!(null),
        json!({}),
        json!({"boltrope.dev/mirror-of": "web"}),
        json!({"boltrope.dev/mirror-of": "default/web", "metallb.io/x": "y"}),
        json!({"external-dns.alpha.kubernetes.io/hostname": "www.example.com,b.example.com", "note": "see www.example.com"}),
        json!("text"),
    ]);
    (namespace, label.clone(), label, annotations, any::<bool>()).prop_map(
        |(namespace, team, tier, annotations, owned)| {
            let mut metadata = Map::new();
            metadata.insert("name".to_owned(), "web".into());
            metadata.insert("namespace".to_owned(), namespace);
            metadata.insert("labels".to_owned(), json!({"team": team, "tier": tier, "x": 1.5}));
            metadata.insert("annotations".to_owned(), annotations);
            if owned {
                metadata.insert(
                    "ownerReferences".to_owned(),
                    json!([{"controller": true, "kind": "Foo"}]),
                );
            }
            metadata.into()
        },
    )
}

fn spec() -> impl Strategy<Value = Value> {
    let service = (host(), any::<bool>()).prop_map(|(host, selects)| {
        let selector = if selects {
            json!({"app": "web"})
        } else {
            json!(null)
        };
        json!({"type": "ExternalName", "externalName": host, "selector": selector,
            "ports": [{"port": 80, "targetPort": "http", "nodePort": 30000}]})
    });
    let ingress = (host(), host(), host()).prop_map(|(a, b, c)| {
        json!({
            "rules": [{"host": a, "http": {"paths": [{"path": "/", "pathType": "Prefix"}]}}, {"host": b}],
            "tls": [{"hosts": [a, c], "secretName": "tls"}, {"hosts": [b]}],
        })
    });
    let route =
        (host(), host()).prop_map(|(a, b)| json!({"hostnames": [a, b], "rules": [{"matches": [{}]}]}));
    let traefik = (host(), host()).prop_map(|(a, b)| {
        let text = |host: &Value| host.as_str().unwrap_or("x").to_owned();
        json!({
            "routes": [{"match": format!("Host(`{}`) && !Host(\"{}\") || PathPrefix(`/`)", text(&a), text(&b))},
                {"match": format!("Host(`{}`)", text(&b))}, {"match": "Host("}],
            "tls": {"domains": [{"main": a, "sans": [b]}], "secretName": "tls"},
        })
    });
    let pod = (any_json(), host()).prop_map(|(config, search)| {
        json!({
            "containers": [], "dnsConfig": config,
            "template": {"spec": {"containers": [], "dnsConfig": {"searches": [search]}}},
        })
    });
    let workload = any_json().prop_map(|labels| {
        json!({"template": {"metadata": {"labels": labels}}, "jobTemplate": {"spec": {"template": {}}}})
    });
    prop_oneof![
        service,
        ingress,
        route,
        traefik,
        other_hosts(),
        pod,
        workload,
        any_json()
    ]
}

/// Hosts where kinds that Kubernetes does not know keep them.
fn other_hosts() -> impl Strategy<Value = Value> {
    let gateways = (host(), host(), host()).prop_map(|(a, b, c)| {
        let listener = |host: &Value| {
            json!({"port": 443, "protocol": "HTTPS", "hostname": host,
            "tls": {"certificateRefs": [{"name": "tls"}]}})
        };
        json!({
            "listeners": [listener(&a), listener(&b)],
            "servers": [{"port": {"number": 443}, "hosts": [a, b, c], "tls": {"credentialName": "tls"}}],
        })
    });
    let names = (host(), host(), host()).prop_map(|(a, b, c)| {
        json!({
            "dnsNames": [a, b], "commonName": c, "secretName": "tls", "host": a,
            "endpoints": [{"dnsName": a, "recordType": "A"}, {"dnsName": b, "targets": [c]}],
            "gateways": ["public"], "hosts": [a, b], "http": [{}], "tls": [{"match": [{"sniHosts": [a, c]}]}],
        })
    });
    prop_oneof![gateways, names]
}
