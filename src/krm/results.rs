//! What a function tells: a result for each change and each finding, as the KRM Functions Specification words them.

use serde_json::{Map, Value, json};

use crate::edit::Edit;
use crate::engine::{Applied, Finding, Severity};
use crate::object::{ObjectRef, pointer};
use crate::render::{ChangeLog, Rendered};

/// Annotations that say which file of the package an item is from, newest name first.
const PATHS: [&str; 2] = ["internal.config.kubernetes.io/path", "config.kubernetes.io/path"];
const INDEXES: [&str; 2] = [
    "internal.config.kubernetes.io/index",
    "config.kubernetes.io/index",
];

/// The results of a run over a list, changes first.
pub(super) fn of(list: &Value, rendered: &Rendered<'_>) -> Vec<Value> {
    let logs = rendered
        .changed
        .iter()
        .filter_map(|changed| changed.log.as_deref());
    let changes = logs.flat_map(|log| {
        let edits = log.edits.iter().flatten();
        edits.map(move |applied| change(list, applied, log))
    });
    let findings = rendered
        .findings
        .iter()
        .map(|located| finding(list, &located.finding));
    changes.chain(findings).collect()
}

fn change(list: &Value, applied: &Applied, log: &ChangeLog) -> Value {
    let at = applied.edit.pointer();
    let (item, inside) = item(list, at);
    let path = field(inside);
    let rules = applied.rules.join("`, `");
    let mut about = Map::from_iter([("path".to_owned(), Value::from(path.as_str()))]);
    // A Secret's values are nobody's to print, and one in the list makes the whole list careful.
    if !log.secret
        && let Some(before) = list.pointer(at).filter(|value| is_scalar(value))
    {
        about.insert("currentValue".to_owned(), before.clone());
    }
    let verb = match &applied.edit {
        Edit::Set { value, .. } => {
            if !log.secret && is_scalar(value) {
                about.insert("proposedValue".to_owned(), value.clone());
            }
            "sets"
        }
        Edit::Remove { .. } => "removes",
    };
    let mut result = json!({"message": format!("`{rules}` {verb} `{path}`"), "severity": "info"});
    place(&mut result, item, item.map(reference), about);
    tag(&mut result, &[("rules", &applied.rules.join(","))]);
    result
}

fn finding(list: &Value, finding: &Finding) -> Value {
    let (item, inside) = item(list, &finding.pointer);
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let remedy = match finding.remedy.as_str() {
        "" => String::new(),
        remedy => format!(" {remedy}"),
    };
    let mut result = json!({"message": format!("{}{remedy}", finding.message), "severity": severity});
    let about = Map::from_iter([("path".to_owned(), Value::from(field(inside)))]);
    place(&mut result, item, Some(named(&finding.object)), about);
    tag(&mut result, &[("code", &finding.code), ("rule", &finding.rule)]);
    result
}

fn place(result: &mut Value, item: Option<&Value>, object: Option<Value>, field: Map<String, Value>) {
    let Some(map) = result.as_object_mut() else {
        return;
    };
    if let Some(object) = object {
        map.insert("resourceRef".to_owned(), object);
    }
    if field.get("path").is_some_and(|path| path != "") {
        map.insert("field".to_owned(), field.into());
    }
    if let Some(file) = item.and_then(file) {
        map.insert("file".to_owned(), file);
    }
}

fn tag(result: &mut Value, tags: &[(&str, &str)]) {
    let told = tags.iter().filter(|(_, text)| !text.is_empty());
    let tags: Map<String, Value> = told
        .map(|(key, text)| ((*key).to_owned(), Value::from(*text)))
        .collect();
    if let (Some(map), false) = (result.as_object_mut(), tags.is_empty()) {
        map.insert("tags".to_owned(), tags.into());
    }
}

/// The item that a pointer leads into, and the rest of the pointer.
fn item<'v, 'p>(list: &'v Value, at: &'p str) -> (Option<&'v Value>, &'p str) {
    let split = || {
        let rest = at.strip_prefix("/items/")?;
        let end = rest.find('/').unwrap_or(rest.len());
        let index: usize = rest.get(..end)?.parse().ok()?;
        Some((list.pointer("/items")?.get(index)?, rest.get(end..)?))
    };
    split().map_or((None, at), |(item, inside)| (Some(item), inside))
}

fn reference(item: &Value) -> Value {
    named(&crate::object::Object::new(item).reference())
}

fn named(object: &ObjectRef) -> Value {
    let mut reference = json!({"apiVersion": object.api_version, "kind": object.kind, "name": object.name});
    if let (Some(namespace), Some(map)) = (&object.namespace, reference.as_object_mut()) {
        map.insert("namespace".to_owned(), namespace.as_str().into());
    }
    reference
}

/// The file of an item, when an orchestrator noted it.
fn file(item: &Value) -> Option<Value> {
    let annotations = item.pointer("/metadata/annotations")?;
    let first = |keys: [&str; 2]| keys.iter().find_map(|key| annotations.get(*key)?.as_str());
    let path = first(PATHS)?;
    let index: Option<u64> = first(INDEXES).and_then(|index| index.parse().ok());
    Some(match index {
        Some(index) => json!({"path": path, "index": index}),
        None => json!({"path": path}),
    })
}

/// A pointer as people write the path of a field: `spec.rules[0].host`, `metadata.annotations['a.b/c']`.
fn field(at: &str) -> String {
    let mut path = String::new();
    for part in pointer::keys(at) {
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            path.push_str(&format!("[{part}]"));
        } else if part.contains(['.', '/', '\'', '[', ' ']) {
            path.push_str(&format!("['{}']", part.replace('\'', "\\'")));
        } else {
            let dot = if path.is_empty() { "" } else { "." };
            path.push_str(&format!("{dot}{part}"));
        }
    }
    path
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_becomes_the_path_of_a_field() {
        for (at, path) in [
            ("", ""),
            ("/spec/rules/0/host", "spec.rules[0].host"),
            ("/metadata/annotations/a.b~1c", "metadata.annotations['a.b/c']"),
            ("/data/it's", "data['it\\'s']"),
        ] {
            assert_eq!(field(at), path, "{at}");
        }
    }

    #[test]
    fn a_pointer_is_split_at_its_item() {
        let list = json!({"items": [{"a": 1}]});
        assert_eq!(item(&list, "/items/0/a"), (Some(&json!({"a": 1})), "/a"));
        assert_eq!(item(&list, "/items/0"), (Some(&json!({"a": 1})), ""));
        for outside in ["/items/7/a", "/functionConfig/a", ""] {
            assert_eq!(item(&list, outside), (None, outside));
        }
    }
}
