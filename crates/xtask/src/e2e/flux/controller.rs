//! helm-controller on a cluster of its own, and what stands in for source-controller: an archive on loopback and a source
//! whose status somebody wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, sleep};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tiny_http::{Response, Server};

use crate::e2e::cluster::{Client, Cluster, Process};
use crate::program::Program;
use crate::tools;

/// Flux's definitions that helm-controller watches.
const DEFINITIONS: &[&str] = &[
    "helm.toolkit.fluxcd.io_helmreleases.yaml",
    "source.toolkit.fluxcd.io_buckets.yaml",
    "source.toolkit.fluxcd.io_externalartifacts.yaml",
    "source.toolkit.fluxcd.io_gitrepositories.yaml",
    "source.toolkit.fluxcd.io_helmcharts.yaml",
    "source.toolkit.fluxcd.io_helmrepositories.yaml",
    "source.toolkit.fluxcd.io_ocirepositories.yaml",
];
/// How often, and how long apart, a release is asked how it is: a minute and a half in all.
const QUESTIONS: usize = 900;
const PAUSE: Duration = Duration::from_millis(100);
const TIME: &str = "2026-01-01T00:00:00Z";

/// A running helm-controller.
#[derive(Debug)]
pub(crate) struct Flux {
    cluster: Cluster,
    controller: Process,
    archives: Archives,
    folder: PathBuf,
}

impl Flux {
    /// Starts a cluster with Flux's definitions and helm-controller in it.
    pub(crate) fn start(root: &Path, name: &str) -> anyhow::Result<Self> {
        let cluster = Cluster::start(root, name)?;
        let definitions = root.join("../shared/corpus/crds");
        let files: Vec<PathBuf> = DEFINITIONS.iter().map(|file| definitions.join(file)).collect();
        cluster.client().install_definitions(&files)?;
        cluster.client().ensure_namespace("flux-system")?;
        let folder = cluster
            .kubeconfig()
            .parent()
            .context("the kubeconfig is in no folder")?
            .to_path_buf();
        let controller = start_controller(&cluster, &folder)?;
        Ok(Self {
            cluster,
            controller,
            archives: Archives::serve()?,
            folder,
        })
    }

    pub(crate) fn client(&self) -> &Client {
        self.cluster.client()
    }

    pub(crate) fn kubeconfig(&self) -> &Path {
        self.cluster.kubeconfig()
    }

    /// A folder that lives as long as the cluster's data.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Offers a chart archive as an OCIRepository of this name, as source-controller would once it fetched it.
    pub(crate) fn offer(&self, namespace: &str, name: &str, archive: &Path) -> anyhow::Result<()> {
        let bytes = std::fs::read(archive).with_context(|| format!("reading `{}`", archive.display()))?;
        // helm-controller wants the revision to begin with the chart's version; `helm package` puts it into the name.
        let version = archive
            .file_stem()
            .and_then(|stem| stem.to_str()?.rsplit_once('-'))
            .map(|(_, version)| version)
            .context("the archive's name has no version")?;
        let digest = format!("{:x}", Sha256::digest(&bytes));
        let url = self.archives.offer(&digest, bytes.clone());
        let source = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository", "metadata": {"name": name},
            "spec": {"interval": "1h", "url": format!("oci://localhost/{name}")},
        });
        let stored = self.client().apply(&source, namespace, false)?.ok()?;
        let generation = stored
            .pointer("/metadata/generation")
            .cloned()
            .unwrap_or_default();
        let path =
            format!("/apis/source.toolkit.fluxcd.io/v1/namespaces/{namespace}/ocirepositories/{name}/status");
        let ready = json!({
            "type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored",
            "lastTransitionTime": TIME, "observedGeneration": generation,
        });
        let status = json!({
            "observedGeneration": generation, "conditions": [ready], "url": url,
            "artifact": {
                "digest": format!("sha256:{digest}"), "revision": format!("{version}@sha256:{digest}"), "url": url,
                "path": format!("{name}.tgz"), "size": bytes.len(), "lastUpdateTime": TIME,
            },
        });
        self.client().merge(&path, &json!({"status": status})).map(drop)
    }

    /// Waits until a HelmRelease is as it should be; `what` says so in an error.
    pub(crate) fn wait(
        &mut self,
        namespace: &str,
        name: &str,
        what: &str,
        is: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        let path = release_path(namespace, name);
        let mut last = Value::Null;
        for _ in 0..QUESTIONS {
            self.controller.ensure_running()?;
            last = self.client().get(&path)?;
            if is(&last) {
                return Ok(last);
            }
            finish_jobs(self.client(), namespace)?;
            sleep(PAUSE);
        }
        let status = last.pointer("/status/conditions").cloned().unwrap_or_default();
        bail!("the HelmRelease `{name}` is not {what}: {status:#}")
    }

    /// Ends helm-controller; the API server stays.
    pub(crate) fn stop_controller(&mut self) {
        self.controller.end();
    }

    /// Starts helm-controller again. Its log begins anew.
    pub(crate) fn start_controller(&mut self) -> anyhow::Result<()> {
        self.controller = start_controller(&self.cluster, &self.folder)?;
        Ok(())
    }

    /// Deletes a HelmRelease and waits until helm-controller has uninstalled it.
    pub(crate) fn delete(&mut self, namespace: &str, name: &str) -> anyhow::Result<()> {
        let path = release_path(namespace, name);
        self.client().delete(&path)?;
        for _ in 0..QUESTIONS {
            self.controller.ensure_running()?;
            if self.client().get(&path).is_err() {
                return Ok(());
            }
            finish_jobs(self.client(), namespace)?;
            sleep(PAUSE);
        }
        bail!("the HelmRelease `{name}` is not gone after a minute and a half")
    }

    /// What helm-controller printed, line by line.
    pub(crate) fn log(&self) -> anyhow::Result<Vec<Value>> {
        let text = std::fs::read_to_string(self.folder.join("helm-controller.log"))?;
        Ok(text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect())
    }
}

fn start_controller(cluster: &Cluster, folder: &Path) -> anyhow::Result<Process> {
    let command = Program::new(tools::HELM_CONTROLLER.path()?)
        .args(["--enable-leader-election=false", "--watch-all-namespaces=true"])
        .args(["--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0"])
        .args(["--log-level=debug"])
        .env("KUBECONFIG", cluster.kubeconfig())
        .env("RUNTIME_NAMESPACE", "flux-system")
        .in_folder(folder);
    Process::start("helm-controller", command, folder)
}

/// Where a HelmRelease stands.
pub(crate) fn release_path(namespace: &str, name: &str) -> String {
    format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{namespace}/helmreleases/{name}")
}

/// Whether a condition of an object has this status.
pub(crate) fn is(object: &Value, kind: &str, status: &str) -> bool {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let has =
        |condition: &Value, key: &str, value: &str| condition.get(key).and_then(Value::as_str) == Some(value);
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|condition| has(condition, "type", kind) && has(condition, "status", status))
}

/// Ends the Jobs that have not ended, as the Job controller would; returns how many.
pub(crate) fn finish_jobs(client: &Client, namespace: &str) -> anyhow::Result<usize> {
    let path = format!("/apis/batch/v1/namespaces/{namespace}/jobs");
    let mut finished = 0;
    for job in client.list(&path)? {
        if job.pointer("/status/completionTime").is_some() {
            continue;
        }
        let text = |pointer: &str| job.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (name, time) = (text("/metadata/name"), text("/metadata/creationTimestamp"));
        let is = |kind: &str| json!({"type": kind, "status": "True", "lastTransitionTime": time});
        let status = json!({"status": {
            "startTime": time, "completionTime": time, "succeeded": 1,
            "conditions": [is("SuccessCriteriaMet"), is("Complete")],
        }});
        client.merge(&format!("{path}/{name}/status"), &status)?;
        finished += 1;
    }
    Ok(finished)
}

/// Chart archives on loopback, by digest.
#[derive(Debug)]
struct Archives {
    address: String,
    known: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Archives {
    fn serve() -> anyhow::Result<Self> {
        let server =
            Server::http("127.0.0.1:0").map_err(|error| anyhow::anyhow!("serving archives: {error}"))?;
        let address = server.server_addr().to_string();
        let known: Arc<Mutex<BTreeMap<String, Vec<u8>>>> = Arc::default();
        let shared = Arc::clone(&known);
        // It ends with the process: a request is only ever answered from memory.
        thread::spawn(move || {
            for request in server.incoming_requests() {
                let digest = request.url().trim_matches('/').to_owned();
                let archive = shared
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get(&digest)
                    .cloned();
                // A client that hung up has nothing to be told.
                let _answered = match archive {
                    Some(archive) => request.respond(Response::from_data(archive)),
                    None => request.respond(Response::empty(404)),
                };
            }
        });
        Ok(Self { address, known })
    }

    fn offer(&self, digest: &str, archive: Vec<u8>) -> String {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(digest.to_owned(), archive);
        format!("http://{}/{digest}", self.address)
    }
}
