//! What is wrong with a rules file: a list, so that a person fixes everything in one go.

use std::fmt;

use serde::Serialize;

use crate::object::pointer;
use crate::selector::Pattern;

/// One mistake in a document of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Where, as a JSON Pointer into the document.
    pub pointer: String,
    /// What is wrong: one sentence without a full stop.
    pub message: String,
    /// What to write instead; empty when the message says it.
    pub remedy: String,
}

impl Mistake {
    /// A mistake with a remedy.
    pub fn new(pointer: impl AsRef<str>, message: impl AsRef<str>, remedy: impl AsRef<str>) -> Self {
        Self::of(pointer.as_ref(), message.as_ref(), remedy.as_ref())
    }

    /// A mistake whose message says what to write.
    pub fn plain(pointer: impl AsRef<str>, message: impl AsRef<str>) -> Self {
        Self::of(pointer.as_ref(), message.as_ref(), "")
    }

    /// Once for all the places that know a mistake, which are a tenth of a compiled policy.
    #[inline(never)]
    fn of(pointer: &str, message: &str, remedy: &str) -> Self {
        Self {
            pointer: pointer.to_owned(),
            message: message.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        if !self.remedy.is_empty() {
            write!(formatter, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

/// All mistakes found so far: the decoder goes on after each one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// No mistakes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, mistake: Mistake) {
        self.0.push(mistake);
    }

    /// Adds others, found in a part of the document at `prefix`.
    pub fn extend_below(&mut self, prefix: &str, mut others: Self) {
        for mistake in &mut others.0 {
            mistake.pointer.insert_str(0, prefix);
        }
        self.0.append(&mut others.0);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The mistakes, in the order found.
    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.0.iter()
    }

    /// The mistakes, to be told in other words.
    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Mistake> {
        self.0.iter_mut()
    }

    /// `value` when nothing is wrong.
    ///
    /// # Errors
    /// The mistakes, when there are any.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Compiles a pattern; a bad one becomes a mistake at `at`.
    pub fn pattern(&mut self, text: &str, at: impl AsRef<str>) -> Option<Pattern> {
        let refuse = |error| {
            let message = format!("`{text}` is not a regular expression: {error}");
            self.push(Mistake::new(
                at,
                message,
                "the whole name must match it, no `^` or `$` is needed",
            ));
        };
        Pattern::new(text).map_err(refuse).ok()
    }
}

impl FromIterator<Mistake> for Mistakes {
    fn from_iter<I: IntoIterator<Item = Mistake>>(mistakes: I) -> Self {
        Self(mistakes.into_iter().collect())
    }
}

impl IntoIterator for Mistakes {
    type Item = Mistake;
    type IntoIter = std::vec::IntoIter<Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Mistakes {
    type Item = &'a Mistake;
    type IntoIter = std::slice::Iter<'a, Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            let at = if mistake.pointer.is_empty() {
                "/"
            } else {
                &mistake.pointer
            };
            write!(formatter, "{separator}{at}: {mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// A key that is not known, with the one that was probably meant.
pub(crate) fn unknown_key(at: &str, key: &str, accepted: &[&str]) -> Mistake {
    let message = format!("unknown key `{key}`");
    Mistake::new(pointer::push(at, key), message, suggest(key, accepted))
}

/// A word that is not known, with the one that was probably meant.
pub(crate) fn unknown_value(at: &str, value: &str, accepted: &[&str]) -> Mistake {
    Mistake::new(at, format!("unknown value `{value}`"), suggest(value, accepted))
}

/// "did you mean `x`?" for a near miss, else the list of what is known.
#[must_use]
pub fn suggest(written: &str, known: &[&str]) -> String {
    match nearest(written, known) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("{KNOWN_HERE}{}", quoted(known)),
    }
}

/// How [`suggest`] begins when nothing known is near.
pub(crate) const KNOWN_HERE: &str = "known here: ";

/// The known word that was probably meant, if one is near enough to what was written.
///
/// ```
/// use boltrope::rules::nearest;
/// assert_eq!(nearest("lables", &["labels", "annotations"]), Some("labels"));
/// assert_eq!(nearest("x", &["labels"]), None);
/// ```
#[must_use]
pub fn nearest<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    let written = written.to_ascii_lowercase();
    let mut nearest = None;
    let mut least = 2 + written.chars().count() / 4;
    for name in known {
        let distance = strsim::osa_distance(&written, &name.to_ascii_lowercase());
        if distance < least {
            (nearest, least) = (Some(*name), distance);
        }
    }
    nearest
}

fn quoted(words: &[&str]) -> String {
    let mut list = String::new();
    for word in words {
        let before = if list.is_empty() { "`" } else { ", `" };
        for part in [before, word, "`"] {
            list.push_str(part);
        }
    }
    list
}
