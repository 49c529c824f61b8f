//! Whole Git trees: `tests/scenarios/<name>/` is checked and fixed, and what comes out stands in its `expected.yaml`.
//!
//! `BLESS=1` writes everything but `covers`; read the difference.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::folder::{self, Folder};

#[test]
fn every_tree_gives_what_it_expects() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut scenarios: Vec<PathBuf> = fs::read_dir(&root)
        .expect("scenarios")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("tree").is_dir())
        .collect();
    scenarios.sort();
    assert!(scenarios.len() > 1);
    let mut failures = Vec::new();
    for scenario in scenarios {
        let path = scenario.join("expected.yaml");
        let mut expected: Value =
            yaml_serde::from_str(&fs::read_to_string(&path).expect("expected.yaml")).expect("YAML");
        let covers = expected
            .as_object_mut()
            .and_then(|map| map.shift_remove("covers"));
        let found = check(&scenario);
        if found == expected {
            continue;
        }
        if std::env::var_os("BLESS").is_some() {
            let mut all = Map::from_iter([("covers".to_owned(), covers.expect("`covers`"))]);
            all.extend(found.as_object().expect("a mapping").clone());
            fs::write(&path, yaml_serde::to_string(&Value::Object(all)).expect("YAML"))
                .expect("expected.yaml");
            continue;
        }
        let text = |value: &Value| serde_json::to_string_pretty(value).expect("JSON");
        let (expected, found) = (text(&expected), text(&found));
        let difference = similar::TextDiff::from_lines(&expected, &found);
        failures.push(format!("{}\n{}", scenario.display(), difference.unified_diff()));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What `check` says of a tree, and what `--fix` makes of its files.
fn check(scenario: &Path) -> Value {
    let name = scenario
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name");
    let mut folder = Folder::new(&format!("scenario-{name}"));
    let mut files = Vec::new();
    find(scenario, &mut files);
    for file in &files {
        let name = file
            .strip_prefix(scenario)
            .expect("below it")
            .to_str()
            .expect("a name");
        folder = folder.with(name, fs::read(file).expect("a file"));
    }
    let mut arguments = "check --rules rules.yaml".to_owned();
    if let Ok(more) = fs::read_to_string(scenario.join("arguments.txt")) {
        arguments.push_str(&format!(" {}", more.trim()));
    }
    let run = folder.run(&format!("{arguments} -o json tree"), "");
    let report: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{name}: {}", run.stderr));
    let findings: Vec<Value> = report["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(finding)
        .collect();
    let before: Vec<String> = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("text"))
        .collect();
    let fixed = folder.run(&format!("{arguments} --fix tree"), "");
    let again = folder.run(&format!("{arguments} --fix tree"), "");
    assert!(!again.stdout.contains(" fixed in "), "{name}: {}", again.stdout);
    let mut changed = Map::new();
    for (file, before) in files.iter().zip(before) {
        let name = file
            .strip_prefix(scenario)
            .expect("below it")
            .to_str()
            .expect("a name");
        let after = folder.read(name);
        if after != before {
            changed.insert(name.to_owned(), after.into());
        }
    }
    json!({"exit": run.code, "findings": findings, "fixed": changed, "exitAfterFix": fixed.code})
}

fn finding(result: &Value) -> Value {
    let keys = [
        "code", "severity", "rule", "file", "line", "pointer", "message", "remedy",
    ];
    let entries = keys.map(|key| (key.to_owned(), result[key].clone()));
    Value::Object(Map::from_iter(entries))
}

fn find(directory: &Path, found: &mut Vec<PathBuf>) {
    let is_given = |name: &OsStr| name != "expected.yaml" && name != "arguments.txt";
    let all = folder::files(directory).into_iter();
    found.extend(all.filter(|path| path.file_name().is_some_and(is_given)));
}
