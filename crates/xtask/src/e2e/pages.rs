//! The commands of the documentation, run as they stand there.
//!
//! A block fenced with `sh` or `bash` is run by that shell in the checkout's root, with the binary and the tool that the
//! page is about in `PATH`. A block that needs a registry or a cluster is fenced otherwise.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::helm::{Helm, path_with};
use crate::program::Program;
use crate::tools;

pub(super) const CHECKS: &[super::Check] = &[
    ("docs/helm-3.md", |root, boltrope| {
        page(root, boltrope, "docs/helm-3.md", Some(Helm::Three))
    }),
    ("docs/helm-4.md", |root, boltrope| {
        page(root, boltrope, "docs/helm-4.md", Some(Helm::Four))
    }),
    ("docs/argo-cd.md", |root, boltrope| {
        page(root, boltrope, "docs/argo-cd.md", Some(Helm::Three))
    }),
    ("docs/ci.md", |root, boltrope| {
        page(root, boltrope, "docs/ci.md", Some(Helm::Three))
    }),
    ("docs/kustomize.md", |root, boltrope| {
        page(root, boltrope, "docs/kustomize.md", None)
    }),
];

/// A shell's program and what it is to run.
#[derive(Debug, PartialEq, Eq)]
struct Block<'a> {
    shell: &'a str,
    text: String,
}

fn page(root: &Path, boltrope: &Path, page: &str, helm: Option<Helm>) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(root.join(page))?;
    let blocks = blocks(&text);
    ensure!(!blocks.is_empty(), "{page} has no command");
    let home = root
        .join("target/e2e/pages")
        .join(helm.map_or("kustomize", Helm::name));
    let tool = match helm {
        Some(helm) => helm.binary()?,
        None => tools::KUSTOMIZE.path()?,
    };
    // A plugin that is there cannot be installed.
    if home.exists() {
        std::fs::remove_dir_all(&home)?;
    }
    std::fs::create_dir_all(&home)?;
    for block in blocks {
        let output = Program::new(block.shell)
            .args(["-eu", "-c", &block.text])
            .env("PATH", path(boltrope, &tool)?)
            .env("HELM_DATA_HOME", home.join("data"))
            .env("HELM_CONFIG_HOME", home.join("config"))
            .env("HELM_CACHE_HOME", home.join("cache"))
            .without_env("KUBECONFIG")
            .in_folder(root)
            .stdout()?;
        let renders = block.text.contains("post-render") || block.text.contains("kustomize build");
        let is_seen = output.contains("new-feature.example.com") || block.text.contains("> target/out");
        ensure!(
            !renders || is_seen,
            "the rules did nothing in\n{}\nwhich printed\n{output}",
            block.text
        );
    }
    Ok(())
}

fn path(boltrope: &Path, tool: &Path) -> anyhow::Result<std::ffi::OsString> {
    let folder = tool.parent().context("the tool is in no folder")?;
    let path = path_with(boltrope)?;
    let folders: Vec<PathBuf> = std::iter::once(folder.to_path_buf())
        .chain(std::env::split_paths(&path))
        .collect();
    std::env::join_paths(folders).context("a folder of PATH has a colon in its name")
}

/// The blocks of a page that are to be run.
fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut open: Option<Block<'_>> = None;
    let mut is_other = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(shell @ ("sh" | "bash")), None) if !is_other => {
                let text = String::new();
                open = Some(Block { shell, text });
            }
            (Some(""), Some(_)) => blocks.extend(open.take()),
            (Some(_), None) => is_other = !is_other,
            (_, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blocks_of_a_shell_are_run() {
        let page = "a\n```sh\none \\\n  two\n```\n```yaml\nsh: no\n```\n```bash\nthree\n```\n";
        let block = |shell, text: &str| Block {
            shell,
            text: text.to_owned(),
        };
        assert_eq!(
            blocks(page),
            [block("sh", "one \\\n  two\n"), block("bash", "three\n")]
        );
    }
}
