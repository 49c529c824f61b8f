//! Where in a run something is, as people look for it.

use boltrope_yaml::{Document, Position};
use serde::Serialize;

/// A place in one of the streams of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Index of the stream among those given.
    #[serde(skip)]
    pub stream: usize,
    /// Number of the document in its stream, from 1.
    pub document: usize,
    /// What Helm's comment `# Source:` at the document's head says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Line in the stream, from 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
    /// Byte in the stream, from 0.
    #[serde(skip)]
    pub offset: usize,
}

impl Place {
    /// A position in a document; its first content when there is no better one.
    pub(crate) fn new(stream: usize, document: &Document<'_>, position: Option<Position>) -> Self {
        let position = position.unwrap_or(document.position());
        Self {
            stream,
            document: document.number(),
            source: document.source().map(str::to_owned),
            line: position.line,
            column: position.column,
            offset: position.offset,
        }
    }

    /// Where reading failed.
    pub(super) fn of_error(stream: usize, error: &boltrope_yaml::Error) -> Self {
        let position = error.position();
        Self {
            stream,
            document: error.document(),
            source: error.origin().map(str::to_owned),
            line: position.line,
            column: position.column,
            offset: position.offset,
        }
    }
}
