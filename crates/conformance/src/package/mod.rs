//! The npm package: every case in Node, and whatever nobody would write.
//!
//! A case becomes a question of JSON: its rules, and what is asked of them. Its answer is held to `expected.yaml` where one
//! object is evaluated, and to the library's own rendering, byte for byte, where a stream is. `conformance questions` and
//! `conformance judge FILE` do the same for another host of the package, such as a browser.

mod arbitrary;
mod node;

use anyhow::Context as _;
use boltrope::cases::Case;
use boltrope::engine::{Program, Stage};
use boltrope::render::{Options, Stream, render};
use boltrope::rules::load::{Source, load};
use boltrope::transforms::TRANSFORMS;
use serde_json::{Map, Value, json};

use crate::report::Answer;
pub(crate) use arbitrary::answer as arbitrary;
pub(crate) use node::Node;

/// A case as a question, and what the answer has to be.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) case: String,
    pub(crate) question: Value,
    expected: Value,
}

impl Question {
    /// The question of a case; `None` when it has no rules of its own.
    pub(crate) fn of(case: &Case) -> anyhow::Result<Option<Self>> {
        let Some(rules) = &case.rules else { return Ok(None) };
        let files = json!([{"name": "rules.yaml", "text": rules}]);
        let mut calls = Vec::new();
        let mut expected = Vec::new();
        let errors = case.errors().unwrap_or_default();
        if errors.is_empty() && case.input.is_some() {
            for stage in [Stage::Render, Stage::Admission] {
                let (Some(object), Some(wanted)) = (case.object(), case.expected_at(stage)) else {
                    continue;
                };
                calls.push(json!({"evaluate": request(case, stage, "yaml", object.to_string().into())}));
                expected.push(outcome(wanted));
                if is_exact(object) {
                    calls.push(json!({"evaluate": request(case, stage, "object", object.clone())}));
                    expected.push(outcome(wanted));
                }
            }
            calls.push(json!({"render": {"text": case.input, "options": options(case)}}));
            expected.push(rendering(case, rules)?);
        }
        Ok(Some(Self {
            case: case.name.clone(),
            question: json!({"rules": files, "calls": calls}),
            expected: json!({"mistakes": errors, "calls": expected}),
        }))
    }

    /// Compares an answer with what was expected.
    pub(crate) fn judge(&self, answer: &Value) -> Answer {
        Answer::compare(&self.expected, &found(answer))
    }
}

/// What is asked about one object, which is passed under `key`.
pub(crate) fn request(case: &Case, stage: Stage, key: &str, object: Value) -> Value {
    let known = &case.request;
    let mut request = match options(case) {
        Value::Object(options) => options,
        _ => Map::new(),
    };
    request.insert(key.to_owned(), object);
    if stage == Stage::Admission {
        request.shift_remove("release");
        request.insert("stage".to_owned(), "admission".into());
        request.insert("operation".to_owned(), json!(known.operation));
        request.insert("old".to_owned(), json!(known.old));
        request.insert("user".to_owned(), json!(known.user));
    }
    Value::Object(request)
}

/// Whether JavaScript can hold every number of an object. Others are passed as text only, as the types of the package say.
fn is_exact(value: &Value) -> bool {
    const MOST: u64 = 1 << 53;
    match value {
        Value::Number(number) => {
            number.is_f64()
                || number
                    .as_i64()
                    .is_some_and(|integer| integer.unsigned_abs() <= MOST)
        }
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(map) => map.values().all(is_exact),
        _ => true,
    }
}

/// What is known besides the objects.
fn options(case: &Case) -> Value {
    let known = &case.request;
    json!({"namespace": known.namespace, "release": known.release, "world": case.world})
}

/// What `expected.yaml` says about one object.
fn outcome(expected: &Value) -> Value {
    let findings = expected.get("findings").cloned();
    let mut outcome = Map::from_iter([
        ("accepted".to_owned(), json!(expected.get("accepted"))),
        ("findings".to_owned(), findings.unwrap_or_else(|| json!([]))),
    ]);
    if let Some(object) = expected.get("object") {
        outcome.insert("object".to_owned(), object.clone());
    }
    Value::Object(outcome)
}

/// What the library makes of the whole input.
fn rendering(case: &Case, rules: &str) -> anyhow::Result<Value> {
    let source = Source {
        name: "rules.yaml",
        bytes: rules.as_bytes(),
    };
    let rules = load(&[source], TRANSFORMS).with_context(|| case.name.clone())?;
    let stream = Stream {
        name: "input.yaml",
        bytes: case.input.as_deref().unwrap_or_default().as_bytes(),
    };
    let options = Options {
        namespace: case.request.namespace.as_deref().filter(|name| !name.is_empty()),
        release: case.request.release.as_deref(),
        ..Options::default()
    };
    let world = case.world(Stage::Admission);
    let rendered = render(&[stream], &Program::compile(rules), world, &options);
    let findings: Vec<Value> = rendered
        .findings
        .iter()
        .map(|located| joined(json!(located.finding), json!(located.place)))
        .collect();
    let mut answer = json!({
        "accepted": rendered.is_accepted(),
        "documents": rendered.documents,
        "findings": findings,
    });
    if rendered.is_accepted() {
        let output = String::from_utf8(rendered.text(0))?;
        answer = joined(answer, json!({"output": output}));
    }
    Ok(answer)
}

/// An answer in the words of what is expected.
fn found(answer: &Value) -> Value {
    let rules = answer.get("rules").unwrap_or(&Value::Null);
    let mistakes: Vec<Value> = list(rules.pointer("/error/mistakes"))
        .iter()
        .map(mistake)
        .collect();
    if rules.get("broken").is_some() {
        return rules.clone();
    }
    let calls: Vec<Value> = list(answer.get("calls"))
        .iter()
        .map(|call| call.get("value").map_or_else(|| call.clone(), value))
        .collect();
    json!({"mistakes": mistakes, "calls": calls})
}

/// A mistake as `expected.yaml` writes it.
fn mistake(mistake: &Value) -> Value {
    let part = |key: &str| mistake.get(key).and_then(Value::as_str).unwrap_or_default();
    let message = match part("remedy") {
        "" => part("message").to_owned(),
        remedy => format!("{}; {remedy}", part("message")),
    };
    json!({
        "line": mistake.get("line"),
        "column": mistake.get("column"),
        "pointer": part("pointer"),
        "message": message,
    })
}

/// What a call gave: of a stream everything but the edits, of one object what cases speak of.
fn value(value: &Value) -> Value {
    let Some(map) = value.as_object() else {
        return value.clone();
    };
    let mut map = map.clone();
    if map.contains_key("documents") {
        map.shift_remove("changes");
        return Value::Object(map);
    }
    let keys = ["code", "severity", "rule", "pointer", "message", "remedy"];
    let findings = list(map.get("findings"))
        .iter()
        .map(|finding| {
            keys.iter()
                .map(|key| ((*key).to_owned(), json!(finding.get(key))))
                .collect()
        })
        .collect::<Vec<Value>>();
    let mut outcome = json!({"accepted": map.get("accepted"), "findings": findings});
    if let Some(text) = map.get("json").and_then(Value::as_str) {
        let object = serde_json::from_str(text).unwrap_or(Value::Null);
        outcome = joined(outcome, json!({"object": object}));
    }
    outcome
}

fn joined(left: Value, right: Value) -> Value {
    match (left, right) {
        (Value::Object(mut left), Value::Object(right)) => {
            left.extend(right);
            Value::Object(left)
        }
        (left, _) => left,
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_broke_is_never_what_was_expected() {
        let question = Question {
            case: "a".to_owned(),
            question: Value::Null,
            expected: json!({"mistakes": [], "calls": [{"accepted": true, "findings": []}]}),
        };
        let answered = |call: Value| json!({"rules": {"value": null}, "calls": [call]});
        let well =
            json!({"value": {"accepted": true, "findings": [], "edits": [], "rules": ["a"], "exempt": []}});
        assert_eq!(question.judge(&answered(well)), Answer::Same);
        let told = json!({"value": {"accepted": true, "findings": [{"code": "a/b"}]}});
        for other in [json!({"broken": "RuntimeError"}), json!({"error": {}}), told] {
            assert!(matches!(question.judge(&answered(other)), Answer::Differs { .. }));
        }
        assert!(matches!(
            question.judge(&json!({"rules": {"broken": "x"}, "calls": []})),
            Answer::Differs { .. }
        ));
    }

    #[test]
    fn a_mistake_is_told_as_cases_write_it() {
        let told = json!({"file": "rules.yaml", "line": 3, "column": 1, "pointer": "/a", "message": "no", "remedy": "yes"});
        assert_eq!(
            mistake(&told),
            json!({"line": 3, "column": 1, "pointer": "/a", "message": "no; yes"})
        );
    }
}
