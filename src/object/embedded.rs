//! Objects inside an object (rules.md 1.13, 1.14): the items of a `List`, the manifest of a Crossplane `Object`, the bases
//! of a Composition.

use serde_json::Value;

use super::{Object, composition, pointer};

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
    /// A base of a Crossplane `Composition`, or a manifest inside one: what will be made, before its patches.
    CompositionBase,
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
    /// Places in the document that a Composition's patches fill in, so that what the base says there means nothing.
    patched: Vec<String>,
}

impl Embedded<'_> {
    /// Whether patches fill in the place at a pointer into the document.
    #[must_use]
    pub fn is_patched(&self, at: &str) -> bool {
        let covers = |patched: &String| at == patched || pointer::is_inside(at, patched);
        self.patched.iter().any(covers)
    }
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

/// The objects of a document and the bases of Compositions among them (rules.md 1.14), each base after its Composition.
///
/// ```
/// use boltrope::object::embedded::{Wrapper, objects_and_bases};
/// let composition = serde_json::json!({
///     "apiVersion": "apiextensions.crossplane.io/v1", "kind": "Composition", "metadata": {"name": "web"},
///     "spec": {"mode": "Pipeline", "pipeline": [{"step": "patch", "functionRef": {"name": "patch-and-transform"}, "input": {
///         "apiVersion": "pt.fn.crossplane.io/v1beta1", "kind": "Resources",
///         "resources": [{"name": "service", "base": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}}],
///     }}]},
/// });
/// let found = objects_and_bases(&composition);
/// assert_eq!(found[1].pointer, "/spec/pipeline/0/input/resources/0/base");
/// assert_eq!(found[1].wrapper, Wrapper::CompositionBase);
/// ```
#[must_use]
pub fn objects_and_bases(document: &Value) -> Vec<Embedded<'_>> {
    let mut all = Vec::new();
    for outer in objects(document) {
        let bases = composition::bases(outer.object);
        let at = outer.pointer.clone();
        all.push(outer);
        for base in bases {
            let patched: Vec<String> = base
                .patched
                .iter()
                .map(|patched| format!("{at}{patched}"))
                .collect();
            let mut found = Vec::new();
            let pointer = format!("{at}{}", base.pointer);
            descend(base.value, pointer, Wrapper::CompositionBase, 0, &mut found);
            all.extend(found.into_iter().map(|embedded| Embedded {
                wrapper: Wrapper::CompositionBase,
                patched: patched.clone(),
                ..embedded
            }));
        }
    }
    all
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
        patched: Vec::new(),
    });
    if is_crossplane_object(object.group(), object.kind())
        && let Some(manifest) = pointer::get(value, "/spec/forProvider/manifest")
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
