//! `make bench-preview`: the planner at 25,000 copies, with its bars; what it prints becomes a section of the page.

use anyhow::ensure;

use super::{page, report};
use crate::program::Program;
use crate::{checkout, output};

/// Runs it; it fails above a bar, and then nothing is written.
pub(crate) fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let root = checkout::root()?;
    let program = Program::cargo().args([
        "bench",
        "--locked",
        "--profile",
        "bench-policy",
        "--package",
        "boltrope",
        "--bench",
        "preview",
    ]);
    let outcome = program.in_folder(&root).outcome()?;
    let printed = outcome.stdout.trim();
    output::line(printed);
    ensure!(outcome.code == Some(0), "{}", outcome.stderr.trim());
    let section = format!(
        "## A plan of previews\n\n1,000 previews of a base with 20 Services and 5 Ingresses, planned offline. Time is that on the \
         processor. Bars: 1 s, 300 MB.\n\nCommand: `make bench-preview`. Machine: {}, load average {}.\n\n```text\n{}\n```\n",
        report::machine(),
        report::load(),
        printed
    );
    page::put(&root, "bench-preview", &section)
}
