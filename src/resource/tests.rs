//! The tables against the generated client, the patterns against the tables.

use serde_json::json;

use super::*;
use crate::engine::world::builtin::tests::all;

fn plurals(catalog: &Catalog, pattern: &str) -> Vec<String> {
    let pattern = KindPattern::parse(pattern).unwrap();
    let found = catalog.matching(&pattern).into_iter();
    found
        .map(|resource| {
            let versions = resource.versions.join(",");
            format!("{}/{versions}/{}", resource.group, resource.plural)
        })
        .collect()
}

#[test]
fn every_kind_of_kubernetes_has_the_plural_that_the_generated_client_has() {
    let catalog = Catalog::new();
    for told in all() {
        let found = catalog.find(told.group, told.kind).unwrap();
        assert_eq!(found.plural, told.plural, "{}/{}", told.group, told.kind);
        assert!(
            found.versions.iter().any(|version| version == told.version),
            "{}/{} is served as {}",
            told.group,
            told.kind,
            told.version
        );
    }
}

#[test]
fn a_pattern_names_every_known_kind_it_is_about() {
    let catalog = Catalog::new();
    assert_eq!(plurals(&catalog, "core/Service"), ["/v1/services"]);
    assert_eq!(plurals(&catalog, "Service"), ["/v1/services"]);
    assert_eq!(
        plurals(&catalog, "Gateway"),
        [
            "gateway.networking.k8s.io/v1,v1beta1/gateways",
            "networking.istio.io/v1,v1beta1,v1alpha3/gateways",
        ]
    );
    assert_eq!(
        plurals(&catalog, "networking.istio.io/v1/*"),
        [
            "networking.istio.io/v1/gateways",
            "networking.istio.io/v1/virtualservices"
        ]
    );
    assert_eq!(plurals(&catalog, "openportal.dev/*").len(), 7);
    assert!(plurals(&catalog, "example.org/Widget").is_empty());
}

#[test]
fn definitions_are_learnt_and_win() {
    let mut catalog = Catalog::new();
    let composite = json!({
        "apiVersion": "apiextensions.crossplane.io/v1", "kind": "CompositeResourceDefinition",
        "spec": {
            "group": "openportal.dev",
            "names": {"kind": "XDNSRecord", "plural": "xdnsrecords"},
            "claimNames": {"kind": "DNSRecord", "plural": "dnsrecordz"},
            "versions": [{"name": "v1", "served": true}, {"name": "v0", "served": false}],
        },
    });
    catalog.learn(&json!({"apiVersion": "v1", "kind": "List", "items": [composite]}));
    let claim = catalog.find("openportal.dev", "DNSRecord").unwrap();
    assert_eq!(
        (claim.plural.as_str(), claim.scope),
        ("dnsrecordz", Some(Scope::Namespaced))
    );
    assert_eq!(claim.versions, ["v1"]);
    let composite = catalog.find("openportal.dev", "XDNSRecord").unwrap();
    assert_eq!(composite.scope, Some(Scope::Cluster));
    assert_eq!(plurals(&catalog, "DNSRecord"), ["openportal.dev/v1/dnsrecordz"]);
    catalog.learn(&json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}));
    catalog.learn(&json!(["no object"]));
    assert_eq!(plurals(&catalog, "openportal.dev/*").len(), 8);
}
