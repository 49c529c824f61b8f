//! `post-render` as a KRM function, and the annotations that say which rules changed an object.

use crate::folder::{Folder, LABEL, NOTHING, SERVICE};

const HEAD: &str = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";
const ITEM: &str = "- apiVersion: v1\n  kind: Service\n  metadata:\n    name: web # kept\n";

fn list(config: &str) -> String {
    format!("{HEAD}{ITEM}{config}")
}

/// A rules file as `functionConfig`.
fn config(rules: &str) -> String {
    let indented: Vec<String> = rules.lines().map(|line| format!("  {line}\n")).collect();
    format!("functionConfig:\n{}", indented.concat())
}

#[test]
fn a_resource_list_comes_back_with_results() {
    let input = list(&config(LABEL));
    let output = Folder::new("function").run("post-render", input.as_str()).stdout;
    let labelled = input.replace("# kept\n", "# kept\n    labels:\n      team: web\n");
    let results = output
        .strip_prefix(&labelled)
        .unwrap_or_else(|| panic!("{output}"));
    assert!(results.starts_with("results:\n- message: "), "{results}");
    assert!(results.contains("  severity: info\n"), "{results}");
}

#[test]
fn rules_of_the_command_and_of_the_function_are_one_set() {
    let folder = Folder::new("function-and-file").with("rules.yaml", LABEL);
    let output = folder
        .run("post-render --rules rules.yaml", list(&config(NOTHING)))
        .stdout;
    assert!(output.contains("      team: web\n"), "{output}");
    let twice = folder.run("post-render --rules rules.yaml", list(&config(LABEL)));
    assert_eq!(twice.code, Some(2));
    assert!(twice.stderr.contains("stdin:"), "{}", twice.stderr);
}

#[test]
fn a_function_without_rules_says_where_they_go() {
    let refused = Folder::new("function-without").run("post-render", list(""));
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    assert!(refused.stderr.contains("`functionConfig`"), "{}", refused.stderr);
}

#[test]
fn mistakes_in_a_functions_rules_are_placed_in_the_list() {
    let broken = config(&LABEL.replace("spec:", "sepc:"));
    let refused = Folder::new("function-broken").run("post-render", list(&broken));
    assert_eq!(refused.code, Some(2));
    let line = list(&broken)
        .lines()
        .position(|line| line == "  sepc:")
        .unwrap_or_default()
        + 1;
    assert!(
        refused.stderr.contains(&format!("stdin:{line}:3")),
        "{}",
        refused.stderr
    );
}

#[test]
fn annotated_objects_name_the_rules_and_their_digest() {
    let folder = Folder::new("annotate").with("rules.yaml", LABEL);
    let once = folder
        .run("post-render --rules rules.yaml --annotate", SERVICE)
        .stdout;
    assert!(once.contains("    boltrope.dev/rules: team\n"), "{once}");
    assert!(once.contains("    boltrope.dev/rules-digest: sha256:"), "{once}");
    folder
        .run("post-render --rules rules.yaml --annotate", once.as_str())
        .gives(&once);
    let changed = Folder::new("annotate-other")
        .with("rules.yaml", format!("{LABEL}# another line\n"))
        .run("post-render --rules rules.yaml --annotate", SERVICE)
        .stdout;
    assert_ne!(once, changed, "the digest does not see the rules");
    folder
        .run("post-render --rules rules.yaml", SERVICE)
        .gives(&format!("{SERVICE}  labels:\n    team: web\n"));
}
