//! Every case folder, on the library at both stages: the truth that all other surfaces are compared with.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads the checkout's files"
)]

mod covers;
mod folders;
mod laws;
mod oracle;

use std::fmt::Write as _;
use std::path::Path;

use boltrope::cases::Case;
use serde_json::Value;

/// All cases of the checkout.
fn all() -> Vec<Case> {
    folders::all(root())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_case_gives_what_it_expects() {
    let cases = all();
    let bless = std::env::var_os("BLESS").is_some();
    let mut failures = String::new();
    for case in &cases {
        let found = case.answer(&[]).unwrap_or_else(|error| panic!("{error}"));
        let expected = case.expectation();
        if found == expected {
            continue;
        }
        if bless {
            write(case, &found);
        } else {
            let _ = writeln!(failures, "{}\n{}", case.name, difference(&expected, &found));
        }
    }
    println!("{} cases", cases.len());
    assert!(
        failures.is_empty(),
        "cases that differ (`make bless` writes what was found):\n{failures}"
    );
}

/// Writes what was found, after reading it back.
fn write(case: &Case, found: &Value) {
    let path = root().join(&case.name).join("expected.yaml");
    let text = case.blessed(found);
    let files = [("expected.yaml".to_owned(), text.clone().into_bytes())];
    let read = Case::read(&case.name, &files.into()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(&read.expectation(), found, "{}: reads differently", case.name);
    std::fs::write(&path, text).expect("a writable case");
}

fn difference(expected: &Value, found: &Value) -> String {
    let (expected, found) = (boltrope_yaml::write(expected), boltrope_yaml::write(found));
    similar::TextDiff::from_lines(&expected, &found)
        .unified_diff()
        .header("expected", "found")
        .to_string()
}
