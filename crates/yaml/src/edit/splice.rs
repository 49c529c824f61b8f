//! Replacements of parts of the text, collected in any order and applied in one copy.

use std::borrow::Cow;
use std::ops::Range;

/// What is replaced, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Splice {
    range: Range<usize>,
    text: String,
}

/// All replacements of one edit.
#[derive(Debug, Default)]
pub(super) struct Splices(Vec<Splice>);

impl Splices {
    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        let text = text.into();
        if !range.is_empty() || !text.is_empty() {
            self.0.push(Splice { range, text });
        }
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    pub(super) fn delete(&mut self, range: Range<usize>) {
        self.replace(range, String::new());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The new text, in pieces; what is inserted at one place stays in the order in which it was given. `None` if two
    /// replacements overlap; deletions may.
    pub(super) fn apply(mut self, text: &str) -> Option<Vec<Cow<'_, str>>> {
        self.0
            .sort_by_key(|splice| (splice.range.start, splice.range.end));
        let mut pieces = Pieces(Vec::with_capacity(2 * self.0.len() + 1));
        let mut at = 0;
        for Splice { range, text: new } in self.0 {
            if new.is_empty() && range.start < at {
                at = at.max(range.end);
                continue;
            }
            pieces.push(Cow::Borrowed(text.get(at..range.start)?));
            pieces.push(Cow::Owned(new));
            at = range.end;
            // `'x'# c` is a text and a comment, `5# c` is not.
            if text.get(at..)?.starts_with('#') && pieces.end_in_word() {
                pieces.push(Cow::Borrowed(" "));
            }
        }
        pieces.push(Cow::Borrowed(text.get(at..)?));
        Some(pieces.0)
    }
}

/// Pieces of a text; none is empty.
struct Pieces<'t>(Vec<Cow<'t, str>>);

impl<'t> Pieces<'t> {
    fn push(&mut self, piece: Cow<'t, str>) {
        if !piece.is_empty() {
            self.0.push(piece);
        }
    }

    fn end_in_word(&self) -> bool {
        self.0
            .last()
            .is_some_and(|piece| piece.ends_with(|last: char| !last.is_whitespace()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applies_in_text_order_and_refuses_overlaps() {
        let mut splices = Splices::default();
        splices.delete(2..4);
        splices.insert(4, "x");
        splices.insert(2, "a");
        splices.insert(2, "b");
        splices.replace(0..1, "-");
        assert_eq!(splices.apply("012345").unwrap().concat(), "-1abx45");
        let mut splices = Splices::default();
        splices.delete(1..4);
        splices.insert(2, "x");
        assert_eq!(splices.apply("012345"), None);
    }
}
