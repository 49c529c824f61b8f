//! Literal blocks (`key: |`), line by line, for the reader of simple documents.
//!
//! A block's text goes on as it is read: the block of a large ConfigMap is in memory once, in whatever takes it. Blocks
//! with an indentation indicator, with spaces in blank lines before their text, or without text are libyaml's.

use std::ops::Range;

use super::simple::Sink;

/// A block whose lines are being read.
#[derive(Debug)]
pub(super) struct Literal {
    /// Where its header begins.
    start: usize,
    /// Where the last of its lines ends.
    end: usize,
    /// The column of the key or dash that it belongs to: its text is deeper.
    floor: usize,
    /// The column of its text, once there was some.
    indent: Option<usize>,
    chomp: Chomp,
    /// Line feeds before the next text, or at the end.
    feeds: usize,
}

/// What becomes of the line feeds at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chomp {
    Strip,
    Clip,
    Keep,
}

/// What a line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// Text of the block, or a blank line.
    Text,
    /// The first line after the block.
    End,
}

impl Chomp {
    pub(super) fn of_header(header: &str) -> Option<Self> {
        match header {
            "|" => Some(Self::Clip),
            "|-" => Some(Self::Strip),
            "|+" => Some(Self::Keep),
            _ => None,
        }
    }
}

impl Literal {
    pub(super) fn new(start: usize, floor: usize, chomp: Chomp) -> Self {
        Self {
            start,
            end: start,
            floor,
            indent: None,
            chomp,
            feeds: 0,
        }
    }

    /// Takes a line, after which the text goes on at `next`. `None` when libyaml may see something else in it.
    pub(super) fn take(&mut self, line: &str, next: usize, sink: &mut impl Sink) -> Option<Taken> {
        let spaces = line.bytes().take_while(|byte| *byte == b' ').count();
        let is_blank = spaces == line.len();
        let indent = match self.indent {
            Some(indent) => indent,
            None if is_blank && spaces > 0 => return None,
            None if is_blank => usize::MAX,
            // Where blanks are counted, a tab is an error.
            None if spaces <= self.floor || line.as_bytes().get(spaces) == Some(&b'\t') => return None,
            None => *self.indent.insert(spaces),
        };
        if is_blank && spaces <= indent {
            self.feeds += 1;
            self.end = next;
            return Some(Taken::Text);
        }
        let text = line.get(indent.min(spaces)..)?;
        if spaces < indent {
            return (!text.starts_with('\t')).then_some(Taken::End);
        }
        if !is_text(text) {
            return None;
        }
        self.put_feeds(self.feeds, sink)?;
        sink.literal(text)?;
        self.feeds = 1;
        self.end = next;
        Some(Taken::Text)
    }

    /// The block is over; gives its span.
    pub(super) fn end(&self, sink: &mut impl Sink) -> Option<Range<usize>> {
        self.indent?;
        let feeds = match self.chomp {
            Chomp::Strip => 0,
            Chomp::Clip => 1,
            Chomp::Keep => self.feeds,
        };
        self.put_feeds(feeds, sink)?;
        Some(self.start..self.end)
    }

    fn put_feeds(&self, count: usize, sink: &mut impl Sink) -> Option<()> {
        (0..count).try_for_each(|_| sink.literal("\n"))
    }
}

/// Text that libyaml takes as it is: no control characters but tabs, no line breaks of other kinds, no byte order marks.
fn is_text(line: &str) -> bool {
    let unusual = |bad: bool, byte: &u8| bad | (byte.wrapping_sub(b' ') > b'~' - b' ' && *byte != b'\t');
    let is_text = |c| {
        matches!(c, '\t' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
            || c > '\u{ffff}'
    };
    !line.as_bytes().iter().fold(false, unusual) || line.chars().all(is_text)
}
