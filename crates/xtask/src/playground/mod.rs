//! `make playground`: the page in `docs/playground`, built into `target/playground`.
//!
//! What npm installs is pinned by `package-lock.json`; no script of a package runs. The page carries the package of
//! `make js`, which is built first.

pub(crate) mod examples;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::program::Program;
use crate::{checkout, js, output};

/// The sources of the page and of its tests.
pub(crate) const FOLDER: &str = "docs/playground";
/// The page, as a host serves it.
pub(crate) const BUILT: &str = "target/playground";
/// What was installed, beside what it was installed from.
const STAMP: &str = "node_modules/.installed";
const OLDEST_NODE: u32 = 20;

/// Builds the package, checks the page's types and bundles it.
pub(crate) fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let root = checkout::root()?;
    js::run(&[])?;
    build(&root)
}

/// Builds the page with the package as it is.
pub(crate) fn build(root: &Path) -> anyhow::Result<()> {
    let folder = install(root)?;
    npm_run(&folder, "check")?;
    npm_run(&folder, "build")
}

/// Bundles the tests of the page; gives the folder that they are in.
pub(crate) fn build_tests(root: &Path) -> anyhow::Result<PathBuf> {
    let folder = install(root)?;
    npm_run(&folder, "build-e2e")?;
    Ok(root.join("target/e2e/browser"))
}

fn npm_run(folder: &Path, script: &str) -> anyhow::Result<()> {
    Program::new("npm")
        .args(["run", "--silent", script])
        .in_folder(folder)
        .run()
}

/// Installs what the lock file pins, unless it is there; gives the page's folder.
fn install(root: &Path) -> anyhow::Result<PathBuf> {
    let folder = root.join(FOLDER);
    has_node()?;
    let lock = std::fs::read(folder.join("package-lock.json"))?;
    if std::fs::read(folder.join(STAMP)).is_ok_and(|installed| installed == lock) {
        return Ok(folder);
    }
    output::line("installing what the playground is built with (npm ci)");
    Program::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .in_folder(&folder)
        .run()?;
    std::fs::write(folder.join(STAMP), lock)?;
    Ok(folder)
}

fn has_node() -> anyhow::Result<()> {
    let missing = "Node.js and npm are needed (Debian: apt-get install nodejs npm; Node 20 or later)";
    let version = Program::new("node")
        .args(["--version"])
        .stdout()
        .context(missing)?;
    ensure!(is_recent(&version), "node is {}; {missing}", version.trim());
    Program::new("npm")
        .args(["--version"])
        .stdout()
        .context(missing)
        .map(|_| ())
}

/// Whether `v20.1.2` is new enough.
fn is_recent(version: &str) -> bool {
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= OLDEST_NODE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_node_is_refused() {
        for (version, recent) in [
            ("v20.20.2\n", true),
            ("v24.0.0", true),
            ("v18.19.0", false),
            ("", false),
        ] {
            assert_eq!(is_recent(version), recent, "{version}");
        }
    }

    #[test]
    fn the_lock_file_names_no_registry() {
        let root = checkout::root().unwrap();
        let lock = std::fs::read_to_string(root.join(FOLDER).join("package-lock.json")).unwrap();
        assert!(lock.contains("\"integrity\""));
        assert!(!lock.contains("\"resolved\""));
    }
}
