//! Commands that only talk: rules, explain, objects, completions, man, help.

use boltrope::transforms::TRANSFORMS;

use crate::folder::{Folder, LABEL, SERVICE};

#[test]
fn rules_validate_lists_what_is_there() {
    Folder::new("validate")
        .with("rules.yaml", LABEL)
        .run("rules validate rules.yaml", "")
        .gives("OK: 1 rule in 1 file\n  team  metadata  enforce\n");
}

#[test]
fn rules_init_gives_rules_that_are_valid_and_so_are_its_examples() {
    let folder = Folder::new("init");
    let starter = folder.run("rules init", "").stdout;
    let uncommented: String = starter
        .lines()
        .map(|line| match line.strip_prefix("    # ") {
            Some(rest) if rest.starts_with("- ") || rest.starts_with(' ') => format!("    {rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let folder = folder
        .with("starter.yaml", &starter)
        .with("all.yaml", uncommented);
    let run = folder.run("rules validate starter.yaml", "");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with("OK: 1 rule in 1 file\n"), "{}", run.stdout);
    let run = folder.run("rules validate all.yaml", "");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stdout.starts_with("OK: 3 rules in 1 file\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn rules_init_never_overwrites() {
    let folder = Folder::new("init-twice");
    let run = folder.run("rules init --output rules.yaml", "");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert_eq!(folder.read("rules.yaml"), folder.run("rules init", "").stdout);
    folder
        .with("rules.yaml", "mine")
        .run("rules init --output rules.yaml", "")
        .fails(
            2,
            "error: `rules.yaml` is there already and is left as it is; choose another name\n",
        );
}

#[test]
fn rules_schema_is_json_with_every_transform() {
    let run = Folder::new("schema").run("rules schema", "");
    let schema: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let rule = &schema["properties"]["spec"]["properties"]["rules"]["items"]["properties"];
    for transform in TRANSFORMS {
        assert!(rule.get(transform.meta().id).is_some(), "{}", transform.meta().id);
    }
}

#[test]
fn rules_schema_for_a_kind_is_the_form_of_its_objects() {
    let rules = "\
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: platform}
spec:
  rules:
    - name: orders
      namespacePlacement: {allowed: [system]}
    - name: cost
      match: {kinds: [openportal.dev/*]}
      metadata: {labels: {cost: {required: true, enum: [a, b]}}}
";
    let definition = "\
apiVersion: apiextensions.crossplane.io/v2
kind: CompositeResourceDefinition
metadata: {name: things.openportal.dev}
spec: {group: openportal.dev, scope: Namespaced, names: {kind: Thing, plural: things}}
";
    let folder = Folder::new("schema-for")
        .with("rules.yaml", rules)
        .with("world/xrd.yaml", definition);
    let run = folder.run(
        "rules schema --rules rules.yaml --world world --for openportal.dev/v1/Thing",
        "",
    );
    let schema: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(
        schema,
        serde_json::json!({
            "title": "Thing",
            "type": "object",
            "required": ["metadata"],
            "properties": {
                "apiVersion": {"const": "openportal.dev/v1"},
                "kind": {"const": "Thing"},
                "metadata": {
                    "type": "object",
                    "required": ["labels"],
                    "properties": {
                        "namespace": {"type": "string", "const": "system", "default": "system"},
                        "labels": {
                            "type": "object",
                            "required": ["cost"],
                            "properties": {"cost": {"type": "string", "enum": ["a", "b"]}},
                        },
                    },
                },
            },
        })
    );
    for (command, message) in [
        (
            "rules schema --rules rules.yaml --for Thing",
            "error: --for: `Thing` may be several kinds; write `group/Kind`, `core` for the core group\n",
        ),
        (
            "rules schema --rules rules.yaml --for core/Service",
            "error: --for: no rule refuses anything of kind `core/Service`; the rules are about `openportal.dev/*`\n",
        ),
        (
            "rules schema --for core/Service",
            "error: no rules: pass --rules FILE or set BOLTROPE_RULES; start a file with `boltrope rules init`\n",
        ),
    ] {
        folder.run(command, "").fails(2, message);
    }
}

#[test]
fn explain_knows_everything_it_lists() {
    let folder = Folder::new("explain");
    let list = folder.run("explain", "").stdout;
    let topics: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(topics.contains(&"engine/conflict") && topics.contains(&"protected-namespaces"));
    for transform in TRANSFORMS {
        let meta = transform.meta();
        assert_eq!(
            folder.run(&format!("explain {}", meta.slug), "").stdout,
            meta.readme
        );
        for (slug, _) in meta.codes {
            assert!(
                topics.contains(&format!("{}/{slug}", meta.slug).as_str()),
                "{slug}"
            );
        }
        let changed = format!("{}/would-change", meta.slug);
        assert_eq!(topics.contains(&changed.as_str()), !meta.planned, "{changed}");
    }
    for topic in topics {
        let run = folder.run(&format!("explain {topic}"), "");
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{topic}");
        assert!(run.stdout.len() > topic.len() + 20, "{topic}: {}", run.stdout);
    }
}

#[test]
fn explain_suggests_what_was_probably_meant() {
    let folder = Folder::new("explain-typo");
    folder.run("explain engine/conflct", "").fails(
        2,
        "error: nothing is called `engine/conflct`; did you mean `engine/conflict`?\n",
    );
    folder.run("explain everything-else", "").fails(
        2,
        "error: nothing is called `everything-else`; `boltrope explain` lists what there is\n",
    );
}

#[test]
fn protected_namespaces_are_printed() {
    let run = Folder::new("protected").run("explain protected-namespaces", "");
    for glob in [
        "  kube-*\n",
        "  flux-system\n",
        "  crossplane-system\n",
        "  kubewarden\n",
    ] {
        assert!(run.stdout.contains(glob), "{}", run.stdout);
    }
}

#[test]
fn objects_are_what_kubernetes_reads() {
    let stream = "# nothing\n---\non: 0777\n---\n---\nnull\n---\n- a: yes\n---\nplain\n";
    let lines = "{\"true\":511}\nnull\n[{\"a\":true}]\n\"plain\"\n";
    let folder = Folder::new("objects")
        .with("a.yaml", stream)
        .with("b.json", "{\"a\": 1}{\"b\": 2}");
    folder.run("objects", stream).gives(lines);
    folder.run("objects -o json -", stream).gives(lines);
    folder
        .run("objects a.yaml b.json", "")
        .gives(&format!("{lines}{{\"a\":1}}\n{{\"b\":2}}\n"));
}

#[test]
fn objects_print_nothing_when_something_cannot_be_read() {
    let folder = Folder::new("objects-broken").with("b.yaml", format!("{SERVICE}---\na: [\n"));
    folder.run("objects b.yaml", "").fails(
        3,
        "error: b.yaml: document 2, line 8, column 1: the `[` that began at line 7, column 4 is not closed; close it \
         with `]`\n",
    );
    folder
        .run("objects nope.yaml", "")
        .fails(3, "error: cannot read `nope.yaml`: no such file or directory\n");
}

#[test]
fn completions_exist_for_every_shell() {
    let folder = Folder::new("completions");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = folder.run(&format!("completions {shell}"), "");
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{shell}");
        for word in ["post-render", "no-scan", "validate"] {
            assert!(run.stdout.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let folder = Folder::new("man");
    let root = folder.run("man", "").stdout;
    assert!(
        root.contains(".TH boltrope 1") && root.contains("boltrope\\-check(1)"),
        "{root}"
    );
    for (page, word) in [
        ("post-render", "no\\-scan"),
        ("check", "world"),
        ("rules", "validate"),
        ("rules validate", "FILE"),
        ("explain", "TOPIC"),
        ("objects", "FILE"),
        ("completions", "SHELL"),
        ("man", "COMMAND"),
    ] {
        let run = folder.run(&format!("man {page}"), "");
        assert_eq!(run.code, Some(0), "{page}");
        assert!(run.stdout.contains(word), "{page}: {}", run.stdout);
    }
    folder
        .run("man post-rendr", "")
        .fails(2, "error: no command `post-rendr`; did you mean `post-render`?\n");
}

#[test]
fn help_and_version_go_to_stdout() {
    let folder = Folder::new("help");
    let run = folder.run("--help", "");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.contains("Exit codes:") && run.stdout.contains("Examples:"));
    folder
        .run("--version", "")
        .gives(concat!("boltrope ", env!("CARGO_PKG_VERSION"), "\n"));
}
