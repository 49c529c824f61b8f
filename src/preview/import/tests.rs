use serde_json::{Value, json};

use super::{Imported, import};
use crate::preview::Rules;
use crate::rules::RuleSet;
use crate::transforms::TRANSFORMS;

fn annotated(kind: &str, name: &str, annotations: Value, spec: Value) -> Value {
    let api_version = if kind == "Service" {
        "v1"
    } else {
        "networking.k8s.io/v1"
    };
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {"name": name, "namespace": "default", "annotations": annotations, "labels": {"team": "web", "helm.sh/chart": "x"}},
        "spec": spec,
    })
}

/// What was imported can be loaded.
fn load(imported: &Imported) -> Rules {
    let rules: Vec<Value> = imported.rules.iter().map(|rule| rule.rule.clone()).collect();
    let set = RuleSet::from_spec(&json!({"rules": rules}), TRANSFORMS);
    Rules::of(&set.unwrap_or_else(|mistakes| panic!("{mistakes}\n{rules:#?}")))
}

#[test]
fn objects_with_the_same_selectors_are_one_rule() {
    let to = json!({
        "kube-external-sync.io/replicate-to": "^feature-.*$, main",
        "kube-external-sync.io/replicate-to-matching": "preview=yes,!base",
    });
    let imported = import(&[
        annotated("Service", "web", to.clone(), json!({})),
        annotated("Service", "api", to, json!({})),
    ]);
    load(&imported);
    let [only] = imported.rules.as_slice() else {
        panic!("{imported:#?}")
    };
    let preview = &only.rule["preview"];
    assert_eq!(preview["services"], json!({"include": ["api", "web"]}));
    assert_eq!(preview["metadata"], json!({"keepLabels": ["team"]}));
    assert_eq!(
        preview["namespaces"]["includeRegex"],
        json!(["feature-.*", "main"])
    );
    assert_eq!(
        preview["namespaces"]["labels"]["matchLabels"],
        json!({"preview": "yes"})
    );
}

#[test]
fn the_domain_of_an_ingress_becomes_hosts_that_do_not_collide() {
    let annotations = json!({
        "kube-external-sync.io/replicate-to": "feature-.*",
        "kube-external-sync.io/top-level-domain": "preview.example.com",
        "kube-external-sync.io/tld-secret-name": "wildcard",
        "kube-external-sync.io/keep-owner-references": "true",
        "kube-external-sync.io/strip-labels": "true",
        "kube-external-sync.io/strip-annotations": "true",
    });
    let spec = json!({"rules": [{"host": "my-app.example.com"}, {"host": "api.example.com"}]});
    let imported = import(&[annotated("Ingress", "web", annotations, spec)]);
    load(&imported);
    let preview = &imported.rules[0].rule["preview"];
    let hosts = json!([
        {"from": "api.example.com", "to": "{first}-{namespace}.example.com"},
        {"from": "my-app.example.com", "to": "{first}-{namespace}.example.com"},
    ]);
    assert_eq!(preview["routes"]["hosts"], hosts);
    assert_eq!(
        preview["routes"]["tls"],
        json!({"secretName": {"set": "wildcard"}})
    );
    assert_eq!(preview.get("metadata"), None);
    assert_eq!(
        imported.rules[0].differences.len(),
        4,
        "{:#?}",
        imported.rules[0].differences
    );
}

#[test]
fn an_apex_is_never_rewritten_and_a_suffix_is_the_clusters_domain() {
    let spec = json!({"rules": [{"host": "example.com"}, {"host": "*.example.org"}, {}]});
    let to = |more: Value| {
        let mut annotations = json!({"kube-external-sync.io/replicate-to": "feature-.*"});
        annotations
            .as_object_mut()
            .expect("a map")
            .extend(more.as_object().expect("a map").clone());
        annotations
    };
    let service = to(json!({"kube-external-sync.io/external-name-suffix": "svc.corp.local"}));
    let imported = import(&[
        annotated("Ingress", "web", to(json!({})), spec),
        annotated("Service", "api", service, json!({})),
    ]);
    load(&imported);
    assert_eq!(imported.cluster_domain.as_deref(), Some("corp.local"));
    let preview = &imported.rules[0].rule["preview"];
    assert_eq!(
        preview["routes"]["hosts"],
        json!([{"from": "*.example.org", "to": "{namespace}.example.org"}])
    );
    let told = imported.rules[0].differences.join("\n");
    for part in [
        "`example.com` became `<namespace>.com`",
        "catch-all",
        "clusterDomain: corp.local",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn a_rule_of_version_0_selects_the_same_namespaces() {
    let rule = |namespaces: Value| {
        json!({
            "apiVersion": "kube-external-sync.io/v1", "kind": "ExternalSyncRule", "metadata": {"name": "Base"},
            "spec": {
                "namespace": "default",
                "service": {"name": "api", "externalNameSuffix": "traefik.mesh"},
                "ingress": {"name": "api", "topLevelDomain": "x.example.com"},
                "rules": {"namespaces": namespaces},
            },
        })
    };
    let annotations = json!([{"key": "a", "value": "b"}, {"key": "c", "value": "", "isRegex": true}, {"key": "d", "value": "x", "isRegex": true}]);
    let written = json!({"exclude": ["other"], "includeRegex": ["^feat"], "includeAnnotation": annotations});
    let imported = import(&[rule(written)]);
    load(&imported);
    assert_eq!(imported.rules[0].rule["name"], "base");
    let expected = json!({
        "exclude": ["other"], "includeRegex": [".*(?:^feat).*"],
        "annotations": [{"key": "a", "value": "b"}, {"key": "c"}, {"key": "d", "valueRegex": ".*(?:x).*"}],
    });
    assert_eq!(imported.rules[0].rule["preview"]["namespaces"], expected);
    assert_eq!(imported.paused().count(), 0);
    let everywhere = import(&[rule(json!({}))]);
    load(&everywhere);
    assert_eq!(
        everywhere.rules[0].rule["preview"]["namespaces"],
        json!({"include": ["*"]})
    );
    let broken = import(&[rule(json!({"include": ["x"], "excludeRegex": ["kube-("]}))]);
    load(&broken);
    assert_eq!(broken.paused().collect::<Vec<_>>(), ["base"]);
}
