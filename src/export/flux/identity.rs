//! Which objects a Kustomize patch selects (kustomize `api/types/selector.go`, `api/resmap/reswrangler.go`).
//!
//! A target's fields are regular expressions, anchored by Kustomize; an absent field matches everything. An object
//! without a namespace counts as one in `default`. Two objects with one identity are an error of Kustomize itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::object::Object;
use crate::object::embedded::{Wrapper, objects};

/// What Kustomize tells objects apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    version: String,
    kind: String,
    name: String,
    group: String,
    namespace: Option<String>,
}

/// All objects of a stream, counted.
#[derive(Debug, Default)]
pub(super) struct Identities {
    known: BTreeMap<Identity, usize>,
}

impl Identity {
    pub(super) fn of(object: Object<'_>) -> Self {
        Self {
            version: object.version().to_owned(),
            kind: object.kind().to_owned(),
            name: object.name().unwrap_or_default().to_owned(),
            group: object.group().to_owned(),
            namespace: object.namespace().map(str::to_owned),
        }
    }

    /// The namespace as Kustomize compares it.
    fn effective_namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("default")
    }

    fn is_same(&self, other: &Self) -> bool {
        self.shares_name(other)
            && self.group == other.group
            && self.effective_namespace() == other.effective_namespace()
    }

    fn shares_name(&self, other: &Self) -> bool {
        (&self.version, &self.kind, &self.name) == (&other.version, &other.kind, &other.name)
    }
}

impl Identities {
    /// Counts the objects of a document of the stream.
    pub(super) fn add(&mut self, document: &Value) {
        for embedded in objects(document) {
            if embedded.wrapper != Wrapper::CrossplaneObject {
                *self.known.entry(Identity::of(embedded.object)).or_default() += 1;
            }
        }
    }

    /// The target that selects this object and no other of the stream.
    pub(super) fn target(&self, identity: &Identity) -> Result<Value, String> {
        if identity.name.is_empty() {
            return Err("It has no `metadata.name`, and Kustomize finds objects by name.".to_owned());
        }
        let neighbours = || self.known.iter().filter(|(other, _)| other.shares_name(identity));
        let same: usize = neighbours()
            .filter(|(other, _)| other.is_same(identity))
            .map(|(_, count)| count)
            .sum();
        if same > 1 {
            return Err(format!(
                "The stream has {same} objects of this kind, name and namespace, and Kustomize refuses such a stream."
            ));
        }
        let mut target = Map::new();
        let mut put = |key: &str, value: String| target.insert(key.to_owned(), Value::String(value));
        // No group matches every group, so an object of the core group says so where another group has its namesake.
        let other_group = neighbours().any(|(other, _)| other.group != identity.group);
        match identity.group.as_str() {
            "" if other_group => put("group", "^$".to_owned()),
            "" => None,
            group => put("group", escape(group)),
        };
        put("version", escape(&identity.version));
        put("kind", escape(&identity.kind));
        put("name", escape(&identity.name));
        let other_namespace =
            neighbours().any(|(other, _)| other.effective_namespace() != identity.effective_namespace());
        match &identity.namespace {
            Some(namespace) => put("namespace", escape(namespace)),
            None if other_namespace => put("namespace", "default".to_owned()),
            None => None,
        };
        Ok(Value::Object(target))
    }
}

/// Text that a regular expression (Go's RE2) matches literally.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
