//! A Kubernetes object as it is: untyped JSON, looked at, never decoded into structs and back.
//!
//! Fields that we do not know survive because nobody here takes an object apart. [`Object`] is a cheap view
//! that answers the questions rules ask; [`embedded`] finds the objects inside an object.

mod composition;
pub mod embedded;
pub(crate) mod excerpt;
pub mod pointer;
#[cfg(feature = "yaml")]
pub mod position;
pub mod template;

use serde::Serialize;
use serde_json::{Map, Value};

/// A view of one Kubernetes object.
///
/// ```
/// use boltrope::object::Object;
/// let service = serde_json::json!({
///     "apiVersion": "v1", "kind": "Service",
///     "metadata": {"name": "web", "namespace": "shop"},
/// });
/// let object = Object::new(&service);
/// assert_eq!((object.group(), object.version(), object.kind()), ("", "v1", "Service"));
/// assert_eq!(object.namespace(), Some("shop"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    value: &'a Value,
}

/// Values nested deeper than this are refused, as JSON and as YAML.
pub const MAX_DEPTH: usize = 100;

/// Whether a value has mappings or lists more than so many levels deep. What has come through a parser of text is never so
/// deep that asking is dangerous.
///
/// ```
/// use boltrope::object::is_deeper;
/// let value = serde_json::json!({"a": [1]});
/// assert!(is_deeper(&value, 1) && !is_deeper(&value, 2));
/// ```
#[must_use]
pub fn is_deeper(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return matches!(value, Value::Array(_) | Value::Object(_));
    };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper(item, below)),
        Value::Object(map) => map.values().any(|item| is_deeper(item, below)),
        _ => false,
    }
}

/// A value as JSON text without spaces. `Value`'s own `Display` brings two more writers along: 4 kB of every policy.
pub(crate) fn compact(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The list at a key; empty when there is none.
pub(crate) fn list<'v>(holder: &'v Value, key: &str) -> &'v [Value] {
    let list = holder.get(key).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// What a finding says about the object it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRef {
    /// `apiVersion` as written, empty when absent.
    pub api_version: String,
    /// `kind` as written, empty when absent.
    pub kind: String,
    /// `metadata.namespace`, if one is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// `metadata.name`, else `metadata.generateName` followed by `*`, else empty.
    pub name: String,
}

impl<'a> Object<'a> {
    /// Looks at any JSON value as an object; what is missing is answered as absent.
    #[must_use]
    pub fn new(value: &'a Value) -> Self {
        Self { value }
    }

    /// The JSON value itself.
    #[must_use]
    pub fn value(self) -> &'a Value {
        self.value
    }

    /// `apiVersion`, empty when absent or not a string.
    #[must_use]
    pub fn api_version(self) -> &'a str {
        self.word("apiVersion")
    }

    /// The API group; the core group is the empty string, as in Kubernetes.
    #[must_use]
    pub fn group(self) -> &'a str {
        split_api_version(self.api_version()).0
    }

    /// The API version without its group.
    #[must_use]
    pub fn version(self) -> &'a str {
        split_api_version(self.api_version()).1
    }

    /// `kind`, empty when absent or not a string.
    #[must_use]
    pub fn kind(self) -> &'a str {
        self.word("kind")
    }

    /// `metadata.name`; the empty string counts as absent.
    #[must_use]
    pub fn name(self) -> Option<&'a str> {
        self.metadata("name")?.as_str().filter(|name| !name.is_empty())
    }

    /// `metadata.namespace`; the empty string and null count as absent (rules.md 1.12).
    #[must_use]
    pub fn namespace(self) -> Option<&'a str> {
        let namespace = self.metadata("namespace")?.as_str();
        namespace.filter(|namespace| !namespace.is_empty())
    }

    /// The value of one label, if it is a string.
    #[must_use]
    pub fn label(self, key: &str) -> Option<&'a str> {
        pointer::entry(self.labels()?, key)?.as_str()
    }

    /// The value of one annotation, if it is a string.
    #[must_use]
    pub fn annotation(self, key: &str) -> Option<&'a str> {
        pointer::entry(self.annotations()?, key)?.as_str()
    }

    /// `metadata.labels`, if it is an object.
    #[must_use]
    pub fn labels(self) -> Option<&'a Map<String, Value>> {
        self.metadata("labels")?.as_object()
    }

    /// `metadata.annotations`, if it is an object.
    #[must_use]
    pub fn annotations(self) -> Option<&'a Map<String, Value>> {
        self.metadata("annotations")?.as_object()
    }

    /// Whether some controller owns the object: an ownerReference with `controller: true`.
    #[must_use]
    pub fn is_controlled(self) -> bool {
        let owners = self.metadata("ownerReferences").and_then(Value::as_array);
        let controls = |owner: &Value| matches!(owner.get("controller"), Some(Value::Bool(true)));
        owners.is_some_and(|owners| owners.iter().any(controls))
    }

    /// Whether Crossplane composed the object: an ownerReference `controller: true` to a composite, or the
    /// label `crossplane.io/composite` (rules.md 1.15). The mark is forgeable and excuses nothing alone.
    #[must_use]
    pub fn is_composed(self) -> bool {
        self.label("crossplane.io/composite").is_some() || self.is_controlled()
    }

    /// Whether the object is being deleted: `metadata.deletionTimestamp` is set.
    #[must_use]
    pub fn is_deleting(self) -> bool {
        self.metadata("deletionTimestamp")
            .is_some_and(|stamp| !stamp.is_null())
    }

    /// What findings call the object.
    #[must_use]
    pub fn reference(self) -> ObjectRef {
        let generated = || {
            let prefix = self.text("/metadata/generateName");
            prefix.map_or_else(String::new, |prefix| format!("{prefix}*"))
        };
        ObjectRef {
            api_version: self.api_version().to_owned(),
            kind: self.kind().to_owned(),
            namespace: self.namespace().map(str::to_owned),
            name: self.name().map_or_else(generated, str::to_owned),
        }
    }

    /// The string at a JSON Pointer; empty strings count as absent.
    #[must_use]
    pub fn text(self, at: &str) -> Option<&'a str> {
        pointer::get(self.value, at)?
            .as_str()
            .filter(|text| !text.is_empty())
    }

    fn metadata(self, key: &str) -> Option<&'a Value> {
        let metadata = pointer::entry(self.value.as_object()?, "metadata")?;
        pointer::entry(metadata.as_object()?, key)
    }

    fn word(self, key: &str) -> &'a str {
        let map = self.value.as_object();
        map.and_then(|map| pointer::entry(map, key)?.as_str())
            .unwrap_or_default()
    }
}

/// Splits `networking.k8s.io/v1` into group and version; `v1` has the core group, the empty string.
#[must_use]
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    match pointer::cut(api_version) {
        (group, Some(version)) => (group, version),
        (_, None) => ("", api_version),
    }
}
