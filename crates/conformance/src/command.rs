//! The command as a process: the stream in, the stream out, the exit code.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Stage, documents};
use crate::report::Answer;

/// The command, which was built beside this program.
pub(crate) fn find() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let found = own.with_file_name("boltrope");
    ensure!(
        found.exists(),
        "`{}` is not there: run `make conformance`, which builds it",
        found.display()
    );
    Ok(found)
}

/// How `boltrope post-render` answers a case.
pub(crate) fn answer(boltrope: &Path, case: &Case) -> anyhow::Result<Answer> {
    let input = case.folder.join("input.yaml");
    let text = if input.exists() {
        std::fs::read(&input)?
    } else {
        Vec::new()
    };
    let (code, stdout, stderr) = run(boltrope, case, &text).with_context(|| case.name())?;
    if case.errors().is_some_and(|errors| !errors.is_empty()) {
        return Ok(Answer::compare(&json!({"code": 2}), &json!({"code": code})));
    }
    let Some(expected) = case.expected(Stage::Render).filter(|_| input.exists()) else {
        return Ok(Answer::NotAsked);
    };
    let accepted = expected.get("accepted") == Some(&Value::Bool(true));
    let mut wanted = json!({"code": i32::from(!accepted), "stdout": "", "untold": []});
    let mut found = json!({"code": code, "stdout": stdout, "untold": untold(expected, &stderr)});
    if accepted {
        if let Some(output) = expected.get("output") {
            put(&mut wanted, "stdout", output.clone());
        } else {
            let objects = match expected.get("object") {
                Some(object) => vec![object.clone()],
                None => case.inputs.clone(),
            };
            put(&mut wanted, "stdout", objects.into());
            put(&mut found, "stdout", documents(stdout.as_bytes(), &input)?.into());
        }
    }
    Ok(Answer::compare(&wanted, &found))
}

fn run(boltrope: &Path, case: &Case, input: &[u8]) -> anyhow::Result<(i32, String, String)> {
    let mut command = Command::new(boltrope);
    command
        .arg("post-render")
        .arg("--rules")
        .arg(case.folder.join("rules.yaml"));
    let mut option = |name: &str, value: Option<&OsStr>| {
        if let Some(value) = value {
            command.arg(name).arg(value);
        }
    };
    option(
        "--namespace",
        case.told("namespace")
            .filter(|name| !name.is_empty())
            .map(OsStr::new),
    );
    option("--release", case.told("release").map(OsStr::new));
    let world = case.folder.join("world.yaml");
    option("--world", case.world.as_ref().map(|_| world.as_os_str()));
    let mut child = command
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that refuses its rules does not read: the pipe is closed then.
        let _closed_pipe = stdin.write_all(input);
    }
    let output = child.wait_with_output()?;
    let code = output.status.code().context("the command was killed")?;
    Ok((
        code,
        String::from_utf8(output.stdout)?,
        String::from_utf8(output.stderr)?,
    ))
}

/// The expected findings that stderr does not tell.
fn untold(expected: &Value, stderr: &str) -> Vec<Value> {
    let findings = expected.get("findings").and_then(Value::as_array);
    let part = |finding: &Value, key: &str| {
        finding
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let is_untold = |finding: &&Value| {
        ["message", "code"]
            .iter()
            .any(|key| !stderr.contains(&part(finding, key)))
    };
    findings
        .into_iter()
        .flatten()
        .filter(is_untold)
        .cloned()
        .collect()
}

fn put(answer: &mut Value, key: &str, value: Value) {
    if let Some(map) = answer.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}
