//! Rules compiled for Flux, in the real helm-controller.
//!
//! Each release is installed twice: from its chart with the exported block, and from a chart that holds what the
//! post-renderer makes of it. Everything that Helm stored and that the cluster has must be equal.

mod controller;
mod drift;
mod kustomize;

pub(super) use controller::{Flux, finish_jobs, is, release_path};

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::helm::Helm;
use crate::program::Program;

pub(super) const CHECKS: &[super::Check] = &[
    (
        "a release with the exported block is the post-rendered one",
        compare,
    ),
    ("a chart that changed makes the block stale", stale),
    ("the forecast is what drift detection finds", drift::check),
    ("a list that moved stops kustomize", kustomize::moved),
    (
        "what an earlier post-renderer put into new maps stays",
        kustomize::beside_others,
    ),
    (
        "kustomize makes of the patches what the post-renderer gives",
        kustomize::check,
    ),
];

/// Where the releases live; the corpus was rendered for it.
const NAMESPACE: &str = "preview";
const RULES: &str = "crates/xtask/src/e2e/flux/rules.yaml";
/// Releases of the corpus with hooks, with an Ingress, with many objects.
const RELEASES: &[&str] = &[
    "prometheus-operator-admission-webhook--default",
    "jiralert--test-values",
    "loki-distributed--ingress-values",
];
const STRATEGIES: &[&str] = &["combined", "nohooks", "separate"];
/// What a Service has that went through [`other`] and the rules.
const OF_BOTH: &[&str] = &[
    "/metadata/labels/theirs",
    "/metadata/labels/team",
    "/metadata/annotations/theirs",
    "/metadata/annotations/boltrope.dev~1e2e",
];

/// Commands in the checkout, on one cluster.
struct Scene<'a> {
    root: &'a Path,
    boltrope: &'a Path,
    flux: Flux,
}

/// What Helm stored and what the cluster has.
#[derive(Debug, PartialEq)]
struct Installed {
    manifest: Vec<String>,
    hooks: Vec<String>,
    live: Vec<Value>,
}

fn compare(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let mut scene = Scene::start(root, boltrope, "flux-export")?;
    let example = root.join("examples/platform/chart");
    let mut charts = vec![("web".to_owned(), example)];
    for release in RELEASES {
        let text = std::fs::read_to_string(root.join(format!("../shared/corpus/helm-output/{release}.yaml")))
            .with_context(|| format!("reading the release `{release}`"))?;
        let name = release.split("--").next().unwrap_or(release).to_owned();
        charts.push((name.clone(), scene.wrap(&name, &text)?));
    }
    for (name, chart) in &charts {
        let has_hooks = scene.template(name, chart)?.contains("helm.sh/hook");
        // Without hooks the strategies are one.
        let strategies = if has_hooks { STRATEGIES } else { &["combined"] };
        for strategy in strategies {
            scene
                .twice(name, chart, strategy)
                .with_context(|| format!("release `{name}`, post-rendered `{strategy}`"))?;
        }
    }
    scene.beside_another().context("after another post-renderer")
}

/// The patch of a post-renderer that knows nothing of us: it makes maps that the chart has not.
fn other() -> Value {
    let map = |at: &str| json!({"op": "add", "path": at, "value": {"theirs": "kept"}});
    let operations = json!([map("/metadata/labels"), map("/metadata/annotations")]);
    json!({"target": {"kind": "Service"}, "patch": operations.to_string()})
}

fn stale(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let folder = root.join("target/e2e/stale");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("web.yaml");
    std::fs::copy(root.join("examples/flux/compiled/web.yaml"), &file)?;
    let rendered = folder.join("rendered.yaml");
    let export = |more: &[&str], verb: &str| -> anyhow::Result<Program> {
        let arguments = [
            "template",
            "web",
            "examples/platform/chart",
            "--namespace",
            "new-feature",
        ];
        let template = Helm::Three.program(root)?.args(arguments).args(more).stdout()?;
        std::fs::write(&rendered, template)?;
        Program::new(boltrope)
            .args(["export", "flux", "--rules", "examples/platform/rules.yaml"])
            .args([
                "--world",
                "examples/platform/world/namespaced",
                verb,
                "--helmrelease",
            ])
            .args([&file])
            .in_folder(root)
            .stdin_from(&rendered)
    };
    ensure!(
        export(&[], "--check")?.stdout().is_ok(),
        "the committed example is stale"
    );
    let changed = ["--set", "backend.service=other"];
    ensure!(
        export(&changed, "--check")?.stdout().is_err(),
        "a changed chart is not noticed"
    );
    export(&changed, "--write")?.stdout()?;
    ensure!(
        export(&changed, "--check")?.stdout().is_ok(),
        "it is stale after it was exported"
    );
    Ok(())
}

impl<'a> Scene<'a> {
    fn start(root: &'a Path, boltrope: &'a Path, name: &str) -> anyhow::Result<Self> {
        let flux = Flux::start(root, name)?;
        flux.client().ensure_namespace(NAMESPACE)?;
        flux.client().ensure_namespace("system")?;
        Ok(Self { root, boltrope, flux })
    }

    /// Installs a chart with the exported block, then a chart of the post-rendered text, and compares.
    fn twice(&mut self, name: &str, chart: &Path, strategy: &str) -> anyhow::Result<()> {
        let rendered = self.flux.folder().join("rendered.yaml");
        std::fs::write(&rendered, self.template(name, chart)?)?;
        let text = self.post_rendered(&rendered)?;
        let bare = release(name, strategy);
        let compiled = self.exported(&bare, &rendered)?;
        let exported = self
            .install(name, chart, &compiled)
            .context("with the exported block")?;
        let wrapped = self.wrap(&format!("{name}-rendered"), &text)?;
        let mut rendered = self
            .install(name, &wrapped, &bare)
            .context("post-rendered before")?;
        if strategy == "nohooks" {
            // Flux leaves hooks alone then, in both.
            rendered.hooks.clone_from(&exported.hooks);
        }
        ensure!(
            !exported.live.is_empty() && !exported.manifest.is_empty(),
            "nothing was installed"
        );
        super::helm::ensure_same(&exported.manifest, &rendered.manifest).context("the stored manifest")?;
        super::helm::ensure_same(&exported.hooks, &rendered.hooks).context("the stored hooks")?;
        for (exported, rendered) in exported.live.iter().zip(&rendered.live) {
            ensure!(
                exported == rendered,
                "in the cluster is\n{exported:#}\nand not\n{rendered:#}"
            );
        }
        ensure!(
            exported.live.len() == rendered.live.len(),
            "another number of objects"
        );
        Ok(())
    }

    /// Installs a HelmRelease, tells what is there, and uninstalls it.
    fn install(&mut self, name: &str, chart: &Path, release: &Value) -> anyhow::Result<Installed> {
        let archive = self.package(chart)?;
        self.flux.offer(NAMESPACE, name, &archive)?;
        let client = self.flux.client();
        client
            .create(release, NAMESPACE, true)?
            .ok()
            .context("the HelmRelease does not fit its definition")?;
        client.create(release, NAMESPACE, false)?.ok()?;
        self.flux.wait(NAMESPACE, name, "installed", |release| {
            is(release, "Released", "True")
        })?;
        let (manifest, hooks) = (self.stored("manifest", name)?, self.stored("hooks", name)?);
        let manifest = super::helm::objects(self.root, &manifest)?;
        let hooks = super::helm::objects(self.root, &hooks)?;
        let mut live = Vec::new();
        for object in &manifest {
            live.push(without_traces(
                self.flux
                    .client()
                    .find(&serde_json::from_str(object)?, NAMESPACE)?,
            ));
        }
        self.flux.delete(NAMESPACE, name)?;
        Ok(Installed {
            manifest,
            hooks,
            live,
        })
    }

    /// Installs a bare Service with the exported block behind another post-renderer.
    fn beside_another(&mut self) -> anyhow::Result<()> {
        let text = "apiVersion: v1\nkind: Service\nmetadata: {name: bare}\nspec: {ports: [{port: 80}]}\n";
        let chart = self.wrap("bare", text)?;
        let rendered = self.flux.folder().join("rendered.yaml");
        std::fs::write(&rendered, self.template("bare", &chart)?)?;
        let mut bare = release("bare", "combined");
        if let Some(spec) = bare.get_mut("spec").and_then(Value::as_object_mut) {
            let others = json!([{"kustomize": {"patches": [other()]}}]);
            spec.insert("postRenderers".to_owned(), others);
        }
        let exported = self.exported(&bare, &rendered)?;
        ensure!(
            exported.pointer("/spec/postRenderers/1").is_some(),
            "nothing was exported behind the other"
        );
        let installed = self.install("bare", &chart, &exported)?;
        let service = installed.live.first().context("nothing was installed")?;
        for field in OF_BOTH {
            ensure!(
                service.pointer(field).is_some(),
                "`{field}` is not in {service:#}"
            );
        }
        Ok(())
    }

    /// A HelmRelease with the exported block in it, as the command writes it into a file.
    fn exported(&self, release: &Value, rendered: &Path) -> anyhow::Result<Value> {
        let file = self.flux.folder().join("release.yaml");
        std::fs::write(&file, yaml_serde::to_string(release)?)?;
        Program::new(self.boltrope)
            .args(["export", "flux", "--rules", RULES, "--write", "--helmrelease"])
            .args([&file])
            .args(WORLD)
            .in_folder(self.root)
            .stdin_from(rendered)?
            .stdout()?;
        let exported: Value = yaml_serde::from_str(&std::fs::read_to_string(&file)?)?;
        ensure!(
            exported.pointer("/spec/postRenderers/0").is_some(),
            "nothing was exported"
        );
        Ok(exported)
    }

    fn post_rendered(&self, rendered: &Path) -> anyhow::Result<String> {
        Program::new(self.boltrope)
            .args(["post-render", "--rules", RULES, "--namespace", NAMESPACE])
            .args(WORLD)
            .in_folder(self.root)
            .stdin_from(rendered)?
            .stdout()
    }

    fn template(&self, name: &str, chart: &Path) -> anyhow::Result<String> {
        Helm::Three
            .program(self.root)?
            .args(["template", name, "--namespace", NAMESPACE])
            .args([chart])
            .stdout()
    }

    /// A chart that renders a text as it is: Helm's language has no say in it.
    fn wrap(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let folder = self.flux.folder().join("charts").join(name);
        std::fs::create_dir_all(folder.join("templates"))?;
        std::fs::create_dir_all(folder.join("files"))?;
        std::fs::write(
            folder.join("Chart.yaml"),
            format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n"),
        )?;
        // A template for each document: Helm cuts the line breaks between documents of one file, which may belong to a text.
        let lines = format!("\n{text}");
        for (index, document) in lines.split("\n---\n").enumerate() {
            let file = format!("files/{index}.yaml");
            std::fs::write(folder.join(&file), format!("{document}\n"))?;
            let template = format!("{{{{ .Files.Get \"{file}\" }}}}\n");
            std::fs::write(folder.join(format!("templates/{index:03}.yaml")), template)?;
        }
        Ok(folder)
    }

    fn package(&self, chart: &Path) -> anyhow::Result<PathBuf> {
        let folder = self.flux.folder().join("archives");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        Helm::Three
            .program(self.root)?
            .args([
                "package".as_ref(),
                chart.as_os_str(),
                "--destination".as_ref(),
                folder.as_os_str(),
            ])
            .stdout()?;
        let mut archives = std::fs::read_dir(&folder)?;
        Ok(archives.next().context("helm packaged nothing")??.path())
    }

    /// What Helm keeps of a release, asked with Helm itself.
    fn stored(&self, part: &str, name: &str) -> anyhow::Result<String> {
        Helm::Four
            .program(self.root)?
            .env("KUBECONFIG", self.flux.kubeconfig())
            .args(["get", part, name, "--namespace", NAMESPACE])
            .stdout()
    }
}

const WORLD: &[&str] = &["--world", "examples/platform/world/namespaced"];

fn release(name: &str, strategy: &str) -> Value {
    json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "interval": "1h", "timeout": "1m", "releaseName": name,
            "chartRef": {"kind": "OCIRepository", "name": name},
            // No Pod ever runs here.
            "install": {"disableWait": true}, "uninstall": {"disableWait": true},
            "postRenderStrategy": strategy,
        },
    })
}

/// An object without what differs from one creation to the next.
fn without_traces(mut object: Value) -> Value {
    const TRACES: &[&str] = &[
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "managedFields",
        "generation",
    ];
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| !TRACES.contains(&key.as_str()));
    }
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        spec.retain(|key, _| key != "clusterIP" && key != "clusterIPs");
    }
    object
}
