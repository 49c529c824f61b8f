//! Writes what was found into `expected.yaml`, keeping its `covers` and its leading comments.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::case::{Case, documents};

/// Rewrites a case's `expected.yaml`.
pub(crate) fn write(case: &Case, found: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(&case.folder)
        .join("expected.yaml");
    let old = fs::read_to_string(&path).unwrap_or_default();
    let comments: String = old
        .lines()
        .take_while(|line| line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let covers = case.covers();
    let mut rest = Map::new();
    rest.extend(found.as_object().cloned().unwrap_or_default());
    let body = yaml_serde::to_string(&Value::Object(rest.clone())).expect("JSON is YAML");
    let text = format!(
        "{comments}covers: {}\n{body}",
        serde_json::to_string(&covers).expect("JSON")
    );
    let mut read = documents(&text, &path).remove(0);
    if let Some(map) = read.as_object_mut() {
        map.shift_remove("covers");
    }
    assert_eq!(
        read,
        Value::Object(rest),
        "{}: what was written reads differently",
        path.display()
    );
    fs::write(&path, text).expect("a writable case");
}
