//! `make bench-preview-live`: copies in a real API server, beside a client that makes the same requests and does nothing else.
//!
//! Both write in turns, each time into a cluster of their own, so that what else the machine does falls on both. Bars: at least
//! 80 % of the bare client's speed; no write in a resync; a new namespace served within a second.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::arena::{Arena, HOME, text, wait};
use super::objects::{at, namespace};
use super::scale::{INGRESSES, SERVICES, fill};
use crate::bench::{page, report};
use crate::program::Program;
use crate::{checkout, output};

const NAMESPACES: usize = 1_000;
const ROUNDS: usize = 2;
/// As many as the operator's `--parallel`.
const PARALLEL: usize = 16;
/// Optimised, without the minutes that fat LTO takes.
const PROFILE: &str = "bench-policy";
/// What no rule selects yet.
const NEW: &str = "feature-new";

/// What was measured.
#[derive(Debug)]
struct Figures {
    copies: usize,
    load: String,
    bare: Duration,
    operator: Duration,
    writes: Vec<String>,
    resync: Duration,
    served: Duration,
}

/// Builds the operator and measures it; an argument is the number of namespaces. Only the full number is written down.
pub(crate) fn bench(arguments: &[String]) -> anyhow::Result<()> {
    let root = checkout::root()?;
    let namespaces = match arguments.first() {
        Some(number) => number.parse().context("the number of namespaces")?,
        None => NAMESPACES,
    };
    Program::cargo()
        .args(["build", "--locked", "--profile", PROFILE, "--package"])
        .args(["boltrope-operator"])
        .in_folder(&root)
        .run()?;
    let binary = root.join("target").join(PROFILE).join("boltrope-operator");
    let figures = measure(&root, namespaces, &binary)?;
    let section = figures.section();
    output::line(&section);
    if namespaces == NAMESPACES {
        page::put(&root, "bench-preview-live", &section)?;
    }
    ensure!(figures.writes.is_empty(), "a resync wrote: {:#?}", figures.writes);
    ensure!(figures.share() >= 80.0, "slower than the bar");
    ensure!(
        figures.served <= Duration::from_secs(1),
        "a new namespace waits too long"
    );
    Ok(())
}

fn measure(root: &Path, namespaces: usize, binary: &Path) -> anyhow::Result<Figures> {
    let copies = namespaces * (SERVICES + INGRESSES);
    let load = report::load();
    let (mut bare, mut operator) = (Duration::ZERO, Duration::ZERO);
    let mut last = None;
    for round in 1..=ROUNDS {
        // The cluster of the round before ends here.
        drop(last.take());
        let took = write_barely(root, namespaces, binary)?;
        say("a bare client", round, copies, took);
        bare += took;
        let arena = prepare(root, "bench", namespaces, binary)?;
        let took = run_once(&arena)?;
        say("the operator", round, copies, took);
        operator += took;
        last = Some(arena);
    }
    let arena = last.context("no round")?;
    let before = arena.writes()?.len();
    let resync = run_once(&arena)?;
    let writes = arena.writes()?.split_off(before);
    Ok(Figures {
        copies,
        load,
        bare,
        operator,
        writes,
        resync,
        served: new_namespace(&arena)?,
    })
}

/// A single run of the operator, with its start.
fn run_once(arena: &Arena) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let once = arena
        .command("run")
        .args(["--once", "--namespace", HOME, "--rules"]);
    once.args([arena.rules_file()]).run()?;
    Ok(began.elapsed())
}

fn say(who: &str, round: usize, copies: usize, took: Duration) {
    output::line(&format!(
        "round {round}: {who:14} {copies:>6} copies in {:.1} s, {:.0} a second, load average {}",
        took.as_secs_f64(),
        rate(copies, took),
        report::load()
    ));
}

fn rate(copies: usize, took: Duration) -> f64 {
    u32::try_from(copies).map_or(0.0, |copies| f64::from(copies) / took.as_secs_f64())
}

impl Figures {
    /// The operator's speed in percent of the bare client's.
    fn share(&self) -> f64 {
        self.bare.as_secs_f64() / self.operator.as_secs_f64() * 100.0
    }

    fn section(&self) -> String {
        let verdict = |is_met: bool| if is_met { "met" } else { "**missed**" };
        let (copies, share) = (self.copies * ROUNDS, self.share());
        let mut text = format!(
            "## Previews in a live cluster\n\n{} copies in a real kube-apiserver and etcd on the same machine: by `boltrope-operator \
             preview run --once`, with its start, and by a client that knows the objects beforehand and makes the same requests, \
             {PARALLEL} at a time. {ROUNDS} rounds in turns, each in a cluster of its own.\n\nCommand: `make bench-preview-live`. \
             Machine: {}, load average {} when it began.\n\n| | measured | bar |\n|---|---|---|\n",
            self.copies,
            report::machine(),
            self.load
        );
        let rows = [
            (
                "the bare client",
                format!("{:.0} copies a second", rate(copies, self.bare)),
                String::new(),
            ),
            (
                "the operator",
                format!("{:.0} copies a second", rate(copies, self.operator)),
                String::new(),
            ),
            (
                "the operator beside the client",
                format!("{share:.0} %"),
                format!("at least 80 %: {}", verdict(share >= 80.0)),
            ),
            (
                "a resync",
                format!(
                    "{} writes, {:.1} s with the start",
                    self.writes.len(),
                    self.resync.as_secs_f64()
                ),
                format!("no write: {}", verdict(self.writes.is_empty())),
            ),
            (
                "a new namespace, to its last copy",
                format!("{:.2} s", self.served.as_secs_f64()),
                format!("within 1 s: {}", verdict(self.served <= Duration::from_secs(1))),
            ),
        ];
        for (what, measured, bar) in rows {
            let _infallible = writeln!(text, "| {what} | {measured} | {bar} |");
        }
        text
    }
}

/// A cluster with a base and as many previews.
fn prepare(root: &Path, name: &str, namespaces: usize, binary: &Path) -> anyhow::Result<Arena> {
    let arena = Arena::with(root, name, binary.to_path_buf())?;
    fill(&arena, namespaces)?;
    Ok(arena)
}

/// The same objects in the same order, as many at a time, by a client that knows them beforehand.
fn write_barely(root: &Path, namespaces: usize, binary: &Path) -> anyhow::Result<Duration> {
    let arena = prepare(root, "bench-bare", namespaces, binary)?;
    let plan = arena.cluster.folder().join("plan.json");
    // It ends with 1, because there is something to do.
    let mut printing = arena
        .command("plan")
        .args(["-o", "json", "--rules"])
        .args([arena.rules_file()])
        .spawn(&plan)?;
    printing.wait()?;
    let plan: Value = serde_json::from_slice(&std::fs::read(&plan)?)?;
    let objects: Vec<(String, Vec<u8>)> = plan
        .get("apply")
        .and_then(Value::as_array)
        .context("the plan has no `apply`")?
        .iter()
        .map(|apply| {
            let object = &at(apply, "/object");
            let [namespace, name] =
                ["/metadata/namespace", "/metadata/name"].map(|pointer| text(object, pointer));
            let path = match text(object, "/kind") {
                "Service" => format!("/api/v1/namespaces/{namespace}/services/{name}"),
                _ => format!("/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses/{name}"),
            };
            (path, json!(object).to_string().into_bytes())
        })
        .collect();
    ensure!(
        objects.len() == namespaces * (SERVICES + INGRESSES),
        "{} copies",
        objects.len()
    );
    let (client, next) = (arena.client(), AtomicUsize::new(0));
    let began = Instant::now();
    thread::scope(|scope| {
        let write = || {
            while let Some((path, body)) = objects.get(next.fetch_add(1, Ordering::Relaxed)) {
                client.apply_to(path, body)?.ok()?;
            }
            anyhow::Ok(())
        };
        let threads: Vec<_> = (0..PARALLEL).map(|_| scope.spawn(write)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("a writer failed"))?)
    })?;
    Ok(began.elapsed())
}

/// From the moment a Namespace is there to the last of its copies, while the operator runs.
fn new_namespace(arena: &Arena) -> anyhow::Result<Duration> {
    let operator = arena.operator()?;
    wait("the operator is ready", || Ok(operator.page("/readyz").is_ok()))?;
    thread::sleep(Duration::from_secs(5));
    let began = Instant::now();
    arena.put(&namespace(NEW, &[]))?;
    let count = |path: &str| anyhow::Ok(arena.client().list(path)?.len());
    let services = format!("/api/v1/namespaces/{NEW}/services");
    let ingresses = format!("/apis/networking.k8s.io/v1/namespaces/{NEW}/ingresses");
    while count(&services)? < SERVICES || count(&ingresses)? < INGRESSES {
        ensure!(
            began.elapsed() < Duration::from_secs(60),
            "a new namespace is not served"
        );
        thread::sleep(Duration::from_millis(10));
    }
    Ok(began.elapsed())
}
