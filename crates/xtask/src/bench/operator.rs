//! `make bench-operator`: one run of `boltrope-operator` over a cluster of 5,000 HelmReleases.
//!
//! The API server is a stand-in that answers from memory, so that what is measured is the operator. It fails above the
//! bars of the design: one list for each kind, 2 s of processor time, 200 MB.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::ensure;
use serde_json::{Value, json};
use tiny_http::{Header, Request, Response, Server};

use super::measure::{self, Run};
use crate::program::Program;
use crate::{checkout, output};

const RELEASES: usize = 5_000;
const NAMESPACES: usize = 100;
const RUNS: usize = 5;
/// Milliseconds.
const MAX_PROCESSOR: f64 = 2_000.0;
/// 200 MB in MiB.
const MAX_MEMORY: f64 = 190.7;
/// Optimised, without the minutes that fat LTO takes.
const PROFILE: &str = "bench-policy";

/// What was asked for how often, by path.
type Asked = Arc<Mutex<BTreeMap<String, usize>>>;

/// Builds the operator, measures it and fails above a bar.
pub(crate) fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let root = checkout::root()?;
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
    let folder = root.join("target/bench/operator");
    measure::fresh(&folder)?;
    let (address, asked) = serve()?;
    let kubeconfig = folder.join("kubeconfig");
    std::fs::write(&kubeconfig, kubeconfig_text(&address))?;
    let run = Run {
        program: root.join("target").join(PROFILE).join("boltrope-operator"),
        arguments: ["recover", "run", "--once", "--kubeconfig"]
            .into_iter()
            .map(str::to_owned)
            .chain([kubeconfig.display().to_string()])
            .collect(),
        stdin: Path::new("/dev/null").to_owned(),
        stdout: folder.join("stdout"),
    };
    let mut processor = f64::INFINITY;
    let mut memory: f64 = 0.0;
    for _ in 0..RUNS {
        let sample = run.sample()?;
        // A busy machine makes it slower, nothing makes it faster.
        processor = processor.min(sample.processor);
        memory = memory.max(sample.mebibytes);
    }
    let asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
    report(&asked, processor, memory)
}

fn report(asked: &BTreeMap<String, usize>, processor: f64, memory: f64) -> anyhow::Result<()> {
    output::line(&format!(
        "{RELEASES} HelmReleases in {NAMESPACES} namespaces, as many HelmCharts, {RUNS} runs"
    ));
    output::line(&format!(
        "processor time  {processor:>7.0} ms (bar {MAX_PROCESSOR:.0})"
    ));
    output::line(&format!("peak memory     {memory:>7.1} MiB (bar {MAX_MEMORY})"));
    for (path, count) in asked {
        let each = count / RUNS;
        output::line(&format!("lists per run   {each:>7} {path}"));
        ensure!(*count == RUNS, "`{path}` was listed {count} times in {RUNS} runs");
    }
    ensure!(asked.len() == 4, "not all kinds were listed: {asked:?}");
    ensure!(processor <= MAX_PROCESSOR, "{processor:.0} ms of processor time");
    ensure!(memory <= MAX_MEMORY, "{memory:.1} MiB of memory");
    Ok(())
}

/// Answers from memory; returns the address and what is asked for.
fn serve() -> anyhow::Result<(String, Asked)> {
    let server = Server::http("127.0.0.1:0").map_err(|error| anyhow::anyhow!("serving: {error}"))?;
    let address = server.server_addr().to_string();
    let asked: Asked = Arc::default();
    let shared = Arc::clone(&asked);
    let pages = Arc::new(pages());
    // They end with the process: a request is only ever answered from memory.
    let server = Arc::new(server);
    for _ in 0..4 {
        let (server, pages, shared) = (Arc::clone(&server), Arc::clone(&pages), Arc::clone(&shared));
        thread::spawn(move || {
            for request in server.incoming_requests() {
                answer(request, &pages, &shared);
            }
        });
    }
    Ok((address, asked))
}

fn answer(request: Request, pages: &BTreeMap<String, Vec<u8>>, asked: &Asked) {
    let path = request.url().split('?').next().unwrap_or_default().to_owned();
    let Some(page) = pages.get(&path) else {
        let _hung_up = request.respond(Response::from_string("{}").with_status_code(404));
        return;
    };
    let is_list = page.starts_with(b"{\"kind\":\"List\"");
    if is_list {
        *asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(path)
            .or_default() += 1;
    }
    let mut response = Response::from_data(page.clone());
    if let Ok(header) = Header::from_bytes("content-type", "application/json") {
        response.add_header(header);
    }
    let _hung_up = request.respond(response);
}

fn pages() -> BTreeMap<String, Vec<u8>> {
    let helm = "/apis/helm.toolkit.fluxcd.io";
    let source = "/apis/source.toolkit.fluxcd.io";
    let group =
        |version: &str| json!({"preferredVersion": {"version": version}, "versions": [{"version": version}]});
    let list =
        |items: Vec<Value>| json!({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items});
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "helm-controller", "namespace": "flux-system"},
        "spec": {"template": {"spec": {"containers": [{"image": "ghcr.io/fluxcd/helm-controller:v1.6.2"}]}}},
        "status": {"availableReplicas": 1},
    });
    let served = |names: &[&str]| {
        let names: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        json!({"resources": names})
    };
    [
        (helm.to_owned(), group("v2")),
        (
            format!("{helm}/v2"),
            served(&["helmreleases", "helmreleases/status"]),
        ),
        (
            format!("{helm}/v2/helmreleases"),
            list((0..RELEASES).map(release).collect()),
        ),
        (source.to_owned(), group("v1")),
        (format!("{source}/v1"), served(&["helmcharts", "ocirepositories"])),
        (
            format!("{source}/v1/helmcharts"),
            list((0..RELEASES).map(chart).collect()),
        ),
        (format!("{source}/v1/ocirepositories"), list(Vec::new())),
        (
            "/apis/apps/v1/namespaces/flux-system/deployments".to_owned(),
            list(vec![deployment]),
        ),
    ]
    .into_iter()
    .map(|(path, page)| (path, page.to_string().into_bytes()))
    .collect()
}

/// A release as a busy cluster has it: values, a history, an inventory, and who wrote what.
fn release(index: usize) -> Value {
    let (namespace, name) = (format!("team-{}", index % NAMESPACES), format!("release-{index}"));
    let values: BTreeMap<String, Value> = (0..20)
        .map(|key| {
            (
                format!("setting{key}"),
                json!({"enabled": true, "text": "x".repeat(60)}),
            )
        })
        .collect();
    let history: Vec<Value> = (1..=5_u64)
        .rev()
        .map(|version| {
            json!({
                "apiVersion": "v2", "name": name, "namespace": namespace, "version": version,
                "status": if version == 5 { "deployed" } else { "superseded" }, "chartName": "web",
                "chartVersion": "1.2.3", "digest": format!("sha256:{}", "0".repeat(64)),
                "configDigest": format!("sha256:{}", "0".repeat(64)),
            })
        })
        .collect();
    let condition = |kind: &str| {
        json!({
            "type": kind, "status": "True", "reason": "UpgradeSucceeded", "observedGeneration": 3,
            "lastTransitionTime": "2026-05-18T09:00:00Z",
            "message": format!("Helm upgrade succeeded for release {namespace}/{name}.v5 with chart web@1.2.3"),
        })
    };
    let inventory: Vec<Value> = (0..20)
        .map(|entry| json!({"id": format!("{namespace}_{name}-{entry}_apps_Deployment"), "v": "v1"}))
        .collect();
    json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {
            "name": name, "namespace": namespace, "uid": format!("{index:08}-0000-0000-0000-000000000000"),
            "generation": 3, "resourceVersion": "123456", "managedFields": managed(),
        },
        "spec": {
            "interval": "10m", "chart": {"spec": {"chart": "web", "sourceRef": {"kind": "HelmRepository", "name": "x"}}},
            "values": values, "suspend": index.is_multiple_of(500),
        },
        "status": {
            "observedGeneration": 3, "storageNamespace": namespace,
            "helmChart": format!("{namespace}/{namespace}-{name}"), "history": history,
            "conditions": [condition("Ready"), condition("Released")], "inventory": {"entries": inventory},
        },
    })
}

fn chart(index: usize) -> Value {
    let namespace = format!("team-{}", index % NAMESPACES);
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmChart",
        "metadata": {
            "name": format!("{namespace}-release-{index}"), "namespace": namespace, "generation": 1,
            "managedFields": managed(),
        },
        "spec": {"chart": "web", "version": "1.2.3", "sourceRef": {"kind": "HelmRepository", "name": "x"}},
        "status": {
            "observedGeneration": 1,
            "artifact": {"url": "http://source/x.tgz", "revision": "1.2.3", "digest": "0".repeat(64)},
            "conditions": [{"type": "Ready", "status": "True", "reason": "ChartPullSucceeded", "message": "pulled"}],
        },
    })
}

/// As the API server keeps it: larger than most specs.
fn managed() -> Value {
    let fields: BTreeMap<String, Value> = (0..25).map(|key| (format!("f:field{key}"), json!({}))).collect();
    let manager =
        |name: &str| json!({"manager": name, "operation": "Update", "fieldsV1": {"f:spec": fields}});
    json!([manager("kustomize-controller"), manager("helm-controller")])
}

fn kubeconfig_text(address: &str) -> String {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "bench",
        "clusters": [{"name": "bench", "cluster": {"server": format!("http://{address}")}}],
        "users": [{"name": "bench", "user": {}}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_releases_are_as_large_as_real_ones() {
        let size = release(7).to_string().len();
        assert!((6_000..12_000).contains(&size), "{size}");
    }

    #[test]
    fn every_list_of_a_run_is_answered() {
        let pages = pages();
        let lists = pages
            .values()
            .filter(|page| page.starts_with(b"{\"kind\":\"List\""));
        assert_eq!(lists.count(), 4);
    }
}
