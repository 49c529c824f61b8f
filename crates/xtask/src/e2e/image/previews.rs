//! Previews with the rights of the chart's Roles and nothing else: in two namespaces, from one, of one kind of routes, as the
//! chart tells it to, where every kind is served.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::scene::{NAMESPACE, install, kubeconfig};
use crate::e2e::chart;
use crate::e2e::cluster::{Client, Cluster};
use crate::program::Program;

const RULES: &str = "\
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: previews}
spec:
  rules:
    - name: previews
      preview:
        source: default
        namespaces: {include: [\"feature-*\"]}
        services: {include: [\"*\"]}
        routes:
          include: [\"*\"]
          hosts: [{from: \"*.example.com\", to: \"{first}-{namespace}.example.com\"}]
";

pub(super) fn are_made(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    let program = super::program(root)?;
    let cluster = Cluster::start(root, "image-previews")?;
    let client = cluster.client();
    client.install_definitions(&definitions(root)?)?;
    make_source(client)?;
    let (objects, arguments) = chart::installed(root, "preview-namespaced", "preview")?;
    let account = install(client, &objects, "preview")?;
    let rules = cluster.folder().join("rules.yaml");
    std::fs::write(&rules, RULES)?;
    let only: Vec<&String> = arguments
        .iter()
        .filter(|argument| argument.starts_with("--only=") || argument.starts_with("--kind="))
        .collect();
    ensure!(only.len() == 4, "{arguments:?}");
    let said = Program::new(&program)
        .args(["preview", "run", "--once", "-n", NAMESPACE, "--rules"])
        .args([&rules])
        .args(only)
        .args(["--kubeconfig"])
        .args([&kubeconfig(&cluster, &account)?])
        .without_env("KUBECONFIG")
        .outcome()?;
    ensure!(said.code == Some(0), "{said:?}");
    ensure!(!said.stderr.contains("not allowed"), "{said:?}");
    for namespace in ["feature-a", "feature-b"] {
        let mirror = client.get(&format!("/api/v1/namespaces/{namespace}/services/web"))?;
        let name = mirror.pointer("/spec/externalName").and_then(Value::as_str);
        ensure!(
            name == Some("web.default.svc.cluster.local"),
            "{namespace}: {mirror:#}"
        );
        let route = client.get(&format!(
            "/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses/web"
        ))?;
        let host = route.pointer("/spec/rules/0/host").and_then(Value::as_str);
        ensure!(
            host == Some(&*format!("www-{namespace}.example.com")),
            "{namespace}: {route:#}"
        );
    }
    // A rule selects it, and the chart grants nothing there.
    let others = client.list("/api/v1/namespaces/feature-c/services")?;
    ensure!(others.is_empty(), "{others:?}");
    Ok(())
}

/// A source that has agreed, with a Service and its route, and namespaces for previews.
fn make_source(client: &Client) -> anyhow::Result<()> {
    for (name, labels) in [
        (NAMESPACE, json!({})),
        ("default", json!({"boltrope.dev/preview-source": "true"})),
        ("feature-a", json!({})),
        ("feature-b", json!({})),
        ("feature-c", json!({})),
    ] {
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
        client.apply(&namespace, "", false)?.ok()?;
    }
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"ports": [{"port": 80}], "selector": {"app": "web"}},
    });
    client.apply(&service, "", false)?.ok()?;
    let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"rules": [{"host": "www.example.com", "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": backend},
        ]}}]},
    });
    client.apply(&ingress, "", false)?.ok().map(drop)
}

/// Of every kind that the operator looks for and the corpus has.
fn definitions(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = root.join("../shared/corpus/crds");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("reading `{}`", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}
