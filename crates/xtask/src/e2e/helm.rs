//! The post-renderer in Helm 3 (an executable) and in Helm 4 (a plugin), on the example's chart.
//!
//! What leaves Helm must be, object by object, what `examples/platform/rendered.yaml` holds. Helm 4 encodes every
//! document anew, so objects are compared, not bytes; yq reads them, so that no reader of ours takes part.

use crate::program::Program;
use crate::tools;
use anyhow::{Context as _, bail, ensure};
use std::path::Path;

/// The name of a check, and the check.
type Check = (&'static str, fn(&Path, &Path) -> anyhow::Result<()>);

pub(super) const CHECKS: &[Check] = &[
    ("Helm 3 renders the example through the executable", helm_3),
    ("Helm 4 renders the example through the plugin", helm_4),
    ("Helm 3 refuses a release that the rules refuse", helm_3_refuses),
    ("Helm 4 refuses a release that the rules refuse", helm_4_refuses),
];

/// What Helm 4 adds for its own use and takes away again.
const FILENAME: &str = "postrenderer.helm.sh/postrender-filename";

fn helm_3(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let rendered = template_3(root, boltrope, &[])?.stdout()?;
    compare(root, &rendered)
}

fn helm_4(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let rendered = template_4(root, boltrope, &[])?.stdout()?;
    ensure!(
        !rendered.contains(FILENAME),
        "Helm 4 left its annotation `{FILENAME}` in the output"
    );
    compare(root, &rendered)
}

fn helm_3_refuses(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    refused(template_3(root, boltrope, REFUSED)?.stdout())
}

fn helm_4_refuses(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    refused(template_4(root, boltrope, REFUSED)?.stdout())
}

const TEMPLATE: &[&str] = &[
    "template",
    "web",
    "examples/platform/chart",
    "--namespace",
    "new-feature",
];
const POST_RENDER: &[&str] = &[
    "post-render",
    "--rules",
    "examples/platform/rules.yaml",
    "--namespace",
    "new-feature",
    "--world",
    "examples/platform/world/namespaced",
];
/// A host that no rule of the example covers.
const REFUSED: &[&str] = &["--set", "ingress.host=www.example.org"];

fn refused(result: anyhow::Result<String>) -> anyhow::Result<()> {
    match result {
        Ok(rendered) => bail!("the release was rendered although its host fits no rule:\n{rendered}"),
        // Helm 3 passes the post-renderer's words on; Helm 4 throws them away and keeps the exit code.
        Err(error) => {
            let text = format!("{error:#}");
            ensure!(
                text.contains("www.example.org") || text.contains("exit status 1"),
                "another error: {text}"
            );
            Ok(())
        }
    }
}

fn template_3(root: &Path, boltrope: &Path, extra: &[&str]) -> anyhow::Result<Program> {
    let boltrope = boltrope
        .to_str()
        .context("the path of the checkout is not UTF-8")?;
    let ours = POST_RENDER
        .iter()
        .flat_map(|argument| ["--post-renderer-args", *argument]);
    let helm = isolated(&tools::HELM_3.path()?, root, "helm-3")?;
    Ok(helm
        .args(TEMPLATE)
        .args(["--post-renderer", boltrope])
        .args(ours)
        .args(extra))
}

fn template_4(root: &Path, boltrope: &Path, extra: &[&str]) -> anyhow::Result<Program> {
    let helm = tools::HELM_4.path()?;
    let plugin = write_plugin(root, boltrope)?;
    let installed = isolated(&helm, root, "helm-4")?
        .args(["plugin", "list"])
        .stdout()?;
    if !installed.contains("boltrope") {
        isolated(&helm, root, "helm-4")?
            .args(["plugin", "install", &plugin])
            .stdout()?;
    }
    Ok(isolated(&helm, root, "helm-4")?
        .args(TEMPLATE)
        .args(["--post-renderer", "boltrope"])
        .args(extra))
}

/// A plugin folder as a user would write it, with this checkout's binary and the example's arguments.
fn write_plugin(root: &Path, boltrope: &Path) -> anyhow::Result<String> {
    let folder = root.join("target/e2e/plugin");
    std::fs::create_dir_all(&folder)?;
    let arguments: Vec<String> = POST_RENDER
        .iter()
        .map(|argument| format!("\"{argument}\""))
        .collect();
    let manifest = format!(
        "apiVersion: v1\ntype: postrenderer/v1\nname: boltrope\nversion: 0.1.0\nruntime: subprocess\nconfig: {{}}\n\
         runtimeConfig:\n  platformCommand:\n    - command: \"$HELM_PLUGIN_DIR/boltrope\"\n      args: [{}]\n",
        arguments.join(", ")
    );
    std::fs::write(folder.join("plugin.yaml"), manifest)?;
    // A copy, because Helm installs a plugin from a folder by linking to that folder.
    std::fs::copy(boltrope, folder.join("boltrope"))?;
    Ok(folder.to_string_lossy().into_owned())
}

/// Helm with data folders of its own: no plugin, repository or setting of the user's takes part.
fn isolated(helm: &Path, root: &Path, name: &str) -> anyhow::Result<Program> {
    let home = root.join("target/e2e").join(name);
    std::fs::create_dir_all(&home)?;
    let helm = Program::new(helm).in_folder(root);
    Ok(helm
        .env("HELM_DATA_HOME", home.join("data"))
        .env("HELM_CONFIG_HOME", home.join("config"))
        .env("HELM_CACHE_HOME", home.join("cache"))
        .without_env("HELM_NAMESPACE")
        .without_env("HELM_PLUGINS"))
}

/// Holds what Helm rendered against the committed result, object by object.
fn compare(root: &Path, rendered: &str) -> anyhow::Result<()> {
    let file = root.join("target/e2e/rendered.yaml");
    std::fs::write(&file, rendered)?;
    let (actual, expected) = (
        objects(&file)?,
        objects(&root.join("examples/platform/rendered.yaml"))?,
    );
    for object in &expected {
        ensure!(actual.contains(object), "missing in Helm's output: {object}");
    }
    for object in &actual {
        ensure!(
            expected.contains(object),
            "not expected in Helm's output: {object}"
        );
    }
    ensure!(
        actual.len() == expected.len(),
        "{} objects, {} expected",
        actual.len(),
        expected.len()
    );
    Ok(())
}

/// Every object of a stream as one line of JSON with sorted keys.
fn objects(file: &Path) -> anyhow::Result<Vec<String>> {
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
