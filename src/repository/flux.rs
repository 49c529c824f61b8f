//! Flux Kustomizations: which folder they bring to a cluster, and into which namespace.

use serde_json::Value;

use crate::object::Object;

/// What one Flux Kustomization says of where its objects go.
#[derive(Debug)]
pub(super) struct FluxKustomization {
    /// `spec.path`, from the root of its source.
    pub(super) path: String,
    pub(super) target_namespace: Option<String>,
    /// `spec.components`, from the folder at `path`.
    pub(super) components: Vec<String>,
}

impl FluxKustomization {
    /// A Flux Kustomization whose source may be this tree.
    ///
    /// Artifacts of other kinds than Git hold what somebody put into them; their paths are taken for the tree's only
    /// where they say something, and generated artifacts (`ExternalArtifact`) never.
    pub(super) fn new(object: Object<'_>) -> Option<Self> {
        if object.group() != "kustomize.toolkit.fluxcd.io" || object.kind() != "Kustomization" {
            return None;
        }
        let path = object.text("/spec/path").unwrap_or("./").to_owned();
        let names_folder = path.split('/').any(|part| !matches!(part, "" | "."));
        let may_be_this_tree = match object.text("/spec/sourceRef/kind") {
            Some("GitRepository") | None => true,
            Some("OCIRepository" | "Bucket") => names_folder,
            Some(_) => false,
        };
        let components = object
            .value()
            .pointer("/spec/components")
            .and_then(Value::as_array);
        let components = components.into_iter().flatten().filter_map(Value::as_str);
        may_be_this_tree.then(|| Self {
            path,
            target_namespace: object.text("/spec/targetNamespace").map(str::to_owned),
            components: components.map(str::to_owned).collect(),
        })
    }
}
