//! The checkout: its root, and the files that are (or are about to be) committed.
//!
//! Asking git keeps `target/` and a contributor's scratch files out of every check.

use crate::program::Program;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest
        .ancestors()
        .nth(2)
        .context("crates/xtask is not two folders below the root")?;
    Ok(root.to_path_buf())
}

/// Every committed or not ignored file, relative to the root, sorted. Files deleted in the work tree are left out.
pub(crate) fn files() -> anyhow::Result<Vec<PathBuf>> {
    let root = root()?;
    let listing = Program::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .in_folder(&root)
        .stdout()
        .context("listing the files of the checkout (git, in a clone, is needed)")?;
    let mut files: Vec<PathBuf> = listing
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .collect();
    files.retain(|path| root.join(path).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

/// The text of a file, or `None` where it is not UTF-8.
pub(crate) fn text(relative: &Path) -> anyhow::Result<Option<String>> {
    let path = root()?.join(relative);
    let bytes = std::fs::read(&path).with_context(|| format!("reading `{}`", path.display()))?;
    Ok(String::from_utf8(bytes).ok())
}
