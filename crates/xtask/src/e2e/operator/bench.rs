//! `make bench-preview-live`: 25,000 copies in a real API server, beside a client that writes the same objects and does nothing else.
//!
//! Bars: at least 80 % of the bare client's speed; no write in a resync; a new namespace served within a second.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::arena::{Arena, HOME, text, wait};
use super::objects::{at, ingress, namespace, service, set, settings};
use crate::program::Program;
use crate::{checkout, output};

const NAMESPACES: usize = 1_000;
const SERVICES: usize = 20;
const INGRESSES: usize = 5;
/// As many as the operator's `--parallel`.
const PARALLEL: usize = 16;
/// Optimised, without the minutes that fat LTO takes.
const PROFILE: &str = "bench-policy";
/// What no rule selects yet.
const NEW: &str = "feature-new";

/// Builds the operator and measures it; an argument is the number of namespaces.
pub(crate) fn bench(arguments: &[String]) -> anyhow::Result<()> {
    let root = checkout::root()?;
    let namespaces = match arguments.first() {
        Some(number) => number.parse().context("the number of namespaces")?,
        None => NAMESPACES,
    };
    Program::cargo()
        .args([
            "build",
            "--locked",
            "--profile",
            PROFILE,
            "--package",
            "boltrope-operator",
        ])
        .in_folder(&root)
        .run()?;
    let binary = root.join("target").join(PROFILE).join("boltrope-operator");
    let wanted = namespaces * (SERVICES + INGRESSES);
    let bare = bare(&root, namespaces, &binary)?;
    report("a bare client", wanted, bare);

    let arena = prepare(&root, "bench", namespaces, &binary)?;
    let run = |arena: &Arena| {
        let began = Instant::now();
        let once = arena
            .command("run")
            .args(["--once", "--namespace", HOME, "--rules"]);
        once.args([arena.rules_file()]).run()?;
        anyhow::Ok(began.elapsed())
    };
    let operator = run(&arena)?;
    report("the operator", wanted, operator);
    let share = bare.as_secs_f64() / operator.as_secs_f64() * 100.0;
    output::line(&format!("of the bare client's speed   {share:>6.0} % (bar 80)"));

    let before = arena.writes()?.len();
    let again = run(&arena)?;
    let writes = arena.writes()?.len() - before;
    output::line(&format!(
        "a resync                     {writes:>6} writes (bar 0), {:.1} s with the start",
        again.as_secs_f64()
    ));
    let served = new_namespace(&arena)?;
    output::line(&format!(
        "a new namespace              {:>6.2} s (bar 1)",
        served.as_secs_f64()
    ));
    ensure!(writes == 0, "a resync wrote");
    ensure!(share >= 80.0, "slower than the bar");
    ensure!(served <= Duration::from_secs(1), "a new namespace waits too long");
    Ok(())
}

fn report(who: &str, copies: usize, took: Duration) {
    let seconds = took.as_secs_f64();
    let rate = u32::try_from(copies).map_or(0.0, |copies| f64::from(copies) / seconds);
    output::line(&format!(
        "{who:28} {copies:>6} copies in {seconds:.1} s, {rate:.0} a second"
    ));
}

/// A cluster with a base and as many previews.
fn prepare(root: &Path, name: &str, namespaces: usize, binary: &Path) -> anyhow::Result<Arena> {
    let arena = Arena::with(root, name, binary.to_path_buf())?;
    let mut rule = settings("base", "feature-*");
    set(&mut rule, "/maxNamespaces", namespaces + 1)?;
    arena.write_rules(&[("previews", rule)])?;
    for number in 0..SERVICES {
        arena.put(&service("base", &format!("s{number}")))?;
    }
    for number in 0..INGRESSES {
        let host = format!("i{number}.example.com");
        arena.put(&ingress(
            "base",
            &format!("i{number}"),
            &host,
            &format!("s{number}"),
        ))?;
    }
    for number in 0..namespaces {
        arena.put(&namespace(&format!("feature-{number}"), &[]))?;
    }
    Ok(arena)
}

/// The same objects in the same order, as many at a time, by a client that knows them beforehand.
fn bare(root: &Path, namespaces: usize, binary: &Path) -> anyhow::Result<Duration> {
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
