//! Regular expressions over names: bounded in size and time, the same engine on every surface.
//!
//! `regex-lite` is the smallest engine there is: 30 kB of a compiled policy.

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
    part: Regex,
    whole: Regex,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The engine's sentence about what is wrong, when the text is no regex or compiles too large.
    pub fn new(text: &str) -> Result<Self, String> {
        Ok(Self {
            // By itself it must be a regex, too: `a)|(b` would be one only inside our parentheses.
            part: compile(text)?,
            whole: compile(&format!("^(?:{text})$"))?,
        })
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.part.as_str()
    }

    /// Whether the pattern matches the whole of `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.whole.is_match(text)
    }

    /// Whether the pattern matches some part of `text`.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.part.is_match(text)
    }
}

fn compile(text: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(text).size_limit(SIZE_LIMIT).build();
    built.map_err(|error| error.to_string())
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text as a pattern that matches it and nothing else.
pub(crate) fn escape(text: &str) -> String {
    regex_lite::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unbalanced_parentheses_do_not_escape_the_anchors() {
        for text in ["a)|(b", "(", ")", "(?x)a # )"] {
            assert!(Pattern::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_whole_text_is_meant_and_a_newline_is_part_of_it() {
        let pattern = Pattern::new("a|ab|main").unwrap();
        for (text, whole, part) in [
            ("ab", true, true),
            ("main", true, true),
            ("main\n", false, true),
            ("b", false, false),
        ] {
            assert_eq!(
                (pattern.matches(text), pattern.is_in(text)),
                (whole, part),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_too_large_or_too_deep_is_refused() {
        for (text, expected) in [
            ("(a{1000}){1000}".to_owned(), "size limit"),
            (
                format!("{}a{}", "(".repeat(60), ")".repeat(60)),
                "too much nesting",
            ),
        ] {
            let message = Pattern::new(&text).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_pattern_that_goes_back_and_forth_elsewhere_takes_its_length_times_the_texts() {
        let pattern = Pattern::new("(a*)*(a|a)*(a+)+b").unwrap();
        assert!(!pattern.matches(&"a".repeat(10_000)));
    }

    #[test]
    fn an_escaped_text_matches_itself() {
        for text in ["a.b", "[x]{2}", "a<b>c", "ü$^|\\", "-", "a b"] {
            let pattern = Pattern::new(&escape(text)).unwrap();
            assert!(pattern.matches(text) && !pattern.matches("other"), "{text}");
        }
    }
}
