//! From a stream of bytes to its documents, cut exactly where kubectl cuts.
//!
//! kubectl reads line by line: a line that starts with `---` ends the document before it, wherever it stands, and may hold
//! nothing else but a comment. A stream that starts with `{` is first tried as JSON objects one after the other ([`json`]).
//! (Source: apimachinery `pkg/util/yaml/decoder.go`, `YAMLReader` and `YAMLOrJSONDecoder`.)

mod document;
mod json;
mod separator;

pub use self::document::Document;
pub(crate) use self::document::Place;

use std::ops::Range;

use self::separator::separators;
use crate::{Error, ErrorKind, Limits, Position};

/// Splits a stream into its documents, without copying.
///
/// What lies between the documents' ranges (separator lines, byte order marks, the blanks between JSON objects) belongs to
/// no document; whoever writes the stream again copies it as it is.
///
/// # Errors
/// The bytes are not UTF-8 or hold NUL; a separator line holds more than a comment; a document is larger than the limit; a
/// JSON stream breaks off.
///
/// # Examples
/// ```
/// let stream = b"# Source: web/templates/a.yaml\nkind: ConfigMap\n---\nkind: Secret\n";
/// let documents = boltrope_yaml::split(stream, &boltrope_yaml::Limits::default())?;
/// assert_eq!(documents.len(), 2);
/// assert_eq!(documents[0].source(), Some("web/templates/a.yaml"));
/// assert_eq!(documents[1].text(), "kind: Secret\n");
/// # Ok::<(), boltrope_yaml::Error>(())
/// ```
pub fn split<'a>(stream: &'a [u8], limits: &Limits) -> Result<Vec<Document<'a>>, Error> {
    let text = match std::str::from_utf8(stream) {
        Ok(text) => text,
        Err(error) => return Err(invalid_utf8(stream, error.valid_up_to())),
    };
    if let Some(offset) = memchr::memchr(0, stream) {
        let place = locate(text, offset);
        return Err(place.error(
            ErrorKind::ControlCharacter,
            "NUL is not allowed in YAML",
            "remove it; was this text saved as UTF-16?",
        ));
    }
    let mut cutter = Cutter {
        text,
        limits,
        documents: Vec::new(),
        counted: Position::START,
    };
    let yaml_from = if text.trim_start().starts_with('{') {
        json::split(&mut cutter)?
    } else {
        Some(0)
    };
    if let Some(from) = yaml_from {
        cutter.split_yaml(from)?;
    }
    Ok(cutter.documents)
}

/// Collects documents and keeps count of the lines.
struct Cutter<'a, 'l> {
    text: &'a str,
    limits: &'l Limits,
    documents: Vec<Document<'a>>,
    /// Position of the last document's start, from which the next is counted.
    counted: Position,
}

impl<'a> Cutter<'a, '_> {
    fn split_yaml(&mut self, from: usize) -> Result<(), Error> {
        let mut start = from;
        // A separator with nothing before it is part of the document after it; this is where that line ends.
        let mut lead = from;
        for line in separators(self.text, from) {
            if let Some(rest) = line.garbage(self.text) {
                return Err(self.invalid_separator(line.range.start, rest));
            }
            if line.range.start > start {
                self.push_yaml(start, lead, line.range.start)?;
                start = line.range.end;
                lead = start;
            } else {
                lead = if line.is_plain(self.text) {
                    line.range.end
                } else {
                    start
                };
            }
        }
        if self.text.len() > start {
            self.push_yaml(start, lead, self.text.len())?;
        }
        Ok(())
    }

    /// `start` is where kubectl's document begins, `lead` where the separator line ends that is its first line.
    fn push_yaml(&mut self, start: usize, lead: usize, end: usize) -> Result<(), Error> {
        const MARK: char = '\u{feff}';
        let from_lead = self.text.get(lead..end).unwrap_or_default();
        let range = match from_lead.strip_prefix(MARK) {
            Some(rest) if lead == start => end - rest.len()..end,
            // After a separator a byte order mark is text to go-yaml; with the line before it, it is to libyaml as well.
            Some(_) => start..end,
            // These mean something else where no separator is before them.
            None if first_content(from_lead).starts_with(['.', '%']) => start..end,
            None => lead..end,
        };
        self.push(range, false)
    }

    fn push(&mut self, range: Range<usize>, json: bool) -> Result<(), Error> {
        let between = self.text.get(self.counted.offset..).unwrap_or_default();
        let position = self.counted.advance(between, range.start - self.counted.offset);
        self.counted = position;
        let text = self.text.get(range).unwrap_or_default();
        let document = Document::new(text, position, self.documents.len() + 1, json);
        if text.len() > self.limits.document_bytes.min(u32::MAX as usize) {
            return Err(document.place().error(
                ErrorKind::DocumentTooLarge,
                &format!(
                    "the document has {} bytes, above the limit of {}",
                    text.len(),
                    self.limits.document_bytes
                ),
                "split it",
            ));
        }
        self.documents.push(document);
        Ok(())
    }

    fn invalid_separator(&self, offset: usize, rest: &str) -> Error {
        let place = locate(self.text, offset);
        let remedy = if rest.starts_with('-') {
            "write exactly `---`, or indent the line if it is text"
        } else {
            "put the content on a line of its own"
        };
        place.error(
            ErrorKind::InvalidSeparator,
            "invalid document separator: Kubernetes allows only a comment after `---`",
            remedy,
        )
    }
}

/// The first line that is neither blank nor a comment, and what follows it.
fn first_content(text: &str) -> &str {
    let mut rest = text;
    while let Some((line, next)) = cut_line(rest) {
        if !is_blank(line) {
            break;
        }
        rest = next;
    }
    rest
}

/// The first line with its line feed, and what follows; `None` when no line ends.
fn cut_line(text: &str) -> Option<(&str, &str)> {
    text.split_at_checked(memchr::memchr(b'\n', text.as_bytes())? + 1)
}

/// Only blanks, or a comment in column 0.
fn is_blank(line: &str) -> bool {
    line.starts_with('#') || line.trim().is_empty()
}

/// Where in the stream an offset is: which document, and its `# Source:`.
fn locate(text: &str, offset: usize) -> Place<'_> {
    let before = text.get(..text.floor_char_boundary(offset)).unwrap_or(text);
    // The document that would begin here if the stream ended here.
    let limits = Limits {
        document_bytes: usize::MAX,
        ..Limits::default()
    };
    let mut cutter = Cutter {
        text: before,
        limits: &limits,
        documents: Vec::new(),
        counted: Position::START,
    };
    let complete = cutter.split_yaml(0).is_ok();
    let open = cutter
        .documents
        .last()
        .filter(|last| complete && last.range().end == before.len());
    Place {
        number: open.map_or(cutter.documents.len() + 1, Document::number),
        source: open.and_then(Document::source),
        position: Position::START.advance(text, offset),
    }
}

fn invalid_utf8(stream: &[u8], offset: usize) -> Error {
    let valid = stream
        .get(..offset)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .unwrap_or_default();
    let remedy = match stream {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it looks like UTF-16: save the file as UTF-8",
        _ => "save the file as UTF-8",
    };
    locate(valid, offset).error(ErrorKind::InvalidUtf8, "the text is not UTF-8 here", remedy)
}

#[cfg(test)]
mod tests;
