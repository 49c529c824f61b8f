//! What a policy's cost is measured with: one workload that no rule is about, the same that rules change, the settings.

use std::path::Path;

use anyhow::Context as _;
use boltrope::cases::documents;
use serde_json::{Map, Value, json};

/// One call of a policy.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// What happens.
    pub(crate) name: &'static str,
    /// waPC's function.
    pub(crate) function: &'static str,
    /// What it is called with.
    pub(crate) payload: Vec<u8>,
    /// What the empty policy is called with: the same request, with settings that its SDK can read.
    pub(crate) baseline: Vec<u8>,
}

/// No rule of the ten is about the object.
pub(crate) const NO_MATCH: &str = "no rule matches";
/// Two rules of the ten change it.
pub(crate) const MUTATES: &str = "an object changes";
/// A rule rewrites every host of an Ingress that has a thousand: the cost must grow with the hosts, not with their square.
pub(crate) const MANY_HOSTS: &str = "a thousand hosts change";
/// `validate_settings`.
pub(crate) const SETTINGS: &str = "settings are checked";

/// Every scenario of the named policies.
pub(crate) fn all(root: &Path, ids: &[&str]) -> anyhow::Result<Vec<Scenario>> {
    let fixtures = root.join("crates/conformance/fixtures");
    let object = one(&fixtures.join("object.yaml"))?;
    let mut other = object.clone();
    if let Some(kind) = other.get_mut("kind") {
        *kind = json!("StatefulSet");
    }
    let mut scenarios = Vec::new();
    for id in ids {
        let settings = if *id == "boltrope" {
            let rules = one(&fixtures.join("settings.yaml"))?;
            scenarios.push(validate(MUTATES, &rules, &object)?);
            rules
        } else {
            let example = one(&root.join("policies").join(id).join("deploy/enforce.yaml"))?;
            let settings = example.pointer("/spec/settings").cloned();
            settings.with_context(|| format!("the example of `{id}` has no settings"))?
        };
        if *id == "host-rewrite" {
            let settings = json!({
                "match": {"namespaces": {"include": ["feature-*"]}},
                "hosts": [{"from": "*.example.com", "to": "{first}-{namespace}.example.com"}],
            });
            scenarios.push(validate(MANY_HOSTS, &settings, &ingress(1000))?);
        }
        let unseen = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}, "data": other});
        let unmatched = if *id == "boltrope" { &other } else { &unseen };
        scenarios.push(validate(NO_MATCH, &settings, unmatched)?);
        scenarios.push(Scenario {
            name: SETTINGS,
            function: "validate_settings",
            payload: serde_json::to_vec(&settings)?,
            baseline: b"{}".to_vec(),
        });
    }
    Ok(scenarios)
}

fn validate(name: &'static str, settings: &Value, object: &Value) -> anyhow::Result<Scenario> {
    let payload =
        |settings: &Value| serde_json::to_vec(&json!({"settings": settings, "request": request(object)}));
    Ok(Scenario {
        name,
        function: "validate",
        payload: payload(settings)?,
        baseline: payload(&Value::Object(Map::new()))?,
    })
}

/// An Ingress with so many hosts, each with a certificate and a path of its own.
fn ingress(hosts: usize) -> Value {
    let names = || (0..hosts).map(|number| format!("h{number}.example.com"));
    let rule = |host| {
        let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
        json!({"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}})
    };
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "many", "namespace": "feature-x"},
        "spec": {
            "tls": [{"secretName": "many", "hosts": names().collect::<Vec<_>>()}],
            "rules": names().map(rule).collect::<Vec<_>>(),
        },
    })
}

/// As an API server puts it.
fn request(object: &Value) -> Value {
    let text = |at: &str| object.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let (group, version) = text("/apiVersion").split_once('/').unwrap_or(("", "v1"));
    let kind = json!({"group": group, "version": version, "kind": text("/kind")});
    let resource = json!({"group": group, "version": version, "resource": "things"});
    json!({
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind": kind, "requestKind": kind, "resource": resource, "requestResource": resource,
        "name": text("/metadata/name"), "namespace": text("/metadata/namespace"), "operation": "CREATE",
        "userInfo": {
            "username": "system:serviceaccount:flux-system:helm-controller",
            "groups": ["system:serviceaccounts", "system:serviceaccounts:flux-system", "system:authenticated"],
        },
        "object": object, "oldObject": null, "dryRun": false,
        "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions", "fieldManager": "helm-controller"},
    })
}

fn one(path: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading `{}`", path.display()))?;
    let first = documents(&path.display().to_string(), &text)?.into_iter().next();
    first.with_context(|| format!("`{}` is empty", path.display()))
}
