//! Lines that start with `---`, found at memory speed.

use std::ops::Range;

use memchr::memmem;

/// One separator line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Separator {
    /// With its line feed.
    pub(super) range: Range<usize>,
}

/// All separator lines from an offset that is the start of a line.
pub(super) fn separators(text: &str, from: usize) -> impl Iterator<Item = Separator> {
    let rest = text.get(from..).unwrap_or_default();
    let first = rest.starts_with("---").then_some(from);
    let others = memmem::find_iter(rest.as_bytes(), b"\n---").map(move |at| from + at + 1);
    first.into_iter().chain(others).map(move |start| {
        let line = text.as_bytes().get(start..).unwrap_or_default();
        let end = memchr::memchr(b'\n', line).map_or(text.len(), |at| start + at + 1);
        Separator { range: start..end }
    })
}

impl Separator {
    fn rest<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.range.start + 3..self.range.end).unwrap_or_default()
    }

    /// What follows `---` though it must not.
    pub(super) fn garbage<'a>(&self, text: &'a str) -> Option<&'a str> {
        let rest = self.rest(text).trim();
        (!rest.is_empty() && !rest.starts_with('#')).then_some(rest)
    }

    /// Does a YAML parser see nothing but a separator (and a comment) in the line, so that a document may begin after it?
    pub(super) fn is_plain(&self, text: &str) -> bool {
        let rest = self.rest(text);
        let rest = rest
            .strip_suffix('\n')
            .map_or(rest, |rest| rest.strip_suffix('\r').unwrap_or(rest));
        let comment = rest.trim_start_matches([' ', '\t']);
        let allowed = |c: char| c == '\t' || (' '..='~').contains(&c) || (c >= '\u{a0}' && !is_break(c));
        comment.is_empty()
            || (comment.len() < rest.len() && comment.starts_with('#') && comment.chars().all(allowed))
    }
}

fn is_break(c: char) -> bool {
    matches!(
        c,
        '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}
