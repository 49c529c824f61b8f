//! A stream with some documents replaced, as pieces of the input and of the new texts: nothing is copied.

use std::borrow::Cow;

use super::Changed;

/// The pieces of a stream, in order.
#[derive(Clone, Debug)]
pub struct Spans<'r> {
    stream: &'r [u8],
    changed: std::slice::Iter<'r, Changed<'r>>,
    at: usize,
    replacement: std::slice::Iter<'r, Cow<'r, str>>,
}

impl<'r> Spans<'r> {
    /// `changed` are documents of the stream, in order.
    pub(super) fn new(stream: &'r [u8], changed: &'r [Changed<'r>]) -> Self {
        Self {
            stream,
            changed: changed.iter(),
            at: 0,
            replacement: [].iter(),
        }
    }
}

impl<'r> Iterator for Spans<'r> {
    type Item = &'r [u8];

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(piece) = self.replacement.next() {
            return Some(piece.as_bytes());
        }
        let from = self.at;
        let Some(changed) = self.changed.next() else {
            self.at = self.stream.len();
            return self.stream.get(from..).filter(|rest| !rest.is_empty());
        };
        self.at = changed.range.end;
        self.replacement = changed.after.pieces();
        self.stream.get(from..changed.range.start)
    }
}
