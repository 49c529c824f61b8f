//! `.pre-commit-hooks.yaml`: every hook is complete and runs.

use serde_json::Value;

use crate::folder::{Folder, LABEL, SERVICE};

#[test]
fn every_hook_runs_and_finds_what_is_there() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    let hooks: Value =
        yaml_serde::from_str(&std::fs::read_to_string(path).expect("the hooks")).expect("YAML");
    let hooks = hooks.as_array().expect("a list");
    assert_eq!(hooks.len(), 4);
    for hook in hooks {
        let text = |key: &str| {
            hook[key]
                .as_str()
                .unwrap_or_else(|| panic!("{hook} has no `{key}`"))
        };
        let (id, entry) = (text("id"), text("entry"));
        assert!(!text("name").is_empty() && !text("description").is_empty());
        assert_eq!(
            text("language"),
            if id.ends_with("-system") { "system" } else { "rust" }
        );
        assert_eq!(
            hook["pass_filenames"], false,
            "{id}: part of a tree cannot be judged"
        );
        let arguments: Vec<&str> = hook["args"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let (program, command) = entry.split_once(' ').expect("a subcommand");
        assert_eq!(program, "boltrope");
        let folder = Folder::new(&format!("hooks-{id}"))
            .with("rules.yaml", LABEL)
            .with("a.yaml", SERVICE);
        let run = folder.run(&format!("{command} {}", arguments.join(" ")), "");
        let fixes = command.contains("--fix");
        assert_eq!(run.code, Some(if fixes { 0 } else { 1 }), "{id}: {}", run.stderr);
        assert_eq!(folder.read("a.yaml") != SERVICE, fixes, "{id}");
    }
}
