//! Requests per second of a server with one worker: ten rules that change the object, beside two policies of the SDK: one
//! that accepts everything, and one that writes a label, which is the most that a policy which changes something can reach.
//!
//! All are served by one process and measured in short turns: a round of each gives the shares, and their medians are
//! what counts, so that whatever else the machine does falls on all. Beside that the server's own processor time for a
//! request, which does not care how busy the machine is.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure};
use serde_json::{Value, json};

use super::client::Client;
use super::process::{Entry, Server, annotate};
use super::questions::metadata;
use crate::policy::WHOLE;

const ROUNDS: usize = 21;
const ROUND: Duration = Duration::from_millis(500);
const CONNECTIONS: usize = 4;
/// What is measured: the name it is served under, the module, what it is called in the report. The first is what the others are
/// compared with.
const MEASURED: [(&str, &str, &str); 3] = [
    (
        "empty",
        "target/empty-policy.wasm",
        "a policy that accepts everything",
    ),
    ("label", "target/label-policy.wasm", "one that writes a label"),
    (
        "ten-rules",
        "policies/boltrope/policy.wasm",
        "ten rules that change an Ingress",
    ),
];

/// Measures; returns what to print.
pub(super) fn measure(root: &Path, binary: &Path) -> anyhow::Result<String> {
    let metadata = metadata(&root.join("policies").join(WHOLE))?;
    let mut entries = Vec::new();
    for (name, module, _) in MEASURED {
        let is_ours = name == "ten-rules";
        entries.push(Entry {
            name: name.to_owned(),
            module: annotate(root, &root.join(module), &metadata, name)?,
            settings: if is_ours {
                json!({"rules": rules()})
            } else {
                json!({})
            },
        });
    }
    let server = Server::start(root, binary, &entries, 1)?;
    let body = serde_json::to_vec(&review())?;
    for name in ["label", "ten-rules"] {
        let answer = Client::connect(server.address())?.post(&format!("/validate/{name}"), &body)?;
        let answer: Value = serde_json::from_slice(&answer)?;
        ensure!(
            answer.pointer("/response/patch").is_some(),
            "`{name}` changes nothing: {answer}"
        );
    }
    let mut rounds: [Vec<f64>; 3] = Default::default();
    let mut spent = [Spent::default(); 3];
    for _ in 0..ROUNDS {
        for ((rounds, spent), (name, ..)) in rounds.iter_mut().zip(&mut spent).zip(MEASURED) {
            rounds.push(round(&server, &format!("/validate/{name}"), &body, spent)?);
        }
    }
    let mut text =
        format!("policy-server, one worker, {CONNECTIONS} connections, medians of {ROUNDS} rounds:\n");
    let [first, ..] = &rounds;
    let [spent_first, ..] = spent;
    for ((own, spent), (.., called)) in rounds.iter().zip(spent).zip(MEASURED) {
        let shares = own.iter().zip(first).map(|(own, first)| own / first).collect();
        let _ = writeln!(
            text,
            "{called:<34} {:>6.0} requests/s, share {:.2}; {:>4.0} µs of the server's processor time, share {:.2}",
            median(own.clone()),
            median(shares),
            spent.micros_of_one(),
            spent_first.micros_of_one() / spent.micros_of_one()
        );
    }
    Ok(text)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// What a server spent on the requests of one policy.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    time: Duration,
    requests: u32,
}

impl Spent {
    fn micros_of_one(self) -> f64 {
        self.time.as_secs_f64() * 1e6 / f64::from(self.requests.max(1))
    }
}

/// A round; gives the requests per second and adds to what was spent.
fn round(server: &Server, path: &str, body: &[u8], spent: &mut Spent) -> anyhow::Result<f64> {
    let before = server.processor_time()?;
    let (answered, time) = requests(server.address(), path, body)?;
    spent.time += server.processor_time()?.saturating_sub(before);
    spent.requests += answered;
    Ok(f64::from(answered) / time.as_secs_f64())
}

/// The requests answered in a round and how long it took, from several connections at once.
fn requests(address: SocketAddr, path: &str, body: &[u8]) -> anyhow::Result<(u32, Duration)> {
    let is_over = AtomicBool::new(false);
    let start = Instant::now();
    let answered = std::thread::scope(|scope| {
        let sender = || {
            scope.spawn(|| -> anyhow::Result<u32> {
                let mut client = Client::connect(address)?;
                let mut answered = 0;
                while !is_over.load(Ordering::Relaxed) {
                    client.post(path, body)?;
                    answered += 1;
                }
                Ok(answered)
            })
        };
        let senders: Vec<_> = (0..CONNECTIONS).map(|_| sender()).collect();
        std::thread::sleep(ROUND);
        is_over.store(true, Ordering::Relaxed);
        let counts = senders
            .into_iter()
            .map(|sender| sender.join().map_err(|_| anyhow!("a sender panicked"))?);
        counts.sum::<anyhow::Result<u32>>()
    })?;
    Ok((answered, start.elapsed()))
}

fn rules() -> Value {
    let kinds = |kind: &str| json!({"kinds": [kind]});
    let placed = |name: &str, kind: &str| json!({"name": name, "match": kinds(kind), "namespacePlacement": {"allowed": ["system"]}});
    let label = |name: &str| json!({"name": name, "metadata": {"labels": {name: {"default": "none"}}}});
    let previews = json!({"namespaces": {"include": ["feature-*"]}});
    json!([
        placed("namespaces-in-system", "openportal.dev/ManagedNamespace"),
        placed("records-in-system", "openportal.dev/DNSRecord"),
        placed("caches-in-system", "openportal.dev/ValkeyInstance"),
        {"name": "backends-from-base", "match": previews, "externalName": {"source": "base"}},
        {"name": "aliases-stay-home", "externalNameGuard": {"allowedNamespaces": {"include": ["base"]}}},
        {"name": "preview-hosts", "match": previews, "hostRewrite": {"hosts": [{"from": "*.example.com", "to": "{namespace}.example.com"}]}},
        label("team"),
        label("stage"),
        label("cost-center"),
        {"name": "owner", "match": kinds("networking.k8s.io/Ingress"), "metadata": {"annotations": {"example.com/owner": {"default": "platform"}}}},
    ])
}

fn review() -> Value {
    let kind = json!({"group": "networking.k8s.io", "version": "v1", "kind": "Ingress"});
    let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
    let path = |path: &str| json!({"path": path, "pathType": "Prefix", "backend": backend});
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": kind,
            "resource": {"group": "networking.k8s.io", "version": "v1", "resource": "ingresses"},
            "name": "web",
            "namespace": "feature-login",
            "operation": "CREATE",
            "userInfo": {"username": "alice"},
            "object": {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {"name": "web", "namespace": "feature-login"},
                "spec": {
                    "tls": [{"hosts": ["app.example.com"], "secretName": "wildcard"}],
                    "rules": [{"host": "app.example.com", "http": {"paths": [path("/"), path("/api"), path("/static")]}}],
                },
            },
        },
    })
}
