//! The laws of rules.md, on every case: f(f(x)) = f(x), the order of rules has no meaning.

use boltrope::engine::{Program, Stage};
use boltrope::rules::RuleSet;
use boltrope::transforms::TRANSFORMS;
use serde_json::Value;

use crate::answer::{program, request, world};
use crate::case::{self, Case, documents};

#[test]
fn evaluating_the_result_changes_nothing_more() {
    each_single_case(|case, program, stage| {
        let documents = case.inputs();
        let first = program.evaluate(&request(case, &documents[0], stage), &world(case, stage));
        let Some(object) = first.object.filter(|_| first.findings.is_empty()) else {
            return;
        };
        let again = program.evaluate(&request(case, &object, stage), &world(case, stage));
        assert_eq!(
            again.object,
            None,
            "{} is not idempotent at {stage:?}",
            case.folder.display()
        );
        assert!(
            again.findings.is_empty(),
            "{}: {:?} at {stage:?}",
            case.folder.display(),
            again.findings
        );
    });
}

#[test]
fn the_order_of_rules_has_no_meaning() {
    each_single_case(|case, program, stage| {
        let documents_in = case.inputs();
        let rules = documents(&case.rules, &case.folder.join("rules.yaml")).remove(0);
        let reversed =
            Program::compile(RuleSet::decode(&reverse(rules), TRANSFORMS).expect("the rules load"));
        let ask = |program: &Program| {
            program.evaluate(&request(case, &documents_in[0], stage), &world(case, stage))
        };
        assert_eq!(
            ask(program),
            ask(&reversed),
            "{} at {stage:?}",
            case.folder.display()
        );
    });
}

fn each_single_case(check: impl Fn(&Case, &Program, Stage)) {
    for case in case::all() {
        let Ok(program) = program(&case) else { continue };
        if case.is_single() {
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
