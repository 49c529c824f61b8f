//! The operator with the token of the chart's ServiceAccount, on a cluster with releases that want every kind of write.
//!
//! `recover plan` asks the API server for everything that a run would need, as a run does before its first write. With the
//! chart's Roles nothing may be missing; with a rule less, what is missing is named, with the Role that grants it.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::e2e::chart;
use crate::e2e::cluster::{Client, Cluster};
use crate::program::{Outcome, Program};

const NAMESPACE: &str = "flux-system";
const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/flux-system/roles";
const DEFINITIONS: [&str; 4] = [
    "helm.toolkit.fluxcd.io_helmreleases.yaml",
    "source.toolkit.fluxcd.io_externalartifacts.yaml",
    "source.toolkit.fluxcd.io_helmcharts.yaml",
    "source.toolkit.fluxcd.io_ocirepositories.yaml",
];
const TIME: &str = "2026-01-01T00:00:00Z";
/// Bodies of records as Helm wrote them before it packed them, `{"name":...,"info":{"status":...},"version":1,...}`.
const DEPLOYED: &str = "eyJuYW1lIjoid2ViIiwiaW5mbyI6eyJzdGF0dXMiOiJkZXBsb3llZCJ9LCJ2ZXJzaW9uIjoxLCJuYW1lc3BhY2UiOiJmbHV4LXN5c3RlbSJ9";
const UNINSTALLING: &str = "eyJuYW1lIjoib2xkIiwiaW5mbyI6eyJzdGF0dXMiOiJ1bmluc3RhbGxpbmcifSwidmVyc2lvbiI6MSwibmFtZXNwYWNlIjoiZmx1eC1zeXN0ZW0ifQ==";

pub(super) fn suffice(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    let program = super::program(root)?;
    let cluster = Cluster::start(root, "image")?;
    let client = cluster.client();
    let definitions = DEFINITIONS.map(|file| root.join("../shared/corpus/crds").join(file));
    client.install_definitions(&definitions)?;
    client.ensure_namespace(NAMESPACE)?;
    break_releases(client)?;
    let account = install(root, client)?;
    let kubeconfig = kubeconfig(&cluster, &account)?;
    let plan = || -> anyhow::Result<Outcome> {
        Program::new(&program)
            .args(["recover", "plan", "-n", NAMESPACE, "--kubeconfig"])
            .args([&kubeconfig])
            .without_env("KUBECONFIG")
            .outcome()
    };
    ensure_allowed(&plan()?)?;
    let mut missed = 0;
    for (index, rule) in rules(client, &account)?.into_iter().enumerate() {
        let writes = ["create", "delete", "patch", "update"];
        let is_needed = rule.verbs.iter().any(|verb| writes.contains(&verb.as_str()));
        // The Lease is for a program that stays.
        if is_needed && rule.resource != "leases" {
            let whole = client.get(&format!("{ROLES}/{account}"))?;
            client.merge(
                &format!("{ROLES}/{account}"),
                &json!({"rules": without(&whole, index)}),
            )?;
            rule.is_missed(&plan()?)?;
            client.merge(
                &format!("{ROLES}/{account}"),
                &json!({"rules": whole.get("rules")}),
            )?;
            missed += 1;
        }
    }
    ensure!(missed >= 5, "only {missed} rules were taken away");
    Ok(())
}

/// Nothing is missing, and every kind of write is planned.
fn ensure_allowed(said: &Outcome) -> anyhow::Result<()> {
    ensure!(said.code == Some(1), "{said:?}");
    for word in [
        "deployed-unknown",
        "uninstalling-stale",
        "mark-released",
        "mark-record-failed",
    ] {
        ensure!(
            said.stdout.contains(word),
            "`{word}` is not in the plan: {said:?}"
        );
    }
    for word in ["not allowed", "nothing was written", "not healthy"] {
        let is_said = said.stdout.contains(word) || said.stderr.contains(word);
        ensure!(!is_said, "`{word}`: {said:?}");
    }
    Ok(())
}

/// One rule of a Role.
#[derive(Debug)]
struct Rule {
    resource: String,
    verbs: Vec<String>,
}

impl Rule {
    /// Whether a run without it says which verb is missing, and the Role that grants it.
    fn is_missed(&self, said: &Outcome) -> anyhow::Result<()> {
        let text = format!("{}{}", said.stdout, said.stderr);
        let mut verbs = self.verbs.iter().map(|verb| format!("{verb} {} ", self.resource));
        let is_named = text.contains("not allowed") && verbs.any(|missing| text.contains(&missing));
        ensure!(
            is_named && text.contains("kind: Role") && said.code == Some(1),
            "without {self:?}: {said:?}"
        );
        Ok(())
    }
}

fn rules(client: &Client, role: &str) -> anyhow::Result<Vec<Rule>> {
    let role = client.get(&format!("{ROLES}/{role}"))?;
    let texts = |rule: &Value, key: &str| {
        let texts = rule.get(key).and_then(Value::as_array).into_iter().flatten();
        texts
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let rules = role
        .get("rules")
        .and_then(Value::as_array)
        .context("a Role without rules")?;
    let rule = |rule: &Value| Rule {
        resource: texts(rule, "resources").into_iter().next().unwrap_or_default(),
        verbs: texts(rule, "verbs"),
    };
    Ok(rules.iter().map(rule).collect())
}

fn without(role: &Value, index: usize) -> Vec<Value> {
    let rules = role.get("rules").and_then(Value::as_array).into_iter().flatten();
    rules
        .enumerate()
        .filter(|(at, _)| *at != index)
        .map(|(_, rule)| rule.clone())
        .collect()
}

/// Makes what the chart makes that is about rights. The ServiceAccount's name, which is the Role's too.
fn install(root: &Path, client: &Client) -> anyhow::Result<String> {
    let mut account = None;
    for object in chart::default_objects(root)? {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        if !["ServiceAccount", "Role", "RoleBinding"].contains(&text("/kind")) {
            continue;
        }
        client.apply(&object, NAMESPACE, false)?.ok()?;
        if text("/kind") == "ServiceAccount" {
            account = Some(text("/metadata/name").to_owned());
        }
    }
    account.context("the chart makes no ServiceAccount")
}

/// The cluster's kubeconfig with the ServiceAccount's token.
fn kubeconfig(cluster: &Cluster, account: &str) -> anyhow::Result<std::path::PathBuf> {
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

/// A healthy helm-controller, a release that lost its conditions, and one whose uninstall was cut off.
fn break_releases(client: &Client) -> anyhow::Result<()> {
    make_controller(client)?;
    let condition = |kind: &str, status: &str, reason: &str, message: &str| json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": TIME});
    let running = "Running 'install' action with timeout of 5m0s";
    let lost = json!({
        "conditions": [condition("Ready", "Unknown", "Progressing", running)],
        "history": [{
            "apiVersion": "v2", "name": "web", "namespace": NAMESPACE, "version": 1, "status": "deployed",
            "digest": "sha256:0", "configDigest": "sha256:0", "chartName": "web", "chartVersion": "1.2.3",
            "firstDeployed": TIME, "lastDeployed": TIME,
        }],
    });
    let refused = "\"old\" has no deployed releases";
    let cut_off = json!({"conditions": [
        condition("Ready", "False", "UpgradeFailed", refused),
        condition("Released", "False", "UpgradeFailed", refused),
    ]});
    make_release(client, "web", lost, ("deployed", DEPLOYED))?;
    make_release(client, "old", cut_off, ("uninstalling", UNINSTALLING))
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
fn make_release(client: &Client, name: &str, status: Value, record: (&str, &str)) -> anyhow::Result<()> {
    let release = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"interval": "1h", "chartRef": {"kind": "OCIRepository", "name": name}},
    });
    let stored = client.apply(&release, NAMESPACE, false)?.ok()?;
    let path = format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{NAMESPACE}/helmreleases/{name}/status");
    let seen =
        json!({"observedGeneration": stored.pointer("/metadata/generation"), "storageNamespace": NAMESPACE});
    client.merge(&path, &json!({"status": seen}))?;
    client.merge(&path, &json!({"status": status}))?;
    let (label, body) = record;
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
