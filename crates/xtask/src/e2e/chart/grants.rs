//! What the API server makes of the chart: every object is accepted, and each ServiceAccount may do exactly what the
//! table of permissions says, asked of the server's own authorizer.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::modes::{MODES, Mode};
use super::{NAMESPACE, PROMETHEUS, RELEASE, rendered};
use crate::chart::{self, Permission};
use crate::e2e::cluster::{Client, Cluster};
use crate::e2e::helm::{self, Helm};
use crate::output;

/// The chart of the Prometheus operator's definitions, rendered.
const DEFINITIONS: &str = "../shared/corpus/helm-output/prometheus-operator-crds--default.yaml";
const PROMETHEUS_KINDS: &[&str] = &[
    "podmonitors.monitoring.coreos.com",
    "prometheusrules.monitoring.coreos.com",
];

/// A question to the authorizer: verb, group, resource with its part, namespace (empty: all), name (empty: any).
type Question<'q> = (&'q str, &'q str, &'q str, &'q str, &'q str);

/// Where a place is, in each mode that grants something there.
const PLACES: &[(&str, &str, &str, &[&str])] = &[
    ("default", "recovery", "own", &["flux-system"]),
    ("default", "recovery", "flux", &["flux-system"]),
    ("default", "recovery", "releases", &["flux-system"]),
    ("default", "recovery", "storage", &["flux-system"]),
    ("cronjob", "recovery", "own", &["flux-system"]),
    ("cronjob", "recovery", "flux", &["flux-system"]),
    ("cronjob", "recovery", "releases", &["", "anywhere"]),
    ("cronjob", "recovery", "storage", &["", "anywhere"]),
    ("deployment", "recovery", "own", &["flux-system"]),
    ("deployment", "recovery", "flux", &["flux-system"]),
    ("deployment", "recovery", "releases", &["flux-system", "shop"]),
    (
        "deployment",
        "recovery",
        "storage",
        &["flux-system", "shop", "helm"],
    ),
    ("preview", "preview", "own", &["flux-system"]),
    ("preview", "preview", "cluster", &[""]),
    ("preview", "preview", "sources", &["", "anywhere"]),
    ("preview", "preview", "targets", &["", "anywhere"]),
    ("preview", "preview", "previews", &["", "anywhere"]),
    ("preview-namespaced", "preview", "own", &["flux-system"]),
    ("preview-namespaced", "preview", "cluster", &[""]),
    ("preview-namespaced", "preview", "sources", &["default"]),
    (
        "preview-namespaced",
        "preview",
        "previews",
        &["default", "feature-a", "feature-b"],
    ),
    (
        "preview-namespaced",
        "preview",
        "targets",
        &["feature-a", "feature-b"],
    ),
];

/// The settings that hold in a mode.
const WANTED: &[(&str, &[&str])] = &[
    ("default", &["repair", "leaderElection", "backupSecrets"]),
    ("cronjob", &["repair", "backupSecrets"]),
    ("deployment", &["repair", "leaderElection", "listSecrets"]),
    (
        "preview",
        &[
            "Ingress",
            "HTTPRoute",
            "GRPCRoute",
            "IngressRoute",
            "gatewayGrant",
        ],
    ),
    ("preview-namespaced", &["Ingress"]),
];

/// The only kinds that are looked at in a mode.
const ONLY: &[(&str, &[&str])] = &[("preview-namespaced", &["Ingress", "HelmRelease"])];

/// What nobody may do in any mode, wherever: the whole list, not a sample of what one can think of, would be endless.
const NEVER: &[Question<'static>] = &[
    ("delete", "", "secrets", "kube-system", ""),
    ("watch", "", "secrets", "flux-system", ""),
    ("deletecollection", "", "secrets", "flux-system", ""),
    (
        "delete",
        "helm.toolkit.fluxcd.io",
        "helmreleases",
        "flux-system",
        "",
    ),
    (
        "create",
        "helm.toolkit.fluxcd.io",
        "helmreleases",
        "flux-system",
        "",
    ),
    ("create", "", "pods", "flux-system", ""),
    ("create", "", "pods/exec", "flux-system", ""),
    ("create", "", "serviceaccounts/token", "flux-system", ""),
    ("patch", "apps", "deployments", "flux-system", ""),
    (
        "create",
        "rbac.authorization.k8s.io",
        "rolebindings",
        "flux-system",
        "",
    ),
    (
        "escalate",
        "rbac.authorization.k8s.io",
        "roles",
        "flux-system",
        "",
    ),
    ("impersonate", "", "users", "", ""),
    ("patch", "", "namespaces", "", ""),
    ("get", "", "secrets", "kube-system", "another-secret"),
];

pub(super) fn are_exact(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    let table = chart::permissions(root)?;
    let cluster = super::cluster(root)?;
    let client = cluster.client();
    for namespace in [NAMESPACE, "shop", "helm", "feature-a", "feature-b", "anywhere"] {
        client.ensure_namespace(namespace)?;
    }
    let knows_prometheus = install_prometheus(root, &cluster)?;
    let mut asked = 0;
    for mode in MODES {
        let objects = rendered(root, Helm::Three, mode)?;
        let mut installed = Vec::new();
        for object in &objects {
            let is_known = knows_prometheus || !api_version(object).starts_with(PROMETHEUS);
            if is_known {
                accept(client, mode, object, &mut installed)?;
            }
        }
        for (part, rows) in &table {
            asked += ask(client, mode, part, rows).with_context(|| format!("{}: {part}", mode.name))?;
        }
        for path in installed {
            client.delete(&path)?;
        }
    }
    ensure!(asked > 200, "only {asked} questions were asked");
    Ok(())
}

/// The definitions of the Prometheus operator's kinds that the chart makes, from its rendered chart beside the checkout. Without
/// it, objects of these kinds are not asked about.
fn install_prometheus(root: &Path, cluster: &Cluster) -> anyhow::Result<bool> {
    let corpus = root.join(DEFINITIONS);
    if !corpus.exists() {
        output::line(&format!(
            "`{DEFINITIONS}` is not there: objects of the Prometheus operator's kinds are not asked about"
        ));
        return Ok(false);
    }
    let stream = std::fs::read_to_string(&corpus)?;
    let mut files = Vec::new();
    for line in helm::objects(root, &stream)? {
        let definition: Value = serde_json::from_str(&line)?;
        let name = definition.pointer("/metadata/name").and_then(Value::as_str);
        if let Some(name) = name.filter(|name| PROMETHEUS_KINDS.contains(name)) {
            let file = cluster.folder().join(format!("{name}.json"));
            std::fs::write(&file, &line)?;
            files.push(file);
        }
    }
    ensure!(
        files.len() == PROMETHEUS_KINDS.len(),
        "`{DEFINITIONS}` defines other kinds"
    );
    cluster.client().install_definitions(&files)?;
    Ok(true)
}

fn api_version(object: &Value) -> &str {
    let version = object.get("apiVersion").and_then(Value::as_str);
    version.unwrap_or_default()
}

/// Dry run for everything; what grants something is made, to be asked about.
fn accept(client: &Client, mode: &Mode, object: &Value, installed: &mut Vec<String>) -> anyhow::Result<()> {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let context = || format!("{}: {} {}", mode.name, text("/kind"), text("/metadata/name"));
    client
        .create(object, NAMESPACE, true)?
        .ok()
        .with_context(context)?;
    client
        .apply(object, NAMESPACE, true)?
        .ok()
        .with_context(context)?;
    if api_version(object).starts_with("rbac.authorization.k8s.io/") {
        client
            .create(object, NAMESPACE, false)?
            .ok()
            .with_context(context)?;
        installed.push(client.path(object, NAMESPACE)?);
    }
    Ok(())
}

/// Asks for every row at every place, and for what must not be granted. How many questions that were.
fn ask(client: &Client, mode: &Mode, part: &str, rows: &[Permission]) -> anyhow::Result<usize> {
    let user = account(mode, part);
    let mut asked = 0;
    let is_here = PLACES
        .iter()
        .any(|(name, of, _, _)| *name == mode.name && *of == part);
    if !is_here {
        return Ok(0);
    }
    let wanted = WANTED
        .iter()
        .find(|(name, _)| *name == mode.name)
        .map(|(_, wanted)| *wanted);
    let wanted = wanted.with_context(|| format!("{}: which settings hold is not written down", mode.name))?;
    let only = ONLY.iter().find(|(name, _)| *name == mode.name);
    let is_seen = |row: &Permission| {
        let has = |only: &[&str]| row.kinds.iter().any(|kind| only.contains(&kind.as_str()));
        row.kinds.is_empty() || only.is_none_or(|(_, only)| has(only))
    };
    let is_wanted =
        |row: &Permission| is_seen(row) && (row.when.is_empty() || wanted.contains(&row.when.as_str()));
    for row in rows {
        for namespace in spots(mode, part, &row.place) {
            for question in questions(row, namespace) {
                // What is not wanted here may be granted by another row, for another reason.
                let is_granted = rows.iter().filter(|row| is_wanted(row)).any(|row| {
                    let spots: Vec<&str> = spots(mode, part, &row.place).collect();
                    let is_here = spots.contains(&namespace) || spots.contains(&"");
                    is_here && questions(row, namespace).contains(&question)
                });
                let allowed = review(client, &user, &question)?;
                ensure!(
                    allowed == is_granted,
                    "{question:?} is {allowed}, the table says {is_granted}: {}",
                    row.why
                );
                asked += 1;
            }
        }
    }
    let mut never = NEVER.to_vec();
    if part == "preview" {
        for verb in ["get", "list", "watch", "create", "update", "patch", "delete"] {
            never.extend(
                ["", NAMESPACE, "default", "feature-a", "anywhere"]
                    .map(|namespace| (verb, "", "secrets", namespace, "")),
            );
        }
    }
    // Where all namespaces are looked at, the last one is granted.
    let is_everywhere = mode.name == "cronjob";
    for question in never
        .iter()
        .filter(|question| !(is_everywhere && question.3 == "kube-system"))
    {
        ensure!(!review(client, &user, question)?, "{question:?} is granted");
        asked += 1;
    }
    Ok(asked)
}

/// The namespaces of a place.
fn spots(mode: &Mode, part: &str, place: &str) -> impl Iterator<Item = &'static str> {
    let (mode, part, place) = (mode.name, part.to_owned(), place.to_owned());
    let is_it =
        move |(name, of, at, _): &&(&str, &str, &str, &[&str])| *name == mode && *of == part && *at == place;
    PLACES
        .iter()
        .filter(is_it)
        .flat_map(|(_, _, _, namespaces)| namespaces.iter().copied())
}

fn questions<'q>(row: &'q Permission, namespace: &'q str) -> Vec<Question<'q>> {
    let mut questions = Vec::new();
    let names: Vec<&str> = match row.names.is_empty() {
        true => vec![""],
        false => row.names.iter().map(String::as_str).collect(),
    };
    for group in &row.groups {
        for resource in &row.resources {
            for verb in &row.verbs {
                for name in &names {
                    questions.push((verb.as_str(), group.as_str(), resource.as_str(), namespace, *name));
                }
            }
        }
    }
    questions
}

fn account(mode: &Mode, part: &str) -> String {
    let name = match (mode.name, part) {
        ("preview-namespaced", "recovery") => "flux-recovery".to_owned(),
        _ => format!("{RELEASE}-boltrope-operator-{part}"),
    };
    format!("system:serviceaccount:{NAMESPACE}:{name}")
}

/// The authorizer's answer.
fn review(client: &Client, user: &str, question: &Question<'_>) -> anyhow::Result<bool> {
    let (verb, group, resource, namespace, name) = question;
    let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
        "spec": {"user": user, "resourceAttributes": {
            "verb": verb, "group": group, "resource": resource, "subresource": part, "namespace": namespace, "name": name,
        }},
    });
    let answer = client.create(&review, "", false)?.ok()?;
    Ok(answer.pointer("/status/allowed") == Some(&Value::Bool(true)))
}
