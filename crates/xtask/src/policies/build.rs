//! `make policies`: the modules, small, each in its policy's folder.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::FOLDER;
use super::list::POLICIES;
use crate::program::Program;
use crate::wasm::Toolchain;
use crate::{checkout, output};

const PROFILE: &str = "policy";

/// Builds the named policies, or all of them, and prints their sizes.
pub(crate) fn run(names: &[String]) -> anyhow::Result<()> {
    if let Some(unknown) = names
        .iter()
        .find(|name| POLICIES.iter().all(|policy| policy.id != **name))
    {
        let known: Vec<&str> = POLICIES.iter().map(|policy| policy.id).collect();
        bail!("no policy `{unknown}`; there are {}", known.join(", "));
    }
    let is_wanted = |id: &str| names.is_empty() || names.iter().any(|name| name == id);
    let wanted: Vec<&str> = POLICIES
        .iter()
        .map(|policy| policy.id)
        .filter(|id| is_wanted(id))
        .collect();
    let toolchain = Toolchain::find()?;
    let root = checkout::root()?;
    let target = root.join("target/wasm");
    let packages = wanted
        .iter()
        .flat_map(|id| ["--package".to_owned(), format!("policy-{id}")]);
    toolchain
        .build(&target)
        .args(["--profile", PROFILE])
        .args(packages)
        .in_folder(&root)
        .run()
        .with_context(|| {
            format!(
                "building the policies for {} with {toolchain}",
                toolchain.target()
            )
        })?;
    let has_optimiser = Program::new("wasm-opt").args(["--version"]).succeeds();
    output::line(&format!("{:<24} {:>8}", "policy", "bytes"));
    for id in wanted {
        let built = target
            .join(toolchain.target())
            .join(PROFILE)
            .join(format!("policy_{}.wasm", id.replace('-', "_")));
        let module = root.join(FOLDER).join(id).join("policy.wasm");
        install(&built, &module, has_optimiser)?;
        let size = std::fs::metadata(&module)?.len();
        output::line(&format!("{id:<24} {size:>8}"));
    }
    let optimised = if has_optimiser {
        "wasm-opt -Os"
    } else {
        "no wasm-opt here"
    };
    output::line(&format!("built with {toolchain}, {optimised}"));
    Ok(())
}

fn install(built: &Path, module: &Path, optimise: bool) -> anyhow::Result<()> {
    if optimise {
        return Program::new("wasm-opt")
            .args(["-Os", "-o"])
            .args([module, built])
            .run();
    }
    std::fs::copy(built, module)
        .map(|_| ())
        .with_context(|| format!("copying `{}` to `{}`", built.display(), module.display()))
}
