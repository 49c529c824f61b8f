//! `make image-context`: the folder `target/image` with everything that the operator's image consists of.
//!
//! The program is linked statically, so that the image needs nothing else: with musl where rustup has it, else with glibc
//! (`crt-static`), whose static build cannot look names up, but a Pod is given the API server's address as a number. Nothing
//! is left to hope: the folder is only there once the program in it was seen to need no library, and to start.

pub(crate) mod elf;

use crate::program::Program;
use crate::rustup::{add_target, has_target, remaps};
use crate::{checkout, output};
use anyhow::{Context as _, bail, ensure};
use std::path::{Path, PathBuf};

/// The context.
pub(crate) const FOLDER: &str = "target/image";
/// The program in it.
pub(crate) const PROGRAM: &str = "boltrope-operator";
/// Its profile in `Cargo.toml`.
const PROFILE: &str = "operator";
const DOCKERFILE: &str = "image/Dockerfile";

/// How the program is linked.
#[derive(Debug)]
struct Linking {
    target: String,
    flags: Vec<String>,
    /// A compiler for the parts in C, where the target has none of its own.
    compiler: Option<String>,
}

/// Builds the program and fills the folder.
pub(crate) fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let root = checkout::root()?;
    let linking = Linking::find()?;
    output::line(&format!("building {PROGRAM} for {} ...", linking.target));
    let built = linking.build(&root)?;
    let folder = root.join(FOLDER);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("emptying `{FOLDER}`"))?;
    }
    std::fs::create_dir_all(&folder)?;
    let copy = |from: &Path, name: &str| {
        let context = || format!("copying `{}`", from.display());
        std::fs::copy(from, folder.join(name))
            .map(drop)
            .with_context(context)
    };
    copy(&built, PROGRAM)?;
    copy(&root.join(DOCKERFILE), "Dockerfile")?;
    copy(&root.join("LICENSE"), "LICENSE")?;
    let version = ensure_works(&folder.join(PROGRAM))?;
    let size = std::fs::metadata(folder.join(PROGRAM))?.len() / 1024 / 1024;
    output::line(&format!("{FOLDER}: {version}, static, {size} MB"));
    Ok(())
}

/// Fails unless the program needs no library and starts without an environment. What it says of its version.
pub(crate) fn ensure_works(program: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(program).with_context(|| format!("reading `{}`", program.display()))?;
    let needs = elf::needs(&bytes).with_context(|| format!("`{}`", program.display()))?;
    ensure!(
        needs.is_empty(),
        "`{}` is not static: it needs {}",
        program.display(),
        needs.join(", ")
    );
    let version = Program::new(program)
        .without_any_env()
        .args(["--version"])
        .stdout()?;
    let expected = format!("{PROGRAM} {}", env!("CARGO_PKG_VERSION"));
    ensure!(
        version.trim() == expected,
        "it says `{}`, not `{expected}`",
        version.trim()
    );
    Ok(expected)
}

impl Linking {
    fn find() -> anyhow::Result<Self> {
        let architecture = std::env::consts::ARCH;
        let musl = format!("{architecture}-unknown-linux-musl");
        if has_target(&musl) || add_target(&musl) {
            // The C of `ring` asks the C library for nothing, so the host's compiler will do where musl's wrapper is not there.
            let has_own = [format!("{architecture}-linux-musl-gcc"), "musl-gcc".to_owned()]
                .iter()
                .any(|compiler| Program::new(compiler).args(["--version"]).succeeds());
            let variable = format!("CC_{}", musl.replace('-', "_"));
            let is_chosen = std::env::var_os(&variable).is_some();
            return Ok(Self {
                target: musl,
                flags: Vec::new(),
                compiler: (!has_own && !is_chosen).then_some(variable),
            });
        }
        let gnu = format!("{architecture}-unknown-linux-gnu");
        if !has_target(&gnu) {
            bail!("no target to link statically for: run `rustup target add {musl}`");
        }
        Ok(Self {
            target: gnu,
            flags: vec!["-Ctarget-feature=+crt-static".to_owned()],
            compiler: None,
        })
    }

    fn build(&self, root: &Path) -> anyhow::Result<PathBuf> {
        let flags = [remaps(root, "rustc")?, self.flags.clone()].concat();
        let mut cargo = Program::cargo()
            .args([
                "build",
                "--locked",
                "--profile",
                PROFILE,
                "--package",
                PROGRAM,
                "--target",
                &self.target,
            ])
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
            .in_folder(root);
        if let Some(variable) = &self.compiler {
            cargo = cargo.env(variable, "cc");
        }
        cargo.run()?;
        Ok(root.join("target").join(&self.target).join(PROFILE).join(PROGRAM))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who reads the Dockerfile and who reads the chart are told the same.
    #[test]
    fn the_image_and_the_chart_run_as_the_same_nobody() {
        let root = checkout::root().unwrap();
        let dockerfile = std::fs::read_to_string(root.join(DOCKERFILE)).unwrap();
        let line = |word: &str| {
            let mut lines = dockerfile.lines().filter_map(|line| line.strip_prefix(word));
            let found = lines.next().unwrap().trim().to_owned();
            assert!(lines.next().is_none(), "{word} twice");
            found
        };
        assert_eq!(line("FROM "), "scratch");
        assert_eq!(line("ENTRYPOINT "), format!("[\"/{PROGRAM}\"]"));
        let values = std::fs::read_to_string(root.join(crate::chart::FOLDER).join("values.yaml")).unwrap();
        let values: serde_json::Value = yaml_serde::from_str(&values).unwrap();
        let user = values["runAsUser"].as_u64().unwrap();
        assert!(user > 0);
        assert_eq!(line("USER "), format!("{user}:{user}"));
        for copied in dockerfile.lines().filter_map(|line| line.strip_prefix("COPY ")) {
            let from = copied.split_whitespace().next().unwrap();
            assert!(
                [PROGRAM, "LICENSE"].contains(&from),
                "{from} is not in the context"
            );
        }
    }
}
