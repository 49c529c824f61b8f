//! `request.yaml`: what is known besides the object.

use serde_json::Value;

use super::unknown_key;
use crate::engine::Operation;

/// What is known about the request that a case is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseRequest {
    /// The request's namespace; at render the one that the release is installed into.
    pub namespace: Option<String>,
    /// The release's name.
    pub release: Option<String>,
    /// Who asks, at admission.
    pub user: Option<String>,
    /// CREATE, unless the file says UPDATE.
    pub operation: Operation,
    /// The object before an UPDATE.
    pub old: Option<Value>,
}

impl CaseRequest {
    /// Reads the file's one document; null is an absent file.
    pub(super) fn decode(value: &Value) -> Result<Self, String> {
        if value.is_null() {
            return Ok(Self::default());
        }
        let map = value.as_object().ok_or("it is not a mapping")?;
        let mut request = Self::default();
        for (key, value) in map {
            let text = || match value {
                Value::Null => Ok(None),
                Value::String(text) => Ok(Some(text.clone())),
                _ => Err(format!("`{key}` is not text")),
            };
            match key.as_str() {
                "namespace" => request.namespace = text()?,
                "release" => request.release = text()?,
                "user" => request.user = text()?,
                "operation" => request.operation = operation(text()?.as_deref())?,
                "old" => request.old = Some(value.clone()).filter(|old| !old.is_null()),
                _ => {
                    let known = ["namespace", "release", "user", "operation", "old"];
                    return Err(unknown_key(key, &known));
                }
            }
        }
        Ok(request)
    }
}

fn operation(text: Option<&str>) -> Result<Operation, String> {
    match text {
        None | Some("CREATE") => Ok(Operation::Create),
        Some("UPDATE") => Ok(Operation::Update),
        Some(other) => Err(format!(
            "`operation` is `{other}`; write CREATE or UPDATE: no rule is asked about anything else"
        )),
    }
}
