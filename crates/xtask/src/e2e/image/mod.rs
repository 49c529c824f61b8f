//! The operator as it is shipped: the static program of `make image-context`, told what the chart and the pages tell it, with
//! the rights that the chart grants it and no others.

mod branches;
mod previews;
mod rights;
mod scene;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::chart;
use crate::image;
use crate::program::Program;

pub(super) const CHECKS: &[super::Check] = &[
    ("the program needs no library, no environment and no file", starts),
    (
        "it understands what the chart tells it, in every mode",
        understands_the_chart,
    ),
    ("it understands every command of the pages", understands_the_pages),
    (
        "the chart grants what it asks for before the first write, and it says what is missing",
        rights::suffice,
    ),
    (
        "openova's branches, one of them cut off in the middle, on a real API server",
        branches::hold,
    ),
    (
        "previews of two namespaces are made with the chart's Roles, and nothing in a third",
        previews::are_made,
    ),
];

/// Pages with commands of the operator.
const PAGES: &[&str] = &[
    "README.md",
    "docs/recovery.md",
    "docs/recovery-openova.md",
    "docs/recovery-rbac.md",
    "docs/recovery-runbook.md",
    "charts/boltrope-operator/README.md",
    "charts/boltrope-operator/templates/NOTES.txt",
];
/// Fewer commands than these mean that they were not found.
const LEAST: usize = 8;

/// The program, built unless `make image-context` has done so.
fn program(root: &Path) -> anyhow::Result<PathBuf> {
    let program = root.join(image::FOLDER).join(image::PROGRAM);
    if !program.exists() {
        image::run(&[])?;
    }
    Ok(program)
}

fn starts(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    // Made anew: what lies there may be older than the sources.
    image::run(&[])?;
    // Root may look at the folder as the image's Pod will: as everything that there is.
    let folder = root.join(image::FOLDER);
    let is_root = Program::new("id").args(["-u"]).stdout()?.trim() == "0";
    if is_root && Program::new("chroot").args(["--version"]).succeeds() {
        let version = Program::new("chroot")
            .args([&folder])
            .args(["/boltrope-operator", "--version"])
            .stdout()?;
        ensure!(
            version.starts_with(image::PROGRAM),
            "alone in its folder it says `{version}`"
        );
    }
    Ok(())
}

/// clap reads arguments in order, so a last `--help` is only answered where those before it are right.
fn understands(program: &Path, arguments: &[String]) -> anyhow::Result<()> {
    let help = Program::new(program).args(arguments).args(["--help"]).stdout();
    let help = help.with_context(|| format!("`{} {}`", image::PROGRAM, arguments.join(" ")))?;
    ensure!(help.contains("Usage:"), "no help: {help}");
    Ok(())
}

fn understands_the_chart(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    let program = program(root)?;
    for arguments in chart::arguments(root)? {
        understands(&program, &arguments)?;
    }
    Ok(())
}

fn understands_the_pages(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    let program = program(root)?;
    let mut count = 0;
    for page in PAGES {
        let text = std::fs::read_to_string(root.join(page)).with_context(|| format!("reading `{page}`"))?;
        for command in commands(&text) {
            understands(&program, &command).with_context(|| (*page).to_owned())?;
            count += 1;
        }
    }
    ensure!(count >= LEAST, "only {count} commands in the pages");
    Ok(())
}

/// Lines that call the program, without what a template puts in.
fn commands(text: &str) -> Vec<Vec<String>> {
    let command = |line: &str| {
        let line = line.trim().trim_start_matches("$ ");
        let rest = line.strip_prefix(image::PROGRAM)?.strip_prefix(' ')?;
        let rest = rest.split(['#', '|', '{']).next().unwrap_or(rest);
        Some(
            rest.split_whitespace()
                .map(|word| word.trim_matches('\'').to_owned())
                .collect(),
        )
    };
    text.lines()
        .filter_map(command)
        .filter(|words: &Vec<String>| !words.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_the_lines_that_begin_with_the_program() {
        let page = "Run `boltrope-operator x`.\n\n    boltrope-operator recover run --once  # once\nboltrope-operator: a chart\n  \
                    boltrope-operator recover diagnose{{ if .x }} -n {{ . }}{{ end }}\n";
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            commands(page),
            [words("recover run --once"), words("recover diagnose")]
        );
    }
}
