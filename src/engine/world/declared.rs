//! What definitions of custom kinds say about scopes: CRDs and Crossplane's XRDs (rules.md 3.2).

use serde_json::Value;

use super::{Scope, ScopeSource};
use crate::object::Object;

/// The kinds that an object defines, each with its group and what the object says of its scope. Nothing, for an
/// object that is no definition or does not say.
pub(crate) fn scopes(object: Object<'_>) -> Vec<(String, String, ScopeSource)> {
    match (object.group(), object.kind()) {
        ("apiextensions.k8s.io", "CustomResourceDefinition") => custom(object),
        ("apiextensions.crossplane.io", "CompositeResourceDefinition") => composite(object),
        _ => Vec::new(),
    }
}

/// `spec.scope` is required in v1; v1beta1 takes Namespaced when it is absent.
fn custom(object: Object<'_>) -> Vec<(String, String, ScopeSource)> {
    let scope = match object.text("/spec/scope") {
        Some("Namespaced") => Some(Scope::Namespaced),
        Some("Cluster") => Some(Scope::Cluster),
        None if object.version() == "v1beta1" => Some(Scope::Namespaced),
        _ => None,
    };
    scope
        .and_then(|scope| said(object, "/spec/names/kind", scope))
        .into_iter()
        .collect()
}

/// A composite's scope: v1 has the default LegacyCluster, v2 has Namespaced. A claim, which only v1 has, always
/// lives in a namespace.
fn composite(object: Object<'_>) -> Vec<(String, String, ScopeSource)> {
    let scope = match object.text("/spec/scope") {
        Some("Namespaced") => Some(Scope::Namespaced),
        Some("Cluster" | "LegacyCluster") => Some(Scope::Cluster),
        None if object.version() == "v1" => Some(Scope::Cluster),
        None if object.value().pointer("/spec/scope").is_none_or(Value::is_null) => Some(Scope::Namespaced),
        _ => None,
    };
    let composite = scope.and_then(|scope| said(object, "/spec/names/kind", scope));
    let claim = said(object, "/spec/claimNames/kind", Scope::Namespaced);
    composite.into_iter().chain(claim).collect()
}

fn said(object: Object<'_>, kind: &str, scope: Scope) -> Option<(String, String, ScopeSource)> {
    let group = object.text("/spec/group")?.to_owned();
    let kind = object.text(kind)?.to_owned();
    let source = format!("{} `{}`", object.kind(), object.name().unwrap_or_default());
    Some((group, kind, ScopeSource { scope, source }))
}
