//! The request as kwctl and policy servers take it: an `AdmissionReview` or the `request` in it, with everything that an
//! API server always sends.

use serde_json::{Map, Value};

/// The parts that a policy server needs; the policy would not see a request without them
/// (adm-controller, `policy-evaluator/src/admission_request.rs`).
const NEEDED: [&str; 5] = ["uid", "kind", "resource", "operation", "userInfo"];

/// The request in a document.
pub(super) fn request(document: Value) -> Result<Value, String> {
    let inner = match document {
        Value::Object(mut map) if map.get("kind").is_some_and(|kind| kind == "AdmissionReview") => {
            map.shift_remove("request").unwrap_or_default()
        }
        other => other,
    };
    let Value::Object(map) = &inner else {
        return Err(
            "it is no AdmissionReview with a `request` and no request itself; `boltrope request` writes one"
                .to_owned(),
        );
    };
    let missing: Vec<String> = NEEDED
        .into_iter()
        .filter(|key| !is_right(map, key))
        .map(|key| format!("`{key}`"))
        .collect();
    if missing.is_empty() {
        return Ok(inner);
    }
    Err(format!(
        "an admission request needs {}, with what an API server puts there; `boltrope request` writes a whole one",
        missing.join(", ")
    ))
}

fn is_right(request: &Map<String, Value>, key: &str) -> bool {
    let Some(value) = request.get(key) else {
        return false;
    };
    let has = |keys: &[&str]| {
        keys.iter()
            .all(|key| value.get(key).is_some_and(Value::is_string))
    };
    match key {
        "kind" => has(&["group", "version", "kind"]),
        "resource" => has(&["group", "version", "resource"]),
        "userInfo" => value.is_object(),
        _ => value.is_string(),
    }
}
