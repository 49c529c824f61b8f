//! `make e2e`: the product inside the real programs it is made for.
//!
//! Each is built from its own module (`cargo xtask tools`), pinned, and driven without a network.

mod helm;

use crate::{checkout, output};
use anyhow::bail;

/// Runs every end-to-end check; the first failure stops.
pub(crate) fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let root = checkout::root()?;
    let boltrope = root.join("target/release/boltrope");
    if !boltrope.exists() {
        bail!(
            "`{}` is not there: `make e2e` builds it first",
            boltrope.display()
        );
    }
    for (name, check) in helm::CHECKS {
        check(&root, &boltrope)?;
        output::line(&format!("e2e: {name}: ok"));
    }
    Ok(())
}
