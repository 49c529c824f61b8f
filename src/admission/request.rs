//! The payload of `validate`: of an admission review, what rules can ask.
//!
//! Everything else is skipped while reading. An error says where the payload broke, never what it holds: that may be
//! a Secret.

use serde_json::Value;

use crate::engine::{Operation, Request, Stage};
use crate::object::{MAX_DEPTH, is_deeper};

/// What a policy server sends: `{request, settings}`, read as it is. Structs of it, derived, would be as large as all
/// the rest of a policy's reading.
#[derive(Debug)]
pub(crate) struct Review(Value);

/// An `AdmissionRequest` (`admission.k8s.io/v1`). Policy servers write some keys in camel case, the SDK's tests in
/// snake case; both are read. `null` and absent are the same.
#[derive(Clone, Copy, Debug)]
struct AdmissionRequest<'a>(&'a Value);

impl Review {
    /// Reads a payload.
    ///
    /// # Errors
    /// What is wrong with it, in words without any of its content.
    pub(crate) fn read(payload: &[u8]) -> Result<Self, String> {
        let payload = serde_json::from_slice(payload).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("it is not JSON, or nested too deeply at line {line}, column {column}")
        })?;
        let review = Self(payload);
        let request = review.request();
        if !request.is_well_formed() {
            return Err("it is not an admission request".to_owned());
        }
        if [request.object(), request.old_object()]
            .into_iter()
            .flatten()
            .any(|object| is_deeper(object, MAX_DEPTH))
        {
            return Err(format!("its object is nested more than {MAX_DEPTH} levels deep"));
        }
        Ok(review)
    }

    /// The settings, null when there are none.
    pub(crate) fn settings(&self) -> &Value {
        self.0.get("settings").unwrap_or(&Value::Null)
    }

    /// What the engine is asked, if anything: CREATE or UPDATE of an object itself.
    pub(crate) fn question(&self) -> Option<Request<'_>> {
        let request = self.request();
        let operation = match request.text("operation")? {
            "CREATE" => Operation::Create,
            "UPDATE" => Operation::Update,
            _ => return None,
        };
        if request
            .either("subResource", "sub_resource")
            .is_some_and(|of| of != "")
        {
            return None;
        }
        Some(Request {
            old: request.old_object().filter(|_| operation == Operation::Update),
            namespace: request.text("namespace").filter(|name| !name.is_empty()),
            user: request.user(),
            stage: Stage::Admission,
            ..Request::admission(request.object()?, operation)
        })
    }

    fn request(&self) -> AdmissionRequest<'_> {
        AdmissionRequest(self.0.get("request").unwrap_or(&Value::Null))
    }
}

impl<'a> AdmissionRequest<'a> {
    /// Whether what is read here is what it should be. The object may be anything: rules look for themselves.
    fn is_well_formed(self) -> bool {
        let is_text = |value: Option<&Value>| value.is_none_or(Value::is_string);
        let user = self.either("userInfo", "user_info");
        self.0.is_object()
            && is_text(self.get("operation"))
            && is_text(self.get("namespace"))
            && is_text(self.either("subResource", "sub_resource"))
            && user.is_none_or(Value::is_object)
            && is_text(
                user.and_then(|user| user.get("username"))
                    .filter(|name| !name.is_null()),
            )
    }

    fn object(self) -> Option<&'a Value> {
        self.get("object")
    }

    fn old_object(self) -> Option<&'a Value> {
        self.either("oldObject", "old_object")
    }

    fn user(self) -> Option<&'a str> {
        self.either("userInfo", "user_info")?.get("username")?.as_str()
    }

    fn text(self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_str()
    }

    fn either(self, camel: &str, snake: &str) -> Option<&'a Value> {
        self.get(camel).or_else(|| self.get(snake))
    }

    fn get(self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }
}
