//! Every release of the corpus through the real kustomize: the chart with the exported patches against the post-rendered text.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::{NAMESPACE, RULES};
use crate::program::Program;
use crate::tools;

const ARGUMENTS: &[&str] = &["--rules", RULES, "--namespace", NAMESPACE];
const BARE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web.v1}
spec: {ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP, name: tcp}, {port: 80}]}
";
/// Kustomize's merge would make one port of the first two.
const TWINS: &str = "\
apiVersion: v1
kind: Service
metadata: {name: dns}
spec: {ports: [{port: 53, protocol: UDP}, {port: 53}]}
";

/// A chart whose list has moved since the export, or that another post-renderer has cut, stops kustomize; no other item is
/// changed in its place.
pub(super) fn moved(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let folder = folder(root, "kustomize-moved")?;
    let ingress = |hosts: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web}}\nspec: {{rules: [{hosts}]}}\n"
        )
    };
    let chart = ingress("{host: a}, {host: b}");
    let patches = exported(root, boltrope, &folder, &chart)?;
    build(&folder, &chart, &patches).context("the chart as it was")?;
    for (other, message) in [
        ("{host: new}, {host: a}, {host: b}", "testing value"),
        ("{host: b}", "testing value"),
        ("", "missing value"),
    ] {
        match build(&folder, &ingress(other), &patches) {
            Ok(built) => anyhow::bail!("a list that moved was patched:\n{built}"),
            Err(error) => ensure!(format!("{error:#}").contains(message), "another error: {error:#}"),
        }
    }
    Ok(())
}

/// Maps that the chart has not, and an earlier post-renderer made, keep what it put there.
pub(super) fn beside_others(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let folder = folder(root, "kustomize-others")?;
    let patches = exported(root, boltrope, &folder, BARE)?;
    let made = build(&folder, BARE, &json!([super::other()]))?;
    let built: Value = yaml_serde::from_str(&build(&folder, &made, &patches)?)?;
    for field in super::OF_BOTH {
        ensure!(built.pointer(field).is_some(), "`{field}` is not in {built:#}");
    }
    let patches = exported(root, boltrope, &folder, TWINS)?;
    let built: Value = yaml_serde::from_str(&build(&folder, TWINS, &patches)?)?;
    let ports = built.pointer("/spec/ports").and_then(Value::as_array);
    ensure!(ports.map(Vec::len) == Some(2), "a port was lost: {built:#}");
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
    let folder = folder(root, "kustomize")?;
    for file in &files {
        release(root, boltrope, &folder, file).with_context(|| format!("`{}`", file.display()))?;
    }
    Ok(())
}

fn folder(root: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let folder = root.join("target/e2e").join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn release(root: &Path, boltrope: &Path, folder: &Path, file: &Path) -> anyhow::Result<()> {
    let stream = std::fs::read_to_string(file)?;
    let patches = exported(root, boltrope, folder, &stream)?;
    let patched = build(folder, &stream, &patches)?;
    let rendered = Program::new(boltrope)
        .args(["post-render"])
        .args(ARGUMENTS)
        .in_folder(root)
        .stdin_from(file)?
        .stdout()?;
    let rendered = build(folder, &rendered, &json!([]))?;
    let (patched, rendered) = (objects(root, &patched)?, objects(root, &rendered)?);
    super::super::helm::ensure_same(&patched, &rendered)
}

/// The patches of a stream, none where nothing changes.
fn exported(root: &Path, boltrope: &Path, folder: &Path, stream: &str) -> anyhow::Result<Value> {
    let file = folder.join("stream.yaml");
    std::fs::write(&file, stream)?;
    let exported = Program::new(boltrope)
        .args(["export", "flux", "--output", "json"])
        .args(ARGUMENTS)
        .in_folder(root)
        .stdin_from(&file)?
        .stdout()?;
    let exported: Value = serde_json::from_str(&exported)?;
    let patches = exported.pointer("/postRenderers/0/kustomize/patches").cloned();
    Ok(patches.unwrap_or_else(|| json!([])))
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
/// some patch touched, and its merge drops fields without a value, which are absent to the API server too.
fn objects(root: &Path, stream: &str) -> anyhow::Result<Vec<String>> {
    let mut objects = Vec::new();
    for object in super::super::helm::objects(root, stream)? {
        let mut object: Value = serde_json::from_str(&object)?;
        let subjects = object.get_mut("subjects").and_then(Value::as_array_mut);
        for subject in subjects.into_iter().flatten().filter_map(Value::as_object_mut) {
            subject.shift_remove("namespace");
        }
        let api_version = object
            .get("apiVersion")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !api_version.contains('.') || api_version.contains(".k8s.io/") {
            drop_nulls(&mut object);
        }
        objects.push(object.to_string());
    }
    objects.sort();
    Ok(objects)
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
