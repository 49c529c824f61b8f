//! A server that runs beside the test: its output in a log, ended with the value.

use std::path::{Path, PathBuf};
use std::process::Child;

use anyhow::bail;

use crate::program::Program;

/// How much of a log an error shows.
const TAIL_LINES: usize = 20;

/// A running program. Dropping it kills it and waits for its end.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program; its log is `<name>.log` in the folder.
    pub(crate) fn start(name: &'static str, program: Program, folder: &Path) -> anyhow::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let child = program.spawn(&log)?;
        Ok(Self { name, child, log })
    }

    /// Kills the program and waits for its end.
    pub(crate) fn kill(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }

    /// What the program has printed so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Its process id, to send signals to.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended, and whether well.
    pub(crate) fn ended(&mut self) -> anyhow::Result<Option<bool>> {
        Ok(self.child.try_wait()?.map(|status| status.success()))
    }

    /// Fails, with the end of the log, when the program has ended.
    pub(crate) fn ensure_running(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!(
                "{} ended ({status}); its log ends with\n{}",
                self.name,
                self.tail()
            ),
        }
    }

    /// The last lines that the program printed.
    pub(crate) fn tail(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let start = lines.len().saturating_sub(TAIL_LINES);
        lines.get(start..).unwrap_or_default().join("\n")
    }
}

impl Process {
    /// Kills it and waits for its end.
    pub(crate) fn end(&mut self) {
        // It may have ended by itself; there is nothing to say about that any more.
        self.kill();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
