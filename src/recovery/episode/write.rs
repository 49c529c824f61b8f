//! One write to one object, with what must hold before it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::edit::{self, Edit, rfc6902};
use crate::object::Object;
use crate::recovery::conditions::name_of;

/// Fields that every write changes, and that say nothing about what was written.
const BOOKKEEPING: [&str; 3] = [
    "/metadata/resourceVersion",
    "/metadata/managedFields",
    "/metadata/generation",
];

/// A write that only counts while the object is as it was read: `resourceVersion` is tested in the same request.
///
/// It may hold what a Secret holds, so its text tells the places and not the values.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Write {
    /// `apiVersion` of the object.
    pub api_version: String,
    /// `kind` of the object.
    pub kind: String,
    /// The object's namespace.
    pub namespace: String,
    /// The object's name.
    pub name: String,
    /// Whether it goes to the subresource `status`.
    pub to_status: bool,
    /// The version of the object that it is meant for.
    pub resource_version: String,
    /// The JSON Patch (RFC 6902) without the test of the version; see [`Write::json_patch`].
    operations: Vec<Value>,
    edits: Vec<Edit>,
}

/// Why a write cannot be applied to an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Somebody wrote the object since it was read.
    #[error("the object was changed since it was read")]
    Conflict,
    /// The object has another shape than when it was read.
    #[error("the object does not have the shape that it had")]
    Shape,
}

impl Write {
    pub(in crate::recovery) fn new(object: &Value, to_status: bool, edits: Vec<Edit>) -> Self {
        let view = Object::new(object);
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        Self {
            api_version: view.api_version().to_owned(),
            kind: view.kind().to_owned(),
            namespace: text(view.namespace()),
            name: text(view.name()),
            to_status,
            resource_version: text(view.text("/metadata/resourceVersion")),
            operations: rfc6902(object, &edits),
            edits,
        }
    }

    /// The request's body as a JSON Patch: first the test of `resourceVersion`, then the changes.
    #[must_use]
    pub fn json_patch(&self) -> Vec<Value> {
        let test = json!({"op": "test", "path": "/metadata/resourceVersion", "value": self.resource_version});
        [vec![test], self.operations.clone()].concat()
    }

    /// The same write for a newer version of the object, after an earlier write of the same undo made it.
    #[must_use]
    pub fn for_version(mut self, resource_version: &str) -> Self {
        resource_version.clone_into(&mut self.resource_version);
        self
    }

    /// The whole object after the write, for a PUT. The API server tests `metadata.resourceVersion`, which is kept.
    ///
    /// # Errors
    /// When `object` is not the one that the write was made for.
    pub fn apply(&self, object: &Value) -> Result<Value, WriteError> {
        if Object::new(object).text("/metadata/resourceVersion") != Some(self.resource_version.as_str()) {
            return Err(WriteError::Conflict);
        }
        edit::apply(object, &self.edits).map_err(|_| WriteError::Shape)
    }

    /// Whether an object holds what was written, whatever else was written since.
    pub(in crate::recovery) fn holds(&self, object: &Value) -> bool {
        self.edits.iter().all(|edit| match edit {
            Edit::Set { pointer, value } if pointer.ends_with("/-") => {
                let list = object.pointer(pointer.trim_end_matches("/-"));
                list.and_then(Value::as_array)
                    .is_some_and(|list| list.contains(value))
            }
            edit => edit.is_done(object),
        })
    }

    /// Whether an object is what the write made of `before`, and nobody has touched it since.
    pub(in crate::recovery) fn left(&self, before: &Value, object: &Value) -> bool {
        let without_bookkeeping = |object: &Value| {
            let edits: Vec<Edit> = BOOKKEEPING.into_iter().map(Edit::remove).collect();
            edit::apply(object, &edits).ok()
        };
        let expected = edit::apply(before, &self.edits).ok();
        expected.as_ref().and_then(without_bookkeeping) == without_bookkeeping(object)
    }

    /// The edits that bring back what stood in `before`.
    pub(in crate::recovery) fn reversed(&self, before: &Value, current: &Value) -> Vec<Edit> {
        let restore = |edit: &Edit| {
            let pointer = edit.pointer();
            if let (Edit::Set { value, .. }, Some(list)) = (edit, pointer.strip_suffix("/-")) {
                let items = current.pointer(list)?.as_array()?;
                let index = items.iter().position(|item| item == value)?;
                return Some(Edit::remove(format!("{list}/{index}")));
            }
            Some(match before.pointer(pointer) {
                Some(value) => Edit::set(pointer, value.clone()),
                None => Edit::remove(pointer),
            })
        };
        self.edits.iter().filter_map(restore).collect()
    }

    /// Whether the write is meant for this object.
    pub(super) fn is_for(&self, object: &Value) -> bool {
        let view = Object::new(object);
        view.kind() == self.kind
            && view.name() == Some(self.name.as_str())
            && view.namespace().unwrap_or_default() == self.namespace
    }
}

impl fmt::Display for Write {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<&str> = self.edits.iter().map(Edit::pointer).collect();
        let Self {
            kind,
            namespace,
            name,
            ..
        } = self;
        write!(formatter, "{kind} {namespace}/{name}: {}", places.join(", "))
    }
}

impl fmt::Debug for Write {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Write({self}, at version {})", self.resource_version)
    }
}

/// An object as it was before a write. Only its name ever appears in text.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Before(pub(in crate::recovery) Value);

impl Before {
    /// The whole object. It may be a Secret: show none of it to anybody.
    #[must_use]
    pub fn object(&self) -> &Value {
        &self.0
    }
}

impl fmt::Debug for Before {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Before({})", name_of(&self.0))
    }
}
