//! A copy as it is written: what comes along of its source's metadata, our marks, and whether a live object is it.

use serde_json::{Map, Value, json};

use super::content;
use super::marks::{self, CONTENT, MANAGED_BY, MANAGER, ORIGIN, RULE};
use super::rules::PreviewRule;
use super::snapshot::Stored;
use crate::object::Object;

/// A copy without its namespace: the same for every preview, unless something in it depends on that.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Copy {
    value: Value,
    content: String,
}

/// What a live object is to a copy that is wanted in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// It is as rendered.
    Same,
    /// It was rendered from something else.
    Outdated,
    /// It was rendered from this, and somebody changed it.
    Edited,
}

/// The source of a copy, as far as its marks go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub(super) namespace: &'a str,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
}

impl Copy {
    /// Finishes a copy: `value` has a name, and of labels and annotations what is kept.
    pub(super) fn new(mut value: Value, origin: Origin<'_>, rule: &str) -> Self {
        let Origin {
            namespace,
            kind,
            name,
        } = origin;
        mark(
            &mut value,
            "labels",
            &[
                (MANAGED_BY, MANAGER),
                (ORIGIN, &marks::origin(namespace, kind, name)),
            ],
        );
        mark(
            &mut value,
            "annotations",
            &[(ORIGIN, &format!("{namespace}/{name}")), (RULE, rule)],
        );
        let content = content::hash(&value);
        mark(&mut value, "annotations", &[(CONTENT, &content)]);
        Self { value, content }
    }

    /// The copy in a namespace.
    pub(super) fn within(&self, namespace: &str) -> Value {
        let mut value = self.value.clone();
        if let Some(place) = value.pointer_mut("/metadata/namespace") {
            *place = namespace.into();
        }
        value
    }

    /// What a live object of ours is to it. Where only metadata is known of it, that must do.
    pub(super) fn likeness(&self, live: &Stored) -> Likeness {
        let object = live.object();
        if object.annotation(CONTENT) != Some(&self.content) {
            return Likeness::Outdated;
        }
        let body = self.value.as_object().into_iter().flatten();
        let mut parts = body.filter(|(key, _)| !["apiVersion", "kind", "metadata"].contains(&key.as_str()));
        let has_body = live.value.get("spec").is_some();
        let is_same = !has_body
            || parts.all(|(key, wanted)| {
                live.value
                    .get(key)
                    .is_some_and(|live| content::holds(live, wanted))
            });
        let holds_metadata = |key: &str| {
            let wanted = self
                .value
                .pointer("/metadata")
                .and_then(|metadata| metadata.get(key));
            let found = live
                .value
                .pointer("/metadata")
                .and_then(|metadata| metadata.get(key));
            wanted.is_none_or(|wanted| found.is_some_and(|found| content::holds(found, wanted)))
        };
        if is_same && holds_metadata("labels") && holds_metadata("annotations") {
            Likeness::Same
        } else {
            Likeness::Edited
        }
    }
}

/// The head of a copy: identity, and what is kept of the source's labels and annotations. [`Copy::new`] fills in the rest.
pub(super) fn head(source: Object<'_>, rule: &PreviewRule) -> Map<String, Value> {
    let kept = |map: Option<&Map<String, Value>>, keys: &[String]| -> Map<String, Value> {
        let of = |key: &String| Some((key.clone(), map?.get(key)?.clone()));
        keys.iter().filter_map(of).collect()
    };
    let metadata = json!({
        "name": source.name(),
        "namespace": "",
        "labels": kept(source.labels(), &rule.settings.keep_labels),
        "annotations": kept(source.annotations(), &rule.settings.keep_annotations),
    });
    Map::from_iter([
        ("apiVersion".to_owned(), source.api_version().into()),
        ("kind".to_owned(), source.kind().into()),
        ("metadata".to_owned(), metadata),
    ])
}

fn mark(value: &mut Value, map: &str, entries: &[(&str, &str)]) {
    let metadata = value.get_mut("metadata").and_then(Value::as_object_mut);
    let Some(metadata) = metadata else { return };
    let place = metadata.entry(map).or_insert_with(|| json!({}));
    if let Some(place) = place.as_object_mut() {
        for (key, text) in entries {
            place.insert((*key).to_owned(), (*text).into());
        }
    }
}
