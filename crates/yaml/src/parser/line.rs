//! What the bytes of one line can be in the small language of [`simple`](super::simple).
//!
//! Every question is about one line alone; what the lines before it left open is the reader's to know.

/// Longer keys are left to libyaml, which has a limit for them.
const KEY_LIMIT: usize = 256;

/// One line without its line feed.
#[derive(Clone, Copy)]
pub(super) struct Line<'l> {
    pub(super) text: &'l str,
    /// Where it begins in the whole text.
    pub(super) base: usize,
}

impl Line<'_> {
    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    pub(super) fn end(&self) -> usize {
        self.text.len()
    }

    /// The first byte from `at` that is no space.
    pub(super) fn skip_spaces(&self, mut at: usize) -> usize {
        while self.byte(at) == Some(b' ') {
            at += 1;
        }
        at
    }

    pub(super) fn is_dash(&self, at: usize) -> bool {
        self.byte(at) == Some(b'-') && matches!(self.byte(at + 1), None | Some(b' '))
    }

    /// The colon behind a key that starts at `at`.
    pub(super) fn key_end(&self, at: usize) -> Option<usize> {
        let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-');
        let key = self.text.as_bytes().get(at..)?;
        let length = key.iter().position(|byte| !is_key(*byte))?;
        let starts = key.first().is_some_and(|first| *first != b'-');
        let ends = key.get(length) == Some(&b':') && matches!(key.get(length + 1), None | Some(b' '));
        (length > 0 && length <= KEY_LIMIT && starts && ends).then_some(at + length)
    }

    /// `-1`, `-v` or `--verbose`: a dash that no parser takes for one of a list, or of a separator.
    pub(super) fn is_option(&self, at: usize) -> bool {
        let rest = self.text.as_bytes().get(at + 1..).unwrap_or_default();
        let word = rest.strip_prefix(b"-").unwrap_or(rest);
        at > 0 && word.first().is_some_and(u8::is_ascii_alphanumeric)
    }

    /// Only spaces, or a comment behind a space, follow.
    pub(super) fn ends_here(&self, at: usize) -> Option<()> {
        let next = self.skip_spaces(at);
        (next >= self.end() || next > at && self.byte(next) == Some(b'#')).then_some(())
    }

    /// Whether only the dash of the innermost sequence and spaces stand before `at`.
    pub(super) fn is_item_start(&self, dash: usize, at: usize) -> bool {
        let between = self.text.as_bytes().get(dash + 1..at).unwrap_or_default();
        self.byte(dash) == Some(b'-') && !between.is_empty() && between.iter().all(|byte| *byte == b' ')
    }

    /// The end of a plain scalar that starts at `at`; `None` when it might be something else.
    pub(super) fn plain_end(&self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes().get(at..)?;
        let mut before = b'x';
        let mut end = bytes.len();
        for (index, byte) in bytes.iter().enumerate() {
            match (before, *byte) {
                (b' ', b'#') => {
                    end = index;
                    break;
                }
                (b':', b' ') => return None,
                (_, byte) => before = byte,
            }
        }
        let text = bytes.get(..end)?;
        let blanks = text.iter().rev().take_while(|byte| **byte == b' ').count();
        let text = text.get(..end - blanks)?;
        (text.last() != Some(&b':')).then_some(at + text.len())
    }
}

/// Whether a line is of printable ASCII. Every byte is looked at, so that many are at once.
pub(super) fn is_simple(line: &[u8]) -> bool {
    let unusual = |bad: bool, byte: &u8| bad | (byte.wrapping_sub(b' ') > b'~' - b' ');
    !line.iter().fold(false, unusual)
}
