//! Node with the package loaded: one process that answers every question, so that whatever a question broke would show in
//! the answers after it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// What the package needs.
const OLDEST: u32 = 20;

/// A process that is waiting for a question.
#[derive(Debug)]
pub(crate) struct Node {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Node {
    /// Starts it.
    pub(crate) fn start(root: &Path) -> anyhow::Result<Self> {
        is_there()?;
        let package = root.join("crates/js/pkg");
        ensure!(
            package.join("boltrope.wasm").exists(),
            "`{}` is not there: run `make conformance`, which builds it",
            package.display()
        );
        let mut process = Command::new("node")
            .arg(root.join("crates/conformance/src/package/driver.mjs"))
            .arg(package)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting `node`")?;
        let questions = process.stdin.take().context("node has no stdin")?;
        let answers = BufReader::new(process.stdout.take().context("node has no stdout")?);
        Ok(Self {
            process,
            questions,
            answers,
        })
    }

    /// Asks one question.
    pub(crate) fn ask(&mut self, question: &Value) -> anyhow::Result<Value> {
        let mut line = question.to_string();
        line.push('\n');
        self.questions.write_all(line.as_bytes())?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        ensure!(!answer.is_empty(), "node ended at the question {question}");
        serde_json::from_str(&answer).with_context(|| format!("node answered {answer}"))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ended = self.process.kill();
        let _status = self.process.wait();
    }
}

/// Says what is missing before anything else fails.
fn is_there() -> anyhow::Result<()> {
    let wanted = format!("install Node {OLDEST} or later (nodejs.org, Debian: apt-get install nodejs)");
    let output = Command::new("node").arg("--version").output();
    let output =
        output.with_context(|| format!("node not found: the npm package is asked in it; {wanted}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    ensure!(
        major.is_some_and(|major| major >= OLDEST),
        "node {version} is too old for the npm package; {wanted}"
    );
    Ok(())
}
