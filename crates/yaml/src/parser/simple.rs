//! The events of documents that are so simple that no parser could see anything else in them.
//!
//! Nearly all documents that Helm writes are block mappings and sequences of one-line scalars in ASCII and of literal
//! blocks. For those, and for no others, the events are read here at a tenth of libyaml's cost; at the first character
//! that is not of this small language, [`read`] declines and libyaml reads the document. It never decides that a document
//! is wrong.
//!
//! What makes the language safe: every line is a key, an item, a comment or text of a literal block, a scalar outside of a
//! block begins and ends on its line, and a deeper line is only legal where a value is awaited. Tests compare both readers,
//! spans included, on every document they agree to read.
//!
//! A text may come in pieces: an edited one is read before anybody puts it together. Only one line is looked at at a time,
//! and nothing is kept of it.

use std::ops::Range;

use super::line::{Line, is_simple};
use super::literal::{Chomp, Literal, Taken};
use super::{Event, Props, Scalar, ScalarStyle};

/// Takes the events between the document's start and end, each with its span in the text. `None` stops the reader.
pub(crate) trait Sink {
    /// Anything but a literal block.
    fn event(&mut self, event: Event<'_>, span: Range<usize>) -> Option<()>;
    /// The next part of a literal block's value.
    fn literal(&mut self, part: &str) -> Option<()>;
    /// The literal block is complete.
    fn literal_end(&mut self, span: Range<usize>) -> Option<()>;
}

/// Reads a whole document; `None` when it is not simple, or the sink wants no more. What the sink was given before that
/// means nothing.
pub(crate) fn read<S: Sink>(pieces: &[&str], sink: S) -> Option<S> {
    let mut reader = Reader {
        sink,
        length: pieces.iter().map(|piece| piece.len()).sum(),
        next: 0,
        any: false,
        last_end: 0,
        open: Vec::with_capacity(8),
        awaits: None,
        literal: None,
    };
    // A line that goes on in the next piece.
    let mut begun = String::new();
    for piece in pieces {
        let mut rest = *piece;
        while let Some(end) = memchr::memchr(b'\n', rest.as_bytes()) {
            let (line, next) = rest.split_at_checked(end)?;
            rest = next.get(1..)?;
            if begun.is_empty() {
                reader.take(line)?;
            } else {
                begun.push_str(line);
                reader.take(&begun)?;
                begun.clear();
            }
        }
        begun.push_str(rest);
    }
    if !begun.is_empty() {
        reader.take(&begun)?;
    }
    reader.finish()
}

struct Reader<S> {
    sink: S,
    /// Bytes of the whole text.
    length: usize,
    /// Where the next line begins.
    next: usize,
    /// Whether there was an event.
    any: bool,
    /// Where the last event ended.
    last_end: usize,
    /// The open collections, outermost first, with the column of their keys or dashes.
    open: Vec<(Collection, usize)>,
    /// Right behind the `:` of a key that has no value yet.
    awaits: Option<usize>,
    /// The block whose lines are being read.
    literal: Option<Literal>,
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

impl<S: Sink> Reader<S> {
    /// Reads one line, given without its line feed.
    fn take(&mut self, text: &str) -> Option<()> {
        let line = Line {
            text,
            base: self.next,
        };
        self.next = (line.base + text.len() + 1).min(self.length);
        if let Some(literal) = &mut self.literal {
            match literal.take(text, self.next, &mut self.sink)? {
                Taken::Text => return Some(()),
                Taken::End => self.end_literal()?,
            }
        }
        is_simple(text.as_bytes()).then(|| self.line(line))?
    }

    fn line(&mut self, line: Line<'_>) -> Option<()> {
        let mut at = line.skip_spaces(0);
        if at == line.end() || line.byte(at) == Some(b'#') {
            return Some(());
        }
        self.close_above(at, line.is_dash(at))?;
        while line.is_dash(at) {
            self.enter(Collection::Seq, line, at)?;
            at = line.skip_spaces(at + 1);
            if at == line.end() || line.byte(at) == Some(b'#') {
                return None;
            }
        }
        match line.key_end(at) {
            Some(colon) => {
                self.enter(Collection::Map, line, at)?;
                self.push_scalar(line, at..colon, ScalarStyle::Plain, at..colon)?;
                self.awaits = Some(line.base + colon + 1);
                self.value(line, line.skip_spaces(colon + 1), false)
            }
            // A scalar on a line of its own would continue the one before.
            None if self.is_item(line, at) || self.is_closed_value(line, at) => self.value(line, at, true),
            None => None,
        }
    }

    /// Whether the innermost collection is a sequence whose dash stands on this line, before `at`.
    fn is_item(&self, line: Line<'_>, at: usize) -> bool {
        matches!(self.open.last(), Some((Collection::Seq, column)) if *column < at && line.byte(*column) == Some(b'-'))
    }

    /// Whether the value of the key before stands here and says itself where it ends.
    fn is_closed_value(&self, line: Line<'_>, at: usize) -> bool {
        self.awaits.is_some()
            && matches!(self.open.last(), Some((Collection::Map, column)) if *column < at)
            && matches!(line.byte(at), Some(b'{' | b'[' | b'"' | b'\''))
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
            self.absent()?;
        }
        let event = match collection {
            Collection::Map => Event::MappingEnd,
            Collection::Seq => Event::SequenceEnd,
        };
        self.push(event, self.last_end..self.last_end)
    }

    /// A key without a value gets the empty one that stands right behind its colon.
    fn absent(&mut self) -> Option<()> {
        let Some(at) = self.awaits.take() else {
            return Some(());
        };
        let scalar = Scalar {
            props: NO_PROPS,
            value: "",
            style: ScalarStyle::Plain,
            plain_implicit: true,
        };
        self.push(Event::Scalar(scalar), at..at)
    }

    /// A key or a dash at `column`: of the innermost collection, or of a new one where a value is awaited.
    fn enter(&mut self, wanted: Collection, line: Line<'_>, column: usize) -> Option<()> {
        match self.open.last().copied() {
            Some((collection, here)) if here == column && collection == wanted => return self.absent(),
            // A sequence in the column of the key that it is the value of.
            Some((Collection::Map, here)) if here == column && wanted == Collection::Seq => {
                self.awaits.take().map(drop)?
            }
            Some((Collection::Map, here)) if here < column => self.awaits.take().map(drop)?,
            Some((Collection::Seq, here)) if here < column && line.is_item_start(here, column) => {}
            None if !self.any => {}
            _ => return None,
        }
        self.open.push((wanted, column));
        let (props, flow) = (NO_PROPS, false);
        let event = match wanted {
            Collection::Map => Event::MappingStart { props, flow },
            Collection::Seq => Event::SequenceStart { props, flow },
        };
        let at = line.base + column;
        self.push(event, at..at)
    }

    /// A value that begins at `at`; none is left to the lines that follow, unless it is an item.
    fn value(&mut self, line: Line<'_>, at: usize, item: bool) -> Option<()> {
        match line.byte(at) {
            None | Some(b'#') if !item => return Some(()),
            Some(quote @ (b'"' | b'\'')) => self.quoted(line, at, quote)?,
            Some(b'{' | b'[') => self.empty_flow(line, at)?,
            Some(b'|') => {
                let chomp = Chomp::of_header(line.text.get(at..)?)?;
                let (_, column) = self.open.last()?;
                self.literal = Some(Literal::new(line.base + at, *column, chomp));
            }
            Some(first) => self.plain(line, at, first)?,
            None => return None,
        }
        self.awaits = None;
        Some(())
    }

    fn quoted(&mut self, line: Line<'_>, at: usize, quote: u8) -> Option<()> {
        let inside = line.text.as_bytes().get(at + 1..)?;
        let length = inside
            .iter()
            .position(|byte| *byte == quote || *byte == b'\\' && quote == b'"')?;
        let close = at + 1 + length;
        if line.byte(close) != Some(quote) {
            return None;
        }
        line.ends_here(close + 1)?;
        let style = if quote == b'"' {
            ScalarStyle::Double
        } else {
            ScalarStyle::Single
        };
        self.push_scalar(line, at + 1..close, style, at..close + 1)
    }

    fn empty_flow(&mut self, line: Line<'_>, at: usize) -> Option<()> {
        let (props, flow) = (NO_PROPS, true);
        let (start, close) = match line.text.get(at..at + 2)? {
            "{}" => (Event::MappingStart { props, flow }, Event::MappingEnd),
            "[]" => (Event::SequenceStart { props, flow }, Event::SequenceEnd),
            _ => return None,
        };
        line.ends_here(at + 2)?;
        let at = line.base + at;
        self.push(start, at..at + 1)?;
        self.push(close, at + 1..at + 2)
    }

    fn plain(&mut self, line: Line<'_>, at: usize, first: u8) -> Option<()> {
        let starts = first.is_ascii_alphanumeric()
            || matches!(first, b'_' | b'.' | b'/' | b'~' | b'+' | b'$' | b'(')
            || first == b'-' && line.is_option(at);
        if !starts {
            return None;
        }
        let span = at..line.plain_end(at)?;
        self.push_scalar(line, span.clone(), ScalarStyle::Plain, span)
    }

    fn push_scalar(
        &mut self,
        line: Line<'_>,
        value: Range<usize>,
        style: ScalarStyle,
        span: Range<usize>,
    ) -> Option<()> {
        let scalar = Scalar {
            props: NO_PROPS,
            value: line.text.get(value)?,
            style,
            plain_implicit: style == ScalarStyle::Plain,
        };
        self.push(
            Event::Scalar(scalar),
            line.base + span.start..line.base + span.end,
        )
    }

    fn push(&mut self, event: Event<'_>, span: Range<usize>) -> Option<()> {
        self.any = true;
        self.last_end = span.end;
        self.sink.event(event, span)
    }

    fn end_literal(&mut self) -> Option<()> {
        let span = self.literal.take()?.end(&mut self.sink)?;
        self.any = true;
        self.last_end = span.end;
        self.sink.literal_end(span)
    }

    fn finish(mut self) -> Option<S> {
        if self.literal.is_some() {
            self.end_literal()?;
        }
        if !self.any {
            return None;
        }
        while !self.open.is_empty() {
            self.close()?;
        }
        Some(self.sink)
    }
}
