//! The post-renderer in Helm 3 (an executable) and in Helm 4 (a plugin), on the example's chart, without a cluster.
//!
//! What leaves Helm must be, object by object, what `examples/platform/rendered.yaml` holds. Helm 4 encodes every
//! document anew, so objects are compared, not bytes; yq reads them, so that no reader of ours takes part.

mod version;

use std::path::Path;

use anyhow::{bail, ensure};

use crate::program::Program;
use crate::tools;

pub(super) use version::{CHART, FILENAME, FLAGS, Helm, NAMESPACE, path_with};

pub(super) const CHECKS: &[super::Check] = &[
    (
        "Helm 3 renders the example through the executable",
        |root, boltrope| renders(Helm::Three, root, boltrope),
    ),
    (
        "Helm 4 renders the example through the plugin",
        |root, boltrope| renders(Helm::Four, root, boltrope),
    ),
    (
        "Helm 3 refuses a release that the rules refuse",
        |root, boltrope| refuses(Helm::Three, root, boltrope),
    ),
    (
        "Helm 4 refuses a release that the rules refuse",
        |root, boltrope| refuses(Helm::Four, root, boltrope),
    ),
];

const TEMPLATE: &[&str] = &["template", "web", CHART, "--namespace", NAMESPACE];
/// A host that no rule of the example covers.
pub(super) const REFUSED: &[&str] = &["--set", "ingress.host=www.example.org"];

fn renders(helm: Helm, root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let rendered = helm.with_post_renderer(root, boltrope, TEMPLATE)?.stdout()?;
    ensure!(
        !rendered.contains(FILENAME),
        "the annotation `{FILENAME}` is in the output"
    );
    let expected = objects_of(&root.join("examples/platform/rendered.yaml"))?;
    ensure_same(&objects(root, &rendered)?, &expected)
}

fn refuses(helm: Helm, root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let program = helm.with_post_renderer(root, boltrope, TEMPLATE)?;
    refused(helm, program.args(REFUSED).stdout())
}

/// Fails unless Helm failed for the right reason.
pub(super) fn refused(helm: Helm, result: anyhow::Result<String>) -> anyhow::Result<()> {
    // Helm 3 passes the post-renderer's words on; Helm 4 throws them away.
    let reason = match helm {
        Helm::Three => "www.example.org",
        Helm::Four => "plugin \"boltrope\" exited with error",
    };
    match result {
        Ok(rendered) => bail!("the release was accepted although its host fits no rule:\n{rendered}"),
        Err(error) => {
            let text = format!("{error:#}");
            ensure!(text.contains(reason), "another error: {text}");
            Ok(())
        }
    }
}

/// Holds objects against each other, as sets with repetition.
pub(super) fn ensure_same(actual: &[String], expected: &[String]) -> anyhow::Result<()> {
    for object in expected {
        ensure!(actual.contains(object), "missing: {object}");
    }
    for object in actual {
        ensure!(expected.contains(object), "not expected: {object}");
    }
    ensure!(
        actual.len() == expected.len(),
        "{} objects, {} expected",
        actual.len(),
        expected.len()
    );
    Ok(())
}

/// Every object of a stream as one line of JSON with sorted keys, sorted.
pub(super) fn objects(root: &Path, stream: &str) -> anyhow::Result<Vec<String>> {
    let file = root.join("target/e2e/stream.yaml");
    std::fs::write(&file, stream)?;
    objects_of(&file)
}

fn objects_of(file: &Path) -> anyhow::Result<Vec<String>> {
    let json = Program::new(tools::YQ.path()?)
        .args([
            "--output-format",
            "json",
            "--indent",
            "0",
            "select(. != null) | explode(.) | sort_keys(..)",
        ])
        .args([file])
        .stdout()?;
    let mut objects: Vec<String> = json.lines().map(str::to_owned).collect();
    objects.sort();
    Ok(objects)
}
