//! The payload of `validate`: of an admission review, what rules can ask.
//!
//! Everything else is skipped while reading. An error says where the payload broke, never what it holds: that may be
//! a Secret.

use crate::engine::{Operation, Request, Stage};
use serde::Deserialize;
use serde_json::Value;

/// Objects nested deeper than this are refused, as everywhere in Boltrope.
const MAX_DEPTH: usize = 100;

/// What a policy server sends.
#[derive(Debug, Deserialize)]
pub(crate) struct Review {
    pub(crate) request: AdmissionRequest,
    #[serde(default)]
    pub(crate) settings: Value,
}

/// An `AdmissionRequest` (`admission.k8s.io/v1`). Policy servers write some keys in camel case, the SDK's tests in
/// snake case; both are read. `null` and absent are the same.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AdmissionRequest {
    #[serde(default)]
    operation: Option<String>,
    #[serde(default)]
    namespace: Option<String>,
    #[serde(default, alias = "sub_resource")]
    sub_resource: Option<String>,
    #[serde(default, alias = "user_info")]
    user_info: Option<UserInfo>,
    #[serde(default)]
    pub(crate) object: Value,
    #[serde(default, alias = "old_object")]
    old_object: Value,
}

#[derive(Debug, Deserialize)]
struct UserInfo {
    #[serde(default)]
    username: Option<String>,
}

impl Review {
    /// Reads a payload.
    ///
    /// # Errors
    /// Where it broke, in words without any of its content.
    pub(crate) fn read(payload: &[u8]) -> Result<Self, String> {
        let review: Self = serde_json::from_slice(payload).map_err(|error| {
            let what = if error.is_data() {
                "is not an admission request"
            } else {
                "is not JSON, or nested too deeply"
            };
            format!("it {what} at line {}, column {}", error.line(), error.column())
        })?;
        let request = &review.request;
        if [&request.object, &request.old_object]
            .iter()
            .any(|object| is_deeper(object, MAX_DEPTH))
        {
            return Err(format!("its object is nested more than {MAX_DEPTH} levels deep"));
        }
        Ok(review)
    }
}

impl AdmissionRequest {
    /// What the engine is asked, if anything: CREATE or UPDATE of an object itself.
    pub(crate) fn question(&self) -> Option<Request<'_>> {
        let operation = match self.operation.as_deref() {
            Some("CREATE") => Operation::Create,
            Some("UPDATE") => Operation::Update,
            _ => return None,
        };
        let is_whole = self.sub_resource.as_deref().unwrap_or_default().is_empty();
        (is_whole && !self.object.is_null()).then(|| Request {
            old: Some(&self.old_object).filter(|old| operation == Operation::Update && !old.is_null()),
            namespace: self.namespace.as_deref().filter(|name| !name.is_empty()),
            user: self.user_info.as_ref().and_then(|user| user.username.as_deref()),
            stage: Stage::Admission,
            ..Request::admission(&self.object, operation)
        })
    }
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return matches!(value, Value::Array(_) | Value::Object(_));
    };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper(item, below)),
        Value::Object(map) => map.values().any(|item| is_deeper(item, below)),
        _ => false,
    }
}
