//! `make lint`: the house rules that neither rustfmt nor clippy checks.
//!
//! Every rule looks at the files that git would commit, and every problem is reported in one run.

mod makefile;
mod names;
mod packages;
mod sizes;
mod words;

use crate::{checkout, output};
use anyhow::bail;
use std::path::{Path, PathBuf};

/// One breach of a rule. A warning is printed and does not fail the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    path: PathBuf,
    line: Option<usize>,
    message: String,
    warning: bool,
}

impl Problem {
    fn error(path: &Path, line: Option<usize>, message: impl Into<String>) -> Self {
        Self {
            path: path.to_path_buf(),
            line,
            message: message.into(),
            warning: false,
        }
    }

    fn warning(path: &Path, message: impl Into<String>) -> Self {
        Self {
            path: path.to_path_buf(),
            line: None,
            message: message.into(),
            warning: true,
        }
    }

    fn shown(&self) -> String {
        let level = if self.warning { "warning" } else { "error" };
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{level}: {}{line}: {}", self.path.display(), self.message)
    }
}

/// Runs every rule over the checkout.
pub(crate) fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let files = checkout::files()?;
    let mut problems = Vec::new();
    for path in &files {
        problems.extend(names::check(path));
        let Some(text) = checkout::text(path)? else {
            continue;
        };
        problems.extend(words::check(path, &text));
        problems.extend(sizes::check(path, &text)?);
        if path.ends_with("Cargo.toml") {
            problems.extend(packages::check(path, &text));
        }
        if path == Path::new("Makefile") {
            problems.extend(makefile::check(path, &text));
        }
    }
    for problem in &problems {
        output::problem(&problem.shown());
    }
    let errors = problems.iter().filter(|problem| !problem.warning).count();
    if errors > 0 {
        bail!("{errors} of the house rules' checks failed (CONTRIBUTING.md explains them)");
    }
    output::line(&format!("house rules: {} files, no errors", files.len()));
    Ok(())
}
