//! The answer to the API server, as policy servers make it from a policy's response.
//!
//! Source: adm-controller, `policy-evaluator/src/admission_response.rs` (`from_policy_validation_response`): the patch is
//! the difference that the crate `json-patch` finds, of JSON whose keys are sorted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use boltrope::admission::Response;
use json_patch::{Patch, PatchOperation};
use serde::Serialize;
use serde_json::{Map, Value};

/// `admission.k8s.io/v1` AdmissionResponse, before its patch is encoded.
#[derive(Debug)]
pub(super) struct AdmissionResponse {
    uid: String,
    pub(super) allowed: bool,
    patch: Patch,
    status: Option<Status>,
    audit_annotations: Map<String, Value>,
    warnings: Vec<String>,
}

/// The same in the order and with the nulls that policy servers write.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Encoded<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a Status>,
    audit_annotations: Option<&'a Map<String, Value>>,
    warnings: Option<&'a [String]>,
}

#[derive(Debug, Serialize)]
struct Status {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
}

impl AdmissionResponse {
    /// What a policy server makes of a policy's response to a request.
    pub(super) fn of(request: &Value, response: Response) -> Self {
        let object = request.get("object").unwrap_or(&Value::Null);
        let patch = response.mutated_object.map(|mutated| {
            let (before, after) = (sorted(object), sorted(&mutated));
            json_patch::diff(&before, &after)
        });
        let (message, code) = (response.message, response.code);
        let has_status = message.is_some() || code.is_some();
        Self {
            uid: request
                .get("uid")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            allowed: response.accepted,
            patch: patch.unwrap_or_default(),
            status: has_status.then_some(Status { message, code }),
            audit_annotations: response.audit_annotations,
            warnings: response.warnings,
        }
    }

    /// As it is sent.
    pub(super) fn encoded(&self) -> serde_json::Result<Encoded<'_>> {
        let patch = match self.patch.0.as_slice() {
            [] => None,
            _ => Some(STANDARD.encode(serde_json::to_string(&self.patch)?)),
        };
        Ok(Encoded {
            uid: &self.uid,
            allowed: self.allowed,
            patch_type: patch.as_ref().map(|_| "JSONPatch"),
            patch,
            status: self.status.as_ref(),
            audit_annotations: Some(&self.audit_annotations).filter(|told| !told.is_empty()),
            warnings: Some(self.warnings.as_slice()).filter(|told| !told.is_empty()),
        })
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let status = self.status.as_ref();
        let code = status.and_then(|status| status.code);
        let _ = match (self.allowed, code) {
            (true, _) if self.patch.0.is_empty() => writeln!(text, "allowed"),
            (true, _) => writeln!(text, "allowed, changed"),
            (false, Some(code)) => writeln!(text, "refused ({code})"),
            (false, None) => writeln!(text, "refused"),
        };
        let message = status.and_then(|status| status.message.as_deref());
        for line in message.unwrap_or_default().lines() {
            let _ = writeln!(text, "  {line}");
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "warning: {warning}");
        }
        for operation in &self.patch.0 {
            let _ = writeln!(text, "patch: {}", shown(operation));
        }
        for (key, value) in &self.audit_annotations {
            // A text stands without its quotes.
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ = writeln!(text, "audit: {key}={value}");
        }
        text
    }
}

fn shown(operation: &PatchOperation) -> String {
    match operation {
        PatchOperation::Add(add) => format!("add {} {}", add.path, add.value),
        PatchOperation::Replace(replace) => format!("replace {} {}", replace.path, replace.value),
        other => format!("remove {}", other.path()),
    }
}

/// The value with the keys of every mapping in order, as a policy server holds it.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(map) => {
            let entries: BTreeMap<&String, &Value> = map.iter().collect();
            let entries = entries
                .into_iter()
                .map(|(key, value)| (key.clone(), sorted(value)));
            Value::Object(Map::from_iter(entries))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_patch_is_that_of_a_host_that_sorts_keys() {
        let request = json!({"uid": "1", "object": {"spec": {"b": 1, "a": 2, "c": 3}, "kind": "X"}});
        let mutated = json!({"spec": {"b": 2, "z": {"y": 1, "x": 2}, "a": 3}, "kind": "X"});
        let response = Response {
            mutated_object: Some(mutated),
            ..Response::accept()
        };
        let answer = AdmissionResponse::of(&request, response);
        assert_eq!(
            serde_json::to_string(&answer.patch).unwrap(),
            r#"[{"op":"replace","path":"/spec/a","value":3},{"op":"replace","path":"/spec/b","value":2},"#
                .to_owned()
                + r#"{"op":"add","path":"/spec/z","value":{"x":2,"y":1}},{"op":"remove","path":"/spec/c"}]"#
        );
        assert_eq!(
            answer.text(),
            "allowed, changed\npatch: replace /spec/a 3\npatch: replace /spec/b 2\n\
             patch: add /spec/z {\"x\":2,\"y\":1}\npatch: remove /spec/c\n"
        );
    }

    #[test]
    fn an_answer_without_a_patch_has_the_nulls_of_a_policy_server() {
        let answer = AdmissionResponse::of(&json!({"uid": "1", "object": null}), Response::accept());
        assert_eq!(
            serde_json::to_string(&answer.encoded().unwrap()).unwrap(),
            r#"{"uid":"1","allowed":true,"auditAnnotations":null,"warnings":null}"#
        );
    }
}
