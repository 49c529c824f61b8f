//! `tests/not-accepted.txt`: which changed objects a server refuses, and why that is as it should be.
//!
//! A line is `what | words of the server | reason`, where `what` is a case or `kind <apiVersion> <kind>`. A refusal that
//! no line names fails, and so does a line that nothing matches.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail};

const FILE: &str = "tests/not-accepted.txt";

/// The list, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Exceptions {
    lines: Vec<Line>,
    unlisted: BTreeSet<String>,
}

#[derive(Debug)]
struct Line {
    what: String,
    words: String,
    is_used: bool,
}

impl Exceptions {
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(root.join(FILE)).with_context(|| format!("reading `{FILE}`"))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut exceptions = Self::default();
        for (index, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let parts: Vec<&str> = line.split(" | ").map(str::trim).collect();
            match parts.as_slice() {
                [what, words, reason] if !words.is_empty() && !reason.is_empty() => {
                    exceptions.lines.push(Line {
                        what: (*what).to_owned(),
                        words: (*words).to_owned(),
                        is_used: false,
                    });
                }
                _ => bail!(
                    "{FILE}:{}: write `what | words of the server | reason`",
                    index + 1
                ),
            }
        }
        Ok(exceptions)
    }

    /// The server refused something.
    pub(super) fn found(&mut self, what: &str, message: &str) {
        let mut is_listed = false;
        for line in self.lines.iter_mut().filter(|line| line.what == what) {
            if message.contains(&line.words) {
                line.is_used = true;
                is_listed = true;
            }
        }
        if !is_listed {
            self.unlisted.insert(format!("{what} | {message} | "));
        }
    }

    /// Leaves out lines about kinds whose definitions are not there.
    pub(super) fn drop_kinds_of(&mut self, groups: &[&str]) {
        self.lines
            .retain(|line| !groups.iter().any(|group| line.words.contains(group)));
    }

    /// Fails, naming the lines that are missing and those that are too many.
    pub(super) fn settle(self) -> anyhow::Result<()> {
        let unused: Vec<String> = self
            .lines
            .iter()
            .filter(|line| !line.is_used)
            .map(|line| format!("{} | {}", line.what, line.words))
            .collect();
        if self.unlisted.is_empty() && unused.is_empty() {
            return Ok(());
        }
        let unlisted: Vec<String> = self.unlisted.into_iter().collect();
        bail!(
            "{FILE} is not the truth; missing:\n{}\ntoo many:\n{}",
            unlisted.join("\n"),
            unused.join("\n")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# why\n\nsrc/a | spec.ports: Required | no ports to begin with\n";

    #[test]
    fn the_list_is_as_long_as_the_truth() {
        let mut exceptions = Exceptions::parse(LIST).unwrap();
        exceptions.found("src/a", "Service \"a\" is invalid: spec.ports: Required value");
        exceptions.settle().unwrap();
    }

    #[test]
    fn a_line_too_many_and_a_refusal_too_many_both_fail() {
        let error = Exceptions::parse(LIST).unwrap().settle().unwrap_err().to_string();
        assert!(error.contains("too many:\nsrc/a"), "{error}");
        for (what, message) in [("src/b", "spec.ports: Required"), ("src/a", "something else")] {
            let mut exceptions = Exceptions::parse(LIST).unwrap();
            exceptions.found("src/a", "spec.ports: Required");
            exceptions.found(what, message);
            let error = exceptions.settle().unwrap_err().to_string();
            assert!(error.contains(&format!("missing:\n{what}")), "{error}");
        }
    }

    #[test]
    fn every_line_has_a_reason() {
        assert!(Exceptions::parse("src/a | words\n").is_err());
        assert!(Exceptions::parse("src/a | words | \n").is_err());
    }
}
