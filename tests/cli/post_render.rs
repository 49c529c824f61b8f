//! `post-render` when all is well: bytes, environment variables, the diff.

use crate::folder::{Folder, LABEL, NOTHING, SERVICE};

#[test]
fn only_the_line_of_the_rule_is_added() {
    let stream = format!(
        "# kept\r\n---\n{SERVICE}\n---\nkind:   ConfigMap   # kept too\napiVersion: v1\n# no newline"
    );
    let expected = stream.replace("name: web\n", "name: web\n  labels:\n    team: web\n");
    Folder::new("one-line")
        .with("rules.yaml", LABEL)
        .run("post-render --rules rules.yaml", stream)
        .gives(&expected);
}

#[test]
fn a_second_run_changes_nothing() {
    let folder = Folder::new("second-run").with("rules.yaml", LABEL);
    let once = folder.run("post-render --rules rules.yaml", SERVICE).stdout;
    folder
        .run("post-render --rules rules.yaml", once.as_str())
        .gives(&once);
}

#[test]
fn rules_come_from_several_files_and_directories_and_from_the_environment() {
    let expected = format!("{SERVICE}  labels:\n    team: web\n");
    let folder = Folder::new("several-files")
        .with("a.yaml", NOTHING)
        .with("rules/b.yml", LABEL)
        .with("rules/README.md", "not rules");
    folder
        .run("post-render --rules a.yaml rules", SERVICE)
        .gives(&expected);
    folder
        .run("post-render --rules a.yaml --rules rules", SERVICE)
        .gives(&expected);
    Folder::new("rules-variable")
        .with("a.yaml", NOTHING)
        .with("b.yaml", LABEL)
        .with_variable("BOLTROPE_RULES", "a.yaml:b.yaml")
        .run("post-render", SERVICE)
        .gives(&expected);
}

#[test]
fn the_namespace_comes_from_the_flag_then_boltrope_then_helm() {
    let rules = LABEL.replace(
        "match: {kinds: [core/Service]}",
        "match: {kinds: [core/Service], namespaces: {include: [right]}}",
    );
    let expected = format!("{SERVICE}  labels:\n    team: web\n");
    for (test, variables, flag, applies) in [
        ("helm", &[("HELM_NAMESPACE", "right")][..], "", true),
        (
            "boltrope-wins",
            &[("HELM_NAMESPACE", "right"), ("BOLTROPE_NAMESPACE", "wrong")],
            "",
            false,
        ),
        (
            "empty-is-absent",
            &[("HELM_NAMESPACE", "right"), ("BOLTROPE_NAMESPACE", "")],
            "",
            true,
        ),
        (
            "flag-wins",
            &[("BOLTROPE_NAMESPACE", "wrong")],
            " --namespace right",
            true,
        ),
    ] {
        let mut folder = Folder::new(test).with("rules.yaml", &rules);
        for (name, value) in variables {
            folder = folder.with_variable(name, value);
        }
        let run = folder.run(&format!("post-render --rules rules.yaml{flag}"), SERVICE);
        run.gives(if applies { &expected } else { SERVICE });
    }
}

#[test]
fn empty_stays_empty_but_helm_4_gets_a_comment() {
    for (test, input) in [("empty", ""), ("blank", "\n")] {
        Folder::new(test)
            .with("rules.yaml", NOTHING)
            .run("post-render --rules rules.yaml", input)
            .gives(input);
        Folder::new(&format!("{test}-plugin"))
            .with("rules.yaml", NOTHING)
            .with_variable("HELM_PLUGIN_NAME", "boltrope")
            .run("post-render --rules rules.yaml", input)
            .gives(&format!("{input}# no resources\n"));
    }
    Folder::new("plugin-with-objects")
        .with("rules.yaml", NOTHING)
        .with_variable("HELM_PLUGIN_NAME", "boltrope")
        .run("post-render --rules rules.yaml", SERVICE)
        .gives(SERVICE);
}

#[test]
fn the_diff_names_object_source_and_rule() {
    let stream = format!("kind: ConfigMap\napiVersion: v1\n---\n{SERVICE}spec: {{}}\n---\n{SERVICE}");
    let run = Folder::new("diff")
        .with("rules.yaml", LABEL)
        .run("post-render --rules rules.yaml --diff", stream);
    let expected = "\
--- Service web # Source: web/templates/service.yaml
+++ Service web # Source: web/templates/service.yaml
# team sets /metadata/labels/team
@@ -6,3 +6,5 @@
 kind: Service
 metadata:
   name: web
+  labels:
+    team: web
 spec: {}
";
    let first: Vec<&str> = run.stdout.lines().take(10).collect();
    let expected: Vec<&str> = expected.lines().collect();
    assert_eq!(first[4..], expected[4..], "{}", run.stdout);
    assert_eq!(first[..3], expected[..3]);
    assert_eq!(run.stderr, "3 documents, 2 changed\n");
    assert_eq!(run.code, Some(0));
}

#[test]
fn the_diff_of_a_secret_shows_no_value() {
    let rules = LABEL.replace("core/Service", "core/Secret");
    let stream = "apiVersion: v1\nkind: Secret\nstringData: {password: hunter2}\nmetadata:\n  name: web\ndata: {key: aHVudGVy}\n";
    let run = Folder::new("secret").with("rules.yaml", &rules).run(
        "post-render --rules rules.yaml --diff --report report.json",
        stream,
    );
    assert_eq!(run.code, Some(0));
    assert!(run.stdout.contains("+    team: web"), "{}", run.stdout);
    for secret in ["hunter2", "aHVudGVy"] {
        assert!(!run.stdout.contains(secret), "{}", run.stdout);
    }
}
