#![doc = include_str!("README.md")]

#[cfg(feature = "export")]
mod form;
mod settings;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
mod value;

use serde_json::Value;

use self::settings::Requirements;
pub use self::settings::{Propagate, RawRequirement, RawRequirements, Source};
use self::template::Template;
use self::value::{Filled, Found, Judge};
use super::{Active, Asks, Controlled, Meta, Phase, Settings, Transform, Write};
use crate::edit::Edit;
use crate::engine::world::Answer;
use crate::engine::{Context, Target, Wishes};
#[cfg(feature = "export")]
use crate::export::form::{Asked, Field};
use crate::object::template as pod_template;
use crate::rules::{Action, Mistakes, Record};

/// The transform `metadata`.
#[derive(Clone, Copy, Debug)]
pub struct Metadata;

static META: Meta = Meta {
    id: "metadata",
    slug: "metadata",
    summary: "Labels and annotations that governance and cost accounting need are written, checked and passed on.",
    phase: Phase::Metadata,
    kinds: &[
        "core/Namespace",
        "apps/Deployment",
        "apps/StatefulSet",
        "apps/DaemonSet",
        "batch/Job",
        "batch/CronJob",
        "argoproj.io/Rollout",
    ],
    needs_namespaces: false,
    controlled: Controlled::Skip,
    planned: false,
    #[cfg(feature = "pages")]
    codes: &[
        ("bad-value", "A label's value is not what Kubernetes accepts."),
        ("missing", "A label or annotation is required and not there."),
        (
            "not-allowed",
            "A label or annotation has a value that the rule does not allow.",
        ),
        (
            "not-propagated",
            "A pod template lacks the labels or annotations and is not changed now.",
        ),
    ],
    #[cfg(feature = "pages")]
    readme: include_str!("README.md"),
};

impl Transform for Metadata {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn keys(&self) -> &'static [&'static str] {
        <settings::RawRequirements as Record>::KEYS
    }

    fn decode(&self, settings: &Value) -> Result<Settings, Mistakes> {
        Requirements::decode(settings).map(Settings::new)
    }

    #[cfg(feature = "export")]
    fn form(&self, settings: &Settings, asked: Asked) -> Vec<Field> {
        settings
            .get::<Requirements>()
            .map(|requirements| form::fields(requirements, asked))
            .unwrap_or_default()
    }

    fn evaluate(&self, rules: &[Active<'_>], context: &Context<'_>, wishes: &mut Wishes) {
        let judges: Vec<Judge<'_, '_>> = rules
            .iter()
            .filter_map(|active| {
                Some(Judge::new(
                    active,
                    active.settings()?,
                    context,
                    inherit(active, context, wishes)?,
                ))
            })
            .collect();
        let filled = fill(&judges, wishes);
        if let Some(template) = Template::find(context) {
            for judge in judges.iter().filter(|judge| judge.requirements.to_templates) {
                template.propagate(judge, &filled, wishes);
            }
        }
    }

    /// What is required is judged when every rule has written what it writes.
    fn check(&self, rules: &[Active<'_>], context: &Context<'_>, wishes: &mut Wishes) {
        let template = Template::find(context);
        for active in rules {
            // An unanswered question was reported when the rule was evaluated.
            let inherited = inherit(active, context, &mut Wishes::default());
            let (Some(requirements), Some(inherited)) = (active.settings(), inherited) else {
                continue;
            };
            let judge = Judge::new(active, requirements, context, inherited);
            for requirement in &requirements.keys {
                judge.check(requirement, "", wishes);
                if let Some(template) = template.as_ref().filter(|_| requirements.to_templates) {
                    judge.check_existing(requirement, template.place, wishes);
                }
            }
        }
    }

    fn checks(&self) -> bool {
        true
    }

    fn writes(&self, settings: &Settings) -> Vec<Write> {
        let Some(requirements) = settings.get::<Requirements>() else {
            return Vec::new();
        };
        let mut writes = Vec::new();
        for requirement in &requirements.keys {
            let default = requirement
                .default
                .clone()
                .filter(|_| !requirement.from_namespace);
            if requirement.default.is_some() || requirement.from_namespace {
                writes.push(Write {
                    pointer: requirement.pointer(""),
                    literal: default.map(Value::String),
                });
            }
            let places = pod_template::PLACES.iter().filter(|_| requirements.to_templates);
            writes.extend(places.map(|place| Write {
                pointer: requirement.pointer(place),
                literal: None,
            }));
        }
        writes
    }

    fn asks(&self, settings: &Settings) -> Asks {
        let requirements = settings.get::<Requirements>();
        let from_namespace =
            |requirements: &Requirements| requirements.keys.iter().any(|key| key.from_namespace);
        Asks {
            namespaces: requirements.is_some_and(from_namespace),
            ..Asks::default()
        }
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        <RawRequirements as schemars::JsonSchema>::json_schema(generator)
    }
}

/// The Namespace that values come from. `None` when the question has no answer, which is reported; then the rule is
/// not judged by halves.
fn inherit(active: &Active<'_>, context: &Context<'_>, wishes: &mut Wishes) -> Option<Option<Value>> {
    let requirements = active.settings::<Requirements>()?;
    let is_namespace = context.object.group().is_empty() && context.object.kind() == "Namespace";
    if is_namespace
        || !requirements
            .keys
            .iter()
            .any(|requirement| requirement.from_namespace)
    {
        return Some(None);
    }
    match context.target {
        Target::Cluster => Some(None),
        Target::Unknown => {
            wishes.namespace_unknown(active);
            None
        }
        Target::Namespace(name) => match context.world.namespace(name) {
            Answer::Known(namespace) => Some(Some(namespace)),
            Answer::Absent => Some(None),
            Answer::Unavailable(reason) => {
                wishes.unavailable(active, &format!("Namespace `{name}`"), &reason);
                None
            }
        },
    }
}

/// Writes what is missing and has a value to be written. Gives back what is there afterwards.
fn fill(judges: &[Judge<'_, '_>], wishes: &mut Wishes) -> Filled {
    let mut filled = Filled::default();
    for judge in judges {
        for requirement in &judge.requirements.keys {
            let Found::Nothing = judge.find(requirement, "") else {
                continue;
            };
            let Some(value) = judge.fill(requirement) else {
                continue;
            };
            let pointer = requirement.pointer("");
            let message = format!("{} `{}` is missing.", requirement.field.name(), requirement.key);
            let remedy = judge.write(requirement, "", &value);
            let edit = Edit::set(pointer.clone(), value.clone());
            wishes.change(&[*judge.active], pointer.clone(), message, remedy, vec![edit]);
            if judge.active.rule.action == Action::Enforce {
                filled.push((pointer, value));
            }
        }
    }
    filled
}
