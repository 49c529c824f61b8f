//! `--changed-since`: the files that differ from a revision, as Git says.
//!
//! The whole tree is still read, because rules, kustomizations and collisions need it; only what is told and fixed is
//! limited. Git is run with fixed arguments and no shell. The revision is resolved to a hash first, so that it can never be
//! taken for an option, and nothing that a repository's configuration names is run.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::cli::exit::Failure;
use crate::cli::files::{File, reason};

/// The paths that changed, with the links of their folders resolved.
#[derive(Debug, Default)]
pub(super) struct Changes {
    paths: BTreeSet<PathBuf>,
}

impl Changes {
    /// What changed since `revision` in the repositories that these paths are in. Since both grew out of one commit, to be
    /// exact: what others did in the meantime is not this change.
    pub(super) fn since(revision: &str, paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut changes = Self::default();
        let mut known = BTreeSet::new();
        for path in paths {
            let folder = if path.is_dir() {
                path
            } else {
                path.parent().unwrap_or(path)
            };
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            let top = text(git(folder, ["rev-parse", "--show-toplevel"])?)?;
            if known.insert(top.clone()) {
                changes.add(Path::new(&top), revision)?;
            }
        }
        Ok(changes)
    }

    fn add(&mut self, top: &Path, revision: &str) -> Result<(), Failure> {
        let commit = format!("{revision}^{{commit}}");
        let found = run(
            top,
            ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit],
        )?;
        if !found.status.success() {
            return Err(Failure::Arguments(format!(
                "--changed-since: `{revision}` is no commit in `{}`; in a shallow clone, fetch it first",
                top.display()
            )));
        }
        let hash = text(found)?;
        let base = run(top, ["merge-base", &hash, "HEAD"])?;
        if !base.status.success() {
            return Err(Failure::Arguments(format!(
                "--changed-since: `{revision}` and the current commit have no commit in common; in a shallow clone, fetch more of \
                 the history"
            )));
        }
        let base = text(base)?;
        let differing = [
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--diff-filter=d",
            "--end-of-options",
            &base,
            "--",
        ];
        let new = ["ls-files", "--others", "--exclude-standard", "-z"];
        for output in [git(top, differing)?, git(top, new)?] {
            let names = output
                .stdout
                .split(|byte| *byte == 0)
                .filter(|name| !name.is_empty());
            self.paths.extend(names.map(|name| real(&top.join(path(name)))));
        }
        Ok(())
    }

    /// Whether a file changed, or the file that it is a link to.
    pub(super) fn contain(&self, file: &File) -> bool {
        let target = || {
            file.path
                .canonicalize()
                .is_ok_and(|target| self.paths.contains(&target))
        };
        self.paths.contains(&real(&file.path)) || target()
    }
}

/// A path with the links of its folder resolved, not its own.
fn real(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

#[cfg(unix)]
fn path(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

/// Runs Git where a failure is not an answer.
fn git<const N: usize>(folder: &Path, arguments: [&str; N]) -> Result<Output, Failure> {
    let output = run(folder, arguments)?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = said
        .lines()
        .next()
        .unwrap_or("it gave no reason")
        .trim_start_matches("fatal: ");
    Err(Failure::Arguments(format!(
        "--changed-since: git cannot tell what changed: {said}"
    )))
}

fn run<const N: usize>(folder: &Path, arguments: [&str; N]) -> Result<Output, Failure> {
    let mut command = Command::new("git");
    command.args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]);
    command.arg("-C").arg(folder).args(arguments);
    command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command.output().map_err(|error| {
        let message = match error.kind() {
            ErrorKind::NotFound => "--changed-since needs git, which is not in PATH".to_owned(),
            _ => format!("--changed-since: git cannot be run: {}", reason(&error)),
        };
        Failure::Arguments(message)
    })
}

fn text(output: Output) -> Result<String, Failure> {
    let text = String::from_utf8(output.stdout);
    let text = text
        .map_err(|_| Failure::Arguments("--changed-since: git gave a path that is not UTF-8".to_owned()))?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
