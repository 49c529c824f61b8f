//! Whether a text says a value, found out while reading: nothing is built, and the reader stops at the first difference.
//!
//! The answer is either a certain yes or nothing. Keys must come in the value's order; anchors, tags, merge keys, typed
//! keys and whatever could be an error end the comparison, and the caller reads the text in full. So everything that the
//! builder checks is checked there, and what can pass here is what it would have built.

use std::ops::Range;
use std::slice;

use serde_json::{Value, map};

use super::reader::typed;
use crate::Limits;
use crate::edit::is_same;
use crate::parser::simple::{self, Sink};
use crate::parser::{Event, Parser, Props, Scalar};
use crate::resolve::{Resolved, is_merge, resolve_plain};

/// Whether a document, given in pieces, certainly says `value` and is within the limits.
pub(crate) fn says(pieces: &[&str], value: &Value, limits: &Limits) -> bool {
    let length: usize = pieces.iter().map(|piece| piece.len()).sum();
    if length > limits.document_bytes.min(u32::MAX as usize) {
        return false;
    }
    let compared = simple::read(pieces, Comparison::new(value, limits));
    compared.is_some_and(|compared| compared.is_complete()) || libyaml_says(pieces, value, limits).is_some()
}

/// The same with libyaml; `None` is no answer.
fn libyaml_says(pieces: &[&str], value: &Value, limits: &Limits) -> Option<()> {
    // What is refused before parsing, and escapes that only libyaml knows.
    let is_plain = |piece: &&str| {
        let bytes = piece.as_bytes();
        memchr::memchr2(b'\r', b'\0', bytes).is_none()
            && memchr::memchr_iter(b'\\', bytes).all(|at| !matches!(bytes.get(at + 1), None | Some(b'/')))
            && !piece.starts_with('%')
            && memchr::memchr_iter(b'%', bytes).all(|at| bytes.get(at.wrapping_sub(1)) != Some(&b'\n'))
    };
    if !pieces.iter().all(is_plain) {
        return None;
    }
    let mut compared = Comparison::new(value, limits);
    let mut parser = Parser::of_pieces(pieces);
    loop {
        let (event, span) = parser.next().ok()?;
        match event {
            Event::StreamEnd | Event::DocumentEnd { .. } => return compared.is_complete().then_some(()),
            event => compared.event(event, span)?,
        }
    }
}

/// A value on its way beside the events.
struct Comparison<'v> {
    root: Option<&'v Value>,
    open: Vec<Open<'v>>,
    /// What is left of the text of a literal block.
    literal: Option<&'v str>,
    depth: usize,
    key_characters: usize,
}

/// A collection whose end has not come yet.
enum Open<'v> {
    /// The entries that are left, and the value of the key that was there.
    Map(map::Iter<'v>, Option<&'v Value>),
    Seq(slice::Iter<'v, Value>),
}

impl<'v> Comparison<'v> {
    fn new(value: &'v Value, limits: &Limits) -> Self {
        Self {
            root: Some(value),
            open: Vec::with_capacity(8),
            literal: None,
            depth: limits.depth,
            key_characters: limits.key_characters,
        }
    }

    fn is_complete(&self) -> bool {
        self.root.is_none() && self.open.is_empty()
    }

    /// The value that the next node has to say; `None` for a key, and where nothing may come.
    fn expected(&mut self) -> Option<&'v Value> {
        match self.open.last_mut() {
            None => self.root.take(),
            Some(Open::Map(_, value)) => value.take(),
            Some(Open::Seq(items)) => items.next(),
        }
    }

    fn open(&mut self, open: Open<'v>) -> Option<()> {
        (self.open.len() < self.depth).then(|| self.open.push(open))
    }

    fn scalar(&mut self, scalar: Scalar<'_>) -> Option<()> {
        let Scalar {
            props,
            value: text,
            plain_implicit,
            ..
        } = scalar;
        if let Some(Open::Map(entries, value @ None)) = self.open.last_mut() {
            let (name, next) = entries.next()?;
            *value = Some(next);
            let is_text = !plain_implicit
                || !is_merge(text, props.tag, plain_implicit) && resolve_plain(text) == Resolved::Text;
            return (name == text && is_text && text.len() <= self.key_characters).then_some(());
        }
        let expected = self.expected()?;
        let resolved = if plain_implicit {
            resolve_plain(text)
        } else {
            Resolved::Text
        };
        let is_equal = match (&resolved, expected) {
            (Resolved::Text, Value::String(expected)) => expected == text,
            (Resolved::Text, _) => false,
            (Resolved::Float(number), _) if !number.is_finite() => false,
            _ => is_same(&typed(text, resolved).1, expected),
        };
        is_equal.then_some(())
    }
}

impl Sink for Comparison<'_> {
    fn event(&mut self, event: Event<'_>, _: Range<usize>) -> Option<()> {
        let is_bare = |props: Props<'_>| props.anchor.is_none() && props.tag.is_none();
        match event {
            Event::StreamStart | Event::DocumentStart { version: None } => Some(()),
            Event::Scalar(scalar) if is_bare(scalar.props) => self.scalar(scalar),
            Event::MappingStart { props, .. } if is_bare(props) => match self.expected()? {
                Value::Object(map) => self.open(Open::Map(map.iter(), None)),
                _ => None,
            },
            Event::SequenceStart { props, .. } if is_bare(props) => match self.expected()? {
                Value::Array(items) => self.open(Open::Seq(items.iter())),
                _ => None,
            },
            Event::MappingEnd | Event::SequenceEnd => match self.open.pop()? {
                Open::Map(mut entries, None) => entries.next().is_none().then_some(()),
                Open::Seq(mut items) => items.next().is_none().then_some(()),
                Open::Map(_, Some(_)) => None,
            },
            _ => None,
        }
    }

    fn literal(&mut self, part: &str) -> Option<()> {
        let rest = match self.literal {
            Some(rest) => rest,
            None => self.expected()?.as_str()?,
        };
        self.literal = Some(rest.strip_prefix(part)?);
        Some(())
    }

    fn literal_end(&mut self, _: Range<usize>) -> Option<()> {
        self.literal.take()?.is_empty().then_some(())
    }
}
