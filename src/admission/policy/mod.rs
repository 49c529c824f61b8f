//! A policy: which rules it knows, and what it answers.

use crate::engine::{Finding, Program, Request};
use crate::rules::{Mistakes, RuleSet};
use crate::transforms::Transform;
use serde_json::Value;

use super::request::Review;
use super::world::{GetResource, HostWorld};
use super::{Response, SettingsResponse};
use crate::order;

/// A Kubewarden policy. Only the transforms that it names are linked into its module.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    shape: Shape,
}

/// How the settings of a policy look.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// The `spec` of a rules file.
    Spec(&'static [&'static dyn Transform]),
    /// The keys of one rule of one transform.
    Rule(&'static dyn Transform),
}

impl Policy {
    /// A policy whose settings are the `spec` of a rules file that may use these transforms.
    #[must_use]
    pub const fn of_rules(transforms: &'static [&'static dyn Transform]) -> Self {
        Self {
            shape: Shape::Spec(transforms),
        }
    }

    /// A policy whose settings are one rule of this transform, all keys at one level.
    #[must_use]
    pub const fn of_transform(transform: &'static dyn Transform) -> Self {
        Self {
            shape: Shape::Rule(transform),
        }
    }

    /// Answers `validate`. `get_resource` is called only when a rule asks about the cluster.
    ///
    /// ```
    /// use boltrope::transforms::TRANSFORMS;
    /// use boltrope::admission::Policy;
    /// let payload = serde_json::json!({
    ///     "settings": {"rules": [{"name": "team", "metadata": {"labels": {"team": {"default": "web"}}}}]},
    ///     "request": {"operation": "CREATE", "namespace": "shop", "object": {
    ///         "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
    ///     }},
    /// });
    /// let no_cluster = |_: &[u8]| Err("there is no cluster".to_owned());
    /// let response = Policy::of_rules(TRANSFORMS).validate(&serde_json::to_vec(&payload).unwrap(), &no_cluster);
    /// assert!(response.accepted);
    /// assert_eq!(response.mutated_object.unwrap()["metadata"]["labels"]["team"], "web");
    /// ```
    #[must_use]
    pub fn validate(&self, payload: &[u8], get_resource: GetResource<'_>) -> Response {
        let review = match Review::read(payload) {
            Ok(review) => review,
            Err(why) => return Response::refuse(400, &format!("The request cannot be read: {why}.")),
        };
        let Some(request) = review.question() else {
            return Response::accept();
        };
        match self.rules_for(request.object, review.settings()) {
            Ok(rules) => answer(&Program::compile(rules), &request, get_resource),
            Err(mistakes) => {
                Response::refuse(500, &format!("The policy's settings are not valid:\n{mistakes}"))
            }
        }
    }

    /// Answers `validate_settings`: every mistake at once.
    #[must_use]
    pub fn validate_settings(&self, payload: &[u8]) -> SettingsResponse {
        match serde_json::from_slice(payload) {
            Ok(settings) => SettingsResponse::of(&self.rules(&settings)),
            Err(error) => SettingsResponse {
                valid: false,
                message: Some(format!("the settings are not JSON: {error}")),
            },
        }
    }

    fn rules_for(&self, object: &Value, settings: &Value) -> Result<RuleSet, Mistakes> {
        match self.shape {
            Shape::Spec(transforms) => RuleSet::from_spec_for(object, settings, transforms),
            Shape::Rule(transform) => RuleSet::from_rule_settings_for(object, settings, transform),
        }
    }

    fn rules(&self, settings: &Value) -> Result<RuleSet, Mistakes> {
        match self.shape {
            Shape::Spec(transforms) => RuleSet::from_spec(settings, transforms),
            Shape::Rule(transform) => RuleSet::from_rule_settings(settings, transform),
        }
    }
}

fn answer(program: &Program, request: &Request<'_>, get_resource: GetResource<'_>) -> Response {
    let mut outcome = program.evaluate(request, &HostWorld::new(get_resource));
    if outcome.is_accepted() {
        let found = program.collisions(&outcome.claims);
        outcome.findings.extend(found);
        order::sort_by(&mut outcome.findings, by_place);
    }
    let moved = |object: &Value| namespace_of(object) != namespace_of(request.object);
    if outcome.object.as_ref().is_some_and(moved) {
        return Response::refuse(
            500,
            "A rule would change `metadata.namespace`, which no policy can: a defect of Boltrope.",
        );
    }
    Response::of(outcome)
}

fn by_place(left: &Finding, right: &Finding) -> std::cmp::Ordering {
    (&left.pointer, &left.code, &left.rule).cmp(&(&right.pointer, &right.code, &right.rule))
}

fn namespace_of(object: &Value) -> Option<&Value> {
    object.get("metadata")?.get("namespace")
}

#[cfg(test)]
mod tests;
