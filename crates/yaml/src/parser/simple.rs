//! The events of documents that are so simple that no parser could see anything else in them.
//!
//! Nearly all documents that Helm writes are block mappings and sequences of one-line scalars in ASCII. For those, and for
//! no others, the events are read here at a tenth of libyaml's cost; at the first character that is not of this small
//! language, [`events`] declines and libyaml reads the document. It never decides that a document is wrong.
//!
//! What makes the language safe: every scalar begins and ends on its line, every line is a key, an item or a comment,
//! and a deeper line is only legal where a value is awaited. Tests compare both readers, spans included, on every
//! document they agree to read.

use std::ops::Range;

use super::{Event, Props, Scalar, ScalarStyle};

/// An event with its span in the text.
pub(crate) type Step<'t> = (Event<'t>, Range<usize>);

/// Longer keys are left to libyaml, which has a limit for them.
const KEY_LIMIT: usize = 256;

/// All events between the document's start and end; `None` when the document is not simple.
pub(crate) fn events(text: &str) -> Option<Vec<Step<'_>>> {
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return None;
    }
    let mut reader = Reader {
        text,
        steps: Vec::with_capacity(text.len() / 12),
        open: Vec::new(),
        awaits: None,
    };
    let mut start = 0;
    while start < text.len() {
        let end = memchr::memchr(b'\n', text.as_bytes().get(start..)?).map_or(text.len(), |at| start + at);
        reader.line(start, end)?;
        start = end + 1;
    }
    reader.finish()
}

struct Reader<'t> {
    text: &'t str,
    steps: Vec<Step<'t>>,
    /// The open collections, outermost first, with the column of their keys or dashes.
    open: Vec<(Collection, usize)>,
    /// Right behind the `:` of a key that has no value yet.
    awaits: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Collection {
    Map,
    Seq,
}

const NO_PROPS: Props<'static> = Props {
    anchor: None,
    tag: None,
};

impl<'t> Reader<'t> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The first byte from `at` that is no space, before `end`.
    fn skip_spaces(&self, mut at: usize, end: usize) -> usize {
        while at < end && self.byte(at) == Some(b' ') {
            at += 1;
        }
        at
    }

    fn line(&mut self, start: usize, end: usize) -> Option<()> {
        let mut at = self.skip_spaces(start, end);
        if at == end || self.byte(at) == Some(b'#') {
            return Some(());
        }
        self.close_above(at - start, self.is_dash(at, end))?;
        while self.is_dash(at, end) {
            self.enter(Collection::Seq, at - start, at)?;
            at = self.skip_spaces(at + 1, end);
            if at == end || self.byte(at) == Some(b'#') {
                return None;
            }
        }
        match self.key_end(at, end) {
            Some(colon) => {
                self.enter(Collection::Map, at - start, at)?;
                self.push_scalar(at..colon, ScalarStyle::Plain, at..colon)?;
                self.awaits = Some(colon + 1);
                self.value(self.skip_spaces(colon + 1, end), end, false)
            }
            // A scalar on a line of its own would continue the one before.
            None if at > start
                && matches!(self.open.last(), Some((Collection::Seq, column)) if start + column < at && self.began_here(start)) =>
            {
                self.value(at, end, true)
            }
            None => None,
        }
    }

    /// Whether the innermost sequence has its dash on the line that starts at `start`.
    fn began_here(&self, start: usize) -> bool {
        self.open
            .last()
            .is_some_and(|(_, column)| self.byte(start + column) == Some(b'-'))
    }

    fn is_dash(&self, at: usize, end: usize) -> bool {
        self.byte(at) == Some(b'-') && (at + 1 == end || self.byte(at + 1) == Some(b' '))
    }

    /// The colon behind a key that starts at `at`.
    fn key_end(&self, at: usize, end: usize) -> Option<usize> {
        let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-');
        let key = self.text.as_bytes().get(at..end)?;
        let length = key.iter().position(|byte| !is_key(*byte))?;
        let starts = key.first().is_some_and(|first| *first != b'-');
        let colon = at + length;
        let ends = self.byte(colon) == Some(b':') && (colon + 1 == end || self.byte(colon + 1) == Some(b' '));
        (length > 0 && length <= KEY_LIMIT && starts && ends).then_some(colon)
    }

    /// Ends the collections that a line at `column` is not part of.
    fn close_above(&mut self, column: usize, dash: bool) -> Option<()> {
        while let Some((collection, at)) = self.open.last().copied() {
            // A sequence may stand in the column of its key; the next key in that column ends it.
            let ends = at > column || at == column && collection == Collection::Seq && !dash;
            if !ends {
                break;
            }
            self.close()?;
        }
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        let (collection, _) = self.open.pop()?;
        if collection == Collection::Map {
            self.absent();
        }
        let event = match collection {
            Collection::Map => Event::MappingEnd,
            Collection::Seq => Event::SequenceEnd,
        };
        let end = self.steps.last().map_or(0, |(_, span)| span.end);
        self.steps.push((event, end..end));
        Some(())
    }

    /// A key without a value gets the empty one that stands right behind its colon.
    fn absent(&mut self) {
        if let Some(at) = self.awaits.take() {
            let scalar = Scalar {
                props: NO_PROPS,
                value: "",
                style: ScalarStyle::Plain,
                plain_implicit: true,
            };
            self.steps.push((Event::Scalar(scalar), at..at));
        }
    }

    /// A key or a dash in `column`: of the innermost collection, or of a new one where a value is awaited.
    fn enter(&mut self, wanted: Collection, column: usize, at: usize) -> Option<()> {
        match self.open.last().copied() {
            Some((collection, here)) if here == column && collection == wanted => {
                self.absent();
                return Some(());
            }
            // A sequence in the column of the key that it is the value of.
            Some((Collection::Map, here)) if here == column && wanted == Collection::Seq => {
                self.awaits.take().map(drop)?
            }
            Some((Collection::Map, here)) if here < column => self.awaits.take().map(drop)?,
            Some((Collection::Seq, here)) if here < column && self.is_item_start(here, column, at) => {}
            None if self.steps.is_empty() => {}
            _ => return None,
        }
        self.open.push((wanted, column));
        let event = match wanted {
            Collection::Map => Event::MappingStart {
                props: NO_PROPS,
                flow: false,
            },
            Collection::Seq => Event::SequenceStart {
                props: NO_PROPS,
                flow: false,
            },
        };
        self.steps.push((event, at..at));
        Some(())
    }

    /// Whether only the dash of the innermost sequence and spaces stand before `at` on its line.
    fn is_item_start(&self, dash: usize, column: usize, at: usize) -> bool {
        let line = at - column;
        let between = self.text.get(line + dash + 1..at).unwrap_or("?");
        self.byte(line + dash) == Some(b'-')
            && !between.is_empty()
            && between.bytes().all(|byte| byte == b' ')
    }

    /// A value that begins at `at`; none is left to the lines that follow, unless it is an item.
    fn value(&mut self, at: usize, end: usize, item: bool) -> Option<()> {
        match self.byte(at).filter(|_| at < end) {
            None | Some(b'#') if !item => return Some(()),
            Some(quote @ (b'"' | b'\'')) => self.quoted(at, end, quote)?,
            Some(b'{' | b'[') => self.empty_flow(at, end)?,
            Some(first) => self.plain(at, end, first)?,
            None => return None,
        }
        self.awaits = None;
        Some(())
    }

    fn quoted(&mut self, at: usize, end: usize, quote: u8) -> Option<()> {
        let inside = self.text.as_bytes().get(at + 1..end)?;
        let length = inside
            .iter()
            .position(|byte| *byte == quote || *byte == b'\\' && quote == b'"')?;
        let close = at + 1 + length;
        if self.byte(close) != Some(quote) {
            return None;
        }
        self.ends_here(close + 1, end)?;
        let style = if quote == b'"' {
            ScalarStyle::Double
        } else {
            ScalarStyle::Single
        };
        self.push_scalar(at + 1..close, style, at..close + 1)
    }

    fn empty_flow(&mut self, at: usize, end: usize) -> Option<()> {
        let (start, close) = match self.text.get(at..at + 2)? {
            "{}" => (
                Event::MappingStart {
                    props: NO_PROPS,
                    flow: true,
                },
                Event::MappingEnd,
            ),
            "[]" => (
                Event::SequenceStart {
                    props: NO_PROPS,
                    flow: true,
                },
                Event::SequenceEnd,
            ),
            _ => return None,
        };
        self.ends_here(at + 2, end)?;
        self.steps.push((start, at..at + 1));
        self.steps.push((close, at + 1..at + 2));
        Some(())
    }

    fn plain(&mut self, at: usize, end: usize, first: u8) -> Option<()> {
        let starts = first.is_ascii_alphanumeric()
            || matches!(first, b'_' | b'.' | b'/' | b'~' | b'+' | b'$' | b'(')
            || first == b'-' && self.byte(at + 1).is_some_and(|next| next.is_ascii_digit());
        let text = self.text.get(at..end)?;
        let text = text
            .find(" #")
            .map_or(text, |comment| text.get(..comment).unwrap_or(text))
            .trim_end_matches(' ');
        if !starts || text.ends_with(':') || text.contains(": ") {
            return None;
        }
        let span = at..at + text.len();
        self.push_scalar(span.clone(), ScalarStyle::Plain, span)
    }

    /// Only spaces, or a comment behind a space, follow.
    fn ends_here(&self, at: usize, end: usize) -> Option<()> {
        let next = self.skip_spaces(at, end);
        (next >= end || next > at && self.byte(next) == Some(b'#')).then_some(())
    }

    fn push_scalar(&mut self, value: Range<usize>, style: ScalarStyle, span: Range<usize>) -> Option<()> {
        let value = self.text.get(value)?;
        let plain_implicit = style == ScalarStyle::Plain;
        self.steps.push((
            Event::Scalar(Scalar {
                props: NO_PROPS,
                value,
                style,
                plain_implicit,
            }),
            span,
        ));
        Some(())
    }

    fn finish(mut self) -> Option<Vec<Step<'t>>> {
        if self.steps.is_empty() {
            return None;
        }
        while !self.open.is_empty() {
            self.close()?;
        }
        Some(self.steps)
    }
}
