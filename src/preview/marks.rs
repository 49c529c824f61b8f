//! The labels and annotations by which the planner and people talk to each other, and by which we know our own copies.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::object::Object;

/// The label that says who keeps an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Its value on our copies, and our field manager.
pub const MANAGER: &str = "boltrope";
/// As a label: the hash of the source's namespace, kind and name, to list copies by. As an annotation: `<namespace>/<name>`.
pub const ORIGIN: &str = "boltrope.dev/origin";
/// Annotation of a copy: the rule that wants it.
pub const RULE: &str = "boltrope.dev/rule";
/// Annotation of a copy: the hash of what was rendered.
pub const CONTENT: &str = "boltrope.dev/content";
/// Annotation (of a Namespace also a label): `off` takes a target or a source out, `on` is consent of an object.
pub const PREVIEW: &str = "boltrope.dev/preview";
/// Annotation of a source: globs on the names of the namespaces that get it, comma-separated.
pub const PREVIEW_TO: &str = "boltrope.dev/preview-to";
/// Label of a Namespace, `true`: its Services and routes may be shared.
pub const PREVIEW_SOURCE: &str = "boltrope.dev/preview-source";
/// Annotation of a Namespace: names that a release is about to bring, comma-separated.
pub const YIELD: &str = "boltrope.dev/yield";
/// Annotation of a HelmRelease or Kustomization: names that it brings, comma-separated.
pub const PROVIDES: &str = "boltrope.dev/provides";
/// The annotation by which Helm knows its own.
pub(super) const HELM_RELEASE: &str = "meta.helm.sh/release-name";

/// What a copy says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks<'a> {
    /// The namespace of its source.
    pub(super) namespace: &'a str,
    /// The name of its source.
    pub(super) name: &'a str,
    /// The rule that wanted it.
    pub(super) rule: &'a str,
    /// What was rendered.
    pub(super) content: &'a str,
}

impl<'a> Marks<'a> {
    /// The marks of an object, if they are all there and agree with each other: a label that a person copied from
    /// somewhere else does not make an object ours.
    pub(super) fn read(object: Object<'a>) -> Option<Self> {
        if object.label(MANAGED_BY) != Some(MANAGER) {
            return None;
        }
        let marks = Self::written(object)?;
        let is_placed = if object.kind() == "ReferenceGrant" {
            // A grant lives in the namespace that it opens, and its origin is the preview that it lets in.
            object.namespace() == Some(marks.namespace)
        } else {
            object.namespace() != Some(marks.namespace) && object.name() == Some(marks.name)
        };
        let origin = || origin(marks.namespace, object.kind(), marks.name);
        (is_placed && object.label(ORIGIN) == Some(&origin())).then_some(marks)
    }

    /// What is written, whether it agrees or not.
    pub(super) fn written(object: Object<'a>) -> Option<Self> {
        let annotations = object.annotations()?;
        let read = |key: &str| annotations.get(key)?.as_str();
        let (namespace, name) = read(ORIGIN)?.split_once('/')?;
        Some(Self {
            namespace,
            name,
            rule: read(RULE)?,
            content: read(CONTENT)?,
        })
    }
}

/// The value of the label [`ORIGIN`] on copies of an object.
///
/// ```
/// use boltrope::preview::marks::origin;
/// assert_eq!(origin("default", "Service", "api").len(), 32);
/// assert_ne!(origin("default", "Service", "api"), origin("default", "Ingress", "api"));
/// ```
#[must_use]
pub fn origin(namespace: &str, kind: &str, name: &str) -> String {
    short(Sha256::digest(format!("{namespace}/{kind}/{name}")).as_slice())
}

/// The first half of a SHA-256, which is what a label can hold.
pub(super) fn short(digest: &[u8]) -> String {
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether an annotation, or on a Namespace a label, takes the object out.
pub(super) fn is_off(object: Object<'_>) -> bool {
    object.annotation(PREVIEW) == Some("off") || object.label(PREVIEW) == Some("off")
}

/// The parts of a comma-separated text.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Whether an object is a copy of ours or of kube-external-sync's: nobody mirrors a mirror.
pub(super) fn is_mirror(object: Object<'_>) -> bool {
    is_kube_external_sync(object)
        || object.label(MANAGED_BY) == Some(MANAGER) && object.label(ORIGIN).is_some()
}

/// Whether kube-external-sync made an object: version 1 has a label, version 0 an annotation.
pub(super) fn is_kube_external_sync(object: Object<'_>) -> bool {
    let manager = Some("kube-external-sync");
    object.label(MANAGED_BY) == manager
        || object.annotation(MANAGED_BY) == manager
        || object
            .annotation("kube-external-sync.io/replicated-from")
            .is_some()
}

/// A timestamp that sorts; an object without one sorts last.
pub(super) fn created(object: &Value) -> &str {
    let stamp = object.pointer("/metadata/creationTimestamp");
    stamp.and_then(Value::as_str).unwrap_or("9999")
}
