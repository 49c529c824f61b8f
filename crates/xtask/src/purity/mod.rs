//! `make purity`: the core decides from what it is given and reaches nothing else.
//!
//! Three independent proofs. The crates it links are the listed ones. Its source names no module of std that
//! reaches the machine (clippy's lists know functions; this knows modules, and grouped and macro uses). And it
//! builds for a WebAssembly target without an operating system, as a module that imports nothing.

mod dependencies;
mod module;
mod source;

use crate::output;
use anyhow::bail;

/// Runs the three proofs, reports every problem of all of them.
pub(crate) fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let mut problems = Vec::new();
    for (name, proof) in [
        (
            "dependencies",
            dependencies::check as fn() -> anyhow::Result<Report>,
        ),
        ("source", source::check),
        ("WebAssembly module", module::check),
    ] {
        let report = proof().unwrap_or_else(|error| Report {
            problems: vec![format!("{error:#}")],
            ..Report::default()
        });
        if report.problems.is_empty() {
            output::line(&format!("purity, {name}: {}", report.looked_at));
        }
        problems.extend(report.problems);
    }
    for problem in &problems {
        output::problem(&format!("error: {problem}"));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        bail!("the core is not pure: {} problems", problems.len())
    }
}

/// What one proof looked at and what it found.
#[derive(Debug, Default)]
struct Report {
    looked_at: String,
    problems: Vec<String>,
}
