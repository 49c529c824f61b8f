//! `make e2e`: the product inside the real programs it is made for.
//!
//! Each is built from its own module (`cargo xtask tools`), pinned, and driven without a network. A suite is a module
//! with a list of checks; `cargo xtask e2e helm release` runs the named suites only.

mod accepted;
mod browser;
mod chart;
mod cluster;
mod flux;
mod helm;
mod image;
mod js;
mod krm;
mod operator;
mod pages;
mod recovery;
mod release;

pub(crate) use operator::bench as bench_preview;

use std::path::Path;
use std::time::Instant;

use crate::{checkout, output};
use anyhow::{Context as _, bail};

/// The name of a check, and the check: it gets the checkout's root and the binary.
type Check = (&'static str, fn(&Path, &Path) -> anyhow::Result<()>);

const SUITES: &[(&str, &[Check])] = &[
    ("helm", helm::CHECKS),
    ("release", release::CHECKS),
    ("krm", krm::CHECKS),
    ("pages", pages::CHECKS),
    ("accepted", accepted::CHECKS),
    ("chart", chart::CHECKS),
    ("image", image::CHECKS),
    ("flux", flux::CHECKS),
    ("recovery", recovery::CHECKS),
    ("operator", operator::CHECKS),
    ("js", js::CHECKS),
    ("browser", browser::CHECKS),
];

/// Runs the named suites, or all; the first failure stops.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let root = checkout::root()?;
    let boltrope = root.join("target/release/boltrope");
    if !boltrope.exists() {
        bail!(
            "`{}` is not there: `make e2e` builds it first",
            boltrope.display()
        );
    }
    if let Some(unknown) = arguments
        .iter()
        .find(|argument| SUITES.iter().all(|(name, _)| name != argument))
    {
        let names: Vec<&str> = SUITES.iter().map(|(name, _)| *name).collect();
        bail!("no suite `{unknown}`: there are {}", names.join(", "));
    }
    let is_wanted = |suite: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == suite);
    for (suite, checks) in SUITES.iter().filter(|(suite, _)| is_wanted(suite)) {
        for (name, check) in *checks {
            let start = Instant::now();
            check(&root, &boltrope).with_context(|| format!("{suite}: {name}"))?;
            output::line(&format!(
                "e2e {suite}: {name}: ok ({:.1} s)",
                start.elapsed().as_secs_f32()
            ));
        }
    }
    Ok(())
}
