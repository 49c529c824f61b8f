//! Objects inside an object (rules.md 1.13): the items of a `List`, the manifest of a Crossplane `Object`.

use serde_json::Value;

use super::{Object, pointer};

/// How deep manifests may sit inside manifests; what is deeper is not looked at by anyone who applies it.
const MAX_NESTING: usize = 8;

/// What wraps an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// The object is the document itself.
    None,
    /// An item of a `List`: an object of its own, which kubectl and Helm unwrap.
    List,
    /// `spec.forProvider.manifest` of a Crossplane `Object`, which Crossplane applies again and again.
    CrossplaneObject,
}

/// One object of a document, the document itself included.
#[derive(Clone, Debug)]
pub struct Embedded<'a> {
    /// Where it sits in the document; empty for the document itself.
    pub pointer: String,
    /// The innermost Crossplane wrapper around it wins over a list.
    pub wrapper: Wrapper,
    /// The object.
    pub object: Object<'a>,
}

/// All objects of a document, outermost first. A `List` itself is not one of them, its items are.
///
/// ```
/// use boltrope::object::embedded::objects;
/// let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": [
///     {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}},
/// ]});
/// let found = objects(&list);
/// assert_eq!(found.len(), 1);
/// assert_eq!(found[0].pointer, "/items/0");
/// ```
#[must_use]
pub fn objects(document: &Value) -> Vec<Embedded<'_>> {
    let mut found = Vec::new();
    descend(document, String::new(), Wrapper::None, 0, &mut found);
    found
}

/// Whether an object of this kind can hold other objects, so that a scan must not skip it.
#[must_use]
pub fn may_hold_objects(api_version: &str, kind: &str) -> bool {
    kind.ends_with("List") || is_crossplane_object(super::split_api_version(api_version).0, kind)
}

fn descend<'a>(
    value: &'a Value,
    at: String,
    wrapper: Wrapper,
    nesting: usize,
    found: &mut Vec<Embedded<'a>>,
) {
    let object = Object::new(value);
    if !value.is_object() || nesting > MAX_NESTING {
        return;
    }
    if let Some(items) = list_items(object) {
        let inner = if wrapper == Wrapper::None {
            Wrapper::List
        } else {
            wrapper
        };
        let items_at = pointer::push(&at, "items");
        for (index, item) in items.iter().enumerate() {
            descend(
                item,
                pointer::push_index(&items_at, index),
                inner,
                nesting + 1,
                found,
            );
        }
        return;
    }
    found.push(Embedded {
        pointer: at.clone(),
        wrapper,
        object,
    });
    if is_crossplane_object(object.group(), object.kind())
        && let Some(manifest) = value.pointer("/spec/forProvider/manifest")
    {
        descend(
            manifest,
            at + "/spec/forProvider/manifest",
            Wrapper::CrossplaneObject,
            nesting + 1,
            found,
        );
    }
}

/// The items of a list object. Every list kind of Kubernetes ends in `List`; a custom kind that merely does so
/// too has no `items` of objects with kinds.
fn list_items(object: Object<'_>) -> Option<&Vec<Value>> {
    let kind = object.kind();
    if !kind.ends_with("List") {
        return None;
    }
    let items = pointer::entry(object.value().as_object()?, "items")?.as_array()?;
    let typed = |item: &Value| item.get("kind").is_some_and(Value::is_string);
    (kind == "List" || kind.ends_with("List") && items.iter().all(typed)).then_some(items)
}

fn is_crossplane_object(group: &str, kind: &str) -> bool {
    kind == "Object" && matches!(group, "kubernetes.crossplane.io" | "kubernetes.m.crossplane.io")
}
