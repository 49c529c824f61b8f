//! What a transform changes: [`Edit`]s addressed to the object as it was when its phase began.
//!
//! An edit is a wish about one pointer, so edits of several rules can be merged or found to conflict before
//! anything is touched ([`merge`]). [`apply`] gives the object with all of them done; [`rfc6902`] renders them
//! for a reader who wants a JSON Patch. The text of a file is edited by the same list, back to front, in the
//! YAML layer.

mod apply;
mod merge;
mod patch;
#[cfg(test)]
mod tests;
mod undo;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::object::pointer;

pub(crate) use apply::apply_in_place;
pub use apply::{ApplyError, apply};
pub use merge::{Clash, merge};
pub use patch::rfc6902;
pub(crate) use undo::Undo;

/// One wish about one place of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Edit {
    /// Writes a value, creating missing parent objects. In a list, an index of its length or `-` appends.
    Set {
        /// RFC 6901 pointer in the object before the phase.
        pointer: String,
        /// What to write there.
        value: Value,
    },
    /// Removes a key or a list item. What is not there is not an error.
    Remove {
        /// RFC 6901 pointer in the object before the phase.
        pointer: String,
    },
}

impl Edit {
    /// A wish to write `value` at `pointer`.
    pub fn set(pointer: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::Set {
            pointer: pointer.into(),
            value: value.into(),
        }
    }

    /// A wish to remove what is at `pointer`.
    pub fn remove(pointer: impl Into<String>) -> Self {
        Self::Remove {
            pointer: pointer.into(),
        }
    }

    /// Where the edit acts.
    #[must_use]
    pub fn pointer(&self) -> &str {
        match self {
            Self::Set { pointer, .. } | Self::Remove { pointer } => pointer,
        }
    }

    /// The same edit on the object that holds this one at `prefix`.
    #[must_use]
    pub fn inside(mut self, prefix: &str) -> Self {
        match &mut self {
            Self::Set { pointer, .. } | Self::Remove { pointer } => pointer.insert_str(0, prefix),
        }
        self
    }

    /// Whether `object` already is as the edit wants it.
    #[must_use]
    pub fn is_done(&self, object: &Value) -> bool {
        match self {
            Self::Set { pointer, value } => pointer::get(object, pointer) == Some(value),
            Self::Remove { pointer } => pointer::get(object, pointer).is_none(),
        }
    }
}
