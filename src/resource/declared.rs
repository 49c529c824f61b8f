//! What CRDs and Crossplane's XRDs say about the kinds they define.

use serde_json::Value;

use super::Resource;
use crate::engine::world::Scope;
use crate::object::Object;

/// The kinds that an object defines, a claim's beside its composite's. Nothing, when it is no definition or lacks a
/// name.
pub(super) fn resources(object: Object<'_>) -> Vec<Resource> {
    let defines = match (object.group(), object.kind()) {
        ("apiextensions.k8s.io", "CustomResourceDefinition") => [Some("/spec/names"), None],
        ("apiextensions.crossplane.io", "CompositeResourceDefinition") => {
            [Some("/spec/names"), Some("/spec/claimNames")]
        }
        _ => return Vec::new(),
    };
    let resource = |names: &str| {
        Some(Resource {
            group: object.text("/spec/group")?.to_owned(),
            versions: versions(object),
            kind: object.text(&format!("{names}/kind"))?.to_owned(),
            plural: object.text(&format!("{names}/plural"))?.to_owned(),
            scope: scope(object, names),
        })
    };
    let found = defines.into_iter().flatten().filter_map(resource);
    found.filter(|resource| !resource.versions.is_empty()).collect()
}

/// The served versions; a CRD of v1beta1 may have only one, in `spec.version`.
fn versions(object: Object<'_>) -> Vec<String> {
    let listed = object.value().pointer("/spec/versions").and_then(Value::as_array);
    let served = |version: &&Value| version.get("served") != Some(&Value::Bool(false));
    let names: Vec<String> = listed
        .into_iter()
        .flatten()
        .filter(served)
        .filter_map(|version| Some(version.get("name")?.as_str()?.to_owned()))
        .collect();
    if names.is_empty() && listed.is_none() {
        return object
            .text("/spec/version")
            .map(str::to_owned)
            .into_iter()
            .collect();
    }
    names
}

/// The scope, by the defaults of rules.md 3.2.
fn scope(object: Object<'_>, names: &str) -> Option<Scope> {
    let is_composite = object.kind() == "CompositeResourceDefinition";
    if names == "/spec/claimNames" {
        return Some(Scope::Namespaced);
    }
    match object.text("/spec/scope") {
        Some("Namespaced") => Some(Scope::Namespaced),
        Some("Cluster" | "LegacyCluster") => Some(Scope::Cluster),
        None if is_composite && object.version() == "v1" => Some(Scope::Cluster),
        None if is_composite || object.version() == "v1beta1" => Some(Scope::Namespaced),
        _ => None,
    }
}
