//! Every package takes the workspace's lints and the workspace's dependency versions. A package that is a workspace of
//! its own (cargo-fuzz makes one) cannot.

use super::Problem;
use std::path::Path;

pub(super) fn check(path: &Path, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let is_workspace_of_its_own =
        text.lines().any(|line| line.trim() == "[workspace]") && path != Path::new("Cargo.toml");
    if is_workspace_of_its_own {
        return problems;
    }
    if text.contains("[package]") && !inherits_lints(text) {
        problems.push(Problem::error(
            path,
            None,
            "no `[lints] workspace = true`: the house rules would not apply",
        ));
    }
    let mut section = "";
    for (index, line) in text.lines().enumerate() {
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
            continue;
        }
        let is_dependency = section.ends_with("dependencies") && section != "workspace.dependencies";
        let code = line.split('#').next().unwrap_or_default().trim();
        if is_dependency && !code.is_empty() && !code.contains("workspace = true") {
            let message =
                format!("`{code}`: declare it in [workspace.dependencies] and write `workspace = true` here");
            problems.push(Problem::error(path, Some(index + 1), message));
        }
    }
    problems
}

fn inherits_lints(text: &str) -> bool {
    let after = text.split("[lints]").nth(1).unwrap_or_default();
    after.lines().map(str::trim).find(|line| !line.is_empty()) == Some("workspace = true")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"a\"\n\n[dependencies]\nserde.workspace = true\n\
                        boltrope = { workspace = true, optional = true }\n\n[lints]\nworkspace = true\n";

    #[test]
    fn accepts_inherited_lints_and_versions() {
        assert_eq!(check(Path::new("Cargo.toml"), GOOD), vec![]);
    }

    #[test]
    fn leaves_a_workspace_of_its_own_alone() {
        let fuzz = "[package]\nname = \"fuzz\"\n\n[dependencies]\nserde = \"1\"\n\n[workspace]\n";
        assert_eq!(check(Path::new("crates/yaml/fuzz/Cargo.toml"), fuzz), vec![]);
        assert_eq!(check(Path::new("Cargo.toml"), fuzz).len(), 2);
    }

    #[test]
    fn refuses_a_package_without_the_lints_and_a_version_of_its_own() {
        let without = GOOD.replace("[lints]\nworkspace = true\n", "");
        assert_eq!(check(Path::new("Cargo.toml"), &without).len(), 1);
        let own = GOOD.replace("serde.workspace = true", "serde = \"1\"");
        assert_eq!(
            check(Path::new("Cargo.toml"), &own)
                .first()
                .and_then(|problem| problem.line),
            Some(5)
        );
    }
}
