//! Findings as JUnit XML, which every CI server shows: a file is a suite, a finding a test that failed.
//!
//! A file without findings is one test that passed, so that the number of tests is never zero. A warning passes and says
//! so in `system-out`. There is no time and no host: equal trees give equal reports.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use boltrope::engine::Severity;

use super::judgement::{INTERNAL, Judgement, Problem, UNREADABLE};
use super::paths::relative;

/// The tests of one file.
#[derive(Default)]
struct Suite<'r> {
    problems: Vec<Problem<'r>>,
}

impl Suite<'_> {
    fn errors(&self) -> usize {
        self.problems
            .iter()
            .filter(|problem| is_failure_to_read(problem))
            .count()
    }

    fn failures(&self) -> usize {
        let is_failure =
            |problem: &&Problem<'_>| problem.severity == Severity::Error && !is_failure_to_read(problem);
        self.problems.iter().filter(is_failure).count()
    }

    fn tests(&self) -> usize {
        self.problems.len().max(1)
    }
}

/// The whole report.
pub(crate) fn render(judgement: &Judgement<'_>, here: &Path) -> String {
    let mut suites: BTreeMap<String, Suite<'_>> = BTreeMap::new();
    for name in judgement.shown_names() {
        suites.entry(relative(name, here)).or_default();
    }
    for problem in judgement.problems() {
        let suite = suites.entry(relative(problem.file, here)).or_default();
        suite.problems.push(problem);
    }
    let tests: usize = suites.values().map(Suite::tests).sum();
    let failures: usize = suites.values().map(Suite::failures).sum();
    let errors: usize = suites.values().map(Suite::errors).sum();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        text,
        "<testsuites name=\"boltrope check\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">"
    );
    for (file, suite) in &suites {
        write_suite(&mut text, file, suite);
    }
    text.push_str("</testsuites>\n");
    text
}

fn write_suite(text: &mut String, file: &str, suite: &Suite<'_>) {
    let (name, tests) = (escape(file), suite.tests());
    let (failures, errors) = (suite.failures(), suite.errors());
    let _ = writeln!(
        text,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" file=\"{name}\">"
    );
    if suite.problems.is_empty() {
        let _ = writeln!(text, "    <testcase name=\"rules\" classname=\"{name}\"/>");
    }
    for problem in &suite.problems {
        write_case(text, file, problem);
    }
    text.push_str("  </testsuite>\n");
}

fn write_case(text: &mut String, file: &str, problem: &Problem<'_>) {
    let name = [problem.code, &problem.subject(), problem.pointer].join(" ");
    let (name, class) = (escape(name.trim_end()), escape(file));
    let _ = writeln!(text, "    <testcase name=\"{name}\" classname=\"{class}\">");
    let code = escape(problem.code);
    let message = escape(&problem.message);
    let details = escape(&details(file, problem));
    let _ = match (problem.severity, is_failure_to_read(problem)) {
        (Severity::Warning, _) => writeln!(
            text,
            "      <system-out>warning: {message}\n{details}</system-out>"
        ),
        (Severity::Error, true) => {
            writeln!(
                text,
                "      <error type=\"{code}\" message=\"{message}\">{details}</error>"
            )
        }
        (Severity::Error, false) => {
            writeln!(
                text,
                "      <failure type=\"{code}\" message=\"{message}\">{details}</failure>"
            )
        }
    };
    text.push_str("    </testcase>\n");
}

fn details(file: &str, problem: &Problem<'_>) -> String {
    let place = problem
        .place
        .map(|place| format!(":{}:{}", place.line, place.column))
        .unwrap_or_default();
    let mut details = format!("{file}{place}");
    for (name, note) in [("rule", problem.rule), ("help", problem.remedy)] {
        if !note.is_empty() {
            let _ = write!(details, "\n{name}: {note}");
        }
    }
    details
}

fn is_failure_to_read(problem: &Problem<'_>) -> bool {
    matches!(problem.code, UNREADABLE | INTERNAL)
}

/// Text for elements and attributes. XML 1.0 has no way to write most control characters.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\r' => escaped.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            control if control < ' ' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
