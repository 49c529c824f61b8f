//! `--report`: the same story as stderr, as JSON, also when the command fails.

use serde_json::{Value, json};

use crate::folder::{Folder, LABEL, NOTHING, SERVICE};

fn report(folder: &Folder) -> Value {
    serde_json::from_str(&folder.read("report.json")).expect("JSON")
}

#[test]
fn tells_what_was_changed_by_which_rule() {
    let folder = Folder::new("report-changes").with("rules.yaml", LABEL);
    let run = folder.run("post-render --rules rules.yaml --report report.json", SERVICE);
    assert_eq!(run.code, Some(0));
    assert_eq!(
        report(&folder),
        json!({
            "apiVersion": "boltrope.dev/v1alpha1",
            "kind": "Report",
            "summary": {"exitCode": 0, "documents": 1, "changed": 1, "errors": 0, "warnings": 0, "unreadable": 0},
            "results": [],
            "changes": [{
                "object": {"apiVersion": "v1", "kind": "Service", "name": "web"},
                "op": "set", "pointer": "/metadata/labels/team", "value": "web", "rules": ["team"],
                "file": "stdin", "document": 1, "source": "web/templates/service.yaml", "line": 2, "column": 1,
            }],
            "failures": [],
        })
    );
}

#[test]
fn tells_what_was_found() {
    let rules = LABEL.replace("{default: web}", "{required: true}");
    let folder = Folder::new("report-findings")
        .with("rules.yaml", &rules)
        .with_variable("BOLTROPE_REPORT", "report.json");
    let run = folder.run("post-render --rules rules.yaml", SERVICE);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    let report = report(&folder);
    assert_eq!(report["summary"]["exitCode"], 1);
    assert_eq!(report["summary"]["errors"], 1);
    let result = &report["results"][0];
    assert_eq!(result["code"], "metadata/missing");
    assert_eq!(
        (&result["rule"], &result["severity"]),
        (&json!("team"), &json!("error"))
    );
    assert_eq!((&result["line"], &result["column"]), (&json!(4), &json!(1)));
    assert_eq!(result["source"], "web/templates/service.yaml");
    assert_eq!(result["object"]["name"], "web");
    assert!(run.stderr.contains(result["message"].as_str().expect("text")));
    assert!(run.stderr.contains(result["remedy"].as_str().expect("text")));
}

#[test]
fn is_written_for_every_kind_of_failure() {
    for (test, rules, input, arguments, code, reason) in [
        ("report-rules", "kind: RuleSet\n", SERVICE, "", 2, "rules"),
        (
            "report-arguments",
            NOTHING,
            SERVICE,
            "--world nope",
            2,
            "arguments",
        ),
        ("report-clap", NOTHING, SERVICE, "--nope", 2, "arguments"),
        ("report-input", NOTHING, "a: [\n", "--no-scan", 3, "truncated"),
    ] {
        let folder = Folder::new(test)
            .with("rules.yaml", rules)
            .with_variable("BOLTROPE_REPORT", "report.json");
        let run = folder.run(&format!("post-render --rules rules.yaml {arguments}"), input);
        assert_eq!(run.code, Some(code), "{test}");
        let report = report(&folder);
        assert_eq!(report["summary"]["exitCode"], code, "{test}");
        assert_eq!(report["failures"][0]["reason"], reason, "{test}: {report}");
        assert_ne!(report["failures"][0]["message"], "", "{test}");
    }
}

#[test]
fn replaces_an_old_one_and_leaves_nothing_else_behind() {
    let folder = Folder::new("report-replaced")
        .with("rules.yaml", NOTHING)
        .with("report.json", "old");
    folder
        .run("post-render --rules rules.yaml --report report.json", SERVICE)
        .gives(SERVICE);
    assert_eq!(report(&folder)["kind"], "Report");
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["report.json", "rules.yaml"]);
}

#[test]
fn that_cannot_be_written_stops_the_run() {
    Folder::new("report-nowhere")
        .with("rules.yaml", NOTHING)
        .run(
            "post-render --rules rules.yaml --report no/such/report.json",
            SERVICE,
        )
        .fails(
            2,
            "error: cannot write the report to `no/such/report.json`: no such file or directory\n",
        );
}
