//! What can be asked of a document, what that means for its value, and what can be wrong with it.

use serde_json::Value;

use super::plan;
use crate::{Limits, Position};

/// One wish. Pointers are JSON pointers (RFC 6901) and mean the value as it is before the edit, so that removals never
/// shift what other changes mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change<'a> {
    /// Puts a value there. Missing parents become mappings; on a list, its length or `-` appends, several `-` in order.
    Set {
        /// Where.
        pointer: &'a str,
        /// What.
        value: &'a Value,
    },
    /// Takes a key or a list item away.
    Remove {
        /// Where.
        pointer: &'a str,
    },
}

impl Change<'_> {
    pub(super) fn pointer(&self) -> &str {
        match self {
            Self::Set { pointer, .. } | Self::Remove { pointer } => pointer,
        }
    }
}

/// Why an edit was refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// Not RFC 6901.
    #[error("`{pointer}` is no JSON pointer: it must be empty or start with `/`")]
    Pointer {
        /// As given.
        pointer: String,
    },
    /// Nothing is there to be removed.
    #[error("nothing is at `{pointer}` to be removed")]
    Missing {
        /// As given.
        pointer: String,
    },
    /// The document itself cannot be removed.
    #[error("the whole document cannot be removed; set it instead")]
    Root,
    /// The pointer goes through text, a number or a boolean.
    #[error("`{pointer}` goes through a {found}: only mappings and lists have something inside")]
    Scalar {
        /// As given.
        pointer: String,
        /// What is in the way.
        found: &'static str,
    },
    /// No such place in a list.
    #[error(
        "`{pointer}` is no place in the list: it has {length} items; use an index from 0 to {length}, or `-` to append"
    )]
    Index {
        /// As given.
        pointer: String,
        /// How many items the list has.
        length: usize,
    },
    /// Two wishes that cannot both be granted.
    #[error("`{first}` and `{second}` contradict each other: one place cannot be changed in two ways")]
    Conflict {
        /// The one given first.
        first: String,
        /// The other.
        second: String,
    },
    /// The pointer is longer than documents may be deep.
    #[error("`{pointer}` is more than {depth} levels deep")]
    TooDeep {
        /// As given.
        pointer: String,
        /// The limit.
        depth: usize,
    },
    /// A key above what YAML and Kubernetes read.
    #[error("the key at `{pointer}` is longer than {most} characters")]
    KeyTooLong {
        /// Its pointer.
        pointer: String,
        /// The limit.
        most: usize,
    },
    /// The text of the place also means something elsewhere: an alias, an anchor in use, a merge key.
    #[error("`{pointer}` cannot be edited at {position}: {reason}")]
    Shared {
        /// What was to be changed.
        pointer: String,
        /// Where the shared text is.
        position: Position,
        /// What to do instead.
        reason: &'static str,
    },
    /// The document has text that editors do not show, and the edit would have gone wrong at it.
    #[error("the edit would go wrong: the document has {found}; remove them first")]
    Unusual {
        /// Unusual line breaks, or lines of tabs.
        found: &'static str,
    },
    /// Text follows that Kubernetes does not read, and it would have become part of the edited document.
    #[error(
        "the document goes on at {position}, but Kubernetes ignores that text; remove it, or put `---` before it"
    )]
    IgnoredText {
        /// Where the ignored text begins.
        position: Position,
    },
    /// The result would be beyond the limits of what is read.
    #[error("the edited document would be beyond the limits: {reason}")]
    Limit {
        /// Which limit.
        reason: String,
    },
    /// The edited text did not give the expected value. A bug here; the text was thrown away.
    #[error("internal error: {message}; nothing was changed, please report the document's shape")]
    Internal {
        /// What differed.
        message: String,
    },
}

/// What the changes make of a value: the model that every edit of a text is compared with.
///
/// # Errors
/// Changes that contradict each other or point nowhere.
///
/// # Examples
/// ```
/// use boltrope_yaml::{Change, apply};
/// use serde_json::json;
///
/// let value = json!({"args": ["a", "b"]});
/// let changes = [
///     Change::Remove { pointer: "/args/0" },
///     Change::Set { pointer: "/args/1", value: &json!("c") },
///     Change::Set { pointer: "/metadata/labels/app", value: &json!("x") },
/// ];
/// assert_eq!(apply(&value, &changes)?, json!({"args": ["c"], "metadata": {"labels": {"app": "x"}}}));
/// # Ok::<(), boltrope_yaml::EditError>(())
/// ```
pub fn apply(value: &Value, changes: &[Change<'_>]) -> Result<Value, EditError> {
    let mut result = value.clone();
    if let Some(plan) = plan::build(value, changes, Limits::default().depth)? {
        plan.apply(&mut result);
    }
    Ok(result)
}
