//! `boltrope check` on a whole Git tree: what a pull request waits for.
//!
//! No other tool does the same on the same tree, so there is a time and a bar, and nobody to be compared with.

use super::jobs::Contender;
use super::measure::Samples;
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

/// A rule that reads every object and refuses none, so that the exit code says whether the tree was read.
const RULES: &str = "apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: bench}\nspec:\n  rules:\n    - name: team\n      \
                     action: warn\n      match: {kinds: [\"*\"]}\n      metadata: {labels: {team: {required: true}}}\n";

/// A tree that was checked.
#[derive(Debug)]
pub(super) struct TreeCheck {
    /// Whose tree.
    pub(super) name: String,
    /// How many files were read.
    pub(super) files: usize,
    /// What it took.
    pub(super) samples: Samples,
}

/// Checks the largest Git trees beside the checkout, `rounds` times each; nothing, where there are none.
pub(super) fn run(
    root: &Path,
    folder: &Path,
    boltrope: &Path,
    rounds: usize,
) -> anyhow::Result<Vec<TreeCheck>> {
    let trees = root.join("../shared/corpus/gitops");
    if !trees.is_dir() {
        return Ok(Vec::new());
    }
    std::fs::create_dir_all(folder)?;
    let rules = folder.join("rules.yaml");
    std::fs::write(&rules, RULES).with_context(|| format!("writing `{}`", rules.display()))?;
    let mut found: Vec<PathBuf> = std::fs::read_dir(&trees)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    found.sort();
    found
        .iter()
        .map(|tree| check(tree, folder, &rules, boltrope, rounds))
        .collect()
}

fn check(
    tree: &Path,
    folder: &Path,
    rules: &Path,
    boltrope: &Path,
    rounds: usize,
) -> anyhow::Result<TreeCheck> {
    let name = tree
        .file_name()
        .and_then(|name| name.to_str())
        .context("a tree without a name")?;
    let output = folder.join(format!("{name}.txt"));
    let path = |path: &Path| {
        path.to_str()
            .map(str::to_owned)
            .context("the path of the checkout is not UTF-8")
    };
    let (rules, tree) = (path(rules)?, path(tree)?);
    let arguments = ["check", "--rules", &rules, &tree];
    let mut contender = Contender::new(
        "boltrope check",
        boltrope,
        &arguments,
        Path::new("/dev/null"),
        &output,
    );
    for _ in 0..rounds {
        contender.sample()?;
    }
    let text = std::fs::read_to_string(&output)?;
    let summary = text.lines().last().unwrap_or_default();
    let files = summary
        .split_once(" files, ")
        .and_then(|(files, _)| files.parse().ok());
    let Some(files) = files.filter(|files| *files > 0 && !summary.contains("cannot be read")) else {
        bail!("`boltrope check` on `{tree}` ended with `{summary}`");
    };
    Ok(TreeCheck {
        name: name.to_owned(),
        files,
        samples: contender.samples,
    })
}
