//! Globs over names: `*` is any run of characters, `?` is one character.

use std::fmt;

/// A glob, matched against a whole name.
///
/// ```
/// use boltrope::selector::Glob;
/// assert!(Glob::new("feature-*").matches("feature-login"));
/// assert!(!Glob::new("feature-?").matches("feature-login"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: String,
}

impl Glob {
    /// Every text is a glob.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// Every one of the texts.
    pub(crate) fn all(texts: Vec<String>) -> Vec<Self> {
        texts.into_iter().map(Self::new).collect()
    }

    /// Whether any of the globs matches.
    pub(crate) fn any(globs: &[Self], name: &str) -> bool {
        globs.iter().any(|glob| glob.matches(name))
    }

    /// The glob as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the glob has no wildcard, so that it is one name.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        !self.text.contains(['*', '?'])
    }

    /// Whether the glob matches the whole of `name`. Linear in the product of the lengths at worst.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        matches(&self.text, name)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// [`Glob::matches`] for a glob that is only a text.
pub(super) fn matches(glob: &str, name: &str) -> bool {
    let (mut glob, mut rest) = (glob.chars(), name.chars());
    // Where to go on when a literal does not fit: after the last `*`, one character further in the name.
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let before = rest.clone();
        match (glob.next(), rest.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                rest = before;
                retry = Some((glob.clone(), rest.clone()));
            }
            (Some('?'), Some(_)) => {}
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => {
                let Some((after_star, mut from)) = retry.take() else {
                    return false;
                };
                if from.next().is_none() {
                    return false;
                }
                glob = after_star.clone();
                rest = from.clone();
                retry = Some((after_star, from));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_whole_names_only() {
        for (glob, name, expected) in [
            ("*", "", true),
            ("*", "anything", true),
            ("", "", true),
            ("", "a", false),
            ("a*", "a", true),
            ("*a", "bca", true),
            ("*a", "bcab", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-", false),
            ("?", "é", true),
            ("??", "a", false),
            ("*-*", "feature-", true),
            ("kube-*", "kubernetes", false),
        ] {
            assert_eq!(Glob::new(glob).matches(name), expected, "{glob} on {name}");
        }
    }

    #[test]
    fn many_stars_end_in_bounded_time() {
        let glob = Glob::new("*a".repeat(200));
        assert!(!glob.matches(&"a".repeat(199)));
    }
}
