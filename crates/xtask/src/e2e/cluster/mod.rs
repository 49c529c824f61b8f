//! A real Kubernetes API server for as long as a value lives: etcd and kube-apiserver on loopback, ports nobody else has.
//!
//! There are no controllers and no nodes: objects are validated, defaulted and stored, and nothing happens to them. So
//! no Pod runs, no Job ends, no Namespace that is deleted goes away; a test that needs one of these does it itself.
//! Everything of a cluster is in one folder, thrown away when the next of that name starts; the logs stay until then.

mod certificates;
mod client;
mod process;

pub(crate) use client::Client;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::program::Program;
use crate::tools;
use certificates::Certificates;
pub(super) use process::Process;

/// What the administrator shows. The server listens on loopback for seconds, and its data is nobody's.
const TOKEN: &str = "boltrope-end-to-end";
/// Another user, who may do nothing until somebody binds a role.
pub(crate) const OPERATOR: &str = "boltrope-operator";
const OPERATOR_TOKEN: &str = "boltrope-operator-end-to-end";
/// How often, and how long apart, the server is asked whether it is ready: a minute in all.
const QUESTIONS: usize = 600;
const PAUSE: Duration = Duration::from_millis(100);

/// Writes only, without what they carry.
const AUDIT: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  verbs: [create, update, patch, delete, deletecollection]
";

/// A running API server. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Cluster {
    client: Client,
    kubeconfig: PathBuf,
    folder: PathBuf,
    /// etcd's port and the server's own.
    ports: [u16; 2],
    // Dropped in this order: a server whose etcd is gone writes pages of complaints.
    _apiserver: Process,
    _etcd: Process,
    _data: Data,
}

/// What etcd wrote: a hundred megabytes that nobody needs once it has ended.
#[derive(Debug)]
struct Data(PathBuf);

impl Drop for Data {
    fn drop(&mut self) {
        // What is left is removed when the next cluster of this name starts.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

impl Cluster {
    /// Starts a cluster and waits until it is ready, some seconds. `name` tells clusters of one run apart.
    pub(crate) fn start(root: &Path, name: &str) -> anyhow::Result<Self> {
        let (etcd, apiserver) = (tools::ETCD.path()?, tools::KUBE_APISERVER.path()?);
        let folder = root.join("target/e2e/cluster").join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("emptying `{}`", folder.display()))?;
        }
        std::fs::create_dir_all(&folder)?;
        let certificates = Certificates::write(&folder)?;
        std::fs::write(
            folder.join("tokens.csv"),
            format!("{TOKEN},admin,admin,system:masters\n{OPERATOR_TOKEN},{OPERATOR},{OPERATOR}\n"),
        )?;
        std::fs::write(folder.join("audit.yaml"), AUDIT)?;
        let [storage, peer, secure] = free_ports()?;
        let etcd = Process::start("etcd", etcd_command(&etcd, &folder, storage, peer), &folder)?;
        let command = apiserver_command(&apiserver, &folder, storage, secure);
        let apiserver = Process::start("kube-apiserver", command, &folder)?;
        let server = format!("https://127.0.0.1:{secure}");
        let kubeconfig = folder.join("kubeconfig");
        std::fs::write(&kubeconfig, kubeconfig_text(&server, &folder, TOKEN)?)?;
        let limited = folder.join("kubeconfig.operator");
        std::fs::write(&limited, kubeconfig_text(&server, &folder, OPERATOR_TOKEN)?)?;
        let mut cluster = Self {
            client: Client::new(&server, TOKEN, &certificates.authority)?,
            kubeconfig,
            ports: [storage, secure],
            _apiserver: apiserver,
            _etcd: etcd,
            _data: Data(folder.join("etcd")),
            folder,
        };
        cluster.wait().context("starting a cluster")?;
        Ok(cluster)
    }

    /// A client with every right.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The file that `KUBECONFIG` and `--kubeconfig` take, with every right.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The file for [`OPERATOR`].
    pub(crate) fn operator_kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig.operator")
    }

    /// Where logs and whatever else belongs to this cluster may be put.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was written, one JSON event a line: every request that is not a mere question.
    pub(crate) fn audit_log(&self) -> PathBuf {
        self.folder.join("audit.log")
    }

    /// Kills the API server and starts it again, as an upgrade of a control plane does.
    pub(crate) fn restart(&mut self) -> anyhow::Result<()> {
        self.kill_apiserver();
        let [storage, secure] = self.ports;
        let command = apiserver_command(&tools::KUBE_APISERVER.path()?, &self.folder, storage, secure);
        self._apiserver = Process::start("kube-apiserver", command, &self.folder)?;
        self.wait().context("restarting the API server")
    }

    /// Kills the API server; nobody answers until [`Cluster::restart`].
    pub(crate) fn kill_apiserver(&mut self) {
        self._apiserver.kill();
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        for _ in 0..QUESTIONS {
            self._etcd.ensure_running()?;
            self._apiserver.ensure_running()?;
            // The namespaces that every cluster has come last.
            if self.client.is_ready() && self.client.get("/api/v1/namespaces/default").is_ok() {
                return Ok(());
            }
            sleep(PAUSE);
        }
        bail!(
            "kube-apiserver was not ready within a minute; its log ends with\n{}",
            self._apiserver.tail()
        )
    }
}

fn etcd_command(binary: &Path, folder: &Path, port: u16, peer: u16) -> Program {
    let (clients, peers) = (
        format!("http://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{peer}"),
    );
    Program::new(binary)
        .args(["--data-dir", "etcd", "--unsafe-no-fsync", "--log-level=warn"])
        .args([
            "--listen-client-urls",
            &clients,
            "--advertise-client-urls",
            &clients,
        ])
        .args([
            "--listen-peer-urls",
            &peers,
            "--initial-advertise-peer-urls",
            &peers,
        ])
        .args(["--initial-cluster", &format!("default={peers}")])
        .in_folder(folder)
}

fn apiserver_command(binary: &Path, folder: &Path, storage: u16, secure: u16) -> Program {
    Program::new(binary)
        .args([
            format!("--etcd-servers=http://127.0.0.1:{storage}"),
            format!("--secure-port={secure}"),
        ])
        .args([
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            // An endpoint on loopback would be refused, and nobody looks for it.
            "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.0.0.0/16",
            "--tls-cert-file=server.crt",
            "--tls-private-key-file=server.key",
            "--token-auth-file=tokens.csv",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=server.pub",
            "--service-account-signing-key-file=server.key",
            // Nobody makes the ServiceAccount `default` that it would ask for.
            "--disable-admission-plugins=ServiceAccount",
            "--allow-privileged=true",
            "--audit-policy-file=audit.yaml",
            "--audit-log-path=audit.log",
        ])
        .in_folder(folder)
}

/// Kubeconfigs are YAML, and JSON is YAML.
fn kubeconfig_text(server: &str, folder: &Path, token: &str) -> anyhow::Result<String> {
    let authority = folder.join("authority.crt");
    Ok(serde_json::to_string_pretty(&json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "e2e",
        "clusters": [{"name": "e2e", "cluster": {"server": server, "certificate-authority": authority}}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "admin"}}],
    }))?)
}

/// Ports that were free a moment ago; held together, so that they differ.
fn free_ports() -> anyhow::Result<[u16; 3]> {
    let listen = || TcpListener::bind("127.0.0.1:0").context("no free port on loopback");
    let listeners = [listen()?, listen()?, listen()?];
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}
