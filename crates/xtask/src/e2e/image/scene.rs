//! A real API server with the chart's ServiceAccount and Roles, a helm-controller that looks healthy, and releases that are
//! stuck: their status is written by hand, so nothing but the operator ever changes it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::e2e::chart;
use crate::e2e::cluster::{Client, Cluster};

pub(super) const NAMESPACE: &str = "flux-system";
const DEFINITIONS: [&str; 4] = [
    "helm.toolkit.fluxcd.io_helmreleases.yaml",
    "source.toolkit.fluxcd.io_externalartifacts.yaml",
    "source.toolkit.fluxcd.io_helmcharts.yaml",
    "source.toolkit.fluxcd.io_ocirepositories.yaml",
];
const TIME: &str = "2026-01-01T00:00:00Z";
/// Bodies of records as Helm wrote them before it packed them, `{"name":...,"info":{"status":...},"version":1,...}`.
const RECORDS: [(&str, &str, &str); 3] = [
    (
        "web",
        "deployed",
        "eyJuYW1lIjoid2ViIiwiaW5mbyI6eyJzdGF0dXMiOiJkZXBsb3llZCJ9LCJ2ZXJzaW9uIjoxLCJuYW1lc3BhY2UiOiJmbHV4LXN5c3RlbSJ9",
    ),
    (
        "flip",
        "deployed",
        "eyJuYW1lIjoiZmxpcCIsImluZm8iOnsic3RhdHVzIjoiZGVwbG95ZWQifSwidmVyc2lvbiI6MSwibmFtZXNwYWNlIjoiZmx1eC1zeXN0ZW0ifQ==",
    ),
    (
        "old",
        "uninstalling",
        "eyJuYW1lIjoib2xkIiwiaW5mbyI6eyJzdGF0dXMiOiJ1bmluc3RhbGxpbmcifSwidmVyc2lvbiI6MSwibmFtZXNwYWNlIjoiZmx1eC1zeXN0ZW0ifQ==",
    ),
];

/// The cluster, and who the operator is in it.
#[derive(Debug)]
pub(super) struct Scene {
    cluster: Cluster,
    /// The ServiceAccount, whose name is the Role's too.
    pub(super) account: String,
    /// With the ServiceAccount's token.
    pub(super) kubeconfig: PathBuf,
}

impl Scene {
    pub(super) fn start(root: &Path, name: &str) -> anyhow::Result<Self> {
        let cluster = Cluster::start(root, name)?;
        let client = cluster.client();
        let definitions = DEFINITIONS.map(|file| root.join("../shared/corpus/crds").join(file));
        client.install_definitions(&definitions)?;
        client.ensure_namespace(NAMESPACE)?;
        make_controller(client)?;
        let (objects, _) = chart::installed(root, "default", "recovery")?;
        let account = install(client, &objects, "recovery")?;
        let kubeconfig = kubeconfig(&cluster, &account)?;
        Ok(Self {
            cluster,
            account,
            kubeconfig,
        })
    }

    /// A client with every right.
    pub(super) fn client(&self) -> &Client {
        self.cluster.client()
    }

    /// A HelmRelease as it is now.
    pub(super) fn release(&self, name: &str) -> anyhow::Result<Value> {
        self.client().get(&release_path(name))
    }

    /// A release whose record is deployed and whose Ready stays Unknown; `seen` is what the history says of it.
    pub(super) fn lose_conditions(&self, name: &str, seen: &str) -> anyhow::Result<()> {
        let running = "Running 'install' action with timeout of 5m0s";
        let status = json!({
            "conditions": [
                condition("Ready", "Unknown", "Progressing", running),
                condition("TestSuccess", "True", "TestSucceeded", "tests ok"),
            ],
            "history": [{
                "apiVersion": "v2", "name": name, "namespace": NAMESPACE, "version": 1, "status": seen,
                "digest": "sha256:0", "configDigest": "sha256:0", "chartName": name, "chartVersion": "1.2.3",
                "firstDeployed": TIME, "lastDeployed": TIME,
            }],
        });
        make_release(self.client(), name, &status)
    }

    /// A release whose uninstall was cut off.
    pub(super) fn cut_off_uninstall(&self, name: &str) -> anyhow::Result<()> {
        let refused = format!("\"{name}\" has no deployed releases");
        let status = json!({"conditions": [
            condition("Ready", "False", "UpgradeFailed", &refused),
            condition("Released", "False", "UpgradeFailed", &refused),
        ]});
        make_release(self.client(), name, &status)
    }
}

/// Where a HelmRelease stands.
pub(super) fn release_path(name: &str) -> String {
    format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{NAMESPACE}/helmreleases/{name}")
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": TIME})
}

/// Makes what the chart makes that is about rights. The ServiceAccount of a part, whose name is the Role's too.
pub(super) fn install(client: &Client, objects: &[Value], part: &str) -> anyhow::Result<String> {
    let mut account = None;
    for object in objects {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let is_about_rights = text("/kind") == "ServiceAccount" || text("/apiVersion").starts_with("rbac.");
        if is_about_rights {
            client.apply(object, NAMESPACE, false)?.ok()?;
        }
        if text("/kind") == "ServiceAccount" && text("/metadata/name").ends_with(part) {
            account = Some(text("/metadata/name").to_owned());
        }
    }
    account.context("the chart makes no ServiceAccount")
}

/// The cluster's kubeconfig with the ServiceAccount's token.
pub(super) fn kubeconfig(cluster: &Cluster, account: &str) -> anyhow::Result<std::path::PathBuf> {
    let path = format!("/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{account}/token");
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let answer = cluster.client().post(&path, &request)?.ok()?;
    let token = answer.pointer("/status/token").cloned().context("no token")?;
    let mut config: Value = serde_json::from_str(&std::fs::read_to_string(cluster.kubeconfig())?)?;
    *config
        .pointer_mut("/users/0/user/token")
        .context("a kubeconfig without a token")? = token;
    let file = cluster.kubeconfig().with_file_name("account.kubeconfig");
    std::fs::write(&file, config.to_string())?;
    Ok(file)
}

fn make_controller(client: &Client) -> anyhow::Result<()> {
    let labels = json!({"app": "helm-controller"});
    let image = "ghcr.io/fluxcd/helm-controller:v1.6.2";
    let controller = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "helm-controller", "namespace": NAMESPACE},
        "spec": {"selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "manager", "image": image}]},
        }},
    });
    client.apply(&controller, NAMESPACE, false)?.ok()?;
    let status = json!({"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1});
    let path = format!("/apis/apps/v1/namespaces/{NAMESPACE}/deployments/helm-controller/status");
    client.merge(&path, &json!({"status": status})).map(drop)
}

/// A HelmRelease with this status, and its record.
fn make_release(client: &Client, name: &str, status: &Value) -> anyhow::Result<()> {
    let release = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"interval": "1h", "chartRef": {"kind": "OCIRepository", "name": name}},
    });
    let stored = client.apply(&release, NAMESPACE, false)?.ok()?;
    let path = format!("{}/status", release_path(name));
    let seen =
        json!({"observedGeneration": stored.pointer("/metadata/generation"), "storageNamespace": NAMESPACE});
    client.merge(&path, &json!({"status": seen}))?;
    client.merge(&path, &json!({"status": status}))?;
    let found = RECORDS.iter().find(|(of, _, _)| *of == name);
    let (_, label, body) = found.with_context(|| format!("no record of `{name}` is written down"))?;
    let record = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {
            "name": format!("sh.helm.release.v1.{name}.v1"), "namespace": NAMESPACE,
            "labels": {"owner": "helm", "name": name, "status": label, "version": "1"},
        },
        "stringData": {"release": body},
    });
    client.apply(&record, NAMESPACE, false)?.ok().map(drop)
}
