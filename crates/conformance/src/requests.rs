//! The requests in a policy's `tests/`, which its `e2e.bats` gives to the real kwctl: here in the waPC host, so that a
//! machine without kwctl knows what they say. `BLESS=1` rewrites what they expect.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value, json};

use crate::policy::Policy;
use crate::report::Answer;

/// What a policy's requests are called, sorted, with its answer to each.
pub(crate) fn answers(root: &Path, policy: &Policy) -> anyhow::Result<Vec<(String, Answer)>> {
    let tests = root.join("policies").join(&policy.id).join("tests");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(tests.join("requests"))? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        names.push(name.context("a request without a name")?.to_owned());
    }
    names.sort();
    ensure!(!names.is_empty(), "`{}` has no requests", tests.display());
    names
        .into_iter()
        .map(|name| {
            let answer = answer(&tests, policy, &name).with_context(|| format!("{}: {name}", policy.id))?;
            Ok((format!("policies/{}/tests: {name}", policy.id), answer))
        })
        .collect()
}

fn answer(tests: &Path, policy: &Policy, name: &str) -> anyhow::Result<Answer> {
    let (settings, session) = if name.starts_with("lookup") {
        (
            "lookup.yml",
            Session::read(&tests.join("sessions").join(format!("{name}.yml")))?,
        )
    } else {
        ("settings.yml", Session::default())
    };
    let settings: Value = yaml_serde::from_str(&std::fs::read_to_string(tests.join(settings))?)?;
    let request: Value = serde_json::from_slice(&std::fs::read(
        tests.join("requests").join(format!("{name}.json")),
    )?)?;
    let valid = policy.validate_settings(&settings)?;
    ensure!(
        valid.get("valid") == Some(&Value::Bool(true)),
        "the settings are not valid: {valid}"
    );
    let payload = serde_json::to_vec(&json!({"settings": settings, "request": request}))?;
    let told = session.clone();
    let response = policy.call_with("validate", &payload, move |call, question| {
        told.answer(call, question).map_err(Into::into)
    })?;
    let path = tests.join("expected").join(format!("{name}.json"));
    let found = shown(&response);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&found)?))?;
    }
    let expected: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    Ok(Answer::compare(
        &json!({"answer": expected, "unasked": 0}),
        &json!({"answer": found, "unasked": session.left()}),
    ))
}

/// A policy's response in the words of `expected/`.
fn shown(response: &Value) -> Value {
    let keys = [
        ("allowed", "accepted"),
        ("message", "message"),
        ("code", "code"),
        ("warnings", "warnings"),
        ("object", "mutated_object"),
    ];
    let told = keys
        .into_iter()
        .filter_map(|(key, own)| Some((key.to_owned(), response.get(own)?.clone())));
    Value::Object(Map::from_iter(told))
}

/// Host calls as kwctl replays them: the recorded ones, in their order and no others.
#[derive(Clone, Debug, Default)]
struct Session {
    exchanges: Arc<Mutex<VecDeque<Exchange>>>,
}

#[derive(Debug)]
struct Exchange {
    request: Value,
    response: Result<String, String>,
}

impl Session {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading `{}`", path.display()))?;
        let recorded: Vec<Value> = yaml_serde::from_str(&text)?;
        let exchanges: anyhow::Result<_> = recorded.iter().map(Exchange::read).collect();
        Ok(Self {
            exchanges: Arc::new(Mutex::new(exchanges?)),
        })
    }

    fn answer(&self, call: [&str; 3], question: &[u8]) -> Result<Vec<u8>, String> {
        let mut exchanges = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        let asked: Value = serde_json::from_slice(question).map_err(|error| error.to_string())?;
        if call != ["kubewarden", "kubernetes", "get_resource"] {
            return Err(format!("unexpected host call {call:?}"));
        }
        match exchanges.pop_front() {
            Some(exchange) if exchange.request == sorted(asked.clone()) => {
                exchange.response.map(String::into_bytes)
            }
            other => Err(format!(
                "unexpected question {asked} where the session has {other:?}"
            )),
        }
    }

    fn left(&self) -> usize {
        self.exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

impl Exchange {
    fn read(recorded: &Value) -> anyhow::Result<Self> {
        let text = |pointer: &str| recorded.pointer(pointer).and_then(Value::as_str);
        let request = text("/request").and_then(|request| request.strip_prefix("!KubernetesGetResource\n"));
        let request =
            yaml_serde::from_str(request.context("a request that is no `!KubernetesGetResource`")?)?;
        let response = match (text("/response/payload"), text("/response/message")) {
            (Some(payload), None) => Ok(payload.to_owned()),
            // As the host passes a failure on (adm-controller, `policy-evaluator/src/runtimes/callback.rs`).
            (None, Some(message)) => Err(format!("Callback evaluation failure: {message}")),
            _ => anyhow::bail!("a response is a `payload` or a `message`"),
        };
        Ok(Self {
            request: sorted(request),
            response,
        })
    }
}

/// Masks are a set, in any order.
fn sorted(mut question: Value) -> Value {
    if let Some(masks) = question.get_mut("field_masks").and_then(Value::as_array_mut) {
        masks.sort_by_key(Value::to_string);
    }
    question
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_answers_what_was_recorded_once_and_in_order() {
        let recorded = json!({
            "request": "!KubernetesGetResource\nkind: Service\nfield_masks: [b, a]\n",
            "response": {"type": "Success", "payload": "{}"},
        });
        let session = || Session {
            exchanges: Arc::new(Mutex::new(VecDeque::from([Exchange::read(&recorded).unwrap()]))),
        };
        let call = ["kubewarden", "kubernetes", "get_resource"];
        let ask = |session: &Session, question: &str| session.answer(call, question.as_bytes());
        let asked = session();
        assert_eq!(
            ask(&asked, r#"{"kind": "Service", "field_masks": ["a", "b"]}"#).unwrap(),
            b"{}"
        );
        assert_eq!(asked.left(), 0);
        assert!(ask(&asked, r#"{"kind": "Service", "field_masks": ["a", "b"]}"#).is_err());
        assert!(ask(&session(), r#"{"kind": "Pod"}"#).is_err());
        assert!(session().answer(["kubewarden", "oci", "verify"], b"{}").is_err());
    }
}
