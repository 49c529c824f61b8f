//! The objects of a JSON stream, by JSON's rules: escapes with surrogates, no folding, no types but JSON's.
//!
//! serde_json checks the grammar and decodes strings and numbers; here the text is only cut into tokens for their spans.

use std::ops::Range;

use serde::de::IgnoredAny;
use serde_json::{Number, Value};

use super::build::Builder;
use super::frame::{Done, KeyType};
use super::node::Kind;
use crate::{Error, ErrorKind};

/// Reads one JSON value into the builder.
pub(super) fn read(builder: &mut Builder<'_>) -> Result<(), Error> {
    let text = builder.text;
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return Err(invalid(builder, offset_of(text, &error)));
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' => builder.open(Kind::FlowMap, start..at, false, None)?,
            b'[' => builder.open(Kind::FlowSeq, start..at, false, None)?,
            b'}' | b']' => builder.close(at)?,
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' => {}
            b'"' => {
                at = string_end(bytes, at);
                string(builder, start..at)?;
            }
            _ => {
                let rest = bytes.get(at..).unwrap_or_default();
                let is_end =
                    |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' | b'}' | b']');
                at += rest.iter().position(is_end).unwrap_or(rest.len());
                word(builder, start..at)?;
            }
        }
    }
    Ok(())
}

/// The end of a string whose text begins at `at`, after the closing quote.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = bytes
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

fn string(builder: &mut Builder<'_>, span: Range<usize>) -> Result<(), Error> {
    let written = builder.text.get(span.clone()).unwrap_or_default();
    let Ok(value) = serde_json::from_str::<String>(written) else {
        let message = "the string holds an escape that is no Unicode character";
        return Err(builder.error(
            ErrorKind::Escape,
            span.start,
            message,
            "write the character itself",
        ));
    };
    let weight = value.len() as u64 + 1;
    push(
        builder,
        Kind::Double,
        span,
        Value::String(value),
        KeyType::Text,
        weight,
    )
}

fn word(builder: &mut Builder<'_>, span: Range<usize>) -> Result<(), Error> {
    let written = builder.text.get(span.clone()).unwrap_or_default();
    let value = match written {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        "-0" => Value::Number(Number::from(0)),
        number => match serde_json::from_str::<Number>(number) {
            Ok(number) => Value::Number(number),
            Err(_) => return Err(invalid(builder, span.start)),
        },
    };
    push(builder, Kind::Plain, span, value, KeyType::Text, 1)
}

fn push(
    builder: &mut Builder<'_>,
    kind: Kind,
    span: Range<usize>,
    value: Value,
    key: KeyType,
    weight: u64,
) -> Result<(), Error> {
    let node = builder.push(kind, span, false);
    builder.complete(
        node,
        None,
        Done {
            value,
            key,
            weight,
            height: 0,
            alias: false,
        },
    )
}

fn invalid(builder: &Builder<'_>, offset: usize) -> Error {
    let remedy = "write one complete JSON object after the other, or YAML documents separated by `---`";
    builder.error(ErrorKind::InvalidJson, offset, "this is not valid JSON", remedy)
}

/// serde_json counts lines and bytes in the line, both from 1.
fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    before + error.column().saturating_sub(1)
}
