//! A stream that starts with `{`: JSON objects one after the other, as long as they last.
//!
//! kubectl decodes JSON values until one fails. If at most one succeeded it turns to YAML for the rest, after the blanks up
//! to the first line end; with two or more the stream is JSON, and the failure stays.

use serde::de::IgnoredAny;

use super::Cutter;
use super::document::Place;
use crate::{Error, ErrorKind, Position};

/// Pushes the JSON documents. Gives the offset from which the stream is YAML, if it is.
pub(super) fn split(cutter: &mut Cutter<'_, '_>) -> Result<Option<usize>, Error> {
    let mut at = 0;
    loop {
        let rest = cutter.text.get(at..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let start = at + blank;
        let rest = cutter.text.get(start..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(IgnoredAny)) => {
                let end = start + values.byte_offset();
                cutter.push(start..end, true)?;
                at = end;
            }
            _ if cutter.documents.len() > 1 => {
                let number = cutter.documents.len() + 1;
                let position = Position::START.advance(cutter.text, start);
                return Err(Place {
                    number,
                    source: None,
                    position,
                }
                .error(
                    ErrorKind::InvalidJson,
                    "the JSON stream cannot be read on from here",
                    "write one complete JSON object after the other, or YAML documents separated by `---`",
                ));
            }
            _ => return Ok(Some(skip_blanks(cutter.text, at))),
        }
    }
}

/// Blanks up to and with the first line end.
fn skip_blanks(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let blank = rest.len() - rest.trim_start().len();
    match rest.get(..blank).and_then(|blanks| blanks.find('\n')) {
        Some(line_end) => from + line_end + 1,
        None => from + blank,
    }
}
