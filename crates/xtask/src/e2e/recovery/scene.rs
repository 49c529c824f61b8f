//! A cluster with releases to break: installed by the real helm-controller, broken by hand as they are found broken.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::e2e::cluster::Client;
use crate::e2e::flux::{Flux, is, release_path};
use crate::e2e::helm::Helm;
use crate::program::{Outcome, Program};

/// When things broke: long before any timeout.
const BEFORE: &str = "2026-01-01T00:00:00Z";

/// A chart with one ConfigMap, in a namespace that may not be there yet.
const TEMPLATE: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Values.place | default .Release.Namespace }}
data:
  password: canary-5ecret
";

/// A cluster, helm-controller in it, and the operator beside it.
pub(super) struct Scene {
    pub(super) flux: Flux,
    operator: PathBuf,
    archive: PathBuf,
}

impl Scene {
    /// Starts everything. `name` tells clusters of one run apart.
    pub(super) fn start(root: &Path, name: &str) -> anyhow::Result<Self> {
        let operator = root.join("target/debug/boltrope-operator");
        ensure!(
            operator.exists(),
            "`{}` is not there: `make e2e-flux` builds it first",
            operator.display()
        );
        let flux = Flux::start(root, name)?;
        let chart = flux.folder().join("chart");
        std::fs::create_dir_all(chart.join("templates"))?;
        std::fs::write(
            chart.join("Chart.yaml"),
            "apiVersion: v2\nname: web\nversion: 0.1.0\n",
        )?;
        std::fs::write(chart.join("templates/map.yaml"), TEMPLATE)?;
        let folder = flux.folder().to_owned();
        Helm::Three
            .program(root)?
            .args([
                "package".as_ref(),
                chart.as_os_str(),
                "--destination".as_ref(),
                folder.as_os_str(),
            ])
            .stdout()?;
        let archive = folder.join("web-0.1.0.tgz");
        Ok(Self {
            flux,
            operator,
            archive,
        })
    }

    pub(super) fn client(&self) -> &Client {
        self.flux.client()
    }

    /// Offers the chart to a HelmRelease of this name and creates it, with more of metadata and spec.
    pub(super) fn create(&self, namespace: &str, name: &str, more: &Value) -> anyhow::Result<()> {
        self.client().ensure_namespace(namespace)?;
        self.flux.offer(namespace, name, &self.archive)?;
        let mut release = json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "interval": "1h", "timeout": "10s", "releaseName": name,
                "chartRef": {"kind": "OCIRepository", "name": name},
            },
        });
        for part in ["metadata", "spec"] {
            let more = more.get(part).and_then(Value::as_object);
            if let (Some(more), Some(map)) = (more, release.get_mut(part).and_then(Value::as_object_mut)) {
                map.extend(more.clone());
            }
        }
        self.client().create(&release, namespace, false)?.ok()?;
        Ok(())
    }

    /// Installs a release.
    pub(super) fn install(&mut self, namespace: &str, name: &str) -> anyhow::Result<()> {
        self.create(namespace, name, &json!({}))?;
        self.flux
            .wait(namespace, name, "installed", |release| {
                is(release, "Ready", "True")
            })
            .map(drop)
    }

    pub(super) fn release(&self, namespace: &str, name: &str) -> anyhow::Result<Value> {
        self.client().get(&release_path(namespace, name))
    }

    /// Replaces the conditions of a release, and more of its status.
    pub(super) fn set_status(
        &self,
        namespace: &str,
        name: &str,
        conditions: &[(&str, &str, &str, &str)],
        more: &Value,
    ) -> anyhow::Result<()> {
        let release = self.release(namespace, name)?;
        let generation = release
            .pointer("/metadata/generation")
            .cloned()
            .unwrap_or_default();
        let conditions: Vec<Value> = conditions
            .iter()
            .map(|(kind, status, reason, message)| {
                json!({
                    "type": kind, "status": status, "reason": reason, "message": message,
                    "lastTransitionTime": BEFORE, "observedGeneration": generation,
                })
            })
            .collect();
        let mut status = json!({"conditions": conditions, "observedGeneration": generation});
        for (key, value) in more.as_object().into_iter().flatten() {
            if let Some(status) = status.as_object_mut() {
                status.insert(key.clone(), value.clone());
            }
        }
        let path = format!("{}/status", release_path(namespace, name));
        self.client().merge(&path, &json!({"status": status})).map(drop)
    }

    /// The write of the conditions of a first install got lost.
    pub(super) fn lose_conditions(&self, namespace: &str, name: &str) -> anyhow::Result<()> {
        let message = "Running 'install' action with timeout of 5m0s";
        let ready = ("Ready", "Unknown", "Progressing", message);
        self.set_status(namespace, name, &[ready], &json!({}))
    }

    /// Sets the status of a record in body and label, long ago.
    pub(super) fn set_record(&self, namespace: &str, record: &str, status: &str) -> anyhow::Result<()> {
        let path = secret_path(namespace, record);
        let mut body = self.body(namespace, record)?;
        for (pointer, value) in [("/info/status", status), ("/info/last_deployed", BEFORE)] {
            *body
                .pointer_mut(pointer)
                .with_context(|| format!("the record has no {pointer}"))? = value.into();
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body.to_string().as_bytes())?;
        let packed = STANDARD.encode(STANDARD.encode(encoder.finish()?));
        let labels = json!({"status": status, "createdAt": "1767225600", "modifiedAt": null});
        let fields = json!({"data": {"release": packed}, "metadata": {"labels": labels}});
        self.client().merge(&path, &fields).map(drop)
    }

    /// What Helm stored as a record.
    pub(super) fn body(&self, namespace: &str, record: &str) -> anyhow::Result<Value> {
        let secret = self.client().get(&secret_path(namespace, record))?;
        let data = secret
            .pointer("/data/release")
            .and_then(Value::as_str)
            .context("a record has data")?;
        let bytes = STANDARD.decode(STANDARD.decode(data)?)?;
        let mut json = String::new();
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut json)?;
        Ok(serde_json::from_str(&json)?)
    }

    /// An uninstall was cut off, and the controller has run into it.
    pub(super) fn cut_uninstall(&mut self, namespace: &str, name: &str) -> anyhow::Result<()> {
        self.set_record(namespace, &record(name, 1), "uninstalling")?;
        let asked = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": format!("break-{name}")}}});
        self.client().merge(&release_path(namespace, name), &asked)?;
        self.flux
            .wait(namespace, name, "stuck", |release| {
                release.to_string().contains("has no deployed releases")
            })
            .map(drop)
    }

    /// The records of a release, `v1 deployed`.
    pub(super) fn records(&self, namespace: &str, name: &str) -> anyhow::Result<Vec<String>> {
        let path = format!("/api/v1/namespaces/{namespace}/secrets?labelSelector=owner%3Dhelm,name%3D{name}");
        let mut records = Vec::new();
        for secret in self.client().list(&path)? {
            let label = |key: &str| {
                let found = secret
                    .pointer(&format!("/metadata/labels/{key}"))
                    .and_then(Value::as_str);
                found.unwrap_or_default().to_owned()
            };
            records.push(format!("v{} {}", label("version"), label("status")));
        }
        records.sort();
        Ok(records)
    }

    /// The operator's program with a command of `recover`, asked as the administrator.
    pub(super) fn operator(&self, command: &[&str]) -> Program {
        self.operator_as(command, self.flux.kubeconfig())
    }

    /// The same with another kubeconfig.
    pub(super) fn operator_as(&self, command: &[&str], kubeconfig: &Path) -> Program {
        Program::new(&self.operator)
            .args(["recover"])
            .args(command)
            // There is no Deployment: the controller runs beside the cluster.
            .args(["--controller-version", "v1.6.2", "--kubeconfig"])
            .args([kubeconfig])
    }

    /// Runs it, wants an exit code, and gives what it printed.
    pub(super) fn recover(&self, command: &[&str], code: i32) -> anyhow::Result<String> {
        said(&self.operator(command).outcome()?, code).with_context(|| command.join(" "))
    }

    /// Repairs one release, and wants it healthy with these records.
    pub(super) fn heal(&self, namespace: &str, name: &str, records: &[&str]) -> anyhow::Result<String> {
        let text = self.recover(&["apply", "--yes", "-n", namespace, name], 0)?;
        ensure!(
            text.contains(&format!("{namespace}/{name}: healed: healthy")),
            "{text}"
        );
        ensure!(
            is(&self.release(namespace, name)?, "Ready", "True"),
            "{name} is not ready\n{text}"
        );
        ensure!(!text.contains("canary-5ecret"), "a Secret's content is printed");
        let found = self.records(namespace, name)?;
        ensure!(
            found == records,
            "{name}: the records are {found:?}, not {records:?}"
        );
        Ok(text)
    }

    pub(super) fn secret(&self, namespace: &str, name: &str) -> anyhow::Result<Value> {
        self.client().get(&secret_path(namespace, name))
    }
}

/// Both outputs of a program that ended with this code.
pub(super) fn said(outcome: &Outcome, code: i32) -> anyhow::Result<String> {
    let text = format!("{}{}", outcome.stdout, outcome.stderr);
    if outcome.code != Some(code) {
        bail!("{:?}, not exit code {code}:\n{text}", outcome.code);
    }
    Ok(text)
}

/// `resourceVersion`
pub(super) fn version(object: &Value) -> &str {
    let version = object
        .pointer("/metadata/resourceVersion")
        .and_then(Value::as_str);
    version.unwrap_or_default()
}

/// The name of a record.
pub(super) fn record(release: &str, version: u64) -> String {
    format!("sh.helm.release.v1.{release}.v{version}")
}

fn secret_path(namespace: &str, name: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/secrets/{name}")
}
