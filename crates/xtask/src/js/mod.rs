//! `make js`: the npm package `boltrope`, in `crates/js/pkg`.
//!
//! The module is built as the policies are. wasm-bindgen's command-line program is not installed: its library, which does
//! the work, is a dependency here, so that `Cargo.lock` pins it to the version of the crate that `crates/js` links.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use wasm_bindgen_cli_support::Bindgen;

use crate::program::Program;
use crate::wasm::Toolchain;
use crate::{checkout, output};

/// The package, as `npm pack` takes it.
pub(crate) const PACKAGE: &str = "crates/js/pkg";
/// Its files that are written by hand.
const SOURCES: &str = "crates/js/npm";
const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "policy";
/// The module may have so many bytes: what a page loads before it can say anything. The whole policy has 380 kB of them; what
/// a page needs besides, the YAML of people read, edited and verified, is the rest.
const MOST_BYTES: u64 = 600_000;

/// Builds the package; fails when its module is too large.
pub(crate) fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let root = checkout::root()?;
    let toolchain = Toolchain::find()?;
    ensure!(
        toolchain.target() == TARGET,
        "the package is for browsers: unset WASM_TARGET, {TARGET} is what they run"
    );
    let package = root.join(PACKAGE);
    if package.exists() {
        std::fs::remove_dir_all(&package).with_context(|| format!("removing `{}`", package.display()))?;
    }
    std::fs::create_dir_all(&package)?;
    let module = compile(toolchain, &root)?;
    bind(&module, &root.join("target/js"), &package)?;
    assemble(&root, &package)?;
    let bytes = std::fs::metadata(package.join("boltrope.wasm"))?.len();
    output::line(&format!(
        "{PACKAGE}: boltrope.wasm has {bytes} of {MOST_BYTES} bytes, built with {toolchain}"
    ));
    if !toolchain.has_std_source() {
        output::line("the bar is for a module with a std from source: `rustup component add rust-src`");
        return Ok(());
    }
    within_bar(bytes)
}

fn within_bar(bytes: u64) -> anyhow::Result<()> {
    ensure!(
        bytes <= MOST_BYTES,
        "boltrope.wasm has {bytes} bytes; it may have {MOST_BYTES}"
    );
    Ok(())
}

/// The module as rustc makes it.
fn compile(toolchain: Toolchain, root: &Path) -> anyhow::Result<PathBuf> {
    let target = root.join("target/wasm");
    // The standard library's sorts are the larger the faster they are, and the lists here are short.
    let small_std = toolchain
        .has_std_source()
        .then_some("-Zbuild-std-features=optimize_for_size");
    toolchain
        .build_small(root, &target)?
        .args(["--profile", PROFILE, "--package", "boltrope-js", "--lib"])
        .args(small_std)
        // wasm-bindgen reads from the module what the compiler may use; it takes the names out itself.
        .env("CARGO_PROFILE_POLICY_STRIP", "debuginfo")
        .in_folder(root)
        .run()
        .with_context(|| format!("building for {} with {toolchain}", toolchain.target()))?;
    Ok(target
        .join(toolchain.target())
        .join(PROFILE)
        .join("boltrope_js.wasm"))
}

/// What JavaScript sees of it: the module with the border that it needs, and `glue.js`.
fn bind(module: &Path, work: &Path, package: &Path) -> anyhow::Result<()> {
    Bindgen::new()
        .input_path(module)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .reset_state_function(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name("glue")
        .generate(work)
        .context("wasm-bindgen")?;
    copy(&work.join("glue.js"), &package.join("glue.js"))?;
    let (bound, shipped) = (work.join("glue_bg.wasm"), package.join("boltrope.wasm"));
    if Program::new("wasm-opt").args(["--version"]).succeeds() {
        return Program::new("wasm-opt")
            .args(["-Oz", "-o"])
            .args([shipped, bound])
            .run();
    }
    copy(&bound, &shipped)
}

/// The rest of the package: what is written by hand, the schema, the licence, the version.
fn assemble(root: &Path, package: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(root.join(SOURCES))? {
        let path = entry?.path();
        let name = path.file_name().context("a file without a name")?;
        copy(&path, &package.join(name))?;
    }
    copy(&root.join("LICENSE"), &package.join("LICENSE"))?;
    let schema: Value = serde_json::from_slice(&std::fs::read(root.join("docs/ruleset.schema.json"))?)?;
    std::fs::write(package.join("schema.js"), format!("export default {schema};\n"))?;
    let manifest = package.join("package.json");
    let mut described: Value = serde_json::from_slice(&std::fs::read(&manifest)?)?;
    if let Some(version) = described.get_mut("version") {
        *version = env!("CARGO_PKG_VERSION").into();
    }
    std::fs::write(
        &manifest,
        format!("{}\n", serde_json::to_string_pretty(&described)?),
    )?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::copy(from, to)
        .map(|_| ())
        .with_context(|| format!("copying `{}` to `{}`", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_held_to_the_bar() {
        assert!(within_bar(MOST_BYTES).is_ok());
        assert!(within_bar(MOST_BYTES + 1).is_err());
    }

    #[test]
    fn every_file_that_is_written_by_hand_is_shipped() {
        let root = checkout::root().unwrap();
        let manifest = std::fs::read(root.join(SOURCES).join("package.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let shipped: Vec<&str> = manifest["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file.as_str().unwrap())
            .collect();
        for entry in std::fs::read_dir(root.join(SOURCES)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            // npm takes these two without being told.
            let is_implied = ["package.json", "README.md"].contains(&name.as_str());
            assert!(is_implied || shipped.contains(&name.as_str()), "{name}");
        }
    }
}
