//! The table of cases and surfaces.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

/// How one surface answered one case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// As the case expects.
    Same,
    /// Otherwise: what was expected and what came.
    Differs { expected: String, found: String },
    /// The case is nothing for the surface.
    NotAsked,
}

/// One case.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) case: String,
    pub(crate) answers: Vec<Answer>,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Report {
    surfaces: Vec<String>,
    rows: Vec<Row>,
}

impl Answer {
    /// Compares two answers as data.
    pub(crate) fn compare(expected: &Value, found: &Value) -> Self {
        if expected == found {
            return Self::Same;
        }
        let text = |value: &Value| serde_json::to_string(value).unwrap_or_default();
        Self::Differs {
            expected: text(expected),
            found: text(found),
        }
    }
}

impl Report {
    pub(crate) fn new(surfaces: impl Iterator<Item = String>) -> Self {
        Self {
            surfaces: surfaces.collect(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Whether every answer is the expected one, and every surface was asked something.
    pub(crate) fn agrees(&self) -> bool {
        (0..self.surfaces.len()).all(|surface| {
            let (same, differing) = self.count(surface);
            same > 0 && differing == 0
        })
    }

    /// What a person wants to see: a line for each surface, and what differs.
    pub(crate) fn summary(&self) -> String {
        let mut text = format!("{:<24} {:>6} {:>8}\n", "surface", "same", "differs");
        for (index, surface) in self.surfaces.iter().enumerate() {
            let (same, differing) = self.count(index);
            let _ = writeln!(text, "{surface:<24} {same:>6} {differing:>8}");
        }
        for row in &self.rows {
            for (surface, answer) in self.surfaces.iter().zip(&row.answers) {
                if let Answer::Differs { expected, found } = answer {
                    let _ = writeln!(
                        text,
                        "\n{} differs on {surface}\n  expected {expected}\n  found    {found}",
                        row.case
                    );
                }
            }
        }
        let _ = writeln!(
            text,
            "{} cases; the table is target/conformance.md",
            self.rows.len()
        );
        text
    }

    /// Writes the whole table.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut text = String::from("# Every case on every surface\n\n| case |");
        for surface in &self.surfaces {
            let _ = write!(text, " {surface} |");
        }
        let _ = writeln!(text, "\n|---|{}", "---|".repeat(self.surfaces.len()));
        for row in &self.rows {
            let _ = write!(text, "| {} |", row.case);
            for answer in &row.answers {
                let word = match answer {
                    Answer::Same => "same",
                    Answer::Differs { .. } => "**differs**",
                    Answer::NotAsked => "",
                };
                let _ = write!(text, " {word} |");
            }
            text.push('\n');
        }
        std::fs::write(path, text).with_context(|| format!("writing `{}`", path.display()))
    }

    fn count(&self, surface: usize) -> (usize, usize) {
        let answers = || self.rows.iter().filter_map(|row| row.answers.get(surface));
        let same = answers().filter(|answer| **answer == Answer::Same).count();
        let differing = answers()
            .filter(|answer| matches!(answer, Answer::Differs { .. }))
            .count();
        (same, differing)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(answers: &[Answer]) -> Report {
        let mut report = Report::new(["a".to_owned()].into_iter());
        for answer in answers {
            report.add(Row {
                case: "case".to_owned(),
                answers: vec![answer.clone()],
            });
        }
        report
    }

    #[test]
    fn a_surface_that_differs_or_was_never_asked_does_not_agree() {
        let differs = Answer::compare(&json!({"a": 1}), &json!({"a": 2}));
        assert!(report(&[Answer::Same, Answer::NotAsked]).agrees());
        assert!(!report(&[Answer::Same, differs.clone()]).agrees());
        assert!(!report(&[Answer::NotAsked]).agrees());
        let shown = report(&[differs]).summary();
        assert!(
            shown.contains("case differs on a\n  expected {\"a\":1}\n  found    {\"a\":2}"),
            "{shown}"
        );
    }
}
