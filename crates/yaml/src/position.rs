//! Where something is in the stream, as an editor counts it.

use std::fmt;

/// A place in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Byte in the stream, from 0.
    pub offset: usize,
    /// Line in the stream, from 1; lines end with a line feed.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
}

impl Position {
    /// The start of a stream.
    pub const START: Self = Self {
        offset: 0,
        line: 1,
        column: 1,
    };

    /// The position of byte `offset` of a `text` that itself begins at `self`. An offset inside a character counts as its
    /// start, one beyond the end as the end.
    pub(crate) fn advance(self, text: &str, offset: usize) -> Self {
        let before = text.get(..text.floor_char_boundary(offset)).unwrap_or(text);
        let lines = memchr::memchr_iter(b'\n', before.as_bytes()).count();
        let (line, last) = match before.rsplit_once('\n') {
            Some((_, last)) => (self.line + lines, last.chars().count() + 1),
            None => (self.line, self.column + before.chars().count()),
        };
        Self {
            offset: self.offset + before.len(),
            line,
            column: last,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_bytes_lines_and_characters() {
        let text = "é: 1\r\nbß: 2\n";
        let at = |offset| Position::START.advance(text, offset);
        assert_eq!(
            at(0),
            Position {
                offset: 0,
                line: 1,
                column: 1
            }
        );
        assert_eq!(
            at(2),
            Position {
                offset: 2,
                line: 1,
                column: 2
            }
        );
        assert_eq!(
            at(10),
            Position {
                offset: 10,
                line: 2,
                column: 3
            }
        );
        assert_eq!(
            at(99),
            Position {
                offset: 14,
                line: 3,
                column: 1
            }
        );
    }
}
