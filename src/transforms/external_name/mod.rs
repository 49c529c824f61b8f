#![doc = include_str!("README.md")]

mod edits;
#[cfg(feature = "preview")]
pub(crate) mod planned;
mod reference;
mod settings;
mod source;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub(crate) use self::edits::FOREIGN_ANNOTATIONS;
use self::reference::{Decision, Reference};
use self::settings::ExternalNameSettings;
pub(crate) use self::settings::Services;
pub use self::settings::{Convert, RawExternalName, RawServices};
use self::source::Obstacle;
use super::{Active, Asks, Controlled, Meta, Phase, Settings, Transform, Write};
use crate::edit::Edit;
use crate::engine::{Context, Wishes};
use crate::object::{Object, pointer};
use crate::rules::{Mistakes, Record};

/// The transform `externalName`.
#[derive(Clone, Copy, Debug)]
pub struct ExternalName;

static META: Meta = Meta {
    id: "externalName",
    slug: "external-name",
    summary: "Turns Services of preview namespaces into aliases of the same Services in a base namespace.",
    phase: Phase::Service,
    kinds: &["core/Service"],
    needs_namespaces: true,
    controlled: Controlled::Warn,
    planned: false,
    #[cfg(feature = "pages")]
    codes: &[
        (
            "bad-name",
            "The name to fall back to is not a DNS-1123 name or is too long.",
        ),
        (
            "headless",
            "A headless Service with a selector has pods of its own and cannot be an alias.",
        ),
        (
            "owned",
            "Another controller owns the Service, so it is left alone.",
        ),
        (
            "port-not-in-source",
            "The source Service does not have a port that the object has.",
        ),
        ("self-mirror", "The Service would be an alias of itself."),
        (
            "service-not-exported",
            "The rule's `services` do not hold the Service that the annotation names.",
        ),
        (
            "source-not-allowed",
            "The annotation names another namespace than the rule's `source`.",
        ),
        ("source-not-found", "The Service to fall back to does not exist."),
        (
            "suffix-not-allowed",
            "The object asks for a suffix that is not in `allowedSuffixes`.",
        ),
        (
            "unresolved-port",
            "A port of a headless source has a name whose number is not known.",
        ),
        (
            "would-replace-live-service",
            "On UPDATE, a Service that has pods behind it would lose them.",
        ),
    ],
    #[cfg(feature = "pages")]
    readme: include_str!("README.md"),
};

/// What is wrong, before it is known which rule says so.
#[derive(Clone, Debug, PartialEq)]
struct Problem {
    slug: &'static str,
    pointer: String,
    message: String,
    remedy: String,
}

impl Problem {
    fn new(
        slug: &'static str,
        pointer: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            slug,
            pointer: pointer.into(),
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    fn report(self, active: &Active<'_>, wishes: &mut Wishes) {
        wishes.violation(active, self.slug, self.pointer, self.message, self.remedy);
    }
}

impl Transform for ExternalName {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn keys(&self) -> &'static [&'static str] {
        <settings::RawExternalName as Record>::KEYS
    }

    fn decode(&self, settings: &Value) -> Result<Settings, Mistakes> {
        ExternalNameSettings::decode(settings).map(Settings::new)
    }

    fn evaluate(&self, rules: &[Active<'_>], context: &Context<'_>, wishes: &mut Wishes) {
        let object = context.object;
        let Some(namespace) = context.target.name().filter(|_| is_service(object)) else {
            return;
        };
        let reference = Reference::read(object);
        let asked = reference.as_ref().and_then(|read| read.as_ref().ok()?.namespace);
        let takes = |active: &Active<'_>| {
            let settings = active.settings::<ExternalNameSettings>();
            settings.is_some_and(|settings| {
                settings.convert == Convert::Annotated && Some(settings.source.as_str()) == asked
            })
        };
        let is_taken = rules.iter().any(takes);
        for active in rules {
            let Some(settings) = active.settings::<ExternalNameSettings>() else {
                continue;
            };
            let elsewhere = is_taken && !takes(active);
            match reference::decide(settings, object, reference.as_ref(), namespace, elsewhere) {
                Decision::Leave => {}
                Decision::Refuse(problem) => problem.report(active, wishes),
                Decision::Mirror(service) => mirror(active, settings, context, service, wishes),
            }
        }
    }

    fn writes(&self, _: &Settings) -> Vec<Write> {
        let write = |pointer: &str, literal| Write {
            pointer: pointer.to_owned(),
            literal,
        };
        vec![
            write("/spec/type", Some("ExternalName".into())),
            write("/spec/externalName", None),
            write("/spec/ports", None),
            write("/metadata/annotations", None),
        ]
    }

    fn asks(&self, settings: &Settings) -> Asks {
        let settings = settings.get::<ExternalNameSettings>();
        Asks {
            services: settings.is_some_and(|settings| settings.lookup_source),
            ..Asks::default()
        }
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        <RawExternalName as schemars::JsonSchema>::json_schema(generator)
    }
}

fn is_service(object: Object<'_>) -> bool {
    object.group().is_empty() && object.kind() == "Service"
}

/// Wants the object to be a mirror of `service`, or says why it cannot be one.
fn mirror(
    active: &Active<'_>,
    settings: &ExternalNameSettings,
    context: &Context<'_>,
    service: &str,
    wishes: &mut Wishes,
) {
    let object = context.object;
    if is_headless_with_pods(object) {
        headless().report(active, wishes);
        return;
    }
    let ports = source::ports_of(object.value());
    let found = reference::target(settings, object, service, context.cluster_domain)
        .map_err(Obstacle::from)
        .and_then(|name| {
            if settings.lookup_source {
                source::look_up(settings, context, service, name, ports)
            } else {
                Ok(source::assumed(name, ports))
            }
        });
    let destination = match found {
        Ok(destination) => destination,
        Err(Obstacle::Unavailable(reason)) => {
            wishes.unavailable(
                active,
                &format!("Service `{}/{service}`", settings.source),
                &reason,
            );
            return;
        }
        Err(Obstacle::Problems(problems)) => {
            for problem in problems {
                problem.report(active, wishes);
            }
            return;
        }
    };
    let spec = edits::spec(object, &destination);
    if !spec.is_empty() && !settings.convert_existing && context.old.is_some_and(is_live) {
        would_replace(object).report(active, wishes);
        return;
    }
    want(active, object, &destination.external_name, spec, wishes);
}

fn want(active: &Active<'_>, object: Object<'_>, external_name: &str, spec: Vec<Edit>, wishes: &mut Wishes) {
    let rules = std::slice::from_ref(active);
    if !spec.is_empty() {
        let message = format!("this Service is not yet an alias of `{external_name}`.");
        let remedy = format!(
            "Write `type: ExternalName`, `externalName: {external_name}` and `ports` under `spec`, each port with a \
             `targetPort` that the target listens on, and nothing else."
        );
        wishes.change(rules, "/spec", message, remedy, spec);
    }
    let foreign = edits::foreign_annotations(object);
    if !foreign.is_empty() {
        let message = format!(
            "an alias must not have annotations of load balancers or external-dns: `{}`.",
            foreign.join("`, `")
        );
        let at = "/metadata/annotations";
        let removals = foreign
            .iter()
            .map(|key| Edit::remove(pointer::push(at, key)))
            .collect();
        wishes.change(
            rules,
            at,
            message,
            "Remove them from `metadata.annotations`.",
            removals,
        );
    }
}

/// `clusterIP: None` with a selector: clients find pods by its name, which an alias cannot give them.
fn is_headless_with_pods(object: Object<'_>) -> bool {
    object.text("/spec/clusterIP") == Some("None") && has_selector(object)
}

fn headless() -> Problem {
    Problem::new(
        "headless",
        "/spec/clusterIP",
        "a Service with `clusterIP: None` and a selector gives its pods names, which an alias cannot do.",
        "Remove `spec.selector` if this Service has no pods here, or leave it out with `exclude`.",
    )
}

/// Whether traffic reaches pods through a Service as it is. The selector of an ExternalName Service selects nothing.
fn is_live(service: Object<'_>) -> bool {
    has_selector(service) && service.text("/spec/type") != Some("ExternalName")
}

fn has_selector(service: Object<'_>) -> bool {
    service
        .value()
        .pointer("/spec/selector")
        .and_then(Value::as_object)
        .is_some_and(|selector| !selector.is_empty())
}

fn would_replace(object: Object<'_>) -> Problem {
    Problem::new(
        "would-replace-live-service",
        "/spec/selector",
        format!(
            "the Service `{}` has pods behind it, which the conversion would cut off.",
            object.reference().name
        ),
        "Delete the Service before it becomes an alias, or set `convertExisting: true` in the rule.",
    )
}
