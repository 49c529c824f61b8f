//! Every case folder, on the library at both stages: the truth that all other surfaces are compared with.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads the checkout's files"
)]

mod answer;
mod bless;
mod case;
mod covers;
mod laws;
mod oracle;

use std::fmt::Write as _;

use boltrope::engine::Stage;
use serde_json::{Map, Value, json};

use case::Case;

#[test]
fn every_case_gives_what_it_expects() {
    let cases = case::all();
    let bless = std::env::var_os("BLESS").is_some();
    let mut failures = String::new();
    for case in &cases {
        let found = answer(case);
        let expected = expectation(case);
        if found == expected {
            continue;
        }
        if bless {
            bless::write(case, &found);
        } else {
            let _ = writeln!(
                failures,
                "{}\n{}",
                case.folder.display(),
                difference(&expected, &found)
            );
        }
    }
    println!("{} cases", cases.len());
    assert!(
        failures.is_empty(),
        "cases that differ (`make bless` writes what was found):\n{failures}"
    );
}

/// What the library says to a case: the answer at both stages, written once when it is the same.
fn answer(case: &Case) -> Value {
    let program = match answer::program(case) {
        Ok(program) => program,
        Err(errors) => return errors,
    };
    if case.input.is_none() {
        return json!({"errors": []});
    }
    if !case.is_single() {
        return json!({"render": answer::render(case, &program)});
    }
    let mut render = answer::evaluate(case, &program, Stage::Render);
    let admission = answer::evaluate(case, &program, Stage::Admission);
    let wants_text = ["/output", "/render/output"]
        .iter()
        .any(|at| case.expected.pointer(at).is_some());
    let same = render == admission;
    if wants_text {
        let text = answer::render(case, &program);
        if let (Some(map), Some(output)) = (render.as_object_mut(), text.get("output")) {
            map.insert("output".to_owned(), output.clone());
        }
    }
    if same {
        render
    } else {
        json!({"render": render, "admission": admission})
    }
}

fn expectation(case: &Case) -> Value {
    let mut expected = case.expected.as_object().cloned().unwrap_or_else(Map::new);
    expected.shift_remove("covers");
    Value::Object(expected)
}

fn difference(expected: &Value, found: &Value) -> String {
    let text = |value: &Value| serde_json::to_string_pretty(value).expect("JSON");
    let (expected, found) = (text(expected), text(found));
    similar::TextDiff::from_lines(&expected, &found)
        .unified_diff()
        .header("expected", "found")
        .to_string()
}
