//! `make deny`: cargo-deny with `deny.toml`, installed into `target/tools` when it is missing.
//!
//! The advisory database lives in a Git repository of its own, which a closed network does not reach. So the
//! verb that must work everywhere leaves it out, and `cargo xtask advisories` asks it where it can be asked.

use crate::checkout;
use crate::program::Program;
use std::path::PathBuf;

const VERSION: &str = "0.20.2";

/// Licences, banned crates and sources.
pub(crate) fn run(_arguments: &[String]) -> anyhow::Result<()> {
    check(&["bans", "licenses", "sources"])
}

/// Known vulnerabilities, unmaintained and yanked crates.
pub(crate) fn advisories(_arguments: &[String]) -> anyhow::Result<()> {
    check(&["advisories"])
}

fn check(what: &[&str]) -> anyhow::Result<()> {
    Program::new(cargo_deny()?)
        .args(["--all-features", "--locked", "check"])
        .args(what)
        .in_folder(&checkout::root()?)
        .run()
}

fn cargo_deny() -> anyhow::Result<PathBuf> {
    let tools = checkout::root()?.join("target/tools");
    let program = tools.join("bin/cargo-deny");
    let installed = Program::new(&program).args(["--version"]).stdout();
    if !installed.is_ok_and(|version| version.trim().ends_with(VERSION)) {
        Program::cargo()
            .args([
                "install",
                "--locked",
                "cargo-deny",
                "--no-default-features",
                "--version",
                VERSION,
                "--root",
            ])
            .args([tools])
            .run()?;
    }
    Ok(program)
}
