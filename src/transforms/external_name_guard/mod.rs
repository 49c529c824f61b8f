#![doc = include_str!("README.md")]

mod host;
mod settings;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::host::Host;
use self::settings::GuardSettings;
pub use self::settings::RawExternalNameGuard;
use super::{Active, Asks, Controlled, Meta, Phase, Settings, Transform};
use crate::engine::world::Answer;
use crate::engine::{Context, Wishes};
use crate::rules::{Mistakes, Record};
use crate::selector::{ByName, NamespaceSelector};

/// The transform `externalNameGuard`.
#[derive(Clone, Copy, Debug)]
pub struct ExternalNameGuard;

static META: Meta = Meta {
    id: "externalNameGuard",
    slug: "external-name-guard",
    summary: "Refuses ExternalName Services whose target is neither an allowed domain nor in an allowed namespace.",
    phase: Phase::Guard,
    kinds: &["core/Service"],
    needs_namespaces: false,
    controlled: Controlled::Same,
    planned: false,
    #[cfg(feature = "pages")]
    codes: &[(
        "target-not-allowed",
        "The target of an ExternalName Service is not one that the rule allows.",
    )],
    #[cfg(feature = "pages")]
    readme: include_str!("README.md"),
};

/// What a rule says about a target.
enum Verdict {
    Admitted,
    /// Nothing admits it, and why: reads on after "it". Empty when it is just not listed.
    Refused(&'static str),
    /// Only this namespace's labels or annotations could tell, and why they cannot be had.
    Unavailable {
        namespace: String,
        reason: String,
    },
}

impl Transform for ExternalNameGuard {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn keys(&self) -> &'static [&'static str] {
        <settings::RawExternalNameGuard as Record>::KEYS
    }

    fn decode(&self, settings: &Value) -> Result<Settings, Mistakes> {
        GuardSettings::decode(settings).map(Settings::new)
    }

    fn evaluate(&self, rules: &[Active<'_>], context: &Context<'_>, wishes: &mut Wishes) {
        let object = context.object;
        let is_service = object.group().is_empty() && object.kind() == "Service";
        if !is_service || object.text("/spec/type") != Some("ExternalName") {
            return;
        }
        let target = object.text("/spec/externalName");
        for active in rules {
            let Some(settings) = active.settings::<GuardSettings>() else {
                continue;
            };
            match judge(settings, target, context) {
                Verdict::Admitted => {}
                Verdict::Refused(reason) => refuse(active, settings, target, reason, wishes),
                Verdict::Unavailable { namespace, reason } => {
                    wishes.unavailable(active, &format!("Namespace `{namespace}`"), &reason);
                }
            }
        }
    }

    fn asks(&self, settings: &Settings) -> Asks {
        let selector = settings
            .get::<GuardSettings>()
            .and_then(|settings| settings.allowed_namespaces.as_ref());
        Asks {
            namespaces: selector.is_some_and(NamespaceSelector::asks_namespace),
            ..Asks::default()
        }
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        <RawExternalNameGuard as schemars::JsonSchema>::json_schema(generator)
    }
}

fn judge(settings: &GuardSettings, target: Option<&str>, context: &Context<'_>) -> Verdict {
    let Some(target) = target else {
        return Verdict::Refused("is missing");
    };
    let suffixes = &settings.allowed_suffixes;
    let admitted = match host::read(target, context.cluster_domain) {
        Host::Never(reason) => return Verdict::Refused(reason),
        Host::InCluster { namespace } => return judge_namespace(settings, &namespace, context),
        Host::Outside(name) => suffixes.iter().any(|suffix| host::is_below(&name, suffix)),
        Host::Short(name) if suffixes.contains(&name) => true,
        Host::Short(_) => {
            return Verdict::Refused("has two labels, which a resolver completes with its search path");
        }
    };
    if admitted {
        Verdict::Admitted
    } else {
        Verdict::Refused("")
    }
}

fn judge_namespace(settings: &GuardSettings, namespace: &str, context: &Context<'_>) -> Verdict {
    let Some(selector) = &settings.allowed_namespaces else {
        return Verdict::Refused("");
    };
    let admitted = match selector.by_name(namespace) {
        ByName::Yes => true,
        ByName::No => false,
        ByName::AskNamespace => match context.world.namespace(namespace) {
            Answer::Known(found) => selector.by_namespace(&found),
            Answer::Absent => false,
            Answer::Unavailable(reason) => {
                let namespace = namespace.to_owned();
                return Verdict::Unavailable { namespace, reason };
            }
        },
    };
    if admitted {
        Verdict::Admitted
    } else {
        Verdict::Refused("")
    }
}

fn refuse(
    active: &Active<'_>,
    settings: &GuardSettings,
    target: Option<&str>,
    reason: &str,
    wishes: &mut Wishes,
) {
    let message = match (target, reason) {
        (None, _) => "a Service of `type: ExternalName` without `externalName` leads nowhere.".to_owned(),
        (Some(target), "") => format!("an ExternalName Service may not lead to `{target}`."),
        (Some(target), reason) => format!("an ExternalName Service may not lead to `{target}`: it {reason}."),
    };
    let remedy = match &settings.allowed {
        Some(allowed) => format!("Point `spec.externalName` at {allowed}."),
        None => "Remove the Service: this rule allows no target.".to_owned(),
    };
    wishes.violation(
        active,
        "target-not-allowed",
        "/spec/externalName",
        message,
        remedy,
    );
}
