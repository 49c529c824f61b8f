//! The command as a process: the stream in, the stream out, the exit code.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use boltrope::cases::{Case, documents};
use boltrope::engine::Stage;
use serde_json::{Value, json};

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
pub(crate) fn answer(boltrope: &Path, folder: &Path, case: &Case) -> anyhow::Result<Answer> {
    let text = case.input.as_deref().unwrap_or_default();
    let (code, stdout, stderr) =
        post_render(boltrope, folder, case, text.as_bytes()).with_context(|| case.name.clone())?;
    if case.errors().is_some_and(|errors| !errors.is_empty()) {
        return Ok(Answer::compare(&json!({"code": 2}), &json!({"code": code})));
    }
    let Some(expected) = case.expected_at(Stage::Render).filter(|_| case.input.is_some()) else {
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
                None => case.inputs().to_vec(),
            };
            put(&mut wanted, "stdout", objects.into());
            put(&mut found, "stdout", documents(&case.name, &stdout)?.into());
        }
    }
    Ok(Answer::compare(&wanted, &found))
}

/// Exit code, stdout, stderr of `boltrope post-render` with the rules of a case.
pub(crate) fn post_render(
    boltrope: &Path,
    folder: &Path,
    case: &Case,
    input: &[u8],
) -> anyhow::Result<(i32, String, String)> {
    let mut command = Command::new(boltrope);
    command
        .arg("post-render")
        .arg("--rules")
        .arg(folder.join("rules.yaml"));
    let known = &case.request;
    let namespace = known.namespace.as_deref().filter(|name| !name.is_empty());
    for (name, value) in [
        ("--namespace", namespace),
        ("--release", known.release.as_deref()),
    ] {
        command.args(value.into_iter().flat_map(|value| [name, value]));
    }
    if case.world.is_some() {
        command.arg("--world").arg(folder.join("world.yaml"));
    }
    run(command, input)
}

/// Exit code, stdout, stderr of a command that reads `input`.
pub(crate) fn run(mut command: Command, input: &[u8]) -> anyhow::Result<(i32, String, String)> {
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
