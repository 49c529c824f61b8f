//! What can be wrong with a stream or a document: one clear sentence that says where, and what to write instead.
//!
//! No message quotes a scalar's value: it may be a secret. At most the short offending token (an escape, an anchor's name)
//! is named.

use std::fmt;

use crate::Position;

/// Why a stream or a document cannot be read as Kubernetes would read it.
///
/// Displays as `document 3 (# Source: web/templates/cm.yaml), line 41, column 1: a tab cannot indent YAML; use spaces`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}; {}", Place(self), self.message, self.remedy)]
pub struct Error {
    pub(crate) kind: ErrorKind,
    pub(crate) document: usize,
    pub(crate) origin: Option<String>,
    pub(crate) position: Position,
    pub(crate) message: String,
    pub(crate) remedy: String,
}

/// The closed set of reasons; the names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Bytes that are not UTF-8.
    InvalidUtf8,
    /// A NUL or another character that YAML does not allow.
    ControlCharacter,
    /// Text after `---` on the separator's line.
    InvalidSeparator,
    /// A stream that is neither JSON objects one after the other nor YAML.
    InvalidJson,
    /// A document above [`Limits::document_bytes`](crate::Limits::document_bytes).
    DocumentTooLarge,
    /// Lines that end in CR CR LF, which Kubernetes and YAML count differently.
    LineEnds,
    /// `%YAML`, `%TAG` where Kubernetes refuses them.
    Directive,
    /// Tab where spaces must be.
    Tab,
    /// An unclosed quote, bracket or brace.
    Truncated,
    /// An escape that Kubernetes does not know.
    Escape,
    /// Any other violation of YAML's grammar.
    Syntax,
    /// A simple key above [`Limits::key_characters`](crate::Limits::key_characters).
    KeyTooLong,
    /// Nesting above [`Limits::depth`](crate::Limits::depth).
    TooDeep,
    /// Aliases that expand above [`Limits::alias_factor`](crate::Limits::alias_factor).
    AliasExpansion,
    /// `*name` without `&name` before it, or inside its own anchor.
    UnknownAnchor,
    /// A key that cannot be a JSON key: null, a mapping or a sequence, an integer above 63 bits.
    InvalidKey,
    /// `<<` whose value is no mapping.
    InvalidMerge,
    /// `.inf` or `.nan` as a value: JSON has no such number.
    InvalidNumber,
    /// A tag that does not fit its value, such as `!!int x`.
    InvalidTag,
}

impl ErrorKind {
    /// A stable name in kebab case, for reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidUtf8 => "invalid-utf8",
            Self::ControlCharacter => "control-character",
            Self::InvalidSeparator => "invalid-separator",
            Self::InvalidJson => "invalid-json",
            Self::DocumentTooLarge => "document-too-large",
            Self::LineEnds => "line-ends",
            Self::Directive => "directive",
            Self::Tab => "tab",
            Self::Truncated => "truncated",
            Self::Escape => "escape",
            Self::Syntax => "syntax",
            Self::KeyTooLong => "key-too-long",
            Self::TooDeep => "too-deep",
            Self::AliasExpansion => "alias-expansion",
            Self::UnknownAnchor => "unknown-anchor",
            Self::InvalidKey => "invalid-key",
            Self::InvalidMerge => "invalid-merge",
            Self::InvalidNumber => "invalid-number",
            Self::InvalidTag => "invalid-tag",
        }
    }
}

impl Error {
    /// The reason, for a program.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Number of the document in its stream, from 1.
    #[must_use]
    pub fn document(&self) -> usize {
        self.document
    }

    /// The `# Source:` comment at the document's head.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Where in the stream.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What was expected, or what to write instead.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

/// `document 3 (# Source: a.yaml), line 41, column 1`, and the byte where only that helps.
struct Place<'e>(&'e Error);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.0;
        write!(f, "document {}", error.document)?;
        if let Some(origin) = &error.origin {
            write!(f, " (# Source: {origin})")?;
        }
        write!(f, ", {}", error.position)?;
        if matches!(error.kind, ErrorKind::InvalidUtf8 | ErrorKind::ControlCharacter) {
            write!(f, " (byte {} of the stream)", error.position.offset)?;
        }
        Ok(())
    }
}
