//! The forecast against helm-controller's own drift detection: objects that admission changed when they were created, and a
//! policy that is gone since.

use std::collections::BTreeSet;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::controller::{is, release_path};
use super::{NAMESPACE, RULES, Scene, release};
use crate::e2e::cluster::Client;
use crate::program::Program;

/// Fields that the chart says and fields that it does not, both changed by the rules.
const CHART: &str = "\
apiVersion: v1
kind: Service
metadata: {name: bare}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: annotated, annotations: {a: b}}
spec: {ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  tls: [{hosts: [shop], secretName: web}]
  rules:
  - host: shop
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: bare, port: {number: 80}}}}]}
";
const ADMISSION: &str = "/apis/admissionregistration.k8s.io/v1";

/// A field of an object: `Service/preview/web` and a pointer.
type Field = (String, String);

pub(super) fn check(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let mut scene = Scene::start(root, boltrope, "flux-drift")?;
    let chart = scene.wrap("shop", CHART)?;
    let rendered = scene.flux.folder().join("rendered.yaml");
    std::fs::write(&rendered, scene.template("shop", &chart)?)?;
    let forecast = Program::new(boltrope)
        .args([
            "forecast",
            "--rules",
            RULES,
            "--namespace",
            NAMESPACE,
            "--output",
            "json",
        ])
        .args(["--assume", "webhook-absent"])
        .in_folder(root)
        .stdin_from(&rendered)?
        .stdout()?;
    let forecast: Value = serde_json::from_str(&forecast)?;

    let policies = admit(scene.flux.client(), &forecast)?;
    let archive = scene.package(&chart)?;
    scene.flux.offer(NAMESPACE, "shop", &archive)?;
    let mut shop = release("shop", "combined");
    if let Some(spec) = shop.get_mut("spec").and_then(Value::as_object_mut) {
        spec.insert("driftDetection".to_owned(), json!({"mode": "warn"}));
    }
    scene.flux.client().create(&shop, NAMESPACE, false)?.ok()?;
    scene
        .flux
        .wait(NAMESPACE, "shop", "ready", |release| is(release, "Ready", "True"))?;
    for policy in policies {
        scene.flux.client().delete(&policy)?;
    }
    let expected = drifting(&forecast)?;
    ensure!(expected.len() == 2, "the forecast names {expected:?}");
    let found = drifted(&mut scene)?;
    ensure!(
        found == expected,
        "Flux finds {found:?}, the forecast is {expected:?}"
    );

    hidden(&mut scene, &forecast).context("with the printed `driftDetection.ignore`")?;
    baked(&mut scene, &forecast).context("with the printed patches")
}

/// Nothing drifts that the forecast says to ignore.
fn hidden(scene: &mut Scene<'_>, forecast: &Value) -> anyhow::Result<()> {
    let ignore = forecast.pointer("/driftDetection").cloned().unwrap_or_default();
    let fields = json!({"spec": {"driftDetection": ignore}});
    scene
        .flux
        .client()
        .merge(&release_path(NAMESPACE, "shop"), &fields)?;
    let is_free = |release: &Value| is(release, "Drifted", "False");
    scene
        .flux
        .wait(NAMESPACE, "shop", "free of drift", is_free)
        .map(drop)
}

/// Nothing drifts once the chart's objects are made as admission made them.
fn baked(scene: &mut Scene<'_>, forecast: &Value) -> anyhow::Result<()> {
    let patches = forecast.pointer("/postRenderers").cloned().unwrap_or_default();
    let detection = json!({"mode": "warn", "ignore": null});
    let fields = json!({"spec": {"driftDetection": detection, "postRenderers": patches}});
    scene
        .flux
        .client()
        .merge(&release_path(NAMESPACE, "shop"), &fields)?;
    let is_free = |release: &Value| {
        let at = |pointer: &str| release.pointer(pointer).cloned().unwrap_or_default();
        let is_current = at("/status/observedGeneration") == at("/metadata/generation");
        is_current && at("/status/history/0/version") == 2 && is(release, "Drifted", "False")
    };
    let wanted = "upgraded and free of drift";
    scene.flux.wait(NAMESPACE, "shop", wanted, is_free).map(drop)
}

/// Policies of the API server's own that make the forecast's changes to new objects; gives their paths. The rules' policy
/// would make the same changes through a webhook, and the API server treats both alike.
fn admit(client: &Client, forecast: &Value) -> anyhow::Result<Vec<String>> {
    let patches = forecast
        .pointer("/postRenderers/0/kustomize/patches")
        .and_then(Value::as_array)
        .context("the forecast has no patches")?;
    let mut paths = Vec::new();
    for (index, patch) in patches.iter().enumerate() {
        let text = |at: &str| patch.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let name = format!("e2e-{index}");
        let resources = match text("/target/kind") {
            "Service" => "services",
            "Ingress" => "ingresses",
            other => bail!("no policy for kind `{other}`"),
        };
        let operations = operations(yaml_serde::from_str(text("/patch"))?);
        let policy = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "failurePolicy": "Fail", "reinvocationPolicy": "Never",
                "matchConstraints": {"resourceRules": [{
                    "apiGroups": [text("/target/group").replace('\\', "")], "apiVersions": ["v1"],
                    "resources": [resources], "operations": ["CREATE"],
                }]},
                "matchConditions": [
                    {"name": "object", "expression": format!("object.metadata.name == '{}'", text("/target/name"))},
                ],
                "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": expression(&operations)}}],
            },
        });
        let binding = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding",
            "metadata": {"name": name}, "spec": {"policyName": name},
        });
        for (object, plural) in [
            (policy, "mutatingadmissionpolicies"),
            (binding, "mutatingadmissionpolicybindings"),
        ] {
            client.create(&object, "", false)?.ok()?;
            paths.push(format!("{ADMISSION}/{plural}/{name}"));
        }
    }
    wait_until_admitted(client)?;
    // The binding goes before its policy.
    paths.reverse();
    Ok(paths)
}

/// A patch as JSON 6902. A merge patch fills maps that the chart has not, and they are there at admission: helm-controller
/// and Helm put labels and annotations of their own into every object.
fn operations(patch: Value) -> Vec<Value> {
    fn leaves(value: &Value, at: &str, operations: &mut Vec<Value>) {
        for (key, value) in value.as_object().into_iter().flatten() {
            let path = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            if value.is_object() {
                leaves(value, &path, operations);
            } else if !["/apiVersion", "/kind", "/metadata/name"].contains(&path.as_str()) {
                operations.push(json!({"op": "add", "path": path, "value": value}));
            }
        }
    }
    match patch {
        Value::Array(operations) => operations,
        merge => {
            let mut operations = Vec::new();
            leaves(&merge, "", &mut operations);
            operations
        }
    }
}

/// JSON 6902 in the API server's expression language, for text values.
fn expression(operations: &[Value]) -> String {
    let is_ours = |operation: &&Value| operation.get("op").is_none_or(|op| op != "test");
    let of = |operation: &Value, key: &str| operation.get(key).cloned().unwrap_or_default().to_string();
    let operations: Vec<String> = operations
        .iter()
        .filter(is_ours)
        .map(|operation| {
            let (op, path, value) = (of(operation, "op"), of(operation, "path"), of(operation, "value"));
            format!("JSONPatch{{op: {op}, path: {path}, value: {value}}}")
        })
        .collect();
    format!("[{}]", operations.join(", "))
}

/// The API server takes a moment to notice a new policy.
fn wait_until_admitted(client: &Client) -> anyhow::Result<()> {
    let probe = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "bare", "labels": {"a": "b"}, "annotations": {"a": "b"}}, "spec": {"ports": [{"port": 80}]},
    });
    for _ in 0..300 {
        let answer = client.create(&probe, NAMESPACE, true)?.ok()?;
        if answer.pointer("/metadata/labels/team").is_some() {
            return Ok(());
        }
        sleep(Duration::from_millis(100));
    }
    bail!("the policy does not answer after half a minute")
}

fn drifting(forecast: &Value) -> anyhow::Result<BTreeSet<Field>> {
    let fields = forecast
        .get("fields")
        .and_then(Value::as_array)
        .context("no fields")?;
    let text = |field: &Value, at: &str| {
        field
            .pointer(at)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let drifting = fields.iter().filter(|field| text(field, "/verdict") == "drift");
    Ok(drifting
        .map(|field| {
            let object = format!(
                "{}/{NAMESPACE}/{}",
                text(field, "/object/kind"),
                text(field, "/object/name")
            );
            (object, text(field, "/pointer"))
        })
        .collect())
}

/// The fields that helm-controller says have drifted, after it was asked to look.
fn drifted(scene: &mut Scene<'_>) -> anyhow::Result<BTreeSet<Field>> {
    let ask = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}});
    scene
        .flux
        .client()
        .merge(&release_path(NAMESPACE, "shop"), &ask)?;
    scene
        .flux
        .wait(NAMESPACE, "shop", "found to have drifted", |release| {
            is(release, "Drifted", "True")
        })?;
    let mut fields = BTreeSet::new();
    for line in scene.flux.log()? {
        let text = |at: &str| {
            line.pointer(at)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        if text("/msg") != "resource modified" {
            continue;
        }
        let patch = line.get("patch").and_then(Value::as_array).into_iter().flatten();
        for operation in patch {
            let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
            fields.insert((text("/resource"), path.to_owned()));
        }
    }
    Ok(fields)
}
