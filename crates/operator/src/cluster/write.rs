//! Writes that hold only for one version of one object: server-side apply and delete, each with a precondition.

use http::Method;
use serde_json::{Value, json};

use super::call::Question;
use super::{CallError, Cluster, Resource};

const APPLY_PATCH: &str = "application/apply-patch+yaml";
const JSON_PATCH: &str = "application/json-patch+json";
const JSON: &str = "application/json";

impl Cluster {
    /// Applies an object (server-side apply, field manager `boltrope`). What stands in its `metadata.uid` and
    /// `metadata.resourceVersion` must hold, else [`CallError::Conflict`]. `force` takes fields from other managers.
    pub(crate) async fn apply(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
        object: &Value,
        force: bool,
    ) -> Result<Value, CallError> {
        let mut question = Question {
            method: Method::PATCH,
            name: Some(name),
            body: Some((APPLY_PATCH, object.to_string().into_bytes())),
            ..Question::write("patch", resource, Some(namespace))
        };
        if force {
            question.query.push_str("&force=true");
        }
        self.write(&question).await
    }

    /// Sends a JSON Patch to an object that is in no namespace.
    pub(crate) async fn patch_cluster_scoped(
        &self,
        resource: &Resource,
        name: &str,
        operations: Vec<Value>,
    ) -> Result<Value, CallError> {
        let question = Question {
            method: Method::PATCH,
            name: Some(name),
            body: Some((JSON_PATCH, Value::Array(operations).to_string().into_bytes())),
            ..Question::write("patch", resource, None)
        };
        self.write(&question).await
    }

    /// Deletes exactly one version of one object, else [`CallError::Conflict`]; one that is gone is
    /// [`CallError::NotFound`].
    pub(crate) async fn delete_version(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
        (uid, version): (&str, &str),
    ) -> Result<(), CallError> {
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions",
            "preconditions": {"uid": uid, "resourceVersion": version},
        });
        let question = Question {
            method: Method::DELETE,
            name: Some(name),
            query: String::new(),
            body: Some((JSON, options.to_string().into_bytes())),
            ..Question::write("delete", resource, Some(namespace))
        };
        self.send(&question).await.map(drop)
    }
}
