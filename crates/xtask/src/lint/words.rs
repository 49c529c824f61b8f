//! Words that must not be committed: paths of one machine, hosts of package registries, to-dos nobody owns.
//!
//! The lists are put together from parts, so that this file does not hold what it forbids.

use super::Problem;
use std::path::Path;

const REGISTRY_HOSTS: &[&[&str]] = &[
    &["proxy", "golang", "org"],
    &["sum", "golang", "org"],
    &["index", "crates", "io"],
    &["static", "crates", "io"],
    &["registry", "npmjs", "org"],
    &["registry", "yarnpkg", "com"],
    &["files", "pythonhosted", "org"],
    &["pypi", "org"],
    &["repo1", "maven", "org"],
    &["repo", "maven", "apache", "org"],
    &["deb", "debian", "org"],
];

const MACHINE_FOLDERS: &[&[&str]] = &[&["", "work", ""], &["", "root", "."], &["", "root", ".cargo"]];
/// A manifest may well mount `/tmp`; a source file, a script or a page has no reason to name it.
const TEMPORARY: &[&str] = &["", "tmp", ""];

pub(super) fn check(path: &Path, text: &str) -> Vec<Problem> {
    let is_data = path
        .extension()
        .is_some_and(|extension| extension == "yaml" || extension == "json");
    let mut problems = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = Some(index + 1);
        if let Some(host) = REGISTRY_HOSTS
            .iter()
            .map(|parts| parts.join("."))
            .find(|host| line.contains(host))
        {
            problems.push(Problem::error(
                path,
                number,
                format!("names the package registry host `{host}`"),
            ));
        }
        if let Some(folder) = MACHINE_FOLDERS
            .iter()
            .map(|parts| parts.join("/"))
            .find(|at| mentions(line, at))
        {
            problems.push(Problem::error(
                path,
                number,
                format!("names `{folder}`, a path of one machine"),
            ));
        }
        let temporary = TEMPORARY.join("/");
        if !is_data && mentions(line, &temporary) {
            let message = format!("names `{temporary}`: use a temporary folder of the program's own");
            problems.push(Problem::error(path, number, message));
        }
        if !is_data && has_unowned_todo(line) {
            problems.push(Problem::error(
                path,
                number,
                "a to-do without an issue: write the issue's number, as in (#12)",
            ));
        }
    }
    problems
}

/// Whether `line` holds the absolute path `folder`: `docs/work/` and `https://host/tmp/` are something else.
fn mentions(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        !before.is_some_and(|character| character.is_alphanumeric() || "._-/{}$)".contains(character))
    })
}

fn has_unowned_todo(line: &str) -> bool {
    ["TO", "FIX"].iter().zip(["DO", "ME"]).any(|(head, tail)| {
        let word = format!("{head}{tail}");
        line.match_indices(&word).any(|(at, _)| {
            let before = line.get(..at).and_then(|text| text.chars().next_back());
            let after = line.get(at + word.len()..).unwrap_or_default();
            let is_word = !before.is_some_and(char::is_alphanumeric)
                && !after.starts_with(|character: char| character.is_alphanumeric());
            let digits = after
                .strip_prefix("(#")
                .and_then(|rest| rest.split_once(')'))
                .map(|(digits, _)| digits);
            let owned = digits
                .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
            is_word && !owned
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, line: &str) -> usize {
        check(Path::new(path), line).len()
    }

    #[test]
    fn refuses_machine_paths_but_not_what_looks_like_one() {
        let work = ["", "work", "main"].join("/");
        let temporary = ["", "tmp", "a"].join("/");
        assert_eq!(messages("docs/a.md", &format!("see {work}/x")), 1);
        assert_eq!(messages("docs/a.md", &format!("see docs{work}/x")), 0);
        assert_eq!(messages("src/a.rs", &format!("open(\"{temporary}\")")), 1);
        assert_eq!(messages("examples/a.yaml", &format!("mountPath: {temporary}")), 0);
    }

    #[test]
    fn refuses_registry_hosts() {
        assert_eq!(messages("docs/a.md", &["registry", "npmjs", "org"].join(".")), 1);
        assert_eq!(messages("docs/a.md", "install it from crates.io"), 0);
    }

    #[test]
    fn wants_an_issue_for_every_todo() {
        let word = ["TO", "DO"].concat();
        assert_eq!(messages("src/a.rs", &format!("// {word}: later")), 1);
        assert_eq!(messages("src/a.rs", &format!("// {word}(#): later")), 1);
        assert_eq!(messages("src/a.rs", &format!("// {word}(#12): later")), 0);
        assert_eq!(messages("src/a.rs", &format!("let {word}S = 1;")), 0);
    }
}
