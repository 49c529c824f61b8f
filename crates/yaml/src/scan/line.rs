//! What one line is, and whether it can leave anything open.

use crate::resolve::{Resolved, resolve_plain};

/// A line without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Blank,
    Comment,
    /// Starts with a space. `simple` when no quote or bracket stays open in it.
    Indented {
        simple: bool,
    },
    /// Starts with `- ` in column 0.
    Item {
        simple: bool,
    },
    /// `name: value` in column 0, the name a plain identifier.
    Key {
        name: &'a str,
        value: Value<'a>,
    },
    Other,
}

/// What follows `name:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value<'a>(&'a str);

pub(super) fn classify(line: &str) -> Line<'_> {
    let Some(&first) = line.as_bytes().first() else {
        return Line::Blank;
    };
    match first {
        b'#' => Line::Comment,
        b' ' => {
            let content = line.trim_start_matches(' ');
            match content.as_bytes().first() {
                None => Line::Blank,
                // A tab may or may not be allowed where it is.
                Some(b'\t') => Line::Other,
                Some(b'#') => Line::Comment,
                Some(_) => Line::Indented {
                    simple: is_simple(content),
                },
            }
        }
        b'-' if line == "-" || line.starts_with("- ") => Line::Item {
            simple: is_simple(line),
        },
        b'A'..=b'Z' | b'a'..=b'z' | b'_' => classify_key(line),
        _ => Line::Other,
    }
}

fn classify_key(line: &str) -> Line<'_> {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let Some(end) = line.bytes().position(|byte| !in_name(byte)) else {
        return Line::Other;
    };
    let Some((name, rest)) = line.split_at_checked(end) else {
        return Line::Other;
    };
    match rest.strip_prefix(':') {
        Some(value) if value.is_empty() || value.starts_with(' ') => Line::Key {
            name,
            value: Value(value),
        },
        _ => Line::Other,
    }
}

/// Can the line leave no quote or bracket open? Only shapes that are certain: no quote and no bracket at all, or a list
/// item or an entry with one quoted word or an empty `{}` or `[]` as its value.
fn is_simple(line: &str) -> bool {
    let opens = |byte: u8| matches!(byte, b'"' | b'\'' | b'[' | b'{');
    if !line.bytes().any(opens) {
        return true;
    }
    let mut rest = line;
    while let Some(item) = rest.strip_prefix("- ") {
        rest = item.trim_start_matches(' ');
    }
    match classify_key(rest) {
        Line::Key { value, .. } => value.is_simple(),
        _ => Value(rest).is_closed(),
    }
}

impl<'a> Value<'a> {
    /// A plain or quoted word that Kubernetes reads as a string, perhaps with a comment after it.
    pub(super) fn as_string(self) -> Option<&'a str> {
        let is_word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte))
        };
        let value = self.0.trim_start_matches(' ');
        if let Some((word, rest)) = split_quoted(value) {
            return (is_word(word) && is_rest(rest)).then_some(word);
        }
        let end = value.bytes().position(|byte| byte == b' ').unwrap_or(value.len());
        let (word, rest) = value.split_at_checked(end)?;
        let starts_plain = word.starts_with(|c: char| c.is_ascii_alphanumeric());
        (starts_plain && is_word(word) && is_rest(rest) && resolve_plain(word) == Resolved::Text)
            .then_some(word)
    }

    /// Nothing can stay open: no quote and no bracket, or one that is closed for certain.
    pub(super) fn is_simple(self) -> bool {
        let value = self.0.trim_start_matches(' ');
        !value
            .bytes()
            .any(|byte| matches!(byte, b'"' | b'\'' | b'[' | b'{'))
            || self.is_closed()
    }

    /// One quoted text without escapes, or `{}` or `[]`, and nothing but a comment after it.
    fn is_closed(self) -> bool {
        let value = self.0.trim_start_matches(' ');
        if let Some((_, rest)) = split_quoted(value) {
            return is_rest(rest);
        }
        value
            .strip_prefix("{}")
            .or_else(|| value.strip_prefix("[]"))
            .is_some_and(is_rest)
    }
}

/// The text in quotes and what follows; no escapes.
fn split_quoted(value: &str) -> Option<(&str, &str)> {
    let (quote, inside) = match value.as_bytes().first()? {
        b'"' => ('"', value.get(1..)?),
        b'\'' => ('\'', value.get(1..)?),
        _ => return None,
    };
    let (text, rest) = inside.split_once(quote)?;
    (!text.contains('\\') && !rest.starts_with(quote)).then_some((text, rest))
}

/// Blanks, or blanks and a comment.
fn is_rest(rest: &str) -> bool {
    let comment = rest.trim_start_matches(' ');
    comment.is_empty() || (comment.len() < rest.len() && comment.starts_with('#'))
}
