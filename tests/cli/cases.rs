//! Every case folder through the real process: the same answer as the library gives.

#[path = "../cases/folders.rs"]
mod folders;

use std::path::Path;

use boltrope::cases::{Case, documents};
use boltrope::engine::Stage;
use serde_json::{Value, json};

use crate::folder::Folder;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The case's folder with the arguments that give the program what the case knows.
fn run(case: &Case, report: &str) -> (Folder, crate::folder::Run) {
    let name = case.name.replace('/', "-");
    let mut arguments = format!("post-render --rules rules.yaml --no-scan --report {report}");
    for (flag, value) in [
        ("namespace", &case.request.namespace),
        ("release", &case.request.release),
    ] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            arguments.push_str(&format!(" --{flag} {value}"));
        }
    }
    let mut folder =
        Folder::new(&name).with("rules.yaml", case.rules.as_deref().expect("our cases have rules"));
    if case.world.is_some() {
        let world = std::fs::read(root().join(&case.name).join("world.yaml")).expect("a case's file");
        folder = folder.with("world.yaml", world);
        arguments.push_str(" --world world.yaml");
    }
    let run = folder.run(&arguments, case.input.clone().unwrap_or_default());
    (folder, run)
}

/// A finding without what a case does not say.
fn finding(result: &Value) -> Value {
    let keys = ["code", "severity", "rule", "pointer", "message", "remedy"];
    keys.iter()
        .map(|key| (key.to_string(), result[*key].clone()))
        .collect()
}

#[test]
fn every_case_runs_in_the_real_process() {
    let cases = folders::all(root());
    for case in &cases {
        let at = &case.name;
        let (folder, run) = run(case, "report.json");
        assert!(
            folder.path().join("report.json").is_file(),
            "{at}: {}",
            run.stderr
        );
        let report: Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
        assert_eq!(
            run.code.map(Value::from),
            Some(report["summary"]["exitCode"].clone()),
            "{at}"
        );
        if let Some(errors) = case.expected.get("errors") {
            loading(case, errors, &run, &report);
            continue;
        }
        let Some(expected) = case.expected_at(Stage::Render) else {
            continue;
        };
        let findings: Vec<Value> = report["results"]
            .as_array()
            .expect("a list")
            .iter()
            .map(finding)
            .collect();
        let wanted = expected.get("findings").cloned().unwrap_or_else(|| json!([]));
        assert_eq!(Value::from(findings), wanted, "{at}: {}", run.stderr);
        let accepted = expected.get("accepted").and_then(Value::as_bool).unwrap_or(true);
        assert_eq!(run.code, Some(i32::from(!accepted)), "{at}: {}", run.stderr);
        if !accepted {
            assert_eq!(run.stdout, "", "{at}");
        } else if let Some(output) = expected.get("output").and_then(Value::as_str) {
            assert_eq!(run.stdout, output, "{at}");
        } else if let Some(object) = expected.get("object") {
            assert_eq!(
                documents(at, &run.stdout).expect("YAML"),
                std::slice::from_ref(object),
                "{at}"
            );
        } else {
            assert_eq!(Some(run.stdout), case.input, "{at}");
        }
    }
    println!("{} cases", cases.len());
}

/// A case about loading: the mistakes and their places.
fn loading(case: &Case, errors: &Value, run: &crate::folder::Run, report: &Value) {
    let at = &case.name;
    let errors = errors.as_array().expect("a list");
    if errors.is_empty() {
        assert_eq!(run.code, Some(0), "{at}: {}", run.stderr);
        return;
    }
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{at}");
    let failures = report["failures"].as_array().expect("a list");
    assert_eq!(failures.len(), errors.len(), "{at}: {}", run.stderr);
    for (failure, error) in failures.iter().zip(errors) {
        for key in ["line", "column", "pointer"] {
            assert_eq!(failure[key], error[key], "{at}");
        }
        let message = error["message"].as_str().expect("text");
        assert!(run.stderr.contains(message), "{at}: {message}");
    }
}
