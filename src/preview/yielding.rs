//! Names that a release is about to bring, so that ours must be gone before (`helm install` refuses what exists).

use std::collections::BTreeMap;

use serde_json::Value;

use super::kind::Kind;
use super::marks::{self, PROVIDES, YIELD};
use super::snapshot::{Snapshot, Stored};
use crate::object::pointer;

/// Who wants which names, by namespace.
#[derive(Debug, Default)]
pub(super) struct Yields<'a> {
    names: BTreeMap<&'a str, BTreeMap<&'a str, String>>,
}

impl<'a> Yields<'a> {
    /// Reads the Namespaces, and what Flux is told to install.
    pub(super) fn read(snapshot: &'a Snapshot) -> Self {
        let mut yields = Self::default();
        for (_, name, namespace) in snapshot.all(Kind::Namespace) {
            let text = namespace.object().annotation(YIELD);
            yields.take(name, text, || format!("its Namespace asks for it in `{YIELD}`"));
        }
        for kind in [Kind::HelmRelease, Kind::Kustomization] {
            for (namespace, name, release) in snapshot.all(kind) {
                let object = release.object();
                let text = object.annotation(PROVIDES);
                let by = || format!("{} `{namespace}/{name}` brings it (`{PROVIDES}`)", object.kind());
                // A release installs into its own namespace, unless it names another.
                let into = object.text("/spec/targetNamespace").unwrap_or(namespace);
                yields.take(into, text, by);
            }
        }
        yields
    }

    fn take(&mut self, namespace: &'a str, text: Option<&'a str>, by: impl Fn() -> String) {
        for name in text.into_iter().flat_map(marks::parts) {
            self.names
                .entry(namespace)
                .or_default()
                .entry(name)
                .or_insert_with(&by);
        }
    }

    /// Who asks for a name.
    pub(super) fn to(&self, namespace: &str, name: &str) -> Option<&str> {
        self.names.get(namespace)?.get(name).map(String::as_str)
    }
}

/// Why a copy of ours is somebody else's by now, if it is. `None`: it is ours.
pub(super) fn taken_over(stored: &Stored) -> Option<String> {
    let object = stored.object();
    if let Some(release) = object.annotation(marks::HELM_RELEASE) {
        return Some(format!("the Helm release `{release}` has it"));
    }
    if object.kind() != "Service" {
        return None;
    }
    let selector = object
        .value()
        .pointer("/spec/selector")
        .and_then(Value::as_object);
    if selector.is_some_and(|selector| !selector.is_empty()) {
        return Some("it selects pods of its own".to_owned());
    }
    let other = "another field manager has `spec.selector` or `spec.ports`";
    stored.managers.other_spec.then(|| other.to_owned())
}

/// What to remove of a copy that another has taken over: what is there of `type`, `externalName` and our marks.
pub(super) fn to_remove(stored: &Stored) -> Vec<String> {
    let object = stored.object();
    let mut remove = Vec::new();
    if object.text("/spec/type") == Some("ExternalName") {
        remove.push("/spec/type".to_owned());
    }
    if object.kind() == "Service" && object.value().pointer("/spec/externalName").is_some() {
        remove.push("/spec/externalName".to_owned());
    }
    if object.label(marks::MANAGED_BY) == Some(marks::MANAGER) {
        remove.push(pointer::push("/metadata/labels", marks::MANAGED_BY));
    }
    remove.push(pointer::push("/metadata/labels", marks::ORIGIN));
    for key in [marks::ORIGIN, marks::RULE, marks::CONTENT] {
        remove.push(pointer::push("/metadata/annotations", key));
    }
    remove
}
