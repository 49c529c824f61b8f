//! How the cases ended.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value, json};
use similar::{ChangeTag, TextDiff};

use crate::cli::exit::Exit;
use crate::cli::output::text::count;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const REMOVED: Style = AnsiColor::Red.on_default();
const NOTE: Style = AnsiColor::Cyan.on_default();

/// How one case ended.
#[derive(Debug)]
pub(super) enum Verdict {
    /// As it expects.
    Passed,
    /// Otherwise; `None` when it expects nothing yet.
    Failed { expected: Option<Value>, found: Value },
    /// What was found is what it expects from now on.
    Blessed,
    /// It cannot be asked, and why.
    Unreadable(String),
}

/// How all of them did.
#[derive(Debug, Default)]
pub(super) struct Report {
    cases: Vec<(String, Verdict)>,
}

impl Verdict {
    fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed { .. } => "failed",
            Self::Blessed => "blessed",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

impl Report {
    pub(super) fn add(&mut self, name: &str, verdict: Verdict) {
        self.cases.push((name.to_owned(), verdict));
    }

    pub(super) fn exit(&self) -> Exit {
        if self.number("unreadable") > 0 {
            Exit::Unreadable
        } else if self.number("failed") > 0 {
            Exit::Findings
        } else {
            Exit::Clean
        }
    }

    /// A line for each case, what differs below it, and a summary.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (name, verdict) in &self.cases {
            let style = match verdict {
                Verdict::Passed | Verdict::Blessed => GOOD,
                Verdict::Failed { .. } | Verdict::Unreadable(_) => BAD,
            };
            let _ = writeln!(text, "{style}{:<10}{style:#} {name}", verdict.word());
            match verdict {
                Verdict::Passed | Verdict::Blessed => {}
                Verdict::Unreadable(why) => {
                    let _ = writeln!(text, "  {why}");
                }
                Verdict::Failed { expected, found } => write_difference(&mut text, expected.as_ref(), found),
            }
        }
        let _ = writeln!(text, "{}", self.summary());
        text
    }

    /// The same for programs.
    pub(super) fn json(&self) -> Value {
        let case = |(name, verdict): &(String, Verdict)| {
            let mut case = Map::new();
            case.insert("name".to_owned(), name.as_str().into());
            case.insert("verdict".to_owned(), verdict.word().into());
            match verdict {
                Verdict::Passed | Verdict::Blessed => {}
                Verdict::Unreadable(why) => {
                    case.insert("message".to_owned(), why.as_str().into());
                }
                Verdict::Failed { expected, found } => {
                    case.insert("expected".to_owned(), expected.clone().unwrap_or_default());
                    case.insert("found".to_owned(), found.clone());
                }
            }
            Value::Object(case)
        };
        json!({
            "apiVersion": "boltrope.dev/v1alpha1",
            "kind": "TestReport",
            "summary": {
                "exitCode": self.exit().code(),
                "cases": self.cases.len(),
                "passed": self.number("passed"),
                "failed": self.number("failed"),
                "blessed": self.number("blessed"),
                "unreadable": self.number("unreadable"),
            },
            "cases": self.cases.iter().map(case).collect::<Vec<_>>(),
        })
    }

    fn summary(&self) -> String {
        let mut summary = format!(
            "{}: {} passed, {} failed",
            count(self.cases.len(), "case"),
            self.number("passed"),
            self.number("failed")
        );
        for word in ["blessed", "unreadable"] {
            match self.number(word) {
                0 => {}
                number => {
                    let _ = write!(summary, ", {number} {word}");
                }
            }
        }
        summary
    }

    fn number(&self, word: &str) -> usize {
        self.cases
            .iter()
            .filter(|(_, verdict)| verdict.word() == word)
            .count()
    }
}

fn write_difference(text: &mut String, expected: Option<&Value>, found: &Value) {
    let found = boltrope_yaml::write(found);
    let Some(expected) = expected else {
        let _ = writeln!(
            text,
            "  {NOTE}there is no expected.yaml; --bless writes this one:{NOTE:#}"
        );
        for line in found.lines() {
            let _ = writeln!(text, "  {line}");
        }
        return;
    };
    let expected = boltrope_yaml::write(expected);
    let _ = writeln!(
        text,
        "  {NOTE}--- expected.yaml{NOTE:#}\n  {NOTE}+++ found{NOTE:#}"
    );
    let diff = TextDiff::from_lines(&expected, &found);
    for change in diff
        .grouped_ops(3)
        .iter()
        .flatten()
        .flat_map(|op| diff.iter_changes(op))
    {
        let line = change.value().trim_end_matches('\n');
        let _ = match change.tag() {
            ChangeTag::Equal => writeln!(text, "   {line}"),
            ChangeTag::Delete => writeln!(text, "  {REMOVED}-{line}{REMOVED:#}"),
            ChangeTag::Insert => writeln!(text, "  {GOOD}+{line}{GOOD:#}"),
        };
    }
}
