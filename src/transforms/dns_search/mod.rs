#![doc = include_str!("README.md")]

mod settings;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::settings::DnsSearchSettings;
pub use self::settings::RawDnsSearch;
use super::{Active, Controlled, Meta, Phase, Settings, Transform};
use crate::edit::Edit;
use crate::engine::{Context, Operation, Wishes};
use crate::object::{pointer, template};
use crate::rules::{Action, Mistakes, Record};

/// The transform `dnsSearch`.
#[derive(Clone, Copy, Debug)]
pub struct DnsSearch;

static META: Meta = Meta {
    id: "dnsSearch",
    slug: "dns-search",
    summary: "Gives pods the search domain of another namespace, so that they find its Services by their short names.",
    phase: Phase::Route,
    kinds: &[
        "core/Pod",
        "core/PodTemplate",
        "core/ReplicationController",
        "apps/Deployment",
        "apps/StatefulSet",
        "apps/DaemonSet",
        "apps/ReplicaSet",
        "batch/Job",
        "batch/CronJob",
        "argoproj.io/Rollout",
    ],
    needs_namespaces: true,
    controlled: Controlled::Skip,
    planned: false,
    #[cfg(feature = "pages")]
    codes: &[(
        "too-many-searches",
        "A pod would have more search domains than Kubernetes accepts.",
    )],
    #[cfg(feature = "pages")]
    readme: include_str!("README.md"),
};

/// Kubernetes' limits for `dnsConfig.searches` (pkg/apis/core/validation: `MaxDNSSearchPaths`, `MaxDNSSearchListChars`; the
/// blanks between the domains count).
const MAX_SEARCHES: usize = 32;
const MAX_CHARACTERS: usize = 2048;

impl Transform for DnsSearch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn keys(&self) -> &'static [&'static str] {
        <settings::RawDnsSearch as Record>::KEYS
    }

    fn decode(&self, settings: &Value) -> Result<Settings, Mistakes> {
        DnsSearchSettings::decode(settings).map(Settings::new)
    }

    /// A Pod's DNS never changes; what a template says is the business of who renders it.
    fn operations(&self, group: &str, kind: &str) -> &'static [Operation] {
        if (group, kind) == ("", "Pod") {
            &[Operation::Create]
        } else {
            &[]
        }
    }

    fn evaluate(&self, rules: &[Active<'_>], context: &Context<'_>, wishes: &mut Wishes) {
        let (Some(namespace), Some(pods)) = (context.target.name(), Pods::find(context)) else {
            return;
        };
        let mut enforced = Vec::new();
        for active in rules {
            let Some(settings) = active.settings::<DnsSearchSettings>() else {
                continue;
            };
            let search = format!("{}.svc.{}", settings.source, context.cluster_domain);
            if settings.source == namespace || pods.has(&search) {
                continue;
            }
            // A rule that only judges speaks for itself, as if it were alone.
            if active.rule.action == Action::Enforce {
                enforced.push((*active, search));
            } else {
                pods.want(&[(*active, search)], wishes);
            }
        }
        pods.want(&enforced, wishes);
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        <RawDnsSearch as schemars::JsonSchema>::json_schema(generator)
    }
}

/// The pods of an object, whose resolver asks the cluster's DNS.
struct Pods<'a> {
    /// Where their search domains stand.
    pointer: String,
    /// What stands there.
    searches: Option<&'a Value>,
}

impl<'a> Pods<'a> {
    /// At admission a Pod that is made; while rendering pod templates too. Not pods that leave the cluster's DNS alone.
    fn find(context: &Context<'a>) -> Option<Self> {
        let object = context.object;
        let is_pod = object.group().is_empty() && object.kind() == "Pod";
        if context.is_admission() && (!is_pod || context.is_update()) {
            return None;
        }
        let place = if is_pod { "" } else { template::place(object)? };
        let spec = pointer::get(object.value(), &format!("{place}/spec")).filter(|spec| spec.is_object())?;
        let policy = spec.get("dnsPolicy").and_then(Value::as_str).unwrap_or_default();
        let asks_cluster = match policy {
            "" | "ClusterFirst" => spec.get("hostNetwork") != Some(&Value::Bool(true)),
            policy => policy == "ClusterFirstWithHostNet",
        };
        asks_cluster.then(|| Self {
            pointer: format!("{place}/spec/dnsConfig/searches"),
            searches: pointer::get(spec, "/dnsConfig/searches").filter(|searches| !searches.is_null()),
        })
    }

    fn texts(&self) -> impl Iterator<Item = &'a str> {
        let items = self.searches.and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str)
    }

    /// Whether the domain is there, in any case, with or without the dot at its end.
    fn has(&self, search: &str) -> bool {
        self.texts().any(|text| {
            text.strip_suffix('.')
                .unwrap_or(text)
                .eq_ignore_ascii_case(search)
        })
    }

    /// Wants the domains added after what is there, each once.
    fn want(&self, wanted: &[(Active<'_>, String)], wishes: &mut Wishes) {
        let mut added: Vec<&str> = Vec::new();
        for (_, search) in wanted {
            if !added.contains(&search.as_str()) {
                added.push(search);
            }
        }
        let Some(first) = added.first() else { return };
        let count = self.texts().count() + added.len();
        let characters: usize = self
            .texts()
            .chain(added.iter().copied())
            .map(|text| text.len() + 1)
            .sum();
        if count > MAX_SEARCHES || characters - 1 > MAX_CHARACTERS {
            let message = format!(
                "with `{}` there would be {count} search domains of {} characters; Kubernetes accepts {MAX_SEARCHES} of {MAX_CHARACTERS}.",
                added.join("`, `"),
                characters - 1
            );
            let remedy = "Take domains out of `dnsConfig.searches`, or leave the object out with `exclude`.";
            for (active, _) in wanted {
                wishes.violation(
                    active,
                    "too-many-searches",
                    &self.pointer,
                    message.clone(),
                    remedy,
                );
            }
            return;
        }
        let edits = if self.searches.is_some() {
            let append = format!("{}/-", self.pointer);
            added.iter().map(|search| Edit::set(&append, *search)).collect()
        } else {
            vec![Edit::set(&self.pointer, added.clone())]
        };
        let actives: Vec<Active<'_>> = wanted.iter().map(|(active, _)| *active).collect();
        let message = format!("the pods do not search `{}`.", added.join("`, `"));
        let remedy = format!("Add `{first}` at the end of `dnsConfig.searches`.");
        wishes.change(&actives, &self.pointer, message, remedy, edits);
    }
}
