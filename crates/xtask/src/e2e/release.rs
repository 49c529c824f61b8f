//! The example's chart installed through the post-renderer into a real API server, by both Helms.
//!
//! What Helm stores must be what the rules made of the chart; a release that the rules refuse must leave nothing behind.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::cluster::{Client, Cluster};
use super::flux::finish_jobs;
use super::helm::{CHART, FILENAME, FLAGS, Helm, NAMESPACE, REFUSED, ensure_same, objects, refused};
use crate::program::Program;

pub(super) const CHECKS: &[super::Check] = &[
    ("Helm 3 installs, upgrades and refuses", |root, boltrope| {
        release(Helm::Three, root, boltrope)
    }),
    ("Helm 4 installs, upgrades and refuses", |root, boltrope| {
        release(Helm::Four, root, boltrope)
    }),
];

/// Where the rules put orders.
const ORDERS: &str = "/apis/openportal.dev/v1alpha1/namespaces/system/managednamespaces";
/// The lists of everything that the chart has in its namespace, hooks included.
const LISTS: &[&str] = &[
    "/api/v1/namespaces/new-feature/services",
    "/api/v1/namespaces/new-feature/configmaps",
    "/api/v1/namespaces/new-feature/secrets",
    "/apis/apps/v1/namespaces/new-feature/deployments",
    "/apis/networking.k8s.io/v1/namespaces/new-feature/ingresses",
    "/apis/batch/v1/namespaces/new-feature/jobs",
];
const INSTALL: &[&str] = &["install", "web", CHART, "--namespace", NAMESPACE];
const UPGRADE: &[&str] = &["upgrade", "web", CHART, "--namespace", NAMESPACE];

/// One Helm, one cluster, one release.
struct Scene<'a> {
    helm: Helm,
    root: &'a Path,
    boltrope: &'a Path,
    cluster: Cluster,
    report: PathBuf,
}

fn release(helm: Helm, root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let cluster = Cluster::start(root, helm.name())?;
    for namespace in [NAMESPACE, "system"] {
        cluster.client().ensure_namespace(namespace)?;
    }
    let report = cluster.kubeconfig().with_file_name("report.json");
    let scene = Scene {
        helm,
        root,
        boltrope,
        cluster,
        report,
    };
    scene.refused().context("a release that the rules refuse")?;
    scene.installed().context("the first release")?;
    scene.unchanged().context("an upgrade that changes nothing")?;
    scene.gone().context("the uninstalled release")
}

impl Scene<'_> {
    /// Helm fails, nothing is stored or created, and the report says why: with Helm 4 nothing else does.
    fn refused(&self) -> anyhow::Result<()> {
        refused(self.helm, self.change(INSTALL)?.args(REFUSED).stdout())?;
        for list in LISTS.iter().chain([&ORDERS]) {
            let found = names(&self.client().list(list)?);
            ensure!(found.is_empty(), "{list} holds {found:?}");
        }
        let report: Value = serde_json::from_slice(&std::fs::read(&self.report)?)?;
        let results = report.get("results").and_then(Value::as_array);
        let is_reason = |finding: &&Value| {
            let part = |key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default();
            part("severity") == "error"
                && part("rule") == "preview-hosts"
                && part("message").contains("www.example.org")
        };
        ensure!(
            results.into_iter().flatten().any(|finding| is_reason(&finding)),
            "the report does not say why: {report}"
        );
        Ok(())
    }

    /// The cluster has what the rules made of the chart, Helm has stored just that, and hooks are still hooks.
    fn installed(&self) -> anyhow::Result<()> {
        self.finish_jobs(|| self.change(INSTALL)?.stdout())?;
        let (manifest, hooks) = (self.stored("manifest")?, self.stored("hooks")?);
        ensure_same(
            &objects(self.root, &format!("{manifest}\n---\n{hooks}"))?,
            &objects(self.root, &self.filtered(&[])?)?,
        )?;
        let hooks = objects(self.root, &hooks)?;
        ensure!(
            hooks.len() == 1 && hooks.iter().all(|hook| hook.contains("\"helm.sh/hook\"")),
            "the hooks are {hooks:?}"
        );
        if self.helm == Helm::Three {
            // Helm 3 stores what the post-renderer wrote, byte for byte; Helm 4 encodes it anew.
            let filtered = self.filtered(&["--no-hooks"])?;
            ensure!(
                manifest.trim_end() == filtered.trim_end(),
                "Helm stored\n{manifest}\nthe filter gives\n{filtered}"
            );
        }
        self.live()
    }

    fn live(&self) -> anyhow::Result<()> {
        let client = self.client();
        let is = |path: &str, pointer: &str, expected: Value| -> anyhow::Result<()> {
            let object = client.get(path)?;
            let found = object.pointer(pointer).cloned().unwrap_or_default();
            ensure!(found == expected, "{path}{pointer} is {found}, not {expected}");
            Ok(())
        };
        let mirror = "/api/v1/namespaces/new-feature/services/my-service";
        is(mirror, "/spec/type", "ExternalName".into())?;
        is(
            mirror,
            "/spec/externalName",
            "my-service.default.svc.cluster.local".into(),
        )?;
        let ingress = "/apis/networking.k8s.io/v1/namespaces/new-feature/ingresses/web";
        is(ingress, "/spec/rules/0/host", "new-feature.example.com".into())?;
        is(ingress, "/spec/tls/0/hosts", json!(["new-feature.example.com"]))?;
        is(
            &format!("{ORDERS}/web-jobs"),
            "/metadata/namespace",
            "system".into(),
        )?;
        // YAML inside YAML is text, host and all.
        let config = client.get("/api/v1/namespaces/new-feature/configmaps/web-config")?;
        let text = config.pointer("/data/routes.yaml").and_then(Value::as_str);
        ensure!(
            text.is_some_and(|text| text.starts_with("---\n") && text.contains("host: \"*.example.com\"")),
            "the ConfigMap holds {text:?}"
        );
        let all = self
            .helm("get", &["all", "web", "--namespace", NAMESPACE])?
            .stdout()?;
        ensure!(!all.contains(FILENAME), "Helm stored the annotation `{FILENAME}`");
        for list in LISTS.iter().chain([&ORDERS]) {
            let text = serde_json::to_string(&client.list(list)?)?;
            ensure!(!text.contains(FILENAME), "{list} has the annotation `{FILENAME}`");
        }
        Ok(())
    }

    /// The same release again: the same bytes are stored, and no object is touched.
    fn unchanged(&self) -> anyhow::Result<()> {
        let (manifest, hooks, versions) = (self.stored("manifest")?, self.stored("hooks")?, self.versions()?);
        self.finish_jobs(|| self.change(UPGRADE)?.stdout())?;
        let history = self
            .helm("history", &["web", "--namespace", NAMESPACE, "--output", "json"])?
            .stdout()?;
        let history: Vec<Value> = serde_json::from_str(&history)?;
        ensure!(history.len() == 2, "{} revisions after an upgrade", history.len());
        ensure!(
            manifest == self.stored("manifest")?,
            "the stored manifest changed"
        );
        ensure!(hooks == self.stored("hooks")?, "the stored hooks changed");
        let after = self.versions()?;
        ensure!(
            versions == after,
            "objects were touched: {versions:?} became {after:?}"
        );
        Ok(())
    }

    fn gone(&self) -> anyhow::Result<()> {
        self.helm("uninstall", &["web", "--namespace", NAMESPACE])?
            .stdout()?;
        for list in LISTS.iter().chain([&ORDERS]) {
            let left = names(&self.client().list(list)?);
            ensure!(left.is_empty(), "{list} still holds {left:?}");
        }
        Ok(())
    }

    fn client(&self) -> &Client {
        self.cluster.client()
    }

    fn helm(&self, verb: &str, arguments: &[&str]) -> anyhow::Result<Program> {
        let helm = self.helm.program(self.root)?;
        Ok(helm
            .env("KUBECONFIG", self.cluster.kubeconfig())
            .args([verb])
            .args(arguments))
    }

    /// Helm about to change the release, through the post-renderer.
    fn change(&self, verb: &[&str]) -> anyhow::Result<Program> {
        let helm = self.helm.with_post_renderer(self.root, self.boltrope, verb)?;
        Ok(helm
            .env("KUBECONFIG", self.cluster.kubeconfig())
            .env("BOLTROPE_REPORT", &self.report))
    }

    fn stored(&self, part: &str) -> anyhow::Result<String> {
        self.helm("get", &[part, "web", "--namespace", NAMESPACE])?
            .stdout()
    }

    /// What the post-renderer gives as a filter after `helm template`.
    fn filtered(&self, more: &[&str]) -> anyhow::Result<String> {
        let template = [&["web", CHART, "--namespace", NAMESPACE], more].concat();
        let file = self.report.with_file_name("template.yaml");
        std::fs::write(&file, self.helm("template", &template)?.stdout()?)?;
        Program::new(self.boltrope)
            .args(["post-render"])
            .args(FLAGS)
            .stdin_from(&file)?
            .in_folder(self.root)
            .stdout()
    }

    /// The version of every object of the release but hooks and Helm's own records.
    fn versions(&self) -> anyhow::Result<Vec<Value>> {
        let mut versions = Vec::new();
        let is_helms = |list: &str| list.ends_with("/secrets") || list.ends_with("/jobs");
        for list in LISTS.iter().chain([&ORDERS]).filter(|list| !is_helms(list)) {
            for object in self.client().list(list)? {
                let part = |pointer: &str| object.pointer(pointer).cloned().unwrap_or_default();
                versions.push(json!([
                    list,
                    part("/metadata/name"),
                    part("/metadata/resourceVersion")
                ]));
            }
        }
        ensure!(versions.len() >= 6, "only {versions:?} were created");
        Ok(versions)
    }

    /// Runs Helm while every Job ends well, which nobody else sees to: Helm waits for its hooks.
    fn finish_jobs(&self, helm: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let jobs = scope.spawn(|| {
                let mut finished = 0;
                while !done.load(Ordering::Relaxed) {
                    finished += finish_jobs(self.client(), NAMESPACE)?;
                    thread::sleep(Duration::from_millis(50));
                }
                Ok::<_, anyhow::Error>(finished)
            });
            let result = helm();
            done.store(true, Ordering::Relaxed);
            let finished = jobs
                .join()
                .map_err(|_| anyhow::anyhow!("the thread that ends Jobs panicked"))?;
            result?;
            ensure!(finished? == 1, "the hook did not run once");
            Ok(())
        })
    }
}

fn names(objects: &[Value]) -> Vec<String> {
    let name = |object| Some(Value::pointer(object, "/metadata/name")?.as_str()?.to_owned());
    objects.iter().filter_map(name).collect()
}
