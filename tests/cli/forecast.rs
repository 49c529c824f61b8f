//! `forecast`: what people and programs are told.

use crate::folder::{Folder, LABEL, SERVICE};

fn folder(test: &str) -> Folder {
    Folder::new(test).with("rules.yaml", LABEL)
}

#[test]
fn a_rewritten_field_is_named_with_its_rule_and_baked_in() {
    let run = folder("forecast-text").run("forecast --rules rules.yaml -n shop", SERVICE);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let start = "# rewritten Service web /metadata/labels/team: nothing -> \"web\" (team)\npostRenderers:\n";
    assert!(run.stdout.starts_with(start), "{}", run.stdout);
}

#[test]
fn nothing_changed_and_nothing_that_drifts_are_said_in_words() {
    let folder = folder("forecast-nothing");
    folder
        .run("forecast --rules rules.yaml", "")
        .gives("# admission changes nothing of this release\n");
    folder
        .run(
            "forecast --rules rules.yaml --assume webhook-absent --remedy ignore",
            SERVICE,
        )
        .gives(
            "# kept Service web /metadata/labels/team: nothing -> \"web\" (team)\n\
             # no field drifts, so there is nothing to ignore\n",
        );
}

#[test]
fn a_program_gets_all_of_it_as_json() {
    let run = folder("forecast-json").run(
        "forecast --rules rules.yaml --assume create-only -o json",
        SERVICE,
    );
    let printed: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(printed["fields"][0]["verdict"], "kept");
    assert_eq!(printed["fields"][0]["cluster"], "web");
    assert_eq!(printed["driftDetection"]["ignore"], serde_json::json!([]));
    assert_eq!(printed["postRenderers"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_refusal_is_told_and_ends_with_1() {
    let rules = LABEL.replace("{default: web}", "{required: true}");
    let run = Folder::new("forecast-refused")
        .with("rules.yaml", rules)
        .run("forecast --rules rules.yaml", SERVICE);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(1), "# admission changes nothing of this release\n")
    );
    assert!(
        run.stderr.starts_with("Service web will be refused: "),
        "{}",
        run.stderr
    );
}

#[test]
fn a_broken_document_is_placed() {
    folder("forecast-broken").run("forecast --rules rules.yaml", "a: [\n").fails(
        3,
        "error: stdin: document 1, line 2, column 1: the `[` that began at line 1, column 4 is not closed; close it with `]`\n",
    );
}
