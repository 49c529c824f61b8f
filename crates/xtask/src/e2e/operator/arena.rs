//! A cluster with an operator's role, and what scenarios do again and again.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::objects;
use crate::e2e::cluster::{Client, Cluster, OPERATOR, Process};
use crate::program::Program;

/// Where Lease and status are.
pub(super) const HOME: &str = "boltrope-system";
/// How long anything may take on a machine that does other things too.
const LIMIT: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(200);
/// For how long nothing may be written before a count begins: longer than a status waits to be written.
const CALM: Duration = Duration::from_millis(3500);

/// A cluster, rules, and any number of operators.
#[derive(Debug)]
pub(super) struct Arena {
    pub(super) cluster: Cluster,
    binary: PathBuf,
    /// How far operators and plans look: `--only`, `--kind`.
    pub(super) reach: Vec<&'static str>,
    started: Cell<usize>,
}

/// A running operator.
#[derive(Debug)]
pub(super) struct Operator {
    pub(super) process: Process,
}

impl Arena {
    /// A cluster with a source namespace `base` that has agreed, and the role that the operator needs.
    pub(super) fn start(root: &Path, name: &str) -> anyhow::Result<Self> {
        Self::with(root, name, root.join("target/debug/boltrope-operator"))
    }

    /// The same with another binary.
    pub(super) fn with(root: &Path, name: &str, binary: PathBuf) -> anyhow::Result<Self> {
        ensure!(
            binary.exists(),
            "`{}` is not there: `make e2e-operator` builds it first",
            binary.display()
        );
        let cluster = Cluster::start(root, &format!("operator-{name}"))?;
        let arena = Self {
            cluster,
            binary,
            reach: Vec::new(),
            started: Cell::new(0),
        };
        arena.put(&objects::namespace(HOME, &[]))?;
        arena.put(&objects::namespace(
            "base",
            &[("boltrope.dev/preview-source", "true")],
        ))?;
        for object in objects::role(HOME, OPERATOR) {
            arena.put(&object)?;
        }
        Ok(arena)
    }

    pub(super) fn client(&self) -> &Client {
        self.cluster.client()
    }

    /// Applies an object, as somebody else.
    pub(super) fn put(&self, object: &Value) -> anyhow::Result<Value> {
        let answer = self.client().apply(object, "", false)?;
        answer.ok().with_context(|| format!("applying {object}"))
    }

    /// An object by its path; `None` if there is none.
    pub(super) fn find(&self, path: &str) -> Option<Value> {
        self.client().get(path).ok()
    }

    /// A Service.
    pub(super) fn service(&self, namespace: &str, name: &str) -> Option<Value> {
        self.find(&format!("/api/v1/namespaces/{namespace}/services/{name}"))
    }

    /// An Ingress.
    pub(super) fn ingress(&self, namespace: &str, name: &str) -> Option<Value> {
        self.find(&format!(
            "/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses/{name}"
        ))
    }

    pub(super) fn rules_file(&self) -> PathBuf {
        self.cluster.folder().join("rules.yaml")
    }

    /// Writes rules, each a name and its settings.
    pub(super) fn write_rules(&self, rules: &[(&str, Value)]) -> anyhow::Result<()> {
        let rules: Vec<Value> = rules
            .iter()
            .map(|(name, settings)| json!({"name": name, "preview": settings}))
            .collect();
        let document = json!({
            "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "e2e"},
            "spec": {"rules": rules},
        });
        // JSON is YAML.
        std::fs::write(self.rules_file(), document.to_string())?;
        Ok(())
    }

    /// A command of the operator, as its user.
    pub(super) fn command(&self, command: &str) -> Program {
        Program::new(&self.binary)
            .args(["preview", command, "--kubeconfig"])
            .args([self.cluster.operator_kubeconfig()])
    }

    /// The same, as whoever deploys.
    pub(super) fn command_as_admin(&self, command: &str) -> Program {
        Program::new(&self.binary)
            .args(["preview", command, "--kubeconfig"])
            .args([self.cluster.kubeconfig()])
    }

    /// Starts an operator.
    pub(super) fn operator(&self) -> anyhow::Result<Operator> {
        const NAMES: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "sixth"];
        let number = self.started.get();
        self.started.set(number + 1);
        let name = NAMES.get(number).context("too many operators")?;
        let program = self
            .command("run")
            .args(["--namespace", HOME, "--metrics-address", "127.0.0.1:0", "--rules"])
            .args([self.rules_file()])
            .args(&self.reach)
            .env("HOSTNAME", name);
        let process = Process::start(name, program, self.cluster.folder())?;
        Ok(Operator { process })
    }

    /// What the operator's user wrote, besides renewing its Lease.
    pub(super) fn writes(&self) -> anyhow::Result<Vec<String>> {
        let text = std::fs::read_to_string(self.cluster.audit_log()).unwrap_or_default();
        let mut writes = Vec::new();
        for line in text.lines() {
            // The last line may still be on its way.
            let Ok(event) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let resource = text("/objectRef/resource");
            let is_question = ["leases", "selfsubjectaccessreviews"].contains(&resource);
            if text("/user/username") == OPERATOR && !is_question {
                let code = event.pointer("/responseStatus/code").cloned().unwrap_or_default();
                writes.push(format!("{} {} {code}", text("/verb"), text("/requestURI")));
            }
        }
        Ok(writes)
    }

    /// Whether a plan of a fresh process has nothing to do, and waits for nothing.
    pub(super) fn is_done(&self) -> bool {
        self.command("plan")
            .args(["--rules"])
            .args([self.rules_file()])
            .args(&self.reach)
            .succeeds()
    }

    /// Waits until everything is as it should be, then reconciles once more and counts the writes: there must be none.
    pub(super) fn ensure_quiet(&self) -> anyhow::Result<()> {
        wait("nothing is left to do", || Ok(self.is_done()))?;
        self.ensure_no_writes(true)
    }

    /// Waits until nothing is written any more, then reconciles once more and counts.
    pub(super) fn ensure_no_writes(&self, ends_well: bool) -> anyhow::Result<()> {
        let mut before = self.writes()?.len();
        wait("the operator is calm", || {
            sleep(CALM);
            let now = self.writes()?.len();
            Ok(std::mem::replace(&mut before, now) == now)
        })?;
        let again = self
            .command("run")
            .args(["--once", "--namespace", HOME])
            .args(&self.reach)
            .args(["--rules"]);
        ensure!(
            again.args([self.rules_file()]).succeeds() == ends_well,
            "the second reconcile ended otherwise than expected"
        );
        sleep(Duration::from_millis(500));
        let after = self.writes()?;
        let more = after.get(before..).unwrap_or_default();
        ensure!(more.is_empty(), "a second reconcile wrote: {more:#?}");
        Ok(())
    }

    /// What the operator says about itself.
    pub(super) fn status(&self) -> String {
        let found = self.find(&format!(
            "/api/v1/namespaces/{HOME}/configmaps/boltrope-preview-status"
        ));
        let text = found
            .as_ref()
            .and_then(|found| found.pointer("/data/status.json")?.as_str());
        text.unwrap_or_default().to_owned()
    }
}

impl Operator {
    /// A metric, or anything else that it answers.
    pub(super) fn page(&self, path: &str) -> anyhow::Result<String> {
        let log = self.process.log();
        let address = log
            .lines()
            .find_map(|line| line.strip_prefix("metrics and probes are at "));
        let address = address.context("the operator has not said where its pages are")?;
        let mut answer = ureq::get(format!("{address}{path}")).call()?;
        Ok(answer.body_mut().read_to_string()?)
    }
}

/// Waits until something is so.
pub(super) fn wait(what: &str, mut is_so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let began = Instant::now();
    while !is_so()? {
        if began.elapsed() > LIMIT {
            bail!("waited {} s, and still not: {what}", LIMIT.as_secs());
        }
        sleep(PAUSE);
    }
    Ok(())
}

/// Asks for a while whether something stays so.
pub(super) fn stays(what: &str, seconds: u64, is_so: impl Fn() -> bool) -> anyhow::Result<()> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(seconds) {
        ensure!(is_so(), "it did not stay so: {what}");
        sleep(PAUSE);
    }
    Ok(())
}

/// The text at a pointer.
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
