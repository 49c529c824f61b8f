//! `make policies`: the modules, small, each in its policy's folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use super::FOLDER;
use super::list::POLICIES;
use super::sizes::{self, Size};
use crate::program::Program;
use crate::wasm::Toolchain;
use crate::{checkout, output};

const PROFILE: &str = "policy";
/// The policy of the SDK that accepts everything, which ours are measured against.
const EMPTY: &str = "empty-policy";
/// Where it goes, for `crates/conformance`.
const EMPTY_MODULE: &str = "target/empty-policy.wasm";

/// Builds the named policies, or all of them, and the empty one; prints their sizes and fails when one is too large.
pub(crate) fn run(names: &[String]) -> anyhow::Result<()> {
    let over = modules(names)?;
    ensure!(over.is_empty(), "{}", over.join("\n"));
    Ok(())
}

/// The same, for those who ask what the modules answer; says which are too large.
pub(crate) fn modules(names: &[String]) -> anyhow::Result<Vec<String>> {
    let wanted = wanted(names)?;
    let toolchain = Toolchain::find()?;
    let root = checkout::root()?;
    let target = root.join("target/wasm");
    let built = compile(toolchain, &root, &target, &wanted)?;
    let has_optimiser = Program::new("wasm-opt").args(["--version"]).succeeds();
    let optimised = if has_optimiser {
        "made smaller by wasm-opt -Oz afterwards"
    } else {
        "no wasm-opt here"
    };
    let module = root.join(EMPTY_MODULE);
    let empty = target
        .join(toolchain.target())
        .join(PROFILE)
        .join("empty_policy.wasm");
    install(&empty, &module, has_optimiser)?;
    // Releases are made without the optimiser, so what the compiler made is what the bars are for.
    let empty = std::fs::metadata(&empty)?.len();
    let mut measured = Vec::new();
    for (id, built) in built {
        let module = root.join(FOLDER).join(&id).join("policy.wasm");
        install(&built, &module, has_optimiser)?;
        let bytes = std::fs::metadata(&built)?.len();
        measured.push(Size { id, bytes });
    }
    output::line(&sizes::table(&measured, empty));
    output::line(&format!("built with {toolchain}, {optimised}"));
    if !toolchain.has_std_source() {
        output::line("the bars are for modules with a std from source: `rustup component add rust-src`");
        return Ok(Vec::new());
    }
    if !toolchain.has_default_target() {
        output::line("the bars are for the target that is released: build it without `WASM_TARGET`");
        return Ok(Vec::new());
    }
    Ok(sizes::over(&measured, empty))
}

/// Builds one of the policies that ours are measured against, into `target`.
pub(crate) fn fixture(name: &str) -> anyhow::Result<()> {
    let root = checkout::root()?;
    let packages = [name.to_owned()];
    let folder = cargo(Toolchain::find()?, &root, &root.join("target/wasm"), &packages)?;
    let built = folder.join(format!("{}.wasm", name.replace('-', "_")));
    install(&built, &root.join("target").join(format!("{name}.wasm")), false)
}

/// `make policies-reproduce`: builds everything once more, in another folder, and compares the bytes.
pub(crate) fn reproduce(names: &[String]) -> anyhow::Result<()> {
    let wanted = wanted(names)?;
    let toolchain = Toolchain::find()?;
    let root = checkout::root()?;
    let first = compile(toolchain, &root, &root.join("target/wasm"), &wanted)?;
    let folder = root.join("target/wasm-again");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("removing `{}`", folder.display()))?;
    }
    let second = compile(toolchain, &root, &folder, &wanted)?;
    let mut differ = Vec::new();
    for ((id, first), (_, second)) in first.iter().zip(&second) {
        let (first, second) = (std::fs::read(first)?, std::fs::read(second)?);
        let verdict = if first == second { "same" } else { "differs" };
        output::line(&format!("{id:<24} {:>8} bytes: {verdict}", first.len()));
        if first != second {
            differ.push(id.as_str());
        }
    }
    output::line(&format!("built twice with {toolchain}, {}", toolchain.version()?));
    ensure!(differ.is_empty(), "two builds differ: {}", differ.join(", "));
    Ok(())
}

fn wanted(names: &[String]) -> anyhow::Result<Vec<String>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| POLICIES.iter().all(|policy| policy.id != **name))
    {
        let known: Vec<&str> = POLICIES.iter().map(|policy| policy.id).collect();
        bail!("no policy `{unknown}`; there are {}", known.join(", "));
    }
    let is_wanted = |id: &&str| names.is_empty() || names.iter().any(|name| name == id);
    let ids = POLICIES.iter().map(|policy| policy.id);
    Ok(ids.filter(is_wanted).map(str::to_owned).collect())
}

/// The ids and the modules that cargo made, the empty policy in the same build.
fn compile(
    toolchain: Toolchain,
    root: &Path,
    target: &Path,
    ids: &[String],
) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let own = ids.iter().map(|id| format!("policy-{id}"));
    let packages: Vec<String> = own.chain([EMPTY.to_owned()]).collect();
    let folder = cargo(toolchain, root, target, &packages)?;
    let module = |id: &String| {
        let name = format!("policy_{}.wasm", id.replace('-', "_"));
        (id.clone(), folder.join(name))
    };
    Ok(ids.iter().map(module).collect())
}

/// Builds packages; gives the folder of their modules.
fn cargo(toolchain: Toolchain, root: &Path, target: &Path, packages: &[String]) -> anyhow::Result<PathBuf> {
    toolchain
        .build_small(root, target)?
        .args(["--profile", PROFILE])
        .args(packages.iter().flat_map(|name| ["--package", name]))
        .in_folder(root)
        .run()
        .with_context(|| format!("building for {} with {toolchain}", toolchain.target()))?;
    Ok(target.join(toolchain.target()).join(PROFILE))
}

fn install(built: &Path, module: &Path, optimise: bool) -> anyhow::Result<()> {
    if optimise {
        return Program::new("wasm-opt")
            .args(["-Oz", "-o"])
            .args([module, built])
            .run();
    }
    std::fs::copy(built, module)
        .map(|_| ())
        .with_context(|| format!("copying `{}` to `{}`", built.display(), module.display()))
}
