//! Every release of the corpus through the real kustomize: the chart with the exported patches against the post-rendered text.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::{NAMESPACE, RULES};
use crate::program::Program;
use crate::tools;

/// A chart whose list has moved since the export stops kustomize; no other item is changed in its place.
pub(super) fn moved(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let folder = root.join("target/e2e/kustomize-moved");
    std::fs::create_dir_all(&folder)?;
    let ingress = |hosts: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web}}\nspec: {{rules: [{hosts}]}}\n"
        )
    };
    let file = folder.join("stream.yaml");
    std::fs::write(&file, ingress("{host: a}, {host: b}"))?;
    let exported = Program::new(boltrope)
        .args(["export", "flux", "--output", "json", "--rules", RULES])
        .args(["--namespace", NAMESPACE])
        .in_folder(root)
        .stdin_from(&file)?
        .stdout()?;
    let exported: Value = serde_json::from_str(&exported)?;
    let patches = exported
        .pointer("/postRenderers/0/kustomize/patches")
        .context("no patches")?;
    build(&folder, &ingress("{host: a}, {host: b}"), patches).context("the chart as it was")?;
    match build(&folder, &ingress("{host: new}, {host: a}, {host: b}"), patches) {
        Ok(built) => anyhow::bail!("a list that moved was patched:\n{built}"),
        Err(error) => ensure!(
            format!("{error:#}").contains("testing value"),
            "another error: {error:#}"
        ),
    }
    Ok(())
}

pub(super) fn check(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let corpus = root.join("../shared/corpus/helm-output");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&corpus).with_context(|| format!("reading `{}`", corpus.display()))? {
        files.push(entry?.path());
    }
    files.sort();
    ensure!(files.len() > 100, "only {} releases", files.len());
    let folder = root.join("target/e2e/kustomize");
    std::fs::create_dir_all(&folder)?;
    for file in &files {
        release(root, boltrope, &folder, file).with_context(|| format!("`{}`", file.display()))?;
    }
    Ok(())
}

fn release(root: &Path, boltrope: &Path, folder: &Path, file: &Path) -> anyhow::Result<()> {
    let run = |verb: &[&str]| {
        Program::new(boltrope)
            .args(verb)
            .args(["--rules", RULES, "--namespace", NAMESPACE])
            .in_folder(root)
            .stdin_from(file)?
            .stdout()
    };
    let exported: Value = serde_json::from_str(&run(&["export", "flux", "--output", "json"])?)?;
    let patches = exported.pointer("/postRenderers/0/kustomize/patches").cloned();
    let patched = build(
        folder,
        &std::fs::read_to_string(file)?,
        &patches.unwrap_or_else(|| json!([])),
    )?;
    let rendered = build(folder, &run(&["post-render"])?, &json!([]))?;
    let (patched, rendered) = (objects(root, &patched)?, objects(root, &rendered)?);
    super::super::helm::ensure_same(&patched, &rendered)
}

fn build(folder: &Path, stream: &str, patches: &Value) -> anyhow::Result<String> {
    std::fs::write(folder.join("helm-output.yaml"), stream)?;
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
        "resources": ["helm-output.yaml"], "patches": patches,
    });
    std::fs::write(folder.join("kustomization.yaml"), kustomization.to_string())?;
    Program::new(tools::KUSTOMIZE.path()?)
        .args(["build"])
        .args([folder])
        .stdout()
}

/// The objects, without what Kustomize alone does to them: it fills in the namespace of a subject whose ServiceAccount
/// some patch touched.
fn objects(root: &Path, stream: &str) -> anyhow::Result<Vec<String>> {
    let mut objects = Vec::new();
    for object in super::super::helm::objects(root, stream)? {
        let mut object: Value = serde_json::from_str(&object)?;
        let subjects = object.get_mut("subjects").and_then(Value::as_array_mut);
        for subject in subjects.into_iter().flatten().filter_map(Value::as_object_mut) {
            subject.shift_remove("namespace");
        }
        objects.push(object.to_string());
    }
    objects.sort();
    Ok(objects)
}
