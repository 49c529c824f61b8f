//! `make bench`: whole processes beside the real tools, on the same machine in the same run.
//!
//! Times are never a test: this prints them, compares them with the project's bars and writes
//! `docs/performance.md`. What can fail is a wrong answer, ours or another tool's.

mod corpus;
mod jobs;
mod measure;
mod operator;
pub(crate) mod page;
mod preview;
pub(crate) mod report;
mod tree;

pub(crate) use measure::run as measure_once;
pub(crate) use operator::run as run_operator;
pub(crate) use preview::run as run_preview;

use crate::program::Program;
use crate::{checkout, output, tools};
use anyhow::{Context as _, bail};
use corpus::Corpus;
use jobs::{Contender, Field, Job};
use std::path::Path;

const ROUNDS: usize = 7;
/// Starting a process is so short that it needs more runs.
const START_ROUNDS: usize = 101;

/// Builds the tools, runs the jobs, writes the report. `--rounds N` changes the number of runs.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let rounds = rounds(arguments)?;
    let root = checkout::root()?;
    let boltrope = root.join("target/release/boltrope");
    if !boltrope.exists() {
        bail!(
            "`{}` is not there: `make bench` builds it first",
            boltrope.display()
        );
    }
    let folder = root.join("target/bench");
    measure::fresh(&folder)?;
    let corpus = Corpus::load(&root)?;
    let large = corpus.repeated((20_000_000 / corpus.text.len()).max(1));
    let mut jobs = vec![
        Job::label_services(&folder.join("services"), &boltrope, &corpus, Field::Everyone)?,
        Job::label_services(
            &folder.join("services-large"),
            &boltrope,
            &large,
            Field::TextTools,
        )?,
        Job::label_everything(&folder.join("everything"), &boltrope, &large)?,
        Job::label_config_map(&folder.join("config-map"), &boltrope, 60_000_000)?,
    ];
    for job in &mut jobs {
        output::line(&format!("{} ...", job.title));
        job.run(rounds)?;
    }
    let report = report::Report {
        start: start(&folder, &boltrope)?,
        floor: floor(&folder)?,
        binary_bytes: std::fs::metadata(&boltrope)?.len(),
        rounds,
        jobs,
        trees: tree::run(&root, &folder.join("trees"), &boltrope, rounds)?,
    };
    output::line(&page::put_first(&root, &report.text())?);
    Ok(())
}

/// Writes the corpus for `cargo bench`, which measures the steps inside one process.
pub(crate) fn write_corpus(_arguments: &[String]) -> anyhow::Result<()> {
    let root = checkout::root()?;
    let corpus = Corpus::load(&root)?;
    std::fs::create_dir_all(root.join("target"))?;
    std::fs::write(root.join("target/corpus.yaml"), &corpus.text).context("writing target/corpus.yaml")?;
    output::line(&format!(
        "target/corpus.yaml: {} documents, {}",
        corpus.documents, corpus.origin
    ));
    Ok(())
}

/// Builds every pinned tool, so that a benchmark or an end-to-end run starts at once.
pub(crate) fn build_tools(_arguments: &[String]) -> anyhow::Result<()> {
    for tool in [
        tools::HELM_3,
        tools::HELM_4,
        tools::YQ,
        tools::KUSTOMIZE,
        tools::KYVERNO,
        tools::ETCD,
        tools::KUBE_APISERVER,
    ] {
        output::line(&format!(
            "{} {}: {}",
            tool.name,
            tool.version,
            tool.path()?.display()
        ));
    }
    Ok(())
}

fn rounds(arguments: &[String]) -> anyhow::Result<usize> {
    match arguments {
        [] => Ok(ROUNDS),
        [flag, count] if flag == "--rounds" => {
            let count = count.parse().ok().filter(|count| *count > 0);
            count.context("`--rounds` takes a number from 1")
        }
        _ => bail!("usage: cargo xtask bench [--rounds N]"),
    }
}

/// The program that prints its version: what a start costs.
fn start(folder: &Path, boltrope: &Path) -> anyhow::Result<measure::Samples> {
    sample(Contender::new(
        "boltrope --version",
        boltrope,
        &["--version"],
        &empty(folder)?,
        &folder.join("start.txt"),
    ))
}

/// A program that does nothing: what starting any process costs, and the least memory this can measure.
fn floor(folder: &Path) -> anyhow::Result<measure::Samples> {
    let nothing = Program::new("sh").args(["-c", "command -v true"]).stdout()?;
    let path = if nothing.trim().starts_with('/') {
        nothing.trim().to_owned()
    } else {
        "/bin/true".to_owned()
    };
    sample(Contender::new(
        "true",
        Path::new(&path),
        &[],
        &empty(folder)?,
        &folder.join("true.txt"),
    ))
}

fn empty(folder: &Path) -> anyhow::Result<std::path::PathBuf> {
    let path = folder.join("empty");
    std::fs::write(&path, "")?;
    Ok(path)
}

fn sample(mut contender: Contender) -> anyhow::Result<measure::Samples> {
    for _ in 0..START_ROUNDS {
        contender.sample()?;
    }
    Ok(contender.samples)
}
