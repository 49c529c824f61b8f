//! Pod templates: where a workload keeps the pods it will make.
//!
//! A template is known by its shape, a pod's `spec` with containers at one of the places that Kubernetes and the
//! kinds built like it use, so a Rollout, a CloneSet or a Knative Service needs no entry in a list.

use serde_json::Value;

use super::{Object, pointer};

/// Where pod templates sit: most workloads, CronJob, PodTemplate.
pub const PLACES: [&str; 3] = ["/spec/template", "/spec/jobTemplate/spec/template", "/template"];

/// The pod template of an object, if it has one, as a JSON Pointer.
///
/// ```
/// use boltrope::object::{Object, template};
/// let backup = serde_json::json!({
///     "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "backup"},
///     "spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": {"spec": {"containers": []}}}}},
/// });
/// assert_eq!(template::place(Object::new(&backup)), Some("/spec/jobTemplate/spec/template"));
/// ```
#[must_use]
pub fn place(object: Object<'_>) -> Option<&'static str> {
    PLACES.into_iter().find(|place| {
        pointer::get(object.value(), place)
            .and_then(|template| pointer::get(template, "/spec/containers"))
            .is_some_and(Value::is_array)
    })
}

/// What makes pods of the object: its pod template, or a Pod itself.
#[must_use]
pub fn pod(object: Object<'_>) -> Option<&Value> {
    if object.group().is_empty() && object.kind() == "Pod" {
        return Some(object.value());
    }
    pointer::get(object.value(), place(object)?)
}
