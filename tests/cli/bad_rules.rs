//! Rules that cannot be used: exit 2, every mistake with its place, nothing on stdout.

use crate::folder::{Folder, NOTHING, SERVICE};

/// The rules of a file, as the lines under `rules:`.
fn rules(lines: &str) -> String {
    format!(
        "{}{lines}",
        NOTHING.replace("spec: {rules: []}\n", "spec:\n  rules:\n")
    )
}

/// What the program says to such a file; the summary line is checked here.
#[track_caller]
fn refused(test: &str, text: &str, mistakes: &[&str]) {
    let folder = Folder::new(test).with("rules.yaml", text);
    let count = match mistakes.len() {
        1 => "1 mistake".to_owned(),
        several => format!("{several} mistakes"),
    };
    let mut expected: String = mistakes.iter().map(|line| format!("{line}\n")).collect();
    expected.push_str(&format!("error: {count} in the rules; nothing was run\n"));
    folder
        .run("post-render --rules rules.yaml", SERVICE)
        .fails(2, &expected);
    folder.run("check --rules rules.yaml .", "").fails(2, &expected);
    folder.run("rules validate rules.yaml", "").fails(2, &expected);
}

#[test]
fn no_rules_at_all() {
    Folder::new("no-rules").run("post-render", SERVICE).fails(
        2,
        "error: no rules: pass --rules FILE or set BOLTROPE_RULES; start a file with `boltrope rules init`\n",
    );
}

#[test]
fn a_file_that_is_not_there() {
    Folder::new("missing-rules")
        .run("post-render --rules nope.yaml", SERVICE)
        .fails(
            2,
            "error: rules: cannot read `nope.yaml`: no such file or directory\n",
        );
}

#[test]
fn a_directory_without_rules() {
    Folder::new("empty-directory")
        .with("rules/README.md", "")
        .run("post-render --rules rules", SERVICE)
        .fails(2, "error: --rules rules: no *.yaml or *.yml file in it\n");
}

#[test]
fn an_empty_file() {
    let message = "rules.yaml: the file is empty; start one with `boltrope rules init`";
    refused("empty-rules", "", &[message]);
    refused("comment-rules", "# later\n", &[message]);
}

#[test]
fn two_documents() {
    refused(
        "two-documents",
        &format!("{NOTHING}---\n{NOTHING}"),
        &[
            "rules.yaml:6:1: a second document; a rules file is one document; put it in a file of its own and give both \
           with --rules",
        ],
    );
}

#[test]
fn broken_yaml() {
    refused(
        "broken-rules",
        "kind: [RuleSet\n",
        &["rules.yaml:2:1: the `[` that began at line 1, column 7 is not closed; close it with `]`"],
    );
}

#[test]
fn a_file_that_is_no_rules_file() {
    refused(
        "not-rules",
        &format!("#{}", "x".repeat(1 << 20)),
        &["rules.yaml: a rules file of 1048577 bytes is above the limit of 1 MiB; is this a rules file?"],
    );
}

#[test]
fn several_mistakes_come_at_once() {
    let text = "\
apiVersion: boltrope.dev/v1
kind: RuleSet
metadata:
  nmae: platform
spec:
  rules:
    - name: Team Label
      action: enforced
      match:
        kinds: [services]
        namespaces:
          includeRegex: [\"feature-(\"]
      metadata:
        lables: {}
";
    refused(
        "several-mistakes",
        text,
        &[
            "rules.yaml:1:1: expected `boltrope.dev/v1alpha1`, found `boltrope.dev/v1`",
            "rules.yaml:3:1: `name` is missing; add `name`",
            "rules.yaml:4:3: unknown key `nmae`; did you mean `name`?",
            "rules.yaml:7:7: `Team Label` is not a DNS-1123 label; use at most 63 lower-case letters, digits and `-`, \
             with a letter or digit at both ends",
            "rules.yaml:8:7: unknown value `enforced`; did you mean `enforce`?",
            "rules.yaml:10:17: `services` does not end in a kind such as `Service`; write `Kind`, `group/Kind` or \
             `group/version/Kind`, `core` for the core group, `*` for any part",
            "rules.yaml:12:26: `feature-(` is not a regular expression: found open group without closing ')'; the \
             whole name must match it, no `^` or `$` is needed",
            "rules.yaml:14:9: unknown key `lables`; did you mean `labels`?",
        ],
    );
}

#[test]
fn two_transforms_in_one_rule() {
    let text = rules(
        "    - name: both\n      metadata: {labels: {team: {required: true}}}\n      namespacePlacement: {allowed: [system]}\n",
    );
    refused(
        "two-transforms",
        &text,
        &[
            "rules.yaml:6:7: the rule has 2 transforms: `namespacePlacement`, `metadata`; write one rule for each",
        ],
    );
}

#[test]
fn a_conflict_that_loading_can_see() {
    let text = rules(
        "    - name: one\n      metadata: {labels: {team: {default: web}}}\n    - name: two\n      metadata: {labels: {team: {default: shop}}}\n",
    );
    refused(
        "conflict-at-load",
        &text,
        &[
            "rules.yaml:9:7: conflict: rule `two` wants \"shop\" at `/metadata/labels/team`, rule `one` with the same \
           `match` wants \"web\"; keep one of them, or give the rules different `match` keys",
        ],
    );
}

#[test]
fn a_name_taken_in_another_file() {
    let rule = rules("    - name: team\n      metadata: {labels: {team: {required: true}}}\n");
    Folder::new("duplicate-names")
        .with("rules/a.yaml", &rule)
        .with("rules/b.yml", &rule)
        .run("post-render --rules rules", SERVICE)
        .fails(
            2,
            "rules/b.yml:6:7: the name `team` is taken by an earlier rule; give each rule a name of its own\n\
             error: 1 mistake in the rules; nothing was run\n",
        );
}

#[test]
fn arguments_that_do_not_exist() {
    let run = Folder::new("arguments").run("post-render --ruels x", SERVICE);
    run.fails(
        2,
        "error: unexpected argument '--ruels' found\n\n  tip: a similar argument exists: '--rules'\n\n\
         Usage: boltrope post-render --rules <FILE>...\n\nFor more information, try '--help'.\n",
    );
}

#[test]
fn a_namespace_that_cannot_be() {
    Folder::new("bad-namespace")
        .with("rules.yaml", NOTHING)
        .with_variable("HELM_NAMESPACE", "Foo_Bar")
        .run("post-render --rules rules.yaml", SERVICE)
        .fails(
            2,
            "error: HELM_NAMESPACE: `Foo_Bar` is not the name of a namespace: use at most 63 lower-case letters, \
             digits and `-`\n",
        );
}

#[test]
fn a_world_that_is_not_there_or_broken() {
    let folder = Folder::new("bad-world")
        .with("rules.yaml", NOTHING)
        .with("world/crd.yaml", "a: [\n");
    folder
        .run("post-render --rules rules.yaml --world nope", SERVICE)
        .fails(
            2,
            "error: --world: cannot read `nope`: no such file or directory\n",
        );
    folder
        .run("post-render --rules rules.yaml --world world", SERVICE)
        .fails(
            2,
            "error: --world: world/crd.yaml:2:1: the `[` that began at line 1, column 4 is not closed; close it with \
             `]`\n",
        );
}

#[test]
fn a_host_rule_that_nothing_can_reach() {
    let text = rules(
        "    - name: hosts\n      match: {namespaces: {include: [\"preview-*\"]}}\n      hostRewrite:\n        hosts:\n          \
         - {from: \"**.example.com\", to: \"{namespace}.example.com\"}\n          \
         - {from: \"shop.example.com\", to: \"{namespace}.shop.example.com\"}\n",
    );
    refused(
        "unreachable-host-rule",
        &text,
        &[
            "rules.yaml:11:14: `shop.example.com` is never used, because `**.example.com` above takes every such host; \
             move it before that entry, or remove it",
        ],
    );
}
