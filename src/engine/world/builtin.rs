//! Scopes of the kinds that Kubernetes itself serves.

use super::Scope;

/// The scope of a built-in kind; the core group is the empty string. `None` for kinds that Kubernetes does not serve.
#[must_use]
pub fn scope(group: &str, kind: &str) -> Option<Scope> {
    match (group, kind) {
        ("", "Namespace" | "Node" | "PersistentVolume") => Some(Scope::Cluster),
        ("", "Service" | "ConfigMap") => Some(Scope::Namespaced),
        _ => None,
    }
}
