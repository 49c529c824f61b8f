//! What a Crossplane Composition makes: the bases it starts from, and the places that its patches fill in.
//!
//! Bases stand in `spec.resources` (mode `Resources`, Crossplane 1) and in the input of the function
//! patch-and-transform (mode `Pipeline`). Other functions make their objects from code or templates, which nobody reads
//! here. (Source: crossplane `apis/apiextensions/v1/composition_common.go`, function-patch-and-transform
//! `input/v1beta1/resources.go`.)

use serde_json::Value;

use super::{Object, list, pointer, split_api_version};

/// One base. Pointers are those of the Composition.
pub(super) struct Base<'a> {
    pub(super) pointer: String,
    pub(super) value: &'a Value,
    /// Where patches write.
    pub(super) patched: Vec<String>,
}

/// The bases of a Composition; none, for any other object.
pub(super) fn bases(object: Object<'_>) -> Vec<Base<'_>> {
    if object.group() != "apiextensions.crossplane.io" || object.kind() != "Composition" {
        return Vec::new();
    }
    let Some(spec) = object.value().get("spec") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    add(spec, "/spec", &mut found);
    for (index, step) in list(spec, "pipeline").iter().enumerate() {
        if let Some(input) = step.get("input").filter(|input| is_patch_and_transform(input)) {
            add(input, &format!("/spec/pipeline/{index}/input"), &mut found);
        }
    }
    found
}

fn is_patch_and_transform(input: &Value) -> bool {
    let input = Object::new(input);
    split_api_version(input.api_version()).0 == "pt.fn.crossplane.io" && input.kind() == "Resources"
}

/// Adds the `resources` of a holder that has `patchSets`, too.
fn add<'a>(holder: &'a Value, at: &str, found: &mut Vec<Base<'a>>) {
    for (index, resource) in list(holder, "resources").iter().enumerate() {
        let Some(value) = resource.get("base") else {
            continue;
        };
        let pointer = format!("{at}/resources/{index}/base");
        let patches = list(resource, "patches").iter();
        let patched = patches
            .flat_map(|patch| targets(patch, holder))
            .map(|target| format!("{pointer}{target}"))
            .collect();
        found.push(Base {
            pointer,
            value,
            patched,
        });
    }
}

/// The places in a base that a patch writes; a patch set stands for its patches.
fn targets(patch: &Value, holder: &Value) -> Vec<String> {
    let text = |key: &str| patch.get(key).and_then(Value::as_str);
    match text("type").unwrap_or("FromCompositeFieldPath") {
        "PatchSet" => {
            let name = text("patchSetName");
            let sets = list(holder, "patchSets").iter();
            sets.filter(|set| name.is_some() && set.get("name").and_then(Value::as_str) == name)
                .flat_map(|set| list(set, "patches"))
                .filter(|patch| patch.get("type").and_then(Value::as_str) != Some("PatchSet"))
                .flat_map(|patch| targets(patch, holder))
                .collect()
        }
        "FromCompositeFieldPath"
        | "CombineFromComposite"
        | "FromEnvironmentFieldPath"
        | "CombineFromEnvironment" => {
            let path = text("toFieldPath").or_else(|| text("fromFieldPath"));
            path.map(pointer_of).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// A field path as a pointer: `metadata.labels[example.org/team]` is `/metadata/labels/example.org~1team`. What is behind
/// a wildcard counts as a whole.
fn pointer_of(path: &str) -> String {
    let mut found = String::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (key, after) = if let Some(inner) = rest.strip_prefix('[') {
            inner.split_once(']').unwrap_or((inner, ""))
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            rest.split_at_checked(end).unwrap_or((rest, ""))
        };
        if key == "*" {
            break;
        }
        if !key.is_empty() {
            found = pointer::push(&found, key.trim_matches(['\'', '"']));
        }
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_paths_become_pointers() {
        for (path, pointer) in [
            ("spec.rules[0].host", "/spec/rules/0/host"),
            (
                "metadata.labels[example.org/team]",
                "/metadata/labels/example.org~1team",
            ),
            (
                "metadata.annotations['a.b/c'].d",
                "/metadata/annotations/a.b~1c/d",
            ),
            ("spec.containers[*].image", "/spec/containers"),
            ("spec[", "/spec"),
            ("", ""),
        ] {
            assert_eq!(pointer_of(path), pointer, "{path}");
        }
    }

    #[test]
    fn patches_and_patch_sets_say_where_they_write() {
        let composition = serde_json::json!({
            "apiVersion": "apiextensions.crossplane.io/v1", "kind": "Composition",
            "spec": {
                "patchSets": [{"name": "common", "patches": [
                    {"fromFieldPath": "metadata.labels"}, {"type": "PatchSet", "patchSetName": "common"},
                ]}],
                "resources": [
                    {"base": {"kind": "A"}, "patches": [
                        {"type": "PatchSet", "patchSetName": "common"},
                        {"type": "CombineFromComposite", "toFieldPath": "spec.host"},
                        {"type": "ToCompositeFieldPath", "fromFieldPath": "status.x", "toFieldPath": "status.y"},
                    ]},
                    {"name": "no base"},
                ],
            },
        });
        let found = bases(Object::new(&composition));
        assert_eq!(found.len(), 1);
        let at = "/spec/resources/0/base";
        assert_eq!(found[0].pointer, at);
        assert_eq!(
            found[0].patched,
            [format!("{at}/metadata/labels"), format!("{at}/spec/host")]
        );
    }
}
