//! `make bench-policy`: how long a request takes, in the stack that policy servers run: the module compiled once, a fresh
//! instance for every call.
//!
//! Times are never a test. They are taken in turns, so that what else the machine does falls on all alike, and written
//! to `docs/performance.md` beside the bars.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use boltrope::engine::world::snapshot::Snapshot;

use crate::policy::Policy;
use crate::scenario::{self, MUTATES, NO_MATCH, Scenario};

const WARM_UP: usize = 200;
const ROUNDS: usize = 4_000;
/// The section of `docs/performance.md`, from here to the next one.
const MARK: &str = "<!-- written by make bench-policy -->";

/// Measures, prints and writes the section.
///
/// # Errors
/// A policy that does not answer, a page that cannot be written.
pub(crate) fn run(root: &Path) -> anyhow::Result<String> {
    let boltrope = Policy::load(root, &["boltrope".to_owned()])?;
    let boltrope = boltrope.first().context("no policy `boltrope`")?;
    let empty = Policy::empty(root)?;
    let mut rows = String::new();
    for scenario in scenario::all(root, &["boltrope"])? {
        let bar = match scenario.name {
            NO_MATCH => Some(1.5),
            MUTATES => Some(3.0),
            _ => None,
        };
        let (ours, least) = take_turns(boltrope, &empty, &scenario)?;
        let ratio = ours.as_secs_f64() / least.as_secs_f64();
        let verdict = bar.map_or_else(String::new, |bar| match ratio <= bar {
            true => format!("at most {bar} x: met"),
            false => format!("at most {bar} x: **missed**"),
        });
        let _infallible = writeln!(
            rows,
            "| {} | {} | {} | {ratio:.2} x | {verdict} |",
            scenario.name,
            micros(ours),
            micros(least)
        );
    }
    let section = format!(
        "{MARK}\n\n## A request in a policy server\n\n\
         `policies/boltrope` with ten rules and a Deployment of {} bytes, beside a policy of the SDK that accepts everything. \
         Medians of {ROUNDS} calls in turns, wasmtime with the module compiled once and a fresh instance for each call.\n\n\
         Command: `make bench-policy`. Machine: {}.\n\n\
         | | boltrope | empty policy | ratio | bar |\n|---|---|---|---|---|\n{rows}",
        std::fs::read(root.join("crates/conformance/fixtures/object.yaml"))?.len(),
        machine()
    );
    let path = root.join("docs/performance.md");
    let page = std::fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
    let (before, after) = page.split_once(MARK).unwrap_or((&page, ""));
    let after = after
        .find("<!-- written by make ")
        .and_then(|at| after.get(at..))
        .map_or_else(String::new, |after| format!("\n{after}"));
    std::fs::write(&path, format!("{}\n\n{section}{after}", before.trim_end()))
        .with_context(|| format!("writing `{}`", path.display()))?;
    Ok(section)
}

fn take_turns(policy: &Policy, empty: &Policy, scenario: &Scenario) -> anyhow::Result<(Duration, Duration)> {
    let (mut ours, mut least) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP + ROUNDS {
        for (policy, payload, times) in [
            (policy, &scenario.payload, &mut ours),
            (empty, &scenario.baseline, &mut least),
        ] {
            let start = Instant::now();
            policy.call(scenario.function, payload, Snapshot::new())?;
            let time = start.elapsed();
            if round >= WARM_UP {
                times.push(time);
            }
        }
    }
    Ok((median(ours), median(least)))
}

/// Which one it is, and how busy, as far as Linux tells.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let (processor, load) = (read("/proc/cpuinfo"), read("/proc/loadavg"));
    let named = |line: &str| {
        Some(
            line.strip_prefix("model name")?
                .split_once(':')?
                .1
                .trim()
                .to_owned(),
        )
    };
    let model = processor.lines().find_map(named);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!(
        "{}, {cores} cores, load average {}",
        model.as_deref().unwrap_or("unknown processor"),
        load.split(' ')
            .next()
            .filter(|load| !load.is_empty())
            .unwrap_or("unknown")
    )
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn micros(time: Duration) -> String {
    format!("{:.0} µs", time.as_secs_f64() * 1e6)
}
