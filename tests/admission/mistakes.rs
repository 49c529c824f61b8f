//! Settings that are not valid never let an object pass that the rules meant are about, although a request reads only the
//! rules of its kind (a policy server refuses such settings when it starts; this is what holds if it did not).

use boltrope::admission::{Policy, Response};
use boltrope::transforms::TRANSFORMS;
use serde_json::{Map, Value, json};

use crate::cases::{Asked, asked};

/// Every way to misspell one key or to give it a value of another type.
fn spoilt(settings: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match settings {
        Value::Object(map) => {
            for (key, value) in map {
                let with = |key: &str, inner: Value| {
                    let renamed = map
                        .iter()
                        .map(|(other, kept)| match other == key.trim_end_matches('~') {
                            true => (key.replace('~', "s"), inner.clone()),
                            false => (other.clone(), kept.clone()),
                        });
                    Value::Object(renamed.collect())
                };
                found.push(with(&format!("{key}~"), value.clone()));
                found.push(with(key, json!([7])));
                found.extend(spoilt(value).into_iter().map(|inner| with(key, inner)));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                for inner in spoilt(item) {
                    let mut list = items.clone();
                    list.splice(index..=index, [inner]);
                    found.push(list.into());
                }
            }
        }
        _ => {}
    }
    found
}

/// The policy of one transform and its settings, for a file with one rule.
fn flat(spec: &Value) -> Option<(Policy, Value)> {
    let rule = match spec.get("rules")?.as_array()?.as_slice() {
        [rule] => rule.as_object()?,
        _ => return None,
    };
    let transform = TRANSFORMS
        .iter()
        .find(|transform| rule.contains_key(transform.meta().id))?;
    let own = rule.get(transform.meta().id)?.as_object()?;
    let rule_keys = rule.iter().filter(|(key, _)| *key != transform.meta().id);
    let spec_keys = spec.as_object()?.iter().filter(|(key, _)| *key != "rules");
    let pairs = own.iter().chain(rule_keys).chain(spec_keys);
    let settings: Map<String, Value> = pairs.map(|(key, value)| (key.clone(), value.clone())).collect();
    Some((Policy::of_transform(*transform), settings.into()))
}

fn none_passes(asked: &Asked, policy: Policy, settings: &Value) -> usize {
    let ask = |settings: &Value| asked.ask(policy, settings, "CREATE", &asked.object, None);
    if ask(settings) == Response::accept() {
        return 0;
    }
    let mut tried = 0;
    for settings in spoilt(settings) {
        let valid = policy
            .validate_settings(&serde_json::to_vec(&settings).expect("JSON"))
            .valid;
        if !valid {
            let answer = ask(&settings);
            assert_ne!(answer, Response::accept(), "{}: {settings}", asked.case.name);
            tried += 1;
        }
    }
    tried
}

#[test]
fn settings_with_a_mistake_never_let_pass_what_they_were_meant_for() {
    let mut tried = 0;
    for asked in asked() {
        tried += none_passes(&asked, Policy::of_rules(TRANSFORMS), &asked.settings);
        if let Some((policy, settings)) = flat(&asked.settings) {
            tried += none_passes(&asked, policy, &settings);
        }
    }
    assert!(tried > 5000, "only {tried} mistakes were tried");
}
