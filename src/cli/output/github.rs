//! Findings as GitHub Actions reads them from a log: workflow commands that become annotations of a pull request.
//!
//! Source of the escapes: `packages/core/src/command.ts` of actions/toolkit. In the message `%`, CR and LF are escaped, in
//! the properties `:` and `,` too.

use std::fmt::Write as _;
use std::path::Path;

use boltrope::engine::Severity;

use super::judgement::{Judgement, Problem};
use super::paths::relative;

/// One line per problem.
pub(crate) fn render(judgement: &Judgement<'_>, here: &Path) -> String {
    let mut text = String::new();
    for problem in judgement.problems() {
        let command = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let file = property(&relative(problem.file, here));
        let _ = write!(text, "::{command} file={file}");
        if let Some(place) = problem.place {
            let _ = write!(text, ",line={},col={}", place.line, place.column);
        }
        let title = property(problem.code);
        let _ = writeln!(text, ",title={title}::{}", message(&problem));
    }
    text
}

fn message(problem: &Problem<'_>) -> String {
    let mut lines = vec![problem.sentence()];
    let subject = problem.subject();
    if !subject.is_empty() {
        lines.push(
            format!("object: {subject} {}", problem.pointer)
                .trim_end()
                .to_owned(),
        );
    }
    if !problem.rule.is_empty() {
        lines.push(format!("rule: {}", problem.rule));
    }
    escape(&lines.join("\n"))
}

fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}
