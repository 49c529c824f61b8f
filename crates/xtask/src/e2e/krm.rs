//! The post-renderer as a KRM function of the real kustomize, on `examples/kustomize`.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};

use super::helm::{ensure_same, objects, path_with};
use crate::program::Program;
use crate::tools;

pub(super) const CHECKS: &[super::Check] = &[
    ("kustomize builds the example through the function", builds),
    ("kustomize says why the function refused", refuses),
    ("a function without rules says where they go", lacks_rules),
];

const EXAMPLE: &str = "examples/kustomize";

fn builds(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let built = build(boltrope, &root.join(EXAMPLE))?;
    let expected = std::fs::read_to_string(root.join(EXAMPLE).join("built.yaml"))?;
    ensure_same(&objects(root, &built)?, &objects(root, &expected)?)
}

fn refuses(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let changed = changed(
        root,
        "refused",
        "base/web.yaml",
        "*.example.com",
        "www.example.org",
    )?;
    expect_refusal(build(boltrope, &changed), "`www.example.org`")
}

fn lacks_rules(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let changed = changed(root, "no-rules", "rules.yaml", "kind: RuleSet", "kind: Rules")?;
    expect_refusal(
        build(boltrope, &changed),
        "make the RuleSet the function's configuration",
    )
}

fn expect_refusal(result: anyhow::Result<String>, reason: &str) -> anyhow::Result<()> {
    match result {
        Ok(built) => bail!("it was built all the same:\n{built}"),
        Err(error) => {
            let text = format!("{error:#}");
            ensure!(text.contains(reason), "another error: {text}");
            Ok(())
        }
    }
}

fn build(boltrope: &Path, folder: &Path) -> anyhow::Result<String> {
    Program::new(tools::KUSTOMIZE.path()?)
        .args(["build", "--enable-alpha-plugins", "--enable-exec"])
        .args([folder])
        .env("PATH", path_with(boltrope)?)
        .stdout()
}

/// A copy of the example with one text replaced.
fn changed(root: &Path, name: &str, file: &str, from: &str, to: &str) -> anyhow::Result<std::path::PathBuf> {
    let copy = root.join("target/e2e/kustomize").join(name);
    std::fs::create_dir_all(copy.join("base"))?;
    for part in [
        "kustomization.yaml",
        "rules.yaml",
        "base/kustomization.yaml",
        "base/web.yaml",
    ] {
        let path = root.join(EXAMPLE).join(part);
        let mut text =
            std::fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
        if part == file {
            ensure!(text.contains(from), "`{}` has no `{from}`", path.display());
            text = text.replace(from, to);
        }
        std::fs::write(copy.join(part), text)?;
    }
    Ok(copy)
}
