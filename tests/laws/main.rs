//! The laws of the design page rules.md, for objects that nobody thought of: evaluating never panics, doing it
//! twice is doing it once, the order of rules has no meaning, fields that no rule is about survive.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod object;

use boltrope::engine::{Operation, Outcome, Program, Request, Stage, world::NoWorld};
use boltrope::rules::RuleSet;
use boltrope::rules::load::{Source, load};
use boltrope::transforms::TRANSFORMS;
use boltrope_yaml::{Limits, split};
use proptest::prelude::*;
use serde_json::Value;

use object::{any_json, any_object};

const RULES: &str = include_str!("rules.yaml");

fn program() -> Program {
    let source = Source {
        name: "rules.yaml",
        bytes: RULES.as_bytes(),
    };
    Program::compile(load(&[source], TRANSFORMS).expect("the rules load"))
}

fn reversed() -> Program {
    let limits = Limits::default();
    let document = split(RULES.as_bytes(), &limits).expect("one document").remove(0);
    let mut rules = document.read(&limits).expect("the rules are YAML").into_value();
    rules
        .pointer_mut("/spec/rules")
        .and_then(Value::as_array_mut)
        .expect("rules")
        .reverse();
    Program::compile(RuleSet::decode(&rules, TRANSFORMS).expect("the rules load"))
}

fn evaluate(program: &Program, object: &Value, stage: Stage) -> Outcome {
    let request = match stage {
        Stage::Render => Request::render(object),
        Stage::Admission => Request::admission(object, Operation::Create),
    };
    program.evaluate(
        &Request {
            namespace: Some("feature-login"),
            ..request
        },
        &NoWorld,
    )
}

/// Every leaf outside the places that the rules above are about.
fn foreign(object: &Value) -> Value {
    let mut rest = object.clone();
    if let Some(map) = rest.as_object_mut() {
        map.retain(|key, _| key.starts_with("x-"));
    }
    rest
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_evaluated_without_a_panic(value in any_json()) {
        let program = program();
        evaluate(&program, &value, Stage::Render);
        evaluate(&program, &value, Stage::Admission);
    }

    #[test]
    fn evaluating_the_result_changes_nothing_more(object in any_object()) {
        let program = program();
        for stage in [Stage::Render, Stage::Admission] {
            let first = evaluate(&program, &object, stage);
            let Some(result) = first.object.as_ref().filter(|_| first.is_accepted()) else { continue };
            let again = evaluate(&program, result, stage);
            prop_assert_eq!(&again.object, &None, "first {:?}, again {:?}", first.edits, again.edits);
            prop_assert!(again.is_accepted(), "{:?}", again.findings);
        }
    }

    #[test]
    fn the_order_of_rules_has_no_meaning(object in any_object()) {
        prop_assert_eq!(
            evaluate(&program(), &object, Stage::Render),
            evaluate(&reversed(), &object, Stage::Render)
        );
    }

    #[test]
    fn fields_that_no_rule_is_about_survive(object in any_object()) {
        if let Some(result) = evaluate(&program(), &object, Stage::Render).object {
            prop_assert_eq!(foreign(&object), foreign(&result));
        }
    }

    #[test]
    fn the_edits_give_the_object(object in any_object()) {
        let outcome = evaluate(&program(), &object, Stage::Render);
        let mut edited = object.clone();
        let mut patched = object;
        for phase in &outcome.edits {
            let edits: Vec<_> = phase.iter().map(|applied| applied.edit.clone()).collect();
            let operations = boltrope::edit::rfc6902(&patched, &edits);
            edited = boltrope::edit::apply(&edited, &edits).expect("edits that were done once");
            patched = object::patch(patched, &operations);
        }
        if let Some(result) = outcome.object {
            prop_assert_eq!(&edited, &result);
            prop_assert_eq!(&patched, &result, "the JSON Patch gives something else");
        }
    }
}
