//! Streams that cannot be read or do not pass: one clear message with its place, nothing on stdout.

use crate::folder::{Folder, LABEL, NOTHING, SERVICE};

const UNREADABLE: &str = "0 errors, 0 warnings, 1 place that cannot be read; nothing was written to stdout\n";

#[track_caller]
fn unreadable(test: &str, stream: &[u8], message: &str) {
    let folder = Folder::new(test).with("rules.yaml", LABEL);
    let expected = format!("{message}{UNREADABLE}");
    folder
        .run("post-render --rules rules.yaml", stream)
        .fails(3, &expected);
    folder
        .run("post-render --rules rules.yaml --diff", stream)
        .fails(3, &expected);
    assert_eq!(folder.run("objects", stream).code, Some(3));
}

#[test]
fn text_on_a_separator() {
    unreadable(
        "separator",
        b"--- {a: b}\n",
        "error[invalid-separator]: invalid document separator: Kubernetes allows only a comment after `---`\n  \
         --> stdin:1:1 (document 1)\n   = help: put the content on a line of its own\n",
    );
}

#[test]
fn tab_indentation() {
    unreadable(
        "tab",
        format!("{SERVICE}---\n{}", SERVICE.replace("  name", "\tname")).as_bytes(),
        "error[tab]: a tab cannot indent YAML\n  --> stdin:11:1 (document 2, # Source: web/templates/service.yaml)\n   \
         = help: use spaces\n",
    );
}

#[test]
fn bytes_that_are_not_utf8() {
    unreadable(
        "utf8",
        b"kind: Service\nname: w\xff\n",
        "error[invalid-utf8]: the text is not UTF-8 here\n  --> stdin:2:8 (document 1, byte 21)\n   \
         = help: save the file as UTF-8\n",
    );
}

#[test]
fn nul() {
    unreadable(
        "nul",
        b"kind: Service\nname: w\0\n",
        "error[control-character]: NUL is not allowed in YAML\n  --> stdin:2:8 (document 1, byte 21)\n   \
         = help: remove it; was this text saved as UTF-16?\n",
    );
}

#[test]
fn a_document_that_breaks_off() {
    unreadable(
        "truncated",
        b"apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {a: \"b\n",
        "error[truncated]: the quote that began at line 3, column 35 is not closed\n  --> stdin:4:1 (document 1)\n   \
         = help: close it\n",
    );
}

#[test]
fn aliases_that_explode() {
    let mut bomb = "apiVersion: v1\nkind: Service\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    unreadable(
        "alias-bomb",
        bomb.as_bytes(),
        "error[alias-expansion]: the aliases expand to more than 10 times the document\n  --> stdin:7:20 (document \
         1)\n   = help: write the values out, or use fewer aliases\n",
    );
}

#[test]
fn nesting_without_end() {
    unreadable(
        "depth-bomb",
        format!("apiVersion: v1\nkind: Service\nx: {}\n", "[".repeat(20_000)).as_bytes(),
        "error[too-deep]: more than 100 mappings and lists inside each other\n  --> stdin:3:103 (document 1)\n   \
         = help: make the document flatter\n",
    );
}

#[test]
fn all_broken_documents_are_named_at_once() {
    let stream = format!("kind: [\n---\n{SERVICE}---\na: b: c\n");
    let run = Folder::new("all-broken")
        .with("rules.yaml", NOTHING)
        .run("post-render --no-scan --rules rules.yaml", stream);
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""));
    let places: Vec<&str> = run.stderr.lines().filter(|line| line.contains("-->")).collect();
    assert_eq!(
        places,
        ["  --> stdin:2:1 (document 1)", "  --> stdin:9:5 (document 3)"]
    );
    assert!(
        run.stderr
            .ends_with("2 places that cannot be read; nothing was written to stdout\n")
    );
}

#[test]
fn a_namespace_that_nobody_knows() {
    let rules = "\
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: platform}
spec:
  rules:
    - name: backends
      match: {namespaces: {include: [\"feature-*\"]}}
      externalName: {source: default}
";
    let folder = Folder::new("unknown-namespace").with("rules.yaml", rules);
    folder.run("post-render --rules rules.yaml", SERVICE).fails(
        1,
        "error[engine/namespace-unknown]: the namespace this object will live in is not known.\n  \
         --> stdin:4:1 (document 1, # Source: web/templates/service.yaml)\n   \
         = object: Service web at /metadata/namespace\n   = rule: backends\n   \
         = help: Pass --namespace, or write `metadata.namespace`.\n\
         1 error, 0 warnings; nothing was written to stdout\n",
    );
    folder
        .run("post-render --rules rules.yaml --namespace shop", SERVICE)
        .gives(SERVICE);
}

#[test]
fn a_conflict_that_only_an_object_shows() {
    let rules = "\
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: platform}
spec:
  rules:
    - name: one
      match: {kinds: [core/Service]}
      metadata: {labels: {team: {default: web}}}
    - name: two
      match: {kinds: [Service]}
      metadata: {labels: {team: {default: shop}}}
";
    Folder::new("conflict-at-run")
        .with("rules.yaml", rules)
        .run("post-render --rules rules.yaml", SERVICE)
        .fails(
            1,
            "error[engine/conflict]: rules `one` and `two` want different things at `/metadata/labels/team`.\n  \
             --> stdin:4:1 (document 1, # Source: web/templates/service.yaml)\n   \
             = object: Service web at /metadata/labels/team\n   = rule: one\n   \
             = help: Narrow the `match` of one of them, so that they do not meet.\n\
             1 error, 0 warnings; nothing was written to stdout\n",
        );
}

#[test]
fn duplicate_keys_warn_and_with_strict_refuse() {
    let folder = Folder::new("duplicate-keys").with("rules.yaml", LABEL);
    let stream = format!("{SERVICE}  name: other\n");
    let finding = |severity| {
        format!(
            "{severity}[engine/duplicate-key]: key `name` is there twice; Kubernetes keeps the last one.\n  \
             --> stdin:6:3 (document 1, # Source: web/templates/service.yaml)\n   \
             = object: Service other at /metadata/name\n   = help: Keep one of the two.\n"
        )
    };
    let run = folder.run("post-render --rules rules.yaml", stream.as_str());
    assert_eq!(run.stderr, finding("warning") + "0 errors, 1 warning\n");
    assert_eq!(run.stdout, format!("{stream}  labels:\n    team: web\n"));
    assert_eq!(run.code, Some(0));
    folder
        .run("post-render --rules rules.yaml --strict", stream.as_str())
        .fails(
            1,
            &(finding("error") + "1 error, 0 warnings; nothing was written to stdout\n"),
        );
}

#[test]
fn text_that_an_alias_shares_is_not_edited() {
    let stream = "apiVersion: v1\nkind: Service\nspec: {selector: &labels {app: web}}\nmetadata: {name: web, labels: *labels}\n";
    let run = Folder::new("shared-text")
        .with("rules.yaml", LABEL)
        .run("post-render --rules rules.yaml", stream);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(
        run.stderr
            .starts_with("error[engine/shared-text]: `/metadata/labels/team` cannot be edited in place: it is inside an alias, so it would change where the anchor is.\n  --> stdin:4:23 (document 1)\n"),
        "{}",
        run.stderr
    );
}
