//! Regular expressions over names: bounded in size and time, the same engine on every surface.
//!
//! The engine is our own because of its size: `regex-lite`, the smallest one there is, takes 35 kB of a compiled policy, this
//! one a sixth of that. It knows the syntax of `regex-lite` but for the flag `x` and `\b{…}`; tests hold every answer against
//! it.

mod automaton;
mod class;
mod parser;
#[cfg(test)]
mod tests;

use std::fmt;

use automaton::Automaton;

/// A pattern that must match a whole text.
///
/// ```
/// use boltrope::selector::Pattern;
/// let pattern = Pattern::new("feature-[a-z]+|main").unwrap();
/// assert!(pattern.matches("main") && !pattern.matches("main-2"));
/// assert!(Pattern::new("feature-(").is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    automaton: Automaton,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// A sentence about what is wrong, when the text is no regex or compiles too large.
    pub fn new(text: &str) -> Result<Self, String> {
        Ok(Self {
            text: text.to_owned(),
            automaton: parser::parse(text)?,
        })
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern matches the whole of `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.automaton.matches(text)
    }

    /// Whether the pattern matches some part of `text`.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.automaton.is_in(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The text as a pattern that matches it and nothing else.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() && !matches!(letter, '<' | '>') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
