//! Targets of the compiler in use, and what every build that is shipped has in common: no path of the machine in it.

use crate::program::Program;
use std::path::{Path, PathBuf};

/// Whether std for a target is there.
pub(crate) fn has_target(target: &str) -> bool {
    let folder = Program::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .stdout();
    folder.is_ok_and(|folder| {
        std::fs::read_dir(folder.trim()).is_ok_and(|mut entries| entries.next().is_some())
    })
}

/// Asks rustup for it.
pub(crate) fn add_target(target: &str) -> bool {
    Program::new("rustup").args(["target", "add", target]).succeeds() && has_target(target)
}

/// What a panic says of its place is the path below the checkout, the registry or the compiler's sources.
pub(crate) fn remaps(root: &Path, compiler: &str) -> anyhow::Result<Vec<String>> {
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || std::env::home_dir().unwrap_or_default().join(".cargo"),
        PathBuf::from,
    );
    let sources = home.join("registry/src");
    let mut registries: Vec<_> = std::fs::read_dir(&sources)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    registries.sort();
    let sysroot = Program::new(compiler).args(["--print", "sysroot"]).stdout()?;
    let std_source = Path::new(sysroot.trim()).join("lib/rustlib/src/rust");
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let mut remaps = vec![remap(root, ""), remap(&std_source, "rust")];
    remaps.extend(registries.iter().map(|registry| remap(registry, "")));
    Ok(remaps)
}
