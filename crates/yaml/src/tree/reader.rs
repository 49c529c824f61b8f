//! Feeds the builder: libyaml's events for YAML, a small tokenizer for the objects of a JSON stream.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use super::build::Builder;
use super::frame::{Done, KeyType};
use super::node::Kind;
use super::warning::{Warning, WarningKind};
use super::{OwnedPlace, Tree, failure, json};
use crate::parser::simple::{self, Sink};
use crate::parser::{Event, Parser, Props, Scalar, ScalarStyle};
use crate::resolve::{Resolved, TagError, is_merge, is_string_tag, plain_number, resolve};
use crate::split::Place;
use crate::{Error, ErrorKind, Limits};

/// More `%TAG` lines than this are no YAML that anybody writes, and libyaml takes quadratic time for them.
const MOST_DIRECTIVES: usize = 64;

/// Reads one document. `place` is where the text begins.
pub(crate) fn read<'a>(
    text: Cow<'a, str>,
    place: Place<'_>,
    json: bool,
    limits: &Limits,
) -> Result<Tree<'a>, Error> {
    check_text(&text, place, limits)?;
    let mut builder = Builder::new(&text, place, limits);
    if json {
        json::read(&mut builder)?;
    } else {
        read_events(&mut builder)?;
    }
    let Builder {
        nodes,
        names,
        anchors,
        aliases,
        merges,
        warnings,
        root,
        ..
    } = builder;
    let source = place.source.map(Into::into);
    Ok(Tree {
        value: root.unwrap_or(Value::Null),
        nodes,
        names,
        anchored: anchors.into_nodes(),
        aliases,
        merges,
        warnings,
        place: OwnedPlace {
            number: place.number,
            source,
            position: place.position,
        },
        json,
        text,
    })
}

/// What can be refused before parsing.
fn check_text(text: &str, place: Place<'_>, limits: &Limits) -> Result<(), Error> {
    let at = |offset| Place {
        position: place.position.advance(text, offset),
        ..place
    };
    if text.len() > limits.document_bytes.min(u32::MAX as usize) {
        let message = format!(
            "the document has {} bytes, above the limit of {}",
            text.len(),
            limits.document_bytes
        );
        return Err(place.error(ErrorKind::DocumentTooLarge, &message, "split it"));
    }
    let is_doubled = |at: &usize| {
        text.as_bytes()
            .get(*at..)
            .is_some_and(|rest| rest.starts_with(b"\r\r\n"))
    };
    if let Some(offset) = memchr::memchr_iter(b'\r', text.as_bytes()).find(is_doubled) {
        let message = "the line ends in CR CR LF, which Kubernetes and YAML count differently";
        return Err(at(offset).error(
            ErrorKind::LineEnds,
            message,
            "convert the line ends to LF or CR LF",
        ));
    }
    if let Some(offset) = memchr::memchr(0, text.as_bytes()) {
        let message = "NUL is not allowed in YAML";
        return Err(at(offset).error(ErrorKind::ControlCharacter, message, "remove it"));
    }
    let starts_line = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| text.as_bytes().get(before));
        matches!(before, None | Some(b'\n' | b'\r'))
    };
    if memchr::memchr_iter(b'%', text.as_bytes())
        .filter(starts_line)
        .nth(MOST_DIRECTIVES)
        .is_some()
    {
        let message = "more lines start with `%` than any YAML has directives";
        return Err(place.error(ErrorKind::Directive, message, "remove the directives"));
    }
    Ok(())
}

/// Pulls the events of the first document; the rest of the text is not read, as in Kubernetes.
fn read_events(builder: &mut Builder<'_>) -> Result<(), Error> {
    let text = builder.text;
    let simple = Simple {
        builder,
        literal: String::new(),
    };
    if simple::read(&[text], simple).is_some() {
        return Ok(());
    }
    // Also when the simple document is wrong: then libyaml finds what is wrong first.
    *builder = Builder::new(text, builder.place, builder.limits);
    read_libyaml(builder)
}

/// The builder, as the reader of simple documents fills it.
pub(super) struct Simple<'b, 't> {
    pub(super) builder: &'b mut Builder<'t>,
    /// The literal block so far.
    pub(super) literal: String,
}

impl Sink for Simple<'_, '_> {
    fn event(&mut self, event: Event<'_>, span: Range<usize>) -> Option<()> {
        take(self.builder, event, span).ok()
    }

    fn literal(&mut self, part: &str) -> Option<()> {
        self.literal.push_str(part);
        Some(())
    }

    fn literal_end(&mut self, span: Range<usize>) -> Option<()> {
        let text = std::mem::take(&mut self.literal);
        let node = self.builder.push(Kind::Literal, span, false);
        let weight = text.len() as u64 + 1;
        let (key, value) = (KeyType::Text, Value::String(text));
        let done = Done {
            value,
            key,
            weight,
            height: 0,
            alias: false,
        };
        self.builder.complete(node, None, done).ok()
    }
}

pub(super) fn read_libyaml(builder: &mut Builder<'_>) -> Result<(), Error> {
    let mut parser = Parser::new(builder.text);
    loop {
        let (event, span) = match parser.next() {
            Ok(step) => step,
            Err(failure) => return Err(failure::explain(builder, failure)),
        };
        match event {
            Event::StreamEnd => return Ok(()),
            Event::DocumentEnd { explicit } => {
                warn_ignored(builder, if explicit { span.end } else { span.start });
                return Ok(());
            }
            event => take(builder, event, span)?,
        }
    }
}

/// Gives one event to the builder.
pub(super) fn take(builder: &mut Builder<'_>, event: Event<'_>, span: Range<usize>) -> Result<(), Error> {
    let open = |builder: &mut Builder<'_>, kind, span, props: Props<'_>| {
        let has_props = props.anchor.is_some() || props.tag.is_some();
        builder.open(kind, span, has_props, props.anchor)
    };
    match event {
        Event::StreamStart | Event::StreamEnd | Event::DocumentEnd { .. } => Ok(()),
        Event::DocumentStart { version } => check_version(builder, version, span.start),
        Event::Alias { name } => builder.alias(name, span),
        Event::Scalar(scalar) => read_scalar(builder, scalar, span),
        Event::SequenceStart { props, flow: true } => open(builder, Kind::FlowSeq, span, props),
        Event::SequenceStart { props, flow: false } => open(builder, Kind::BlockSeq, span, props),
        Event::MappingStart { props, flow: true } => open(builder, Kind::FlowMap, span, props),
        Event::MappingStart { props, flow: false } => open(builder, Kind::BlockMap, span, props),
        Event::SequenceEnd | Event::MappingEnd => builder.close(span.end),
    }
}

fn check_version(builder: &Builder<'_>, version: Option<(i32, i32)>, offset: usize) -> Result<(), Error> {
    match version {
        None | Some((1, 1)) => Ok(()),
        Some(_) => {
            let message = "Kubernetes reads only `%YAML 1.1`";
            Err(builder.error(ErrorKind::Directive, offset, message, "remove the `%YAML` line"))
        }
    }
}

fn read_scalar(builder: &mut Builder<'_>, scalar: Scalar<'_>, span: Range<usize>) -> Result<(), Error> {
    let Scalar {
        props,
        value: text,
        style,
        plain_implicit,
    } = scalar;
    let start = span.start;
    if style == ScalarStyle::Double {
        check_escapes(builder, span.clone())?;
    }
    let is_key = builder.awaits_key();
    if is_key {
        check_key(builder, text, span.clone())?;
    }
    let has_props = props.anchor.is_some() || props.tag.is_some();
    let absent = span.is_empty() && !has_props && style == ScalarStyle::Plain;
    let span = if absent {
        builder.absent_span(span.start)
    } else {
        span
    };
    let node = builder.push(kind_of(style), span, has_props);
    let anchor = builder.declare(props.anchor, node);
    let weight = text.len() as u64 + 1;
    let (key, value) = if is_key && is_merge(text, props.tag, plain_implicit) {
        (KeyType::Merge, Value::String(text.to_owned()))
    } else if is_string_tag(props.tag) {
        (KeyType::Text, Value::String(text.to_owned()))
    } else {
        let resolved = resolve(text, props.tag, plain_implicit);
        typed(text, resolved.map_err(|error| tag_error(builder, error, start))?)
    };
    builder.complete(
        node,
        anchor,
        Done {
            value,
            key,
            weight,
            height: 0,
            alias: false,
        },
    )
}

pub(super) fn typed(text: &str, resolved: Resolved) -> (KeyType, Value) {
    match resolved {
        Resolved::Text => (KeyType::Text, Value::String(text.to_owned())),
        Resolved::Binary(text) => (KeyType::Text, Value::String(text)),
        Resolved::Null => (KeyType::Null, Value::Null),
        Resolved::Bool(value) => (KeyType::Bool, Value::Bool(value)),
        Resolved::Int(value) => (KeyType::Int, value.into()),
        Resolved::Unsigned(value) => (KeyType::Unsigned, value.into()),
        Resolved::Float(value) => (
            KeyType::Float(value),
            plain_number(value).map_or(Value::Null, Value::Number),
        ),
    }
}

fn tag_error(builder: &Builder<'_>, error: TagError, offset: usize) -> Error {
    match error {
        TagError::Mismatch => builder.error(
            ErrorKind::InvalidTag,
            offset,
            "the value is not of the type that its tag names",
            "remove the tag, or write a value of that type",
        ),
        TagError::Base64 => builder.error(
            ErrorKind::InvalidTag,
            offset,
            "a `!!binary` value must be base64 with padding",
            "encode it with standard base64, or remove the tag",
        ),
    }
}

fn kind_of(style: ScalarStyle) -> Kind {
    match style {
        ScalarStyle::Plain => Kind::Plain,
        ScalarStyle::Single => Kind::Single,
        ScalarStyle::Double => Kind::Double,
        ScalarStyle::Literal => Kind::Literal,
        ScalarStyle::Folded => Kind::Folded,
    }
}

/// libyaml accepts `\/`, go-yaml does not.
fn check_escapes(builder: &Builder<'_>, span: Range<usize>) -> Result<(), Error> {
    let start = span.start;
    let bytes = builder.text.as_bytes().get(span).unwrap_or_default();
    let mut from = 0;
    while let Some(found) = bytes.get(from..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        let escaped = from + found + 1;
        if bytes.get(escaped) == Some(&b'/') {
            let message = "Kubernetes does not know the escape `\\/` in YAML";
            return Err(builder.error(
                ErrorKind::Escape,
                start + escaped - 1,
                message,
                "write `/` without a backslash",
            ));
        }
        from = escaped + 1;
    }
    Ok(())
}

/// Simple keys have a limit; explicit ones (`? key`) do not, as in Kubernetes.
fn check_key(builder: &Builder<'_>, key: &str, span: Range<usize>) -> Result<(), Error> {
    let most = builder.limits.key_characters;
    if key.len() <= most || key.chars().nth(most).is_none() {
        return Ok(());
    }
    let before = builder.text.get(..span.start).unwrap_or_default();
    if before.trim_end().ends_with('?') {
        return Ok(());
    }
    let message = format!("the key is longer than {most} characters");
    Err(builder.error(ErrorKind::KeyTooLong, span.start, &message, "shorten it"))
}

fn warn_ignored(builder: &mut Builder<'_>, from: usize) {
    let is_content = |line: &str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#') && line != "---" && line != "..."
    };
    let mut offset = from;
    for line in builder
        .text
        .get(from..)
        .unwrap_or_default()
        .split_inclusive(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
    {
        if is_content(line) {
            let position = builder.place.position.advance(builder.text, offset);
            let message = "Kubernetes ignores the document from here on: it ended before, and only a line feed, `---` and \
                           a line feed begin another";
            let message = message.to_owned();
            builder.warnings.push(Warning {
                pointer: String::new(),
                position,
                message,
                kind: WarningKind::IgnoredText,
            });
            return;
        }
        offset += line.len();
    }
}
