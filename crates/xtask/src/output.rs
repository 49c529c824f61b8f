//! Where this program prints: results to stdout, problems to stderr. The one place that does.

use std::io::Write as _;

/// One line on stdout. A closed pipe (`| head`) is not an error worth reporting.
pub(crate) fn line(text: &str) {
    let _closed_pipe = writeln!(std::io::stdout().lock(), "{text}");
}

/// One line on stderr.
pub(crate) fn problem(text: &str) {
    let _closed_pipe = writeln!(std::io::stderr().lock(), "{text}");
}
