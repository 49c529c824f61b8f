//! What Kubernetes reads without complaint though its author hardly meant it.

use crate::Position;

/// Something to tell the author; the value is what Kubernetes reads nevertheless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// JSON pointer of what it is about; empty for the document.
    pub pointer: String,
    /// Where in the stream.
    pub position: Position,
    /// One sentence.
    pub message: String,
    /// For a program.
    pub kind: WarningKind,
}

/// The closed set of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// The key was there before, also through a merge key; the last one wins. Strict readers of Kubernetes refuse it.
    DuplicateKey,
    /// Two keys of different type, such as `1` and `"1"`, become one; which of them Kubernetes keeps is chance.
    CollidingKeys,
    /// Text that Kubernetes never reads: after `...`, or after a second `---` that its splitter does not see.
    IgnoredText,
}

impl WarningKind {
    /// A stable name in kebab case, for reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateKey => "duplicate-key",
            Self::CollidingKeys => "colliding-keys",
            Self::IgnoredText => "ignored-text",
        }
    }
}
