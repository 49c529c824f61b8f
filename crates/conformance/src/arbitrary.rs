//! Arbitrary requests and settings: a compiled policy answers every one. A trap would refuse a request without a reason.
//!
//! Random JSON rarely gets past the first key, so most payloads are cases with parts replaced: settings that are nearly
//! right, objects that are nearly of their kind.

use boltrope::engine::world::snapshot::Snapshot;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};
use serde_json::{Value, json};

use crate::policy::Policy;
use crate::report::Answer;

/// Payloads for each policy; `PROPTEST_CASES` asks for more.
const CASES: u32 = 96;

/// A replacement somewhere in a payload: which way to go down, where to stop, what to put there.
pub(crate) type Change = (Vec<Index>, Value);

/// Whether a policy answers whatever it is asked. `bases` are payloads of `validate` that mean something to it.
pub(crate) fn answer(policy: &Policy, bases: &[Value]) -> Answer {
    let strategy = (any::<Index>(), changes());
    let found = TestRunner::new(config()).run(&strategy, |(base, changes)| {
        let mut payload = match bases {
            [] => Value::Null,
            bases => base.get(bases).clone(),
        };
        for change in &changes {
            replace(&mut payload, change);
        }
        ask(policy, &payload).map_err(TestCaseError::fail)
    });
    match found {
        Ok(()) => Answer::Same,
        Err(error) => Answer::compare(&json!("an answer to everything"), &json!(error.to_string())),
    }
}

/// So many cases, the same in every run.
pub(crate) fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(CASES);
    let seed = std::env::var("PROPTEST_RNG_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    Config {
        cases,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(seed.unwrap_or(1)),
        ..Config::default()
    }
}

/// What is replaced in a payload.
pub(crate) fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (prop::collection::vec(any::<Index>(), 0..9), json());
    prop::collection::vec(change, 0..6)
}

/// Both functions answer in the protocol's words.
fn ask(policy: &Policy, payload: &Value) -> Result<(), String> {
    let settings = payload.get("settings").unwrap_or(&Value::Null);
    for (function, payload, key) in [
        ("validate", payload, "accepted"),
        ("validate_settings", settings, "valid"),
    ] {
        let shown = |what: &dyn std::fmt::Display| format!("{function}: {what}: {payload}");
        let bytes = serde_json::to_vec(payload).map_err(|error| shown(&error))?;
        let answer = policy
            .call(function, &bytes, Snapshot::new())
            .map_err(|error| shown(&format!("{error:#}")))?;
        match answer.get(key) {
            Some(Value::Bool(_)) => {}
            _ => return Err(shown(&answer)),
        }
    }
    Ok(())
}

/// Replaces one part of a payload.
pub(crate) fn replace(value: &mut Value, (path, new): &Change) {
    let Some((step, rest)) = path.split_first() else {
        *value = new.clone();
        return;
    };
    let rest = (rest.to_vec(), new.clone());
    match value {
        Value::Object(map) if !map.is_empty() => {
            let at = step.index(map.len());
            if let Some(inner) = map.values_mut().nth(at) {
                replace(inner, &rest);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = step.index(items.len());
            if let Some(inner) = items.get_mut(at) {
                replace(inner, &rest);
            }
        }
        scalar => *scalar = new.clone(),
    }
}

fn json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        "[a-z*{}/.~:()\\[\\]|^$-]{0,12}",
        "\\PC{0,8}",
        Just("kube-system".to_owned()),
        Just("openportal.dev/ManagedNamespace".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    let key = prop_oneof![
        word,
        Just("name".to_owned()),
        Just("kind".to_owned()),
        Just("metadata".to_owned()),
        Just("labels".to_owned()),
        Just("spec".to_owned()),
        Just("match".to_owned()),
        Just("hosts".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}
