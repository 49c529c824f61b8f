//! What a case cannot say: laws over generated objects.

use k8s_openapi::api::networking::v1::Ingress;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::engine::world::NoWorld;
use crate::engine::{Outcome, Program, Request};
use crate::rules::RuleSet;
use crate::transforms::TRANSFORMS;

/// Two rules that together take two domains, each in its own way.
fn rules() -> Vec<Value> {
    let rule = |name: &str, action: &str, settings: Value| json!({"name": name, "action": action, "match": {"namespaces": {"include": ["feature-*"]}}, "hostRewrite": settings});
    vec![
        rule(
            "com",
            "enforce",
            json!({
                "hosts": [
                    {"from": "shop.example.com", "to": "shop--{namespace}.example.com"},
                    {"from": "*.example.com", "to": "{namespace}.example.com"},
                    {"from": "**.corp.example", "to": "{wildcard}--{namespace}.preview.corp.example"},
                ],
                "unmatched": "keep",
                "catchAll": "keep",
                "tls": {"secretName": {"template": "{secret}-{namespace}"}},
                "annotations": {"remove": ["cert-manager.io/cluster-*"]},
            }),
        ),
        rule(
            "org",
            "enforce",
            json!({
                "hosts": [{"from": "**.example.org", "to": "{wildcard}.{namespace}.example.org"}],
                "unmatched": "keep",
                "catchAll": "keep",
            }),
        ),
    ]
}

fn program(rules: &[Value]) -> Program {
    let document = json!({
        "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "test"}, "spec": {"rules": rules},
    });
    Program::compile(RuleSet::decode(&document, TRANSFORMS).unwrap_or_else(|mistakes| panic!("{mistakes}")))
}

fn evaluate(program: &Program, object: &Value) -> Outcome {
    let request = Request {
        namespace: Some("feature-x"),
        ..Request::render(object)
    };
    program.evaluate(&request, &NoWorld)
}

/// Hosts of both domains, done ones, unmatched ones, and texts that are none.
fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "(app|api|shop|\\*|a\\.b|x_y|-)\\.(example\\.com|corp\\.example|example\\.org|example\\.net)\\.?",
        2 => "(feature-x\\.example\\.com|shop--feature-x\\.example\\.com|a-b--feature-x\\.preview\\.corp\\.example|\\*\\.feature-x\\.example\\.org)",
        1 => "[A-Za-z0-9.*:_ -]{0,20}",
        1 => Just("APP.Example.com".to_owned()),
    ]
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![8 => host().prop_map(Value::from), 1 => Just(Value::Null), 1 => any::<i8>().prop_map(Value::from)]
}

fn match_rule() -> impl Strategy<Value = String> {
    let call = (
        prop_oneof![
            Just("Host"),
            Just("host"),
            Just("HostSNI"),
            Just("HostRegexp"),
            Just("PathPrefix")
        ],
        host(),
        prop_oneof![Just('`'), Just('"')],
    );
    let call = call.prop_map(|(name, host, quote)| format!("{name}({quote}{host}{quote})"));
    call.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|rule| format!("!{rule}")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} && {right})")),
            (inner.clone(), inner).prop_map(|(left, right)| format!("({left} || {right})")),
        ]
    })
}

fn ingress() -> impl Strategy<Value = Value> {
    let path = prop_oneof![Just("/"), Just("/api"), Just("/api/")];
    let rules = prop::collection::vec((text(), path, prop_oneof![Just("web"), Just("api")]), 0..4);
    let tls = prop::collection::vec(
        (
            prop::collection::vec(host(), 0..4),
            prop_oneof![Just("a"), Just("b")],
        ),
        0..4,
    );
    (rules, tls, prop::collection::vec(host(), 0..3)).prop_map(|(rules, tls, names)| {
        let rule = |(host, path, service): &(Value, &str, &str)| {
            json!({"host": host, "http": {"paths": [
                {"path": path, "pathType": "Prefix", "backend": {"service": {"name": service, "port": {"number": 80}}}}
            ]}})
        };
        let entry = |(hosts, secret): &(Vec<String>, &str)| json!({"hosts": hosts, "secretName": secret});
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": "web", "annotations": {
                "external-dns.kubernetes.io/hostname": names.join(", "),
                "nginx.ingress.kubernetes.io/auth-url": format!("https://{}/x", names.concat()),
                "cert-manager.io/cluster-issuer": "prod",
            }},
            "spec": {"rules": rules.iter().map(rule).collect::<Vec<_>>(), "tls": tls.iter().map(entry).collect::<Vec<_>>()},
        })
    })
}

fn gateway() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![Just("HTTPRoute"), Just("GRPCRoute")];
    (kind, prop::collection::vec(text(), 0..5)).prop_map(|(kind, hostnames)| {
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": kind, "metadata": {"name": "web"},
            "spec": {"hostnames": hostnames, "rules": [{"backendRefs": [{"name": "web", "port": 80}]}]},
        })
    })
}

fn traefik() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![Just("IngressRoute"), Just("IngressRouteTCP")];
    (
        kind,
        prop::collection::vec(match_rule(), 0..3),
        prop::collection::vec(host(), 0..4),
    )
        .prop_map(|(kind, rules, hosts)| {
            let route = |rule: &String| json!({"match": rule, "services": [{"name": "web", "port": 80}]});
            json!({
                "apiVersion": "traefik.io/v1alpha1", "kind": kind, "metadata": {"name": "web"},
                "spec": {
                    "routes": rules.iter().map(route).collect::<Vec<_>>(),
                    "tls": {"secretName": "web", "domains": [{"main": hosts.first(), "sans": hosts}]},
                },
            })
        })
}

/// The kinds beside Kubernetes' own routes, with hosts wherever theirs stand.
fn other_kind() -> impl Strategy<Value = Value> {
    let hosts = prop::collection::vec(
        (
            host(),
            prop_oneof![4 => Just(""), 1 => Just("./"), 1 => Just("shop/")],
        ),
        0..5,
    );
    let port = prop_oneof![Just(80), Just(443)];
    let protocol = prop_oneof![Just("HTTP"), Just("HTTPS"), Just("TCP"), Just("odd")];
    let secret = prop_oneof![Just("a"), Just("b"), Just("Bad_Name")];
    (0..7usize, hosts, port, protocol, secret).prop_map(|(kind, hosts, port, protocol, secret)| {
        let plain: Vec<&String> = hosts.iter().map(|(host, _)| host).collect();
        let first = plain.first();
        let each = |make: &dyn Fn(&String) -> Value| -> Value { plain.iter().map(|host| make(host)).collect() };
        let (api_version, kind, spec) = match kind {
            0 => ("gateway.networking.k8s.io/v1", "TLSRoute", json!({"hostnames": plain})),
            1 => ("gateway.networking.k8s.io/v1", "Gateway", json!({"listeners": each(&|host| json!({
                "port": port, "protocol": protocol, "hostname": host,
                "tls": {"certificateRefs": [{"name": secret}, {"name": "c", "namespace": "x"}, {"name": "b"}]},
            }))})),
            2 => ("cert-manager.io/v1", "Certificate", json!({
                "dnsNames": plain, "commonName": first, "secretName": secret,
            })),
            3 => ("externaldns.k8s.io/v1alpha1", "DNSEndpoint", json!({"endpoints": each(&|host| json!({
                "dnsName": host, "recordType": "CNAME", "targets": [first],
            }))})),
            4 => ("networking.istio.io/v1", "Gateway", json!({"servers": [{
                "port": {"number": port, "protocol": protocol},
                "hosts": hosts.iter().map(|(host, prefix)| format!("{prefix}{host}")).collect::<Vec<_>>(),
                "tls": {"credentialName": secret},
            }]})),
            5 => ("networking.istio.io/v1", "VirtualService", json!({
                "gateways": [protocol], "hosts": plain, "http": [{"match": [{"uri": {"prefix": "/"}}]}, {}],
                "tls": [{"match": [{"port": port, "sniHosts": plain}]}],
            })),
            _ => ("route.openshift.io/v1", "Route", json!({
                "host": first, "path": "/", "tls": {"externalCertificate": {"name": secret}},
            })),
        };
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": spec})
    })
}

fn route() -> impl Strategy<Value = Value> {
    prop_oneof![ingress(), gateway(), traefik(), other_kind(), other_kind()]
}

/// Any JSON that a route's spec might be instead of what its schema says.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        host().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let key = "(spec|rules|tls|hosts|host|http|paths|hostnames|routes|match|domains|main|sans|parentRefs|secretName|\
            listeners|hostname|certificateRefs|name|dnsNames|endpoints|dnsName|servers|gateways|sniHosts|[a-z]{1,3})";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The places that the transform may write.
fn may_write(pointer: &str) -> bool {
    let shape: Vec<&str> = pointer
        .split('/')
        .skip(1)
        .map(|key| if key.parse::<usize>().is_ok() { "#" } else { key })
        .collect();
    matches!(
        shape.as_slice(),
        ["spec", "rules", "#", "host"]
            | ["spec", "tls", "#"]
            | ["spec", "tls", "#", "hosts", "#"]
            | ["spec", "tls", "#", "secretName"]
            | ["spec", "tls", "secretName"]
            | ["spec", "tls", "domains", "#", "main"]
            | ["spec", "tls", "domains", "#", "sans", "#"]
            | ["spec", "hostnames", "#"]
            | ["spec", "routes", "#", "match"]
            | ["spec", "listeners", "#", "hostname"]
            | ["spec", "listeners", "#", "tls", "certificateRefs", "#"]
            | ["spec", "listeners", "#", "tls", "certificateRefs", "#", "name"]
            | ["spec", "dnsNames", "#"]
            | ["spec", "commonName" | "host" | "secretName"]
            | ["spec", "endpoints", "#", "dnsName"]
            | ["spec", "servers", "#", "hosts", "#"]
            | ["spec", "servers", "#", "tls", "credentialName"]
            | ["spec", "hosts", "#"]
            | ["spec", "tls", "#", "match", "#", "sniHosts", "#"]
            | ["spec", "tls", "externalCertificate", "name"]
            | ["metadata", "annotations", _]
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_was_rewritten_is_not_rewritten_again(object in route()) {
        let program = program(&rules());
        if let Some(once) = evaluate(&program, &object).object {
            prop_assert_eq!(evaluate(&program, &once).object, None, "{} became {}", object, once);
        }
    }

    #[test]
    fn the_order_of_rules_has_no_meaning(object in route()) {
        let mut reversed = rules();
        reversed.reverse();
        prop_assert_eq!(evaluate(&program(&rules()), &object), evaluate(&program(&reversed), &object));
    }

    #[test]
    fn only_places_of_hosts_are_written(object in route()) {
        for applied in evaluate(&program(&rules()), &object).edits.concat() {
            prop_assert!(may_write(applied.edit.pointer()), "{}", applied.edit.pointer());
        }
    }

    #[test]
    fn a_rule_that_only_judges_changes_nothing_and_names_every_change(object in route()) {
        let with = |action: &str| {
            let judging = rules().into_iter().map(|mut rule| { rule["action"] = action.into(); rule });
            evaluate(&program(&judging.collect::<Vec<_>>()), &object)
        };
        let enforced = evaluate(&program(&rules()), &object);
        for action in ["deny", "warn"] {
            let judged = with(action);
            prop_assert_eq!(&judged.object, &None);
            let would = judged.findings.iter().any(|finding| finding.code == "host-rewrite/would-change");
            prop_assert_eq!(would, enforced.object.is_some(), "{} {:?}", action, judged.findings);
        }
    }

    #[test]
    fn an_ingress_stays_an_ingress(object in ingress()) {
        if serde_json::from_value::<Ingress>(object.clone()).is_ok()
            && let Some(changed) = evaluate(&program(&rules()), &object).object
        {
            prop_assert!(serde_json::from_value::<Ingress>(changed.clone()).is_ok(), "{}", changed);
        }
    }

    #[test]
    fn no_json_makes_it_panic(
        kind in prop::sample::select(vec![
            ("networking.k8s.io/v1", "Ingress"), ("gateway.networking.k8s.io/v1", "HTTPRoute"),
            ("gateway.networking.k8s.io/v1", "GRPCRoute"), ("gateway.networking.k8s.io/v1", "TLSRoute"),
            ("gateway.networking.k8s.io/v1", "Gateway"), ("traefik.io/v1alpha1", "IngressRoute"),
            ("traefik.containo.us/v1alpha1", "IngressRouteTCP"), ("cert-manager.io/v1", "Certificate"),
            ("externaldns.k8s.io/v1alpha1", "DNSEndpoint"), ("networking.istio.io/v1", "Gateway"),
            ("networking.istio.io/v1", "VirtualService"), ("route.openshift.io/v1", "Route"),
        ]),
        spec in json_value(),
        metadata in json_value(),
    ) {
        let object = json!({"apiVersion": kind.0, "kind": kind.1, "metadata": metadata, "spec": spec});
        let program = program(&rules());
        if let Some(once) = evaluate(&program, &object).object {
            prop_assert_eq!(evaluate(&program, &once).object, None);
        }
    }
}
