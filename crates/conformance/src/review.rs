//! `boltrope eval` as a process: what it prints is what a policy server would send to the API server.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use boltrope::cases::Case;
use boltrope::engine::Stage;
use serde_json::{Map, Value, json};

use crate::admission::request;
use crate::command::run;
use crate::expectation::{comparable, response};
use crate::report::Answer;

/// How `boltrope eval` answers a case.
pub(crate) fn answer(boltrope: &Path, folder: &Path, case: &Case) -> anyhow::Result<Answer> {
    let (Some(object), Some(expected)) = (case.object(), case.expected_at(Stage::Admission)) else {
        return Ok(Answer::NotAsked);
    };
    if case.errors().is_some() {
        return Ok(Answer::NotAsked);
    }
    let mut command = Command::new(boltrope);
    command.arg("eval").arg("--rules").arg(folder.join("rules.yaml"));
    if case.world.is_some() {
        command.arg("--world").arg(folder.join("world.yaml"));
    }
    command.arg("-");
    let request = request(case, object);
    let (code, stdout, stderr) = run(command, &serde_json::to_vec(&request)?)?;
    ensure!(code == 0, "{}: `eval` ended with {code}: {stderr}", case.name);
    let found: Value = serde_json::from_str(&stdout).with_context(|| case.name.clone())?;
    ensure!(
        found.get("uid") == request.get("uid"),
        "{}: another uid",
        case.name
    );
    Ok(Answer::compare(
        &response(expected),
        &comparable(&as_policy(object, &found)?),
    ))
}

/// The response of a policy from which a policy server makes this answer, with its patch applied to the object.
fn as_policy(object: &Value, found: &Value) -> anyhow::Result<Value> {
    let mut policy = Map::from_iter([("accepted".to_owned(), json!(found.get("allowed")))]);
    if let Some(message) = found.pointer("/status/message") {
        policy.insert("message".to_owned(), message.clone());
    }
    if let Some(patch) = found.get("patch").and_then(Value::as_str) {
        ensure!(
            found.get("patchType") == Some(&json!("JSONPatch")),
            "a patch without its type"
        );
        policy.insert("mutated_object".to_owned(), patched(object, patch)?);
    }
    if let Some(warnings) = found.get("warnings").filter(|warnings| !warnings.is_null()) {
        policy.insert("warnings".to_owned(), warnings.clone());
    }
    Ok(Value::Object(policy))
}

/// The object after the patch of an AdmissionResponse.
pub(crate) fn patched(object: &Value, base64: &str) -> anyhow::Result<Value> {
    use base64::Engine as _;
    let patch = base64::engine::general_purpose::STANDARD.decode(base64)?;
    let patch: json_patch::Patch = serde_json::from_slice(&patch)?;
    let mut object = object.clone();
    json_patch::patch(&mut object, &patch)?;
    Ok(object)
}
