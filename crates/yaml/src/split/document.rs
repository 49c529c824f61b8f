//! One document of a stream: its text, its place, and what can be done with it.

use std::borrow::Cow;
use std::ops::Range;

use super::{cut_line, is_blank};
use crate::{Error, ErrorKind, Limits, Position, Scan, Tree, scan, tree};

/// One document of a stream, borrowed from it.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    text: &'a str,
    position: Position,
    number: usize,
    source: Option<&'a str>,
    json: bool,
}

/// What an error says about where it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) number: usize,
    pub(crate) source: Option<&'a str>,
    pub(crate) position: Position,
}

impl<'a> Document<'a> {
    pub(crate) fn new(text: &'a str, position: Position, number: usize, json: bool) -> Self {
        Self {
            text,
            position,
            number,
            source: head_source(text),
            json,
        }
    }

    /// The text: without the separator lines around it and without a byte order mark.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The bytes of the text within the stream.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.position.offset..self.position.offset + self.text.len()
    }

    /// The number of the document in the stream, from 1; empty documents count.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// `x` of the comment `# Source: x` at the document's head, which Helm writes.
    #[must_use]
    pub fn source(&self) -> Option<&'a str> {
        self.source
    }

    /// Where the text starts.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Is it an object of a JSON stream (`{..}{..}`)? Its scalars follow JSON's rules.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// What the document is, without parsing it, when that is certain.
    #[must_use]
    pub fn scan(&self) -> Scan<'a> {
        if self.json {
            Scan::Unusual
        } else {
            scan::scan(self.text)
        }
    }

    /// Parses the document as Kubernetes does.
    ///
    /// # Errors
    /// Whatever Kubernetes refuses, and what is beyond the limits; see [`ErrorKind`].
    pub fn read(&self, limits: &Limits) -> Result<Tree<'a>, Error> {
        tree::read_document(Cow::Borrowed(self.text), self.place(), self.json, limits)
    }

    pub(crate) fn place(&self) -> Place<'a> {
        Place {
            number: self.number,
            source: self.source,
            position: self.position,
        }
    }
}

impl Place<'_> {
    pub(crate) fn error(&self, kind: ErrorKind, message: &str, remedy: &str) -> Error {
        Error {
            kind,
            document: self.number,
            origin: self.source.map(str::to_owned),
            position: self.position,
            message: message.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}

/// The comment among the blank lines and comments before the first content.
fn head_source(text: &str) -> Option<&str> {
    let mut rest = text;
    while !rest.is_empty() {
        let (line, next) = cut_line(rest).unwrap_or((rest, ""));
        if let Some(source) = line.strip_prefix("# Source: ") {
            return Some(source.trim());
        }
        if !is_blank(line) {
            return None;
        }
        rest = next;
    }
    None
}
