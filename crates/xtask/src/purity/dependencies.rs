//! The crates that the core links, compared with `crates/xtask/purity.txt` in both directions.
//!
//! A new dependency of a dependency is as visible as one of ours: it needs a line in that file, and so a diff.

use super::Report;
use crate::checkout;
use crate::program::Program;
use anyhow::Context as _;
use std::collections::{BTreeMap, BTreeSet};

const ALLOWED: &str = "crates/xtask/purity.txt";

/// The builds of the library that other surfaces link. The section of the allow-list has the same name.
const BUILDS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("yaml", &["--features", "yaml"]),
    ("preview", &["--features", "preview"]),
    ("recovery", &["--features", "recovery"]),
    ("schema", &["--features", "schema"]),
];

pub(super) fn check() -> anyhow::Result<Report> {
    let path = checkout::root()?.join(ALLOWED);
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
    let allowed = sections(&text);
    let mut report = Report::default();
    let mut all = BTreeSet::new();
    for (build, features) in BUILDS {
        let linked = crates(features)?;
        let expected = allowed.get(*build).cloned().unwrap_or_default();
        report.problems.extend(differences(build, &linked, &expected));
        all.extend(linked);
    }
    report.looked_at = format!("{} crates in {} builds, each one listed", all.len(), BUILDS.len());
    Ok(report)
}

/// The names of what one build links, on every target; the tree's `(proc-macro)` mark is kept.
fn crates(features: &[&str]) -> anyhow::Result<BTreeSet<String>> {
    let tree = Program::cargo()
        .args([
            "tree",
            "--locked",
            "--edges",
            "normal",
            "--package",
            "boltrope",
            "--no-default-features",
        ])
        .args(features)
        .args(["--target", "all", "--prefix", "none", "--format", "{p}"])
        .in_folder(&checkout::root()?)
        .stdout()?;
    Ok(names(&tree))
}

fn names(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|line| {
            let name = line.split_whitespace().next()?;
            Some(if line.contains("(proc-macro)") {
                format!("{name} (proc-macro)")
            } else {
                name.to_owned()
            })
        })
        .filter(|name| name != "boltrope")
        .collect()
}

fn sections(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(header) => header.clone_into(&mut current),
            None => {
                sections
                    .entry(current.clone())
                    .or_default()
                    .insert(line.to_owned());
            }
        }
    }
    sections
}

fn differences(build: &str, linked: &BTreeSet<String>, expected: &BTreeSet<String>) -> Vec<String> {
    let unlisted = linked.difference(expected).map(|name| {
        format!("the `{build}` build links `{name}`: if it belongs there, add the line `{name}` under [{build}] in {ALLOWED}")
    });
    let gone = expected.difference(linked).map(|name| {
        format!("the `{build}` build no longer links `{name}`: remove the line under [{build}] in {ALLOWED}")
    });
    unlisted.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_crates_missing_on_either_side() {
        let linked = names(
            "boltrope v0.1.0 (path)\nserde v1.0.0\nserde_derive v1.0.0 (proc-macro)\nserde v1.0.0 (*)\n",
        );
        let expected = sections("# why\n[core]\nserde\n\n[yaml]\nmemchr\n");
        let core = differences("core", &linked, expected.get("core").unwrap());
        assert_eq!(core.len(), 1);
        assert!(
            core.first()
                .unwrap()
                .contains("links `serde_derive (proc-macro)`")
        );
        let yaml = differences("yaml", &linked, expected.get("yaml").unwrap());
        assert!(
            yaml.iter()
                .any(|problem| problem.contains("no longer links `memchr`"))
        );
    }
}
