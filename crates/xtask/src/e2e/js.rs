//! The npm package as somebody installs it: what `npm pack` holds, in a fresh folder, with its types and its tests; and the
//! scaffolder action of `examples/backstage` with Backstage's own types and runtime. Needs Node 20, npm and its registry.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::js::PACKAGE;
use crate::program::Program;
use crate::{js, output};

pub(super) const CHECKS: &[super::Check] = &[
    ("npm pack holds what is needed", packs),
    ("the packed package, installed in a fresh folder", installs),
    ("examples/backstage", |root, _| {
        let folder = root.join("examples/backstage");
        npm(&folder, &["ci", "--ignore-scripts"])?;
        npm(&folder, &["test"])
    }),
];

/// What npm takes besides the files that the package names.
const IMPLIED: [&str; 3] = ["LICENSE", "README.md", "package.json"];
/// The tests and what compiles the types, which are not in the package.
const TESTS: &str = "crates/js/tests";

/// Builds the package and packs it; each file is named in its manifest, and each that is named is there.
fn packs(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    js::run(&[])?;
    let package = root.join(PACKAGE);
    let manifest: Value = serde_json::from_slice(&std::fs::read(package.join("package.json"))?)?;
    let named = manifest
        .get("files")
        .and_then(Value::as_array)
        .context("the package names no files")?;
    let wanted: BTreeSet<&str> = named.iter().filter_map(Value::as_str).chain(IMPLIED).collect();
    let listing = Program::new("npm")
        .args(["pack", "--json", "--dry-run"])
        .in_folder(&package)
        .stdout()?;
    let listing: Value = serde_json::from_str(&listing)?;
    let packed = listing
        .pointer("/0/files")
        .and_then(Value::as_array)
        .context("npm lists no files")?;
    let packed: BTreeSet<&str> = packed
        .iter()
        .filter_map(|file| file.get("path")?.as_str())
        .collect();
    ensure!(packed == wanted, "npm packs {packed:?}, not {wanted:?}");
    let bytes = listing.pointer("/0/size").and_then(Value::as_u64);
    output::line(&format!(
        "the package has {} bytes as npm packs it",
        bytes.unwrap_or_default()
    ));
    Ok(())
}

/// Installs what was packed where nothing else is, runs its tests there, and compiles its types.
fn installs(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    let folder = root.join("target/e2e/js");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(root.join(TESTS))? {
        let path = entry?.path();
        let name = path.file_name().context("a file without a name")?;
        std::fs::copy(&path, folder.join(name))?;
    }
    let packed = pack(root, &folder)?;
    npm(&folder, &["ci", "--ignore-scripts"])?;
    let packed = packed.to_string_lossy();
    npm(&folder, &["install", "--no-save", "--ignore-scripts", &packed])?;
    npm(&folder, &["exec", "--", "tsc", "--project", "."])?;
    Program::new("node")
        .args(["--test", "package.test.mjs"])
        .in_folder(&folder)
        .stdout()
        .map(|_| ())
}

/// The archive that would be published.
fn pack(root: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let name = Program::new("npm")
        .args(["pack", "--silent", "--pack-destination"])
        .args([folder])
        .in_folder(&root.join(PACKAGE))
        .stdout()?;
    Ok(folder.join(name.trim()))
}

/// Runs npm in a folder, quietly: what it prints is shown when it fails.
fn npm(folder: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    Program::new("npm")
        .args(["--no-audit", "--no-fund", "--loglevel=error"])
        .args(arguments)
        .in_folder(folder)
        .stdout()
        .map(|_| ())
}
