//! Everything that a rule changes is acceptable to a real API server: every changed object of every case.
//!
//! The objects come from where users get them: the stream of `boltrope post-render`, and the compiled policies in the host
//! of policy servers (`conformance patched`). Each is applied and created, both as a dry run, which runs defaulting,
//! validation and admission like the real thing. Many cases are about objects that are no good to begin with, or about
//! kinds that no server here serves: `tests/not-accepted.txt` names them all, and why, and is exactly as long as the truth.

mod exceptions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use self::exceptions::Exceptions;
use super::cluster::{Client, Cluster};
use crate::program::Program;
use crate::{output, policies};

pub(super) const CHECKS: &[super::Check] = &[("the API server accepts what rules change", accepts)];

/// Definitions of Flux, the Gateway API and Traefik, beside the checkout.
const DEFINITIONS: &str = "../shared/corpus/crds";
/// Fewer than these mean that the cases were not found.
const LEAST: usize = 200;

/// A changed object.
struct Patched {
    case: String,
    /// The namespace of the request.
    namespace: String,
    before: Value,
    after: Value,
}

fn accepts(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    let objects = patched(root)?;
    let cluster = Cluster::start(root, "accepted")?;
    let client = cluster.client();
    let definitions = definitions(root)?;
    client.install_definitions(&definitions)?;
    let mut exceptions = Exceptions::read(root)?;
    if definitions.is_empty() {
        output::line(&format!(
            "`{DEFINITIONS}` is not there: routes of the Gateway API and of Traefik are not asked about"
        ));
        exceptions.drop_kinds_of(&["gateway.networking.k8s.io", "traefik.io"]);
    }
    let mut accepted = 0;
    let mut broken = BTreeSet::new();
    for object in &objects {
        match verdict(client, &object.after, &object.namespace)? {
            Verdict::Accepted => accepted += 1,
            Verdict::Unknown(kind) if definitions.is_empty() && is_of_corpus(&kind) => {}
            Verdict::Unknown(kind) => exceptions.found(&format!("kind {kind}"), "not served"),
            Verdict::Refused(message) => {
                exceptions.found(&object.case, &message);
                if matches!(
                    verdict(client, &object.before, &object.namespace)?,
                    Verdict::Accepted
                ) {
                    broken.insert(object.case.as_str());
                }
            }
        }
    }
    output::line(&format!(
        "{} changed objects: {accepted} accepted, the others as tests/not-accepted.txt says",
        objects.len()
    ));
    ensure!(
        broken.is_empty(),
        "the server accepted these before a rule changed them, and not after: {broken:?}"
    );
    exceptions.settle()
}

/// What the server says to an object.
enum Verdict {
    Accepted,
    /// It serves no such kind.
    Unknown(String),
    Refused(String),
}

fn verdict(client: &Client, object: &Value, namespace: &str) -> anyhow::Result<Verdict> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let Some(resource) = client.resource(object)? else {
        let part = |pointer: &str| text(pointer).unwrap_or_default();
        return Ok(Verdict::Unknown(format!(
            "{} {}",
            part("/apiVersion"),
            part("/kind")
        )));
    };
    if resource.namespaced
        && let Err(error) = client.ensure_namespace(text("/metadata/namespace").unwrap_or(namespace))
    {
        return Ok(Verdict::Refused(format!("{error:#}")));
    }
    if text("/metadata/name").is_some_and(|name| !name.is_empty()) {
        let applied = client.apply(object, namespace, true)?;
        if !applied.is_success() {
            return Ok(Verdict::Refused(applied.message().to_owned()));
        }
    }
    let created = client.create(object, namespace, true)?;
    // What is there already was accepted above.
    if created.is_success() || created.status == 409 {
        return Ok(Verdict::Accepted);
    }
    Ok(Verdict::Refused(created.message().to_owned()))
}

/// The changed objects of all cases, each once.
fn patched(root: &Path) -> anyhow::Result<Vec<Patched>> {
    policies::modules(&[])?;
    let cargo = |verb: &[&str], package: &str| {
        Program::cargo()
            .args(verb)
            .args(["--locked", "--all-features", "--package", package])
            .in_folder(root)
    };
    cargo(&["build", "--quiet"], "boltrope").run()?;
    let lines = cargo(&["run", "--quiet"], "conformance")
        .args(["--", "patched"])
        .stdout()?;
    let mut once = BTreeMap::new();
    let mut count = 0;
    for line in lines.lines() {
        let mut line: Value = serde_json::from_str(line).context("a line of `conformance patched`")?;
        let text = |key: &str| {
            line.get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (case, namespace) = (text("case"), text("namespace"));
        let mut take = |key: &str| line.get_mut(key).map(Value::take).unwrap_or_default();
        let (before, after) = (take("before"), take("after"));
        count += 1;
        let object = Patched {
            case: case.clone(),
            namespace: if namespace.is_empty() {
                "default".to_owned()
            } else {
                namespace
            },
            before,
            after,
        };
        once.insert((case, serde_json::to_string(&object.after)?), object);
    }
    ensure!(count >= LEAST, "only {count} changed objects");
    Ok(once.into_values().collect())
}

/// The files of the corpus beside the checkout; none where there is no corpus.
fn definitions(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = root.join(DEFINITIONS);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

fn is_of_corpus(kind: &str) -> bool {
    ["gateway.networking.k8s.io/", "traefik.io/"]
        .iter()
        .any(|group| kind.starts_with(group))
}
