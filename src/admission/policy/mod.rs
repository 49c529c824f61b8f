//! A policy: which rules it knows, and what it answers.

use crate::engine::{Program, Request};
use crate::object::excerpt::{self, Part};
use crate::rules::policy_settings;
use crate::rules::{Mistakes, RuleSet};
use crate::transforms::Transform;
use serde_json::Value;

use super::request::{self, Review};
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
        self.judge(payload, get_resource)
            .unwrap_or_else(|refused| *refused)
    }

    /// The request is read twice: first for its kind and those that the rules are about, and if they meet, for the object
    /// and those rules. Most requests end after the first reading.
    fn judge(&self, payload: &[u8], get_resource: GetResource<'_>) -> Result<Response, Box<Response>> {
        let outline = self.with_outline(|settings| Review::outline(payload, settings));
        let outline = outline.map_err(unreadable)?;
        let Some(request) = outline.question() else {
            return Ok(Response::accept());
        };
        let marks = self.marks(request.object, outline.settings());
        if !marks.contains(&true) {
            self.rules_of(outline.settings(), &marks).map_err(invalid)?;
            return Ok(Response::accept());
        }
        let review = self.with_marked(&marks, |settings| outline.filled(payload, settings));
        let mut review = review.map_err(unreadable)?;
        let (object, old) = review.take_objects();
        let program = Program::arrange(self.rules_of(review.settings(), &marks).map_err(invalid)?);
        let request = Request {
            old: old.as_ref(),
            ..request
        };
        let answer = answer(&program, object, &request, get_resource);
        if cfg!(target_family = "wasm") {
            // The instance ends with its answer: nobody needs the memory back.
            std::mem::forget((old, outline, review, program));
        }
        Ok(answer)
    }

    /// Answers `validate_settings`: every mistake at once.
    #[must_use]
    pub fn validate_settings(&self, payload: &[u8]) -> SettingsResponse {
        match excerpt::read(payload, Part::Whole) {
            Ok(settings) => SettingsResponse::of(&self.rules(&settings)),
            Err(error) => SettingsResponse {
                valid: false,
                message: Some(format!(
                    "the settings cannot be read: {}",
                    request::not_json(&error)
                )),
            },
        }
    }

    /// What of the settings says which rules are about an object.
    fn with_outline<R>(&self, read: impl FnOnce(Part<'_>) -> R) -> R {
        match self.shape {
            Shape::Spec(transforms) => policy_settings::outline_of_spec(transforms, read),
            Shape::Rule(transform) => policy_settings::outline_of_rule(transform, read),
        }
    }

    /// Which rules those are.
    fn marks(&self, object: &Value, outline: &Value) -> Vec<bool> {
        match self.shape {
            Shape::Spec(transforms) => policy_settings::marks(object, outline, transforms),
            Shape::Rule(transform) => vec![policy_settings::may_concern(object, outline, transform)],
        }
    }

    /// The settings with the marked rules in full.
    fn with_marked<R>(&self, marks: &[bool], read: impl FnOnce(Part<'_>) -> R) -> R {
        match self.shape {
            Shape::Spec(_) => read(Part::Keys {
                named: &[("rules", Part::Marked(marks))],
                known: &[],
                others: Some(&Part::Whole),
            }),
            Shape::Rule(_) => read(Part::Whole),
        }
    }

    /// The marked rules. Of the others nothing is read but that they are there.
    fn rules_of(&self, settings: &Value, marks: &[bool]) -> Result<RuleSet, Mistakes> {
        match self.shape {
            Shape::Spec(transforms) => RuleSet::from_marked(settings, transforms, marks),
            Shape::Rule(transform) => RuleSet::from_marked_rule(settings, transform, marks.contains(&true)),
        }
    }

    fn rules(&self, settings: &Value) -> Result<RuleSet, Mistakes> {
        match self.shape {
            Shape::Spec(transforms) => RuleSet::from_spec(settings, transforms),
            Shape::Rule(transform) => RuleSet::from_rule_settings(settings, transform),
        }
    }
}

fn answer(
    program: &Program,
    object: Value,
    request: &Request<'_>,
    get_resource: GetResource<'_>,
) -> Response {
    let namespace = namespace_of(&object).cloned();
    let mut outcome = program.evaluate_owned(object, request, &HostWorld::new(get_resource));
    if outcome.is_accepted() {
        let found = program.collisions(&outcome.claims);
        outcome.findings.extend(found);
        order::sort_by(&mut outcome.findings, |left, right| {
            left.rank().cmp(&right.rank())
        });
    }
    let moved = |object: &Value| namespace_of(object) != namespace.as_ref();
    if outcome.object.as_ref().is_some_and(moved) {
        return Response::refuse(
            500,
            "A rule would change `metadata.namespace`, which no policy can: a defect of Boltrope.",
        );
    }
    Response::of(outcome)
}

fn unreadable(why: String) -> Box<Response> {
    Box::new(Response::refuse(
        400,
        &format!("The request cannot be read: {why}."),
    ))
}

fn invalid(mistakes: Mistakes) -> Box<Response> {
    let message = format!("The policy's settings are not valid:\n{mistakes}");
    Box::new(Response::refuse(500, &message))
}

fn namespace_of(object: &Value) -> Option<&Value> {
    object.get("metadata")?.get("namespace")
}

#[cfg(test)]
mod tests;
