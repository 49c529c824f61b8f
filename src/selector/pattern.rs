//! Regular expressions over names: anchored at both ends, bounded in size, the same engine on every surface.

use std::fmt;

use regex_lite::{Regex, RegexBuilder};

/// Bytes that one compiled pattern may take. Patterns on names need a few hundred.
const SIZE_LIMIT: usize = 256 * 1024;

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
    regex: Regex,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The regex engine's sentence about what is wrong, when the text is no regex or compiles too large.
    pub fn new(text: &str) -> Result<Self, String> {
        let anchored = format!("^(?:{text})$");
        // The text must be a regex by itself: `a)|(b` would be one only inside our parentheses.
        Regex::new(text).map_err(|error| error.to_string())?;
        let regex = RegexBuilder::new(&anchored)
            .size_limit(SIZE_LIMIT)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            text: text.to_owned(),
            regex,
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
        self.regex.is_match(text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unbalanced_parentheses_do_not_escape_the_anchors() {
        assert!(Pattern::new("a)|(b").is_err());
    }

    #[test]
    fn a_newline_at_the_end_is_part_of_the_text() {
        assert!(!Pattern::new("main").unwrap().matches("main\n"));
    }

    #[test]
    fn a_pattern_that_compiles_too_large_is_refused() {
        assert!(Pattern::new("(a{1000}){1000}").is_err());
    }
}
