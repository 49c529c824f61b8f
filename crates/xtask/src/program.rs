//! Child programs: a command that names itself in its errors and never runs through a shell.

use anyhow::{Context as _, bail};
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// A command about to run.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    is_fed: bool,
}

impl Program {
    /// A program found through `PATH`, or by its path.
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        Self {
            command: Command::new(name),
            is_fed: false,
        }
    }

    /// The cargo that runs this program, so that a `+toolchain` or a wrapper stays in force.
    pub(crate) fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// Adds arguments.
    pub(crate) fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, arguments: I) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Removes an environment variable.
    pub(crate) fn without_env(mut self, key: &str) -> Self {
        self.command.env_remove(key);
        self
    }

    /// Removes all of them.
    pub(crate) fn without_any_env(mut self) -> Self {
        self.command.env_clear();
        self
    }

    /// Sets the working folder.
    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Feeds it a file.
    pub(crate) fn stdin_from(mut self, path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("opening `{}`", path.display()))?;
        self.command.stdin(file);
        self.is_fed = true;
        Ok(self)
    }

    /// Runs it with this program's own stdout and stderr.
    pub(crate) fn run(mut self) -> anyhow::Result<()> {
        let shown = self.shown();
        let status = self
            .command
            .status()
            .with_context(|| format!("starting `{shown}`"))?;
        if status.success() {
            Ok(())
        } else {
            bail!("`{shown}` failed: {status}")
        }
    }

    /// Runs it and returns its stdout; on failure the error carries its stderr.
    pub(crate) fn stdout(mut self) -> anyhow::Result<String> {
        let shown = self.shown();
        if !self.is_fed {
            self.command.stdin(Stdio::null());
        }
        let output = self
            .command
            .output()
            .with_context(|| format!("starting `{shown}`"))?;
        if !output.status.success() {
            bail!(
                "`{shown}` failed: {}\n{}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{shown}` printed bytes that are not UTF-8"))
    }

    /// Runs it to its end, whichever it is.
    pub(crate) fn output(mut self) -> anyhow::Result<Output> {
        let shown = self.shown();
        let output = self.command.stdin(Stdio::null()).output();
        output.with_context(|| format!("starting `{shown}`"))
    }

    /// Starts it and returns at once; what it prints goes to the file `log`.
    pub(crate) fn spawn(mut self, log: &Path) -> anyhow::Result<Child> {
        let shown = self.shown();
        let file = File::create(log).with_context(|| format!("creating `{}`", log.display()))?;
        self.command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("starting `{shown}`"))
    }

    /// Runs it silently and tells whether it succeeded; a program that is not there did not.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    fn shown(&self) -> String {
        let mut words = vec![self.command.get_program().to_string_lossy().into_owned()];
        words.extend(
            self.command
                .get_args()
                .map(|argument| argument.to_string_lossy().into_owned()),
        );
        words.join(" ")
    }
}
