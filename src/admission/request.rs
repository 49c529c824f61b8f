//! The payload of `validate`: of an admission review, what rules can ask.
//!
//! Everything else is passed over while reading, and of a request that no rule is about the objects, too. An error says where the payload broke, never what it holds: that may be
//! a Secret.

use serde_json::Value;

use crate::engine::{Operation, Request, Stage};
use crate::object::excerpt::{self, Part};
use crate::object::{MAX_DEPTH, is_deeper};

/// What a policy server sends, `{request, settings}`, or the part of it that was asked for. Structs of it, derived, would
/// be as large as all the rest of a policy's reading.
#[derive(Debug)]
pub(crate) struct Review(Value);

/// The kind of the object, which decides whether any rule is about it.
const OUTLINE_OF_OBJECT: Part<'_> = Part::Keys {
    named: &[("apiVersion", Part::Whole), ("kind", Part::Whole)],
    known: &[],
    others: None,
};

/// An `AdmissionRequest` (`admission.k8s.io/v1`). Policy servers write some keys in camel case, the SDK's tests in
/// snake case; both are read. `null` and absent are the same.
#[derive(Clone, Copy, Debug)]
struct AdmissionRequest<'a>(&'a Value);

impl Review {
    /// Reads what decides whether there is anything to do: the request without objects but their kind, and this part of
    /// the settings.
    ///
    /// # Errors
    /// What is wrong with it, in words without any of its content.
    pub(crate) fn outline(payload: &[u8], settings: Part<'_>) -> Result<Self, String> {
        let review = Self::excerpt(payload, OUTLINE_OF_OBJECT, None, settings)?;
        if review.request().is_well_formed() {
            Ok(review)
        } else {
            Err("it is not an admission request".to_owned())
        }
    }

    /// Reads it again, with the objects that it asks about and this part of the settings.
    ///
    /// # Errors
    /// What is wrong with it, in words without any of its content.
    pub(crate) fn filled(&self, payload: &[u8], settings: Part<'_>) -> Result<Self, String> {
        let is_update = self.request().text("operation") == Some("UPDATE");
        let old = is_update.then_some(&Part::Whole);
        let review = Self::excerpt(payload, Part::Whole, old, settings)?;
        let request = review.request();
        if [request.object(), request.old_object()]
            .into_iter()
            .flatten()
            .any(|object| is_deeper(object, MAX_DEPTH))
        {
            return Err(format!("its object is nested more than {MAX_DEPTH} levels deep"));
        }
        Ok(review)
    }

    fn excerpt(
        payload: &[u8],
        object: Part<'_>,
        old: Option<&Part<'_>>,
        settings: Part<'_>,
    ) -> Result<Self, String> {
        let user = Part::Keys {
            named: &[("username", Part::Whole)],
            known: &[],
            others: None,
        };
        let mut named = vec![
            ("operation", Part::Whole),
            ("subResource", Part::Whole),
            ("sub_resource", Part::Whole),
            ("namespace", Part::Whole),
            ("userInfo", user),
            ("user_info", user),
            ("object", object),
        ];
        let olds = old
            .into_iter()
            .flat_map(|old| [("oldObject", *old), ("old_object", *old)]);
        named.extend(olds);
        let request = Part::Keys {
            named: &named,
            known: &[],
            others: None,
        };
        let both = Part::Keys {
            named: &[("request", request), ("settings", settings)],
            known: &[],
            others: None,
        };
        excerpt::read(payload, both)
            .map(Self)
            .map_err(|error| not_json(&error))
    }

    /// The settings, null when there are none.
    pub(crate) fn settings(&self) -> &Value {
        self.0.get("settings").unwrap_or(&Value::Null)
    }

    /// What the engine is asked, if anything: CREATE or UPDATE of an object itself. The old object is not in an outline.
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
            namespace: request.text("namespace").filter(|name| !name.is_empty()),
            user: request.user(),
            stage: Stage::Admission,
            ..Request::admission(request.object()?, operation)
        })
    }

    /// The object and the one before it.
    pub(crate) fn take_objects(&mut self) -> (Value, Option<Value>) {
        let mut take = |key: &str| {
            let value = self.0.get_mut("request")?.get_mut(key)?;
            Some(value.take()).filter(|value| !value.is_null())
        };
        let object = take("object").unwrap_or_default();
        (object, take("oldObject").or_else(|| take("old_object")))
    }

    fn request(&self) -> AdmissionRequest<'_> {
        AdmissionRequest(self.0.get("request").unwrap_or(&Value::Null))
    }
}

/// Where JSON ends to be JSON. What the reader says of it would be 3 kB of every policy.
pub(super) fn not_json(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    format!("it is not JSON, or nested too deeply at line {line}, column {column}")
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
