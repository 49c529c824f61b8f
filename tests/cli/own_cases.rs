//! `boltrope test`: the cases of somebody else.

use serde_json::{Value, json};

use crate::folder::{Folder, LABEL};

const DEPLOYMENT: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n";
const EXPECTED: &str = "\
object:
  apiVersion: v1
  kind: Service
  metadata:
    name: web
    namespace: shop
    labels:
      team: web
accepted: true
";

fn folder(test: &str) -> Folder {
    Folder::new(test)
        .with("rules.yaml", LABEL)
        .with("cases/README.md", "mine")
        .with("cases/a/input.yaml", DEPLOYMENT)
        .with("cases/a/rules.yaml", LABEL)
        .with("cases/a/expected.yaml", EXPECTED)
        .with("cases/b/input.yaml", DEPLOYMENT)
        .with("cases/b/notes.md", "any other file is nobody's business")
        .with("cases/b/expected.yaml", EXPECTED)
}

#[test]
fn cases_that_hold_are_listed_and_counted() {
    folder("own-cases")
        .run("test --rules rules.yaml cases", "")
        .gives("passed     cases/a\npassed     cases/b\n2 cases: 2 passed, 0 failed\n");
}

#[test]
fn a_case_that_fails_shows_the_difference() {
    let run = folder("own-failure")
        .with(
            "cases/b/expected.yaml",
            EXPECTED.replace("team: web", "team: shop"),
        )
        .run("test --rules rules.yaml cases", "");
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    assert_eq!(
        run.stdout,
        "passed     cases/a\n\
         failed     cases/b\n\
         \x20 --- expected.yaml\n\
         \x20 +++ found\n\
         \x20      name: web\n\
         \x20      namespace: shop\n\
         \x20      labels:\n\
         \x20 -      team: shop\n\
         \x20 +      team: web\n\
         \x20  accepted: true\n\
         2 cases: 1 passed, 1 failed\n"
    );
}

#[test]
fn a_blessing_writes_what_was_found_and_keeps_the_comments() {
    let folder = folder("own-blessing")
        .with("cases/b/expected.yaml", "# why it is so\naccepted: false\n")
        .with("cases/c/input.yaml", DEPLOYMENT);
    let run = folder.run("test --rules rules.yaml cases", "");
    assert_eq!(run.code, Some(1));
    assert!(
        run.stdout.contains(
            "failed     cases/c\n  there is no expected.yaml; --bless writes this one:\n  object:\n    apiVersion: v1\n"
        ),
        "{}",
        run.stdout
    );
    folder.run("test --rules rules.yaml --bless cases", "").gives(
        "passed     cases/a\nblessed    cases/b\nblessed    cases/c\n3 cases: 1 passed, 0 failed, 2 blessed\n",
    );
    assert_eq!(
        folder.read("cases/b/expected.yaml"),
        format!("# why it is so\n{EXPECTED}")
    );
    assert_eq!(folder.read("cases/c/expected.yaml"), EXPECTED);
    folder
        .run("test --rules rules.yaml cases", "")
        .gives("passed     cases/a\npassed     cases/b\npassed     cases/c\n3 cases: 3 passed, 0 failed\n");
}

#[test]
fn what_differs_by_stage_and_what_does_not_load_are_cases_too() {
    let placement = "\
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: platform}
spec:
  rules:
    - name: old
      match: {kinds: [core/Service]}
      metadata: {labels: {team: {required: true}}}
";
    let old =
        "operation: UPDATE\nold: {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}\n";
    let folder = Folder::new("own-stages")
        .with("stages/rules.yaml", placement)
        .with("stages/input.yaml", DEPLOYMENT)
        .with("stages/request.yaml", old)
        .with("broken/rules.yaml", placement.replace("required", "requird"))
        .with("broken/expected.yaml", "");
    assert_eq!(folder.run("test --bless .", "").code, Some(0));
    let stages = folder.read("stages/expected.yaml");
    assert!(
        stages.starts_with("render:\n") && stages.contains("\nadmission:\n"),
        "{stages}"
    );
    let broken = folder.read("broken/expected.yaml");
    assert!(broken.starts_with("errors:\n- line: 8\n"), "{broken}");
    assert_eq!(folder.run("test .", "").code, Some(0));
}

#[test]
fn programs_get_a_report() {
    let run = folder("own-report")
        .with("cases/b/expected.yaml", "accepted: false\n")
        .with("cases/c/input.yaml", "a: [\n")
        .run("test --rules rules.yaml -o json cases", "");
    assert_eq!(run.code, Some(3));
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["kind"], "TestReport");
    assert_eq!(
        report["summary"],
        json!({"exitCode": 3, "cases": 3, "passed": 1, "failed": 1, "blessed": 0, "unreadable": 1})
    );
    let [a, b, c] = [0, 1, 2].map(|index| &report["cases"][index]);
    assert_eq!(a, &json!({"name": "cases/a", "verdict": "passed"}));
    assert_eq!(b["expected"], json!({"accepted": false}));
    assert_eq!(b["found"]["accepted"], true);
    assert_eq!(c["verdict"], "unreadable");
    let message = c["message"].as_str().expect("text");
    assert!(message.starts_with("cases/c/input.yaml: "), "{message}");
}

#[test]
fn what_is_no_case_is_named() {
    for (test, file, text, message) in [
        (
            "own-typo",
            "cases/c/expect.yaml",
            "",
            "cases/c: `expect.yaml` is not a file of a case; did you mean `expected.yaml`?",
        ),
        (
            "own-key",
            "cases/c/request.yaml",
            "namspace: shop\n",
            "cases/c/request.yaml: unknown key `namspace`; did you mean `namespace`?",
        ),
        (
            "own-rules",
            "cases/c/notes.txt",
            "",
            "cases/c: it has no rules.yaml; write one, or pass --rules for all cases without",
        ),
    ] {
        let run = Folder::new(test)
            .with("cases/c/input.yaml", DEPLOYMENT)
            .with(file, text)
            .run("test cases", "");
        assert_eq!((run.code, run.stderr.as_str()), (Some(3), ""));
        assert_eq!(
            run.stdout,
            format!("unreadable cases/c\n  {message}\n1 case: 0 passed, 0 failed, 1 unreadable\n")
        );
    }
    let folder = folder("own-nothing")
        .with("empty/README.md", "")
        .with("bad.yaml", "kind: RuleSet\n");
    folder.run("test empty", "").fails(
        2,
        "error: no case in `empty`: a case is a folder with input.yaml and, beside it, rules.yaml, request.yaml, \
         world.yaml, expected.yaml; `boltrope test --help` tells more\n",
    );
    folder
        .run("test gone", "")
        .fails(2, "error: cannot read `gone`: no such file or directory\n");
    let run = folder.run("test --rules bad.yaml cases", "");
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.starts_with("bad.yaml:1:1: "), "{}", run.stderr);
}
