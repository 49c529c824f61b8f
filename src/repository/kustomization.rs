//! `kustomization.yaml`: what it takes in, which namespace it sets, which files are only parts for it.

use serde_json::Value;

use crate::object::list;

/// The names that kustomize knows such a file by (kustomize `api/konfig/general.go`).
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// One kustomization. Paths are as it writes them.
#[derive(Debug, Default)]
pub(super) struct Kustomization {
    pub(super) is_component: bool,
    pub(super) namespace: Option<String>,
    /// `resources` and `bases`: files and folders.
    pub(super) resources: Vec<String>,
    pub(super) components: Vec<String>,
    /// Files that are no objects: patches, input of generators, configuration of kustomize itself.
    pub(super) parts: Vec<String>,
}

/// Whether a file of this name is a kustomization.
pub(super) fn is_name(name: &str) -> bool {
    NAMES.contains(&name)
}

impl Kustomization {
    /// What a kustomization says; what is not as kustomize expects it counts as absent.
    pub(super) fn new(document: &Value) -> Self {
        let text = |key: &str| {
            document
                .get(key)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let mut parts = Vec::new();
        for key in [
            "patchesStrategicMerge",
            "configurations",
            "crds",
            "transformers",
            "generators",
            "validators",
        ] {
            parts.extend(texts(document, key));
        }
        for key in ["patches", "patchesJson6902", "replacements"] {
            parts.extend(
                list(document, key)
                    .iter()
                    .filter_map(|entry| named(entry, "path")),
            );
        }
        for chart in list(document, "helmCharts") {
            parts.extend(named(chart, "valuesFile"));
            parts.extend(texts(chart, "additionalValuesFiles"));
        }
        parts.extend(document.get("openapi").and_then(|openapi| named(openapi, "path")));
        for generator in ["configMapGenerator", "secretGenerator"]
            .iter()
            .flat_map(|key| list(document, key))
        {
            parts.extend(texts(generator, "files").map(|file| {
                // `key=path` or a path.
                file.split_once('=')
                    .map_or(file.clone(), |(_, path)| path.to_owned())
            }));
            parts.extend(texts(generator, "envs").chain(named(generator, "env")));
        }
        Self {
            is_component: text("kind") == Some("Component"),
            namespace: text("namespace").map(str::to_owned),
            resources: texts(document, "resources")
                .chain(texts(document, "bases"))
                .collect(),
            components: texts(document, "components").collect(),
            parts,
        }
    }
}

fn texts(holder: &Value, key: &str) -> impl Iterator<Item = String> {
    list(holder, key)
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
}

fn named(holder: &Value, key: &str) -> Option<String> {
    holder.get(key).and_then(Value::as_str).map(str::to_owned)
}
