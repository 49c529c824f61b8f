//! The laws of rules.md, on every case: f(f(x)) = f(x), the order of rules has no meaning.

use boltrope::cases::{Case, documents};
use boltrope::engine::{Program, Stage};
use boltrope::rules::RuleSet;
use boltrope::transforms::TRANSFORMS;
use serde_json::Value;

use crate::all;

#[test]
fn evaluating_the_result_changes_nothing_more() {
    each_single_case(|case, program, stage| {
        let first = program.evaluate(&case.request(&case.inputs()[0], stage), &case.world(stage));
        let Some(object) = first.object.filter(|_| first.findings.is_empty()) else {
            return;
        };
        let again = program.evaluate(&case.request(&object, stage), &case.world(stage));
        assert_eq!(again.object, None, "{} is not idempotent at {stage:?}", case.name);
        assert!(
            again.findings.is_empty(),
            "{}: {:?} at {stage:?}",
            case.name,
            again.findings
        );
    });
}

#[test]
fn the_order_of_rules_has_no_meaning() {
    each_single_case(|case, program, stage| {
        let text = case.rules.as_deref().expect("our cases have rules");
        let rules = documents(&case.name, text).expect("the rules load").remove(0);
        let reversed =
            Program::compile(RuleSet::decode(&reverse(rules), TRANSFORMS).expect("the rules load"));
        let ask =
            |program: &Program| program.evaluate(&case.request(&case.inputs()[0], stage), &case.world(stage));
        assert_eq!(ask(program), ask(&reversed), "{} at {stage:?}", case.name);
    });
}

fn each_single_case(check: impl Fn(&Case, &Program, Stage)) {
    for case in all() {
        let Ok(program) = case.program(&[]).expect("our cases have rules") else {
            continue;
        };
        if case.object().is_some() {
            check(&case, &program, Stage::Render);
            check(&case, &program, Stage::Admission);
        }
    }
}

fn reverse(mut rules: Value) -> Value {
    if let Some(list) = rules.pointer_mut("/spec/rules").and_then(Value::as_array_mut) {
        list.reverse();
    }
    rules
}
