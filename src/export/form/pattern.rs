//! Patterns of rules as those of JSON Schema, which are JavaScript's.
//!
//! Only what means the same in both is taken over; a pattern with anything else is not said, instead of said wrongly.

use crate::selector::Glob;

/// The pattern for a whole text that matches `pattern`, if JavaScript would read it the same way.
pub(crate) fn whole(pattern: &str) -> Option<String> {
    is_common(pattern).then(|| format!("^(?:{pattern})$"))
}

/// The pattern for a whole text that one of some globs matches; names of namespaces have no letters that mean more.
pub(crate) fn of_glob(globs: &[Glob]) -> String {
    let alternatives: Vec<String> = globs
        .iter()
        .map(|glob| glob.as_str().replace('*', ".*").replace('?', "."))
        .collect();
    format!("^(?:{})$", alternatives.join("|"))
}

/// Letters and digits, classes of them, groups without names, repetitions, and escapes of what would mean something.
fn is_common(pattern: &str) -> bool {
    let mut letters = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        let is_common = match letter {
            '\\' => {
                letters.next();
                // `\w` and `\d` are ASCII in both; `-` may be escaped in classes only.
                next.is_some_and(|next| "dDwW.+*?^$()[]{}|/\\".contains(next) || in_class && next == '-')
            }
            // A class in a class, or a set operation.
            '[' if in_class => false,
            '&' | '~' | '-' if in_class && next == Some(letter) => false,
            '[' => {
                in_class = true;
                if letters.peek() == Some(&'^') {
                    letters.next();
                }
                // `[]a]` is a class of two here and an empty one there.
                letters.peek() != Some(&']')
            }
            ']' => std::mem::replace(&mut in_class, false),
            '(' if !in_class && next == Some('?') => {
                letters.next();
                letters.peek() == Some(&':')
            }
            '{' | '}' if !in_class => true,
            letter => letter.is_ascii_graphic() || letter == ' ',
        };
        if !is_common {
            return false;
        }
    }
    !in_class
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_means_the_same_is_taken_over() {
        for (pattern, common) in [
            ("[0-9]{4}", true),
            ("a|b", true),
            ("(?:x|y)+[a-z_.]*\\.\\d?", true),
            ("[^/]+\\-x", false),
            ("[a\\-z]", true),
            ("(?i)team", false),
            ("(?P<x>a)", false),
            ("[[:alpha:]]", false),
            ("[]a]", false),
            ("[a&&b]", false),
            ("\\pL", false),
            ("\\s", false),
            ("\\bx", false),
            ("é", false),
            ("a]", false),
        ] {
            assert_eq!(is_common(pattern), common, "{pattern}");
        }
        assert_eq!(whole("a|b").unwrap(), "^(?:a|b)$");
        let globs = ["team-*", "system", "a?"].map(Glob::new);
        assert_eq!(of_glob(&globs), "^(?:team-.*|system|a.)$");
    }
}
