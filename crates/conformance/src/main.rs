//! Every case on every surface: the compiled policies in a waPC host, the command as a process, the npm package in Node,
//! the library.
//!
//! The truth is a case's `expected.yaml`, which the library's own tests hold it to. Here each other surface is asked the
//! same and its whole answer compared: accepted or not, message, object, warnings. `target/conformance.md` gets the
//! table of cases and surfaces. `cargo run --package conformance [-- POLICY...]`; `make conformance` builds what it needs.
//! `conformance questions` and `conformance judge ANSWERS` hold another host of the npm package to the same answers.
//! `conformance patched` prints the objects that the surfaces changed instead.
//! What the policies cost is measured here too: `--bless-fuel` records instructions, `--bench` times.

#![expect(
    clippy::disallowed_methods,
    reason = "this program's job is to read the checkout's files and to run the command"
)]

mod admission;
mod arbitrary;
mod bench;
mod command;
mod expectation;
#[path = "../../../tests/cases/folders.rs"]
#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "shared with the tests, which fail by panicking"
)]
mod folders;
mod fuel;
mod host;
mod hostile;
mod library;
mod package;
mod patched;
mod policy;
mod report;
mod requests;
mod review;
mod scenario;
mod server;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use boltrope::cases::{Case, documents};
use boltrope::transforms::judging;
use serde_json::Value;

use package::{Node, Question};
use policy::Policy;
use report::{Answer, Report, Row};

/// The surfaces besides the policies.
const SURFACES: [&str; 4] = ["library", "command", "eval", PACKAGE];
/// The npm package, in Node.
const PACKAGE: &str = "js";

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let (text, code) = match dispatch(&names) {
        Ok(done) => done,
        Err(error) => (format!("conformance: {error:#}\n"), 2),
    };
    let _closed_pipe = std::io::stdout().write_all(text.as_bytes());
    ExitCode::from(code)
}

/// What to print, and the exit code.
fn dispatch(arguments: &[String]) -> anyhow::Result<(String, u8)> {
    let root = root()?;
    match arguments.first().map(String::as_str) {
        Some("--bench") => return Ok((bench::run(&root)?, 0)),
        Some("policy-server") => {
            let (text, is_well) = server::run(&root, arguments.get(1..).unwrap_or_default())?;
            return Ok((text, u8::from(!is_well)));
        }
        Some("questions") => return Ok((questions(&root)?, 0)),
        Some("judge") => {
            let path = arguments.get(1).context("judge needs the file of answers")?;
            let report = judge(&root, Path::new(path))?;
            return Ok((report.summary(), u8::from(!report.agrees())));
        }
        Some("patched") => return Ok((patched::run(&root)?, 0)),
        Some("--bless-fuel") => return Ok((fuel::check(&root, &ids(), true)?.0, 0)),
        _ => {}
    }
    let report = run(arguments)?;
    let (mut text, mut failed) = (report.summary(), !report.agrees());
    if arguments.is_empty() {
        let (table, worse) = fuel::check(&root, &ids(), false)?;
        text = format!("{text}\n{table}");
        for one in &worse {
            text.push_str(&format!("\n{one}\n"));
        }
        failed |= !worse.is_empty();
    }
    Ok((text, u8::from(failed)))
}

/// The folders of all policies.
fn ids() -> Vec<&'static str> {
    std::iter::once(policy::WHOLE)
        .chain(judging().map(|transform| transform.meta().slug))
        .collect()
}

fn run(names: &[String]) -> anyhow::Result<Report> {
    let root = root()?;
    let cases = folders::all(&root);
    let policies = Policy::load(&root, names)?;
    let boltrope = command::find()?;
    let mut node = Node::start(&root)?;
    let mut report = Report::new(
        SURFACES
            .into_iter()
            .map(str::to_owned)
            .chain(policies.iter().map(|policy| policy.id.clone())),
    );
    for case in &cases {
        let folder = root.join(&case.name);
        let mut answers = vec![
            library::answer(case)?,
            command::answer(&boltrope, &folder, case)?,
            review::answer(&boltrope, &folder, case)?,
            in_package(&mut node, case)?,
        ];
        for policy in &policies {
            answers.push(admission::answer(policy, case)?);
        }
        report.add(Row {
            case: case.name.clone(),
            answers,
        });
    }
    for policy in &policies {
        let mut answers = settings_of_files(&root, policy)?;
        answers.extend(requests::answers(&root, policy)?);
        for (case, answer) in answers {
            report.add(Row {
                case,
                answers: of_one(&policies, policy, &answer),
            });
        }
    }
    for (name, payload) in hostile::payloads() {
        let asked = policies.iter().map(|policy| hostile::answer(policy, &payload));
        let answers: anyhow::Result<Vec<Answer>> = asked.collect();
        let others = SURFACES.map(|_| Answer::NotAsked);
        report.add(Row {
            case: format!("hostile payload: {name}"),
            answers: others.into_iter().chain(answers?).collect(),
        });
    }
    report.add(arbitrary_row(&policies, &mut node, &cases));
    report.write(&root.join("target/conformance.md"))?;
    Ok(report)
}

/// How the npm package answers a case.
fn in_package(node: &mut Node, case: &Case) -> anyhow::Result<Answer> {
    match Question::of(case)? {
        Some(question) => Ok(question.judge(&node.ask(&question.question)?)),
        None => Ok(Answer::NotAsked),
    }
}

/// What the npm package is asked, a line for each case, in the order that [`judge`] expects its answers.
fn questions(root: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    for case in &folders::all(root) {
        if let Some(question) = Question::of(case)? {
            text.push_str(&format!("{}\n", question.question));
        }
    }
    Ok(text)
}

/// The answers of another host of the package, a line for each question.
fn judge(root: &Path, answers: &Path) -> anyhow::Result<Report> {
    let text =
        std::fs::read_to_string(answers).with_context(|| format!("reading `{}`", answers.display()))?;
    let mut answers = text.lines();
    let mut report = Report::new([PACKAGE.to_owned()].into_iter());
    for case in &folders::all(root) {
        if let Some(question) = Question::of(case)? {
            let answer = answers
                .next()
                .with_context(|| format!("no answer to {}", question.case))?;
            report.add(Row {
                answers: vec![question.judge(&serde_json::from_str(answer)?)],
                case: question.case,
            });
        }
    }
    Ok(report)
}

/// Requests and settings that nobody would write, made from those of the cases.
fn arbitrary_row(policies: &[Policy], node: &mut Node, cases: &[Case]) -> Row {
    let random = policies.iter().map(|policy| {
        let payloads = cases.iter().filter_map(|case| admission::payload(policy, case));
        let bases: Vec<Value> = payloads.collect();
        arbitrary::answer(policy, &bases)
    });
    let others = SURFACES.map(|surface| match surface {
        PACKAGE => package::arbitrary(node, cases),
        _ => Answer::NotAsked,
    });
    Row {
        case: "arbitrary requests and settings".to_owned(),
        answers: others.into_iter().chain(random).collect(),
    }
}

/// The settings in every file of `deploy/` are valid for the policy.
fn settings_of_files(root: &Path, policy: &Policy) -> anyhow::Result<Vec<(String, Answer)>> {
    let folder = root.join("policies").join(&policy.id).join("deploy");
    let mut answers = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let documents = documents(&path.display().to_string(), &std::fs::read_to_string(&path)?)?;
        for settings in documents.iter().flat_map(settings_in) {
            let found = policy.validate_settings(&settings)?;
            let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            answers.push((
                shown,
                Answer::compare(&serde_json::json!({"valid": true}), &found),
            ));
        }
    }
    answers.sort_by(|left, right| left.0.cmp(&right.0));
    anyhow::ensure!(!answers.is_empty(), "`{}` has no settings", folder.display());
    Ok(answers)
}

/// Of a resource its own, of a `policies.yml` those of every entry.
fn settings_in(document: &Value) -> Vec<Value> {
    if let Some(settings) = document.pointer("/spec/settings") {
        return vec![settings.clone()];
    }
    let entries = document.as_object().into_iter().flatten();
    entries
        .filter_map(|(_, entry)| entry.get("settings").cloned())
        .collect()
}

/// A row about one policy.
fn of_one(policies: &[Policy], policy: &Policy, answer: &Answer) -> Vec<Answer> {
    let of = |other: &Policy| match other.id == policy.id {
        true => answer.clone(),
        false => Answer::NotAsked,
    };
    SURFACES
        .map(|_| Answer::NotAsked)
        .into_iter()
        .chain(policies.iter().map(of))
        .collect()
}

fn root() -> anyhow::Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest.ancestors().nth(2);
    Ok(root
        .context("crates/conformance is not two folders below the root")?
        .to_path_buf())
}
