//! What a case cannot say: the whole table of hosts, and properties over arbitrary targets.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::host::{Host, is_below, read};
use crate::engine::world::NoWorld;
use crate::engine::{Program, Request};
use crate::rules::RuleSet;
use crate::transforms::TRANSFORMS;

fn program(settings: &Value) -> Program {
    let rules = json!({
        "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "platform"},
        "spec": {"rules": [{"name": "guard", "externalNameGuard": settings}]},
    });
    Program::compile(RuleSet::decode(&rules, TRANSFORMS).expect("the rules are valid"))
}

fn admits(program: &Program, target: &str) -> bool {
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"},
        "spec": {"type": "ExternalName", "externalName": target},
    });
    let outcome = program.evaluate(&Request::render(&service), &NoWorld);
    assert_eq!(outcome.object, None, "a guard changes nothing");
    outcome.is_accepted()
}

#[test]
fn each_host_is_what_it_is() {
    let in_base = || Host::InCluster {
        namespace: "base".to_owned(),
    };
    let outside = |name: &str| Host::Outside(name.to_owned());
    for (target, expected) in [
        ("api.base.svc", in_base()),
        ("api.base.svc.", in_base()),
        ("API.Base.SVC.Cluster.Local", in_base()),
        ("api.base.svc.cluster.local", in_base()),
        ("api.example.com", outside("api.example.com")),
        ("api.example.com.", outside("api.example.com")),
        ("api.base.svc.other.domain", outside("api.base.svc.other.domain")),
        ("notcluster.local", Host::Short("notcluster.local".to_owned())),
        ("a.notcluster.local", outside("a.notcluster.local")),
        ("localhosts.example.com", outside("localhosts.example.com")),
        ("metadata.example.com", outside("metadata.example.com")),
        ("api.corp.internal", outside("api.corp.internal")),
        ("example.com", Host::Short("example.com".to_owned())),
        (
            "kubernetes.default.example.com",
            outside("kubernetes.default.example.com"),
        ),
        ("1.example.com", outside("1.example.com")),
        ("0x1g.example.0x1g", outside("0x1g.example.0x1g")),
    ] {
        assert_eq!(read(target, "cluster.local"), expected, "{target}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn nothing_admits_what_leads_into_the_machine() {
    for target in [
        "",
        ".",
        "..",
        "api",
        "api.base.svc..",
        "a..example.com",
        "*.example.com",
        "a b.example.com",
        "evil.com/.example.com",
        "user@api.example.com",
        "api.example.com:443",
        "\u{ff41}pi.example.com",
        "cluster.local",
        "svc.cluster.local",
        "base.svc.cluster.local",
        "db-0.db.base.svc.cluster.local",
        "10-0-0-7.base.pod.cluster.local",
        "_http._tcp.api.base.svc.cluster.local",
        "db-0.db.base.svc",
        "10-0-0-7.base.pod",
        "base.svc",
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0X7F.1",
        "0177.0.0.01",
        "1.2.3.4.5",
        "999.999.999.999",
        "example.0x",
        "::1",
        "[::1]",
        "::ffff:169.254.169.254",
        "fe80::1%eth0",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "localhost.localdomain",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "kubernetes.default.svc.other.domain",
        "metadata",
        "instance-data",
        "metadata.google.internal",
        "METADATA.google.internal.",
        "x.metadata.google.internal",
        "metadata.goog",
        "metadata.azure.internal",
        "metadata.azure.com",
        "instance-data.ec2.internal",
        "instance-data.eu-west-1.compute.internal",
        "metadata.tencentyun.com",
        "metadata.platformequinix.com",
        "metadata.packet.net",
        "api.metadata.cloud.ibm.com",
        "rancher-metadata.rancher.internal",
    ] {
        let found = read(target, "cluster.local");
        assert!(matches!(found, Host::Never(_)), "{target}: {found:?}");
    }
}

#[test]
fn the_clusters_domain_is_compared_by_whole_labels_too() {
    let in_base = Host::InCluster {
        namespace: "base".to_owned(),
    };
    assert_eq!(read("api.base.svc.k8s.example.com", "K8s.Example.com."), in_base);
    let outside = Host::Outside("vm.k8s.example.com".to_owned());
    assert_eq!(read("vm.k8s.example.com", "8s.example.com"), outside);
    assert!(matches!(
        read("vm.k8s.example.com", "k8s.example.com"),
        Host::Never(_)
    ));
}

#[test]
fn namespaces_are_asked_for_only_when_labels_decide() {
    let asks = |settings: Value| program(&settings).asks().namespaces;
    assert!(!asks(json!({"allowedNamespaces": {"include": ["base"]}})));
    assert!(asks(
        json!({"allowedNamespaces": {"labels": {"matchLabels": {"a": "b"}}}})
    ));
}

/// Targets near the border: labels that mean something, joined in any order.
fn any_target() -> impl Strategy<Value = String> {
    let label = prop_oneof![
        Just("api"),
        Just("base"),
        Just("other"),
        Just("svc"),
        Just("pod"),
        Just("cluster"),
        Just("local"),
        Just("example"),
        Just("com"),
        Just("kubernetes"),
        Just("default"),
        Just("localhost"),
        Just("metadata"),
        Just("internal"),
        Just("127"),
        Just("0x7f"),
        Just(""),
    ];
    prop::collection::vec(label, 0..7).prop_map(|labels| labels.join("."))
}

proptest! {
    #[test]
    fn case_and_one_trailing_dot_change_nothing(target in any_target()) {
        let program = program(&json!({
            "allowedSuffixes": ["example.com", "local"], "allowedNamespaces": {"include": ["base"]},
        }));
        if !target.ends_with('.') {
            let disguised = format!("{}.", target.to_uppercase());
            prop_assert_eq!(admits(&program, &target), admits(&program, &disguised), "{}", target);
        }
    }

    #[test]
    fn a_rule_without_namespaces_admits_nothing_inside(target in any_target()) {
        let program = program(&json!({"allowedSuffixes": ["local", "com", "internal", "other"]}));
        let inside = is_below(&target, "cluster.local") || target.ends_with("svc") || target.ends_with("pod");
        prop_assert!(!(inside && admits(&program, &target)), "{}", target);
    }

    #[test]
    fn a_rule_without_suffixes_admits_services_of_its_namespaces_alone(target in any_target()) {
        let program = program(&json!({"allowedNamespaces": {"include": ["base", "default"]}}));
        let labels: Vec<&str> = target.strip_suffix('.').unwrap_or(&target).split('.').collect();
        let service = match labels.as_slice() {
            [service, namespace, "svc"] | [service, namespace, "svc", "cluster", "local"] => {
                Some((*service, *namespace))
            }
            _ => None,
        };
        let expected = service.is_some_and(|(service, namespace)| {
            !service.is_empty() && (namespace == "base" || namespace == "default" && service != "kubernetes")
        });
        prop_assert_eq!(admits(&program, &target), expected, "{}", target);
    }

    #[test]
    fn no_text_makes_it_panic(target in ".{0,40}", domain in ".{0,20}") {
        let _ = read(&target, &domain);
    }
}
