//! The real policy-server: every policy loaded, asked as an API server asks, and held to what `boltrope eval` answers.
//!
//! `cargo xtask policy-server --binary PATH` builds the policies and comes here. The binary is Kubewarden's own release;
//! nothing here builds it. No cluster is needed: what would be looked up cannot be, by either.

mod client;
mod load;
mod process;
mod questions;
mod twins;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value};

use client::Client;
use process::Server;
use questions::Question;

use crate::command;

/// How many requests are compared.
const REQUESTS: usize = 1000;

/// What is asked for on the command line.
#[derive(Debug, Default)]
struct Options {
    binary: Option<PathBuf>,
    throughput: bool,
}

impl Options {
    fn read(arguments: &[String]) -> anyhow::Result<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(name) = arguments.next() {
            match name.as_str() {
                "--throughput" => options.throughput = true,
                "--binary" => {
                    let path = arguments.next().context("`--binary` needs a path")?;
                    options.binary = Some(PathBuf::from(path));
                }
                _ => anyhow::bail!("`{name}` is not known: --binary PATH [--throughput]"),
            }
        }
        Ok(options)
    }
}

/// Compares, and with `--throughput` measures requests per second. Returns what to print and whether all answers are the
/// same: a time never fails.
pub(crate) fn run(root: &Path, arguments: &[String]) -> anyhow::Result<(String, bool)> {
    let options = Options::read(arguments)?;
    let Some(binary) = &options.binary else {
        return Ok((
            "policy-server: skipped, no binary was given (--binary PATH)\n".to_owned(),
            true,
        ));
    };
    let (mut text, is_well) = compare(root, binary)?;
    if options.throughput {
        text.push_str(&load::measure(root, binary)?);
    }
    Ok((text, is_well))
}

fn compare(root: &Path, binary: &Path) -> anyhow::Result<(String, bool)> {
    let boltrope = command::find()?;
    let asked = questions::of_cases(root, &boltrope, REQUESTS)?;
    ensure!(
        asked.questions.len() == REQUESTS && !asked.twins.is_empty(),
        "only {} requests were found, {} of twins",
        asked.questions.len(),
        asked.twins.len()
    );
    let server = Server::start(root, binary, &asked.policies, 2)?;
    let mut client = Client::connect(server.address())?;
    let differing = differences(&mut client, &asked.questions, &questions::PARTS)?;
    let of_twins = differences(&mut client, &asked.twins, &["allowed", "object"])?;
    let count = |key: &str| {
        asked
            .questions
            .iter()
            .filter(|question| question.expected.get(key).is_some())
            .count()
    };
    let mut text = [differing.concat(), of_twins.concat()].concat();
    let _ = writeln!(
        text,
        "policy-server: {} requests to {} policies ({} changed, {} refused, {} warned): {} differ from boltrope eval",
        asked.questions.len(),
        asked.policies.len(),
        count("object"),
        count("message"),
        count("warnings"),
        differing.len(),
    );
    let _ = writeln!(
        text,
        "policy-server: {} changed objects to the twin that refuses: {} not passed as they are",
        asked.twins.len(),
        of_twins.len()
    );
    Ok((text, differing.is_empty() && of_twins.is_empty()))
}

/// What the server answers otherwise than expected, in these parts of its answers.
fn differences(client: &mut Client, questions: &[Question], parts: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut differences = Vec::new();
    for question in questions {
        let mut found = ask(client, question).with_context(|| question.name.clone())?;
        found.retain(|part, _| parts.contains(&part.as_str()));
        let found = Value::Object(found);
        if found != question.expected {
            differences.push(format!(
                "{} differs\n  expected {}\n  found    {found}\n",
                question.name, question.expected
            ));
        }
    }
    Ok(differences)
}

fn ask(client: &mut Client, question: &Question) -> anyhow::Result<Map<String, Value>> {
    let answer = client.post(&question.path, &question.body)?;
    let review: Value = serde_json::from_slice(&answer)?;
    let response = review
        .get("response")
        .with_context(|| format!("no response in {review}"))?;
    questions::told(response, &question.object)
}
