//! What Kubewarden and Artifact Hub want to know of a policy.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::list::{Policy, Resources, Shape};
use super::plurals::Plurals;
use super::publisher::Publisher;
use super::{FOLDER, yaml};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
/// What Artifact Hub reads of the repository itself, in its root.
pub(super) const REPOSITORY_FILE: &str = "artifacthub-repo.yml";
/// Field masks and declared host capabilities came with it.
const MINIMUM_KUBEWARDEN: &str = "1.35.0";

/// `metadata.yml`, which `kwctl annotate` puts into the module.
pub(super) fn metadata(policy: &Policy, plurals: &Plurals, publisher: &Publisher) -> anyhow::Result<String> {
    let resources = kinds(policy).join(", ");
    let Publisher {
        registry, name, mail, ..
    } = publisher;
    yaml(&json!({
        "rules": rules(policy, plurals)?,
        "mutating": policy.mutating,
        "backgroundAudit": true,
        "executionMode": "kubewarden-wapc",
        "policyType": "kubernetes",
        "contextAwareResources": context_aware(policy),
        "hostCapabilities": ["kubernetes/get_resource"],
        "minimumKubewardenVersion": MINIMUM_KUBEWARDEN,
        "annotations": {
            "io.artifacthub.displayName": policy.title,
            "io.artifacthub.resources": resources,
            "io.artifacthub.keywords": policy.keywords.join(", "),
            "io.kubewarden.policy.title": policy.id,
            "io.kubewarden.policy.version": VERSION,
            "io.kubewarden.policy.description": policy.description,
            "io.kubewarden.policy.author": format!("{name} <{mail}>"),
            "io.kubewarden.policy.url": format!("{REPOSITORY}/tree/main/{FOLDER}/{}", policy.id),
            "io.kubewarden.policy.ociUrl": format!("{registry}/{}", policy.id),
            "io.kubewarden.policy.source": REPOSITORY,
            "io.kubewarden.policy.license": "Apache-2.0",
            "io.kubewarden.policy.severity": policy.severity,
            "io.kubewarden.policy.category": policy.category,
            "com.github.release.tag": release(policy),
        },
    }))
}

/// Artifact Hub takes every such file below the root for a package, and names must be unique: the whole rules file is
/// the project's own package, in the root.
pub(super) fn package_path(policy: &Policy) -> PathBuf {
    match policy.shape {
        Shape::Spec => "artifacthub-pkg.yml".into(),
        Shape::Rule { .. } => Path::new(FOLDER).join(policy.id).join("artifacthub-pkg.yml"),
    }
}

/// `artifacthub-repo.yml`. `repositoryID` is Artifact Hub's to give, once somebody registers the repository there; with it
/// the publisher counts as verified.
pub(super) fn repository(publisher: &Publisher) -> anyhow::Result<String> {
    let owners = json!([{"name": publisher.name, "email": publisher.mail}]);
    let id = publisher
        .repository_id
        .iter()
        .map(|id| ("repositoryID", json!(id)));
    let entries = id.chain([("owners", owners)]);
    yaml(&entries.map(|(key, value)| (key.to_owned(), value)).collect())
}

/// `artifacthub-pkg.yml`: what `kwctl scaffold artifacthub` makes of `metadata.yml` and `questions-ui.yml`, but for the time.
pub(super) fn package(
    policy: &Policy,
    plurals: &Plurals,
    publisher: &Publisher,
    questions: &str,
) -> anyhow::Result<String> {
    let image = image(policy, publisher);
    let rules = yaml_serde::to_string(&rules(policy, plurals)?)?;
    let context = yaml_serde::to_string(&context_aware(policy))?;
    yaml(&json!({
        "version": VERSION,
        "name": policy.id,
        "displayName": policy.title,
        "createdAt": publisher.created_at,
        "description": policy.description,
        "license": "Apache-2.0",
        "homeURL": format!("{REPOSITORY}/tree/main/{FOLDER}/{}", policy.id),
        "containersImages": [{"name": "policy", "image": image}],
        "keywords": policy.keywords,
        "links": [
            {"name": "policy", "url": format!("{REPOSITORY}/releases/download/{}/policy.wasm", release(policy).replace('/', "%2F"))},
            {"name": "source", "url": REPOSITORY},
        ],
        "install": format!(
            "The policy can be obtained using [kwctl](https://docs.kubewarden.io/howtos/install-kwctl):\n\
             ```console\nkwctl pull {image}\n```\n\
             Then, generate the policy manifest and tune it to your liking. For example:\n\
             ```console\nkwctl scaffold manifest -t ClusterAdmissionPolicy registry://{image}\n```\n"
        ),
        "maintainers": [{"name": publisher.name, "email": publisher.mail}],
        "provider": {"name": "kubewarden"},
        "recommendations": [{"url": "https://artifacthub.io/packages/helm/kubewarden/kubewarden-controller"}],
        "annotations": {
            "kubewarden/mutation": policy.mutating.to_string(),
            "kubewarden/resources": kinds(policy).join(", "),
            "kubewarden/rules": rules,
            "kubewarden/contextAwareResources": context,
            "kubewarden/questions-ui": questions,
        },
    }))
}

/// The tag of a release: each has one `policy.wasm`, so each policy has its own.
fn release(policy: &Policy) -> String {
    format!("{}/v{VERSION}", policy.id)
}

/// The image that a release pushes.
pub(super) fn image(policy: &Policy, publisher: &Publisher) -> String {
    format!("{}/{}:v{VERSION}", publisher.registry, policy.id)
}

/// What the webhook is registered for.
pub(super) fn rules(policy: &Policy, plurals: &Plurals) -> anyhow::Result<Value> {
    let mut entries: Vec<(&Resources, &[String], Vec<&str>)> = Vec::new();
    for resources in policy.resources {
        for kind in resources.kinds {
            let plural = plurals.find(resources.group, kind)?;
            let same = |entry: &&mut (&Resources, &[String], Vec<&str>)| {
                (entry.0.group, entry.0.operations, entry.1)
                    == (resources.group, resources.operations, plural.versions.as_slice())
            };
            match entries.last_mut().filter(same) {
                Some((_, _, names)) => names.push(&plural.name),
                None => entries.push((resources, &plural.versions, vec![&plural.name])),
            }
        }
    }
    let rule = |(resources, versions, names): (&Resources, &[String], Vec<&str>)| {
        let group = if resources.group == "core" {
            ""
        } else {
            resources.group
        };
        json!({
            "apiGroups": [group],
            "apiVersions": versions,
            "resources": names,
            "operations": resources.operations,
        })
    };
    Ok(entries.into_iter().map(rule).collect())
}

pub(super) fn context_aware(policy: &Policy) -> Value {
    let kind = |kind: &&str| {
        Value::Object(Map::from_iter([
            ("apiVersion".to_owned(), json!("v1")),
            ("kind".to_owned(), json!(kind)),
        ]))
    };
    policy.looks_up.iter().map(kind).collect()
}

fn kinds(policy: &Policy) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = Vec::new();
    for kind in policy.resources.iter().flat_map(|resources| resources.kinds) {
        if !kinds.contains(kind) {
            kinds.push(kind);
        }
    }
    kinds
}
