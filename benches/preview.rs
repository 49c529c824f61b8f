//! The preview planner at the size it is made for: 1,000 previews of a base with 20 Services and 5 Ingresses, 25,000
//! copies. Its bars are time and memory, and a plan is one long run, so this measures a few and ends with 1 above a bar.
//! Time is that on the processor, where the kernel tells it: a busy machine says nothing about a planner.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark takes the time, reads what the kernel says about it and prints"
)]

use std::error::Error;
use std::fs;
use std::time::{Duration, Instant};

use boltrope::preview::{Kind, Plan, Rules, Snapshot, State, plan};
use boltrope::rules::RuleSet;
use boltrope::transforms::TRANSFORMS;
use serde_json::{Value, json};

const NAMESPACES: usize = 1_000;
const SERVICES: usize = 20;
const INGRESSES: usize = 5;
const COPIES: usize = NAMESPACES * (SERVICES + INGRESSES);
/// The bars of the design: one second, 300 MB.
const MOST_TIME: Duration = Duration::from_secs(1);
const MOST_MEMORY: u64 = 300_000;

fn main() -> Result<(), Box<dyn Error>> {
    let rules = json!({"rules": [{"name": "previews", "preview": {
        "source": "base", "consent": "none", "maxNamespaces": NAMESPACES, "namespaces": {"include": ["feature-*"]},
        "routes": {"hosts": [{"from": "*.example.com", "to": "{first}-{namespace}.example.com"}]},
    }}]});
    let rules = Rules::of(&RuleSet::from_spec(&rules, TRANSFORMS)?);
    let mut snapshot = cluster();
    let (first, fresh) = timed(|| plan(&rules, &snapshot));
    let written = first.apply.len();
    report("25,000 copies that are not there yet", fresh, peak()?);
    for apply in first.apply {
        snapshot.put(apply.object);
    }
    let (second, steady) = timed(|| plan(&rules, &snapshot));
    report("25,000 copies that are as they should be", steady, peak()?);
    let (third, news) = timed(|| {
        snapshot.put(namespace(NAMESPACES));
        plan(&rules, &snapshot)
    });
    report("a preview more than the rule serves", news, peak()?);
    let is_right =
        written == COPIES && second.is_done() && second.in_step == COPIES && third.apply.is_empty();
    if !is_right {
        return Err(format!(
            "{written} written, {} in step, {} after that",
            second.in_step,
            third.apply.len()
        )
        .into());
    }
    if [fresh, steady, news].iter().any(|time| *time > MOST_TIME) || peak()? > MOST_MEMORY {
        return Err(format!("above a bar: {} ms, {} kB", MOST_TIME.as_millis(), MOST_MEMORY).into());
    }
    Ok(())
}

fn timed(run: impl FnOnce() -> Plan) -> (Plan, Duration) {
    let (start, before) = (Instant::now(), on_processor());
    let plan = run();
    let spent = on_processor()
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before));
    (plan, spent.unwrap_or_else(|| start.elapsed()))
}

/// How long the process has been on a processor.
fn on_processor() -> Option<Duration> {
    let text = fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split_whitespace()
        .next()?
        .parse()
        .ok()
        .map(Duration::from_nanos)
}

fn report(what: &str, time: Duration, memory: u64) {
    println!(
        "{what}: planned in {} ms (bar {}), the process so far at most {} MB (bar {})",
        time.as_millis(),
        MOST_TIME.as_millis(),
        memory / 1000,
        MOST_MEMORY / 1000
    );
}

/// The most memory that the process had, in kB; nothing where the kernel does not tell.
fn peak() -> Result<u64, Box<dyn Error>> {
    let Ok(status) = fs::read_to_string("/proc/self/status") else {
        return Ok(0);
    };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line
        .map_or("0", |line| line.trim().trim_end_matches(" kB"))
        .parse()?)
}

fn namespace(number: usize) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": format!("feature-{number:04}"), "creationTimestamp": format!("2026-01-01T00:{:02}:{:02}Z", number / 60 % 60, number % 60),
    }})
}

fn cluster() -> Snapshot {
    let mut snapshot = Snapshot::new();
    for kind in Kind::ALL {
        snapshot.set_state(kind, State::Complete);
    }
    snapshot.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "base"}}));
    for number in 0..NAMESPACES {
        snapshot.put(namespace(number));
    }
    for number in 0..SERVICES {
        snapshot.put(json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": format!("service-{number}"), "namespace": "base", "labels": {"app": "x", "team": "web"}},
            "spec": {"selector": {"app": "x"}, "clusterIP": "10.0.0.1", "ports": [
                {"name": "http", "port": 80, "targetPort": "http"}, {"name": "metrics", "port": 9090, "targetPort": 9090},
            ]},
        }));
    }
    for number in 0..INGRESSES {
        let host = format!("app-{number}.example.com");
        let path = |path: &str, service: usize| {
            let backend = json!({"service": {"name": format!("service-{service}"), "port": {"number": 80}}});
            json!({"path": path, "pathType": "Prefix", "backend": backend})
        };
        snapshot.put(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": format!("app-{number}"), "namespace": "base"},
            "spec": {
                "ingressClassName": "nginx",
                "tls": [{"hosts": [host], "secretName": "app"}],
                "rules": [{"host": host, "http": {"paths": [path("/", number), path("/api", number + 5)]}}],
            },
        }));
    }
    snapshot
}
