//! `check`: a tree judged, nothing changed.

use crate::folder::{Folder, LABEL, SERVICE};

const PLACEMENT: &str = "\
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: platform}
spec:
  rules:
    - name: infrastructure-in-system
      match: {kinds: [openportal.dev/ManagedNamespace]}
      namespacePlacement: {allowed: [system]}
";
const XRD: &str = "\
apiVersion: apiextensions.crossplane.io/v2
kind: CompositeResourceDefinition
metadata: {name: managednamespaces.openportal.dev}
spec:
  group: openportal.dev
  names: {kind: ManagedNamespace, plural: managednamespaces}
";
const ORDER: &str = "\
apiVersion: openportal.dev/v1alpha1
kind: ManagedNamespace
metadata:
  name: search
";

#[test]
fn what_a_rule_would_change_is_an_error_with_its_place() {
    let folder = Folder::new("check-would-change")
        .with("rules.yaml", LABEL)
        .with("tree/web/service.yaml", format!("---\n{SERVICE}"))
        .with("tree/values.yaml", "replicas: 1\n");
    let run = folder.run("check --rules rules.yaml tree", "");
    assert_eq!(run.code, Some(1));
    assert!(
        run.stdout.starts_with("error[metadata/would-change]: "),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains(
            "\n  --> tree/web/service.yaml:5:1 (document 1, # Source: web/templates/service.yaml)\n"
        ),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .ends_with("\n2 files, 2 documents: 1 error, 0 warnings\n"),
        "{}",
        run.stdout
    );
    assert_eq!(folder.read("tree/web/service.yaml"), format!("---\n{SERVICE}"));
}

#[test]
fn a_template_whose_form_offers_what_the_rules_refuse_is_told_at_its_line() {
    let template = "\
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: managed-namespace}
spec:
  parameters:
    - properties:
        xrNamespace:
          enum: [system, shop]
  steps:
    - id: generateManifest
      action: terasky:claim-template
      input: {apiVersion: openportal.dev/v1alpha1, kind: ManagedNamespace}
";
    let folder = Folder::new("check-template")
        .with("rules.yaml", PLACEMENT)
        .with(
            "tree/xrd.yaml",
            XRD.replace("spec:\n", "spec:\n  scope: Namespaced\n"),
        )
        .with("tree/template.yaml", template);
    let run = folder.run("check --rules rules.yaml tree", "");
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(
        run.stdout.starts_with(
            "error[namespace-placement/namespace-not-allowed]: step `generateManifest` makes a `ManagedNamespace`: objects of \
             this kind may not live in namespace `shop`.\n  --> tree/template.yaml:8:26 "
        ),
        "{}",
        run.stdout
    );
    assert!(run.stdout.ends_with(": 1 error, 0 warnings\n"), "{}", run.stdout);
}

#[test]
fn scope_comes_from_the_tree_or_the_world() {
    let folder = Folder::new("check-scope")
        .with("rules.yaml", PLACEMENT)
        .with("alone/order.yaml", ORDER)
        .with("tree/order.yaml", ORDER)
        .with("tree/z/xrd.yaml", XRD)
        .with("world/xrd.yaml", XRD);
    let alone = folder.run("check --rules rules.yaml alone", "");
    assert_eq!(alone.code, Some(0), "{}", alone.stdout);
    assert!(
        alone
            .stdout
            .contains("warning[namespace-placement/unknown-scope]"),
        "{}",
        alone.stdout
    );
    for arguments in ["tree", "--world world alone"] {
        let run = folder.run(&format!("check --rules rules.yaml {arguments}"), "");
        assert_eq!(run.code, Some(1), "{arguments}: {}", run.stdout);
        assert!(
            run.stdout.contains("error[namespace-placement/would-change]"),
            "{arguments}: {}",
            run.stdout
        );
    }
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_still_checked() {
    let folder = Folder::new("check-unreadable")
        .with("rules.yaml", LABEL)
        .with("tree/a.yaml", SERVICE)
        .with("tree/template.yaml", "metadata:\n  name: {{ .Release.Name }}\n")
        .with("tree/.git/config.yaml", "a: [\n");
    let run = folder.run("check --rules rules.yaml tree missing.yaml", "");
    assert_eq!(run.code, Some(3));
    assert!(
        run.stdout.contains("error[metadata/would-change]"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("--> tree/template.yaml:2:10"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains(".git"), "{}", run.stdout);
    assert!(
        run.stdout
            .ends_with("2 files, 2 documents: 1 error, 0 warnings, 1 place that cannot be read, 1 file that cannot be read\n"),
        "{}",
        run.stdout
    );
    assert_eq!(
        run.stderr,
        "tree/template.yaml looks like a template: check what it renders to, `helm template ... | boltrope post-render \
         ...`\nerror: cannot read `missing.yaml`: no such file or directory\n"
    );
}

#[test]
fn json_is_one_report_with_files() {
    let folder = Folder::new("check-json")
        .with("rules.yaml", LABEL)
        .with("tree/b.yml", SERVICE)
        .with(
            "tree/a.json",
            r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "json"}}"#,
        );
    let run = folder.run("check --rules rules.yaml -o json tree", "");
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["summary"]["errors"], 2);
    assert_eq!(report["results"][0]["file"], "tree/a.json");
    assert_eq!(report["results"][1]["file"], "tree/b.yml");
    assert_eq!(report["results"][1]["line"], 4);
    assert_eq!(report["changes"].as_array().map(Vec::len), Some(0));
}

#[cfg(unix)]
#[test]
fn links_inside_count_once_and_links_out_not_at_all() {
    let folder = Folder::new("check-links")
        .with("rules.yaml", LABEL)
        .with("outside/service.yaml", SERVICE)
        .with("tree/..data/mounted.yaml", SERVICE)
        .with("tree/real.yaml", SERVICE);
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, folder.path().join(name)).expect("a link");
    };
    link("..data/mounted.yaml", "tree/mounted.yaml");
    link("real.yaml", "tree/again.yaml");
    link("../outside/service.yaml", "tree/out.yaml");
    link("../outside", "tree/out");
    let run = folder.run("check --rules rules.yaml tree", "");
    let places: Vec<&str> = run
        .stdout
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--> ")?.split(' ').next())
        .collect();
    assert_eq!(places, ["tree/mounted.yaml:4:1", "tree/real.yaml:4:1"]);
}

#[test]
fn a_clean_tree_says_so() {
    let folder = Folder::new("check-clean")
        .with("rules.yaml", LABEL)
        .with("tree/a.yaml", format!("{SERVICE}  labels: {{team: shop}}\n"));
    folder
        .run("check --rules rules.yaml tree", "")
        .gives("1 file, 1 document: 0 errors, 0 warnings\n");
}
