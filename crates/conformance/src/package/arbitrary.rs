//! Arbitrary rules, requests and streams: the package answers every one, or throws what it says it throws.
//!
//! Like the guest's payloads they are cases with parts replaced; besides, the text of a case's input with pieces replaced,
//! which is what somebody types into a page.

use boltrope::cases::Case;
use boltrope::engine::Stage;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{Node, options, request};
use crate::arbitrary::{Change, changes, config, replace};
use crate::report::Answer;

/// A piece of a text: where it starts, how long it is, both in characters, and what stands there instead.
type Typed = (Index, usize, String);

/// Whether the package answers whatever it is asked.
pub(crate) fn answer(node: &mut Node, cases: &[Case]) -> Answer {
    let bases: Vec<Value> = cases.iter().filter_map(base).collect();
    let found = objects(node, &bases).and_then(|()| streams(node, cases));
    match found {
        Ok(()) => Answer::Same,
        Err(error) => Answer::compare(&json!("an answer to everything"), &json!(error)),
    }
}

/// Rules and a request that mean something.
fn base(case: &Case) -> Option<Value> {
    let rules = crate::admission::rules(case)?;
    let object = case.object()?;
    let stages = [Stage::Render, Stage::Admission];
    let requests = stages.map(|stage| request(case, stage, "object", object.clone()));
    Some(json!({"rules": rules, "requests": requests}))
}

fn objects(node: &mut Node, bases: &[Value]) -> Result<(), String> {
    let strategy = (any::<Index>(), changes());
    run(&strategy, &mut |(base, changes): &(Index, Vec<Change>)| {
        let mut payload = base.get(bases).clone();
        for change in changes {
            replace(&mut payload, change);
        }
        let part = |key: &str| payload.get(key).cloned().unwrap_or_default();
        let requests = part("requests");
        let requests: Vec<Value> = match requests {
            Value::Array(requests) => requests,
            other => vec![other],
        };
        let calls: Vec<Value> = requests
            .iter()
            .map(|request| json!({"evaluate": request}))
            .collect();
        ask(node, &part("rules").to_string(), &json!(calls))
    })
}

fn streams(node: &mut Node, cases: &[Case]) -> Result<(), String> {
    let cases: Vec<&Case> = cases
        .iter()
        .filter(|case| case.input.is_some() && case.rules.is_some())
        .collect();
    let word = prop_oneof![
        "[-\\[\\]{}:,&*!|>'\"%@`#? \\n\\t\\ra-z0-9]{0,6}",
        "\\PC{0,4}",
        Just("\n---\n".to_owned()),
        Just("<<: *a\n".to_owned()),
        Just("&a [*a, *a]".to_owned()),
        Just("[".repeat(150)),
    ];
    let typed = (any::<Index>(), 0..12_usize, word);
    let strategy = (any::<Index>(), prop::collection::vec(typed, 1..6), any::<bool>());
    run(&strategy, &mut |(index, typed, in_rules): &(
        Index,
        Vec<Typed>,
        bool,
    )| {
        let Some(case) = cases.get(index.index(cases.len())) else {
            return Ok(());
        };
        let mut rules = case.rules.clone().unwrap_or_default();
        let mut input = case.input.clone().unwrap_or_default();
        type_into(if *in_rules { &mut rules } else { &mut input }, typed);
        let calls = json!([
            {"render": {"text": input, "options": options(case)}},
            {"evaluate": {"yaml": input, "world": input}},
        ]);
        ask(node, &rules, &calls)
    })
}

fn run<S: Strategy>(
    strategy: &S,
    test: &mut dyn FnMut(&S::Value) -> Result<(), String>,
) -> Result<(), String> {
    let test = std::cell::RefCell::new(test);
    TestRunner::new(config())
        .run(strategy, |value| {
            (test.borrow_mut())(&value).map_err(TestCaseError::fail)
        })
        .map_err(|error| error.to_string())
}

fn type_into(text: &mut String, typed: &[Typed]) {
    for (at, length, piece) in typed {
        let characters: Vec<char> = text.chars().collect();
        let start = at.index(characters.len() + 1);
        let before = characters.iter().take(start);
        let after = characters.iter().skip(start + length);
        *text = before
            .copied()
            .chain(piece.chars())
            .chain(after.copied())
            .collect();
    }
}

/// Whether every part of the answer is an answer.
fn ask(node: &mut Node, rules: &str, calls: &Value) -> Result<(), String> {
    let question = json!({"rules": rules, "calls": calls});
    let shown = |what: &str| format!("{what}: {question}");
    let answer = node
        .ask(&question)
        .map_err(|error| shown(&format!("{error:#}")))?;
    let asked = calls.as_array().map_or(0, Vec::len);
    let compiled = answer.pointer("/rules/value").is_some();
    let parts: Vec<&Value> = std::iter::once(answer.get("rules").unwrap_or(&Value::Null))
        .chain(super::list(answer.get("calls")))
        .collect();
    let is_answer = |part: &&Value| part.get("value").is_some() || part.get("error").is_some();
    let is_whole = parts.len() == 1 + if compiled { asked } else { 0 };
    if is_whole && parts.iter().all(is_answer) {
        return Ok(());
    }
    Err(shown(&answer.to_string()))
}
