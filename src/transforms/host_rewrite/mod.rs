#![doc = include_str!("README.md")]

mod certificates;
mod decide;
mod edits;
mod host;
mod leftovers;
mod mapping;
mod pattern;
mod reserved;
pub(crate) mod settings;
mod sites;
mod template;
mod traefik;

use serde_json::Value;

use super::{Active, Controlled, Meta, Phase, Settings, Transform, Write};
use crate::edit::Edit;
use crate::engine::{Claim, Context, Finding, Severity, Wishes, collisions};
use crate::object::{Object, pointer};
use crate::rules::{Action, Mistakes, Record};

use decide::Decision;
use edits::Scene;
use mapping::Binding;
use settings::{HostRewriteSettings, SecretName};
use sites::Sites;

/// Rewrites hosts of copied and preview routes.
#[derive(Debug)]
pub struct HostRewrite;

/// Who it is.
static META: Meta = Meta {
    id: "hostRewrite",
    slug: "host-rewrite",
    summary: "Rewrites the hosts of a copied or preview route, so that it never claims the original's.",
    phase: Phase::Route,
    kinds: &[
        "networking.k8s.io/Ingress",
        "gateway.networking.k8s.io/HTTPRoute",
        "gateway.networking.k8s.io/GRPCRoute",
        "gateway.networking.k8s.io/TLSRoute",
        "gateway.networking.k8s.io/Gateway",
        "traefik.io/IngressRoute",
        "traefik.io/IngressRouteTCP",
        "traefik.containo.us/IngressRoute",
        "traefik.containo.us/IngressRouteTCP",
        "cert-manager.io/Certificate",
        "externaldns.k8s.io/DNSEndpoint",
        "networking.istio.io/Gateway",
        "networking.istio.io/VirtualService",
        "route.openshift.io/Route",
    ],
    needs_namespaces: true,
    controlled: Controlled::Judge,
    planned: false,
    #[cfg(feature = "pages")]
    codes: &[
        ("bad-host", "A host would become a text that is no legal host."),
        (
            "bad-match",
            "A Traefik rule cannot be read, so nobody knows its hosts.",
        ),
        (
            "bad-secret-name",
            "A TLS Secret would get a name that Kubernetes refuses.",
        ),
        ("catch-all", "A route serves hosts that it does not name."),
        ("host-collision", "Two hosts become one host with the same path."),
        (
            "host-left",
            "A text that is not rewritten still holds a rewritten host.",
        ),
        (
            "host-taken",
            "A host would become one that is reserved or that another route has.",
        ),
        (
            "tls-collision",
            "Two certificates with different Secrets come to hold one host.",
        ),
        (
            "unknown-placeholder",
            "A template needs the release or the name, and it is not known.",
        ),
        ("unmatched-host", "No `from` takes a host."),
    ],
    #[cfg(feature = "pages")]
    readme: include_str!("README.md"),
};

/// A rule that matched, with its settings.
#[derive(Clone, Copy, Debug)]
struct Judge<'a> {
    active: Active<'a>,
    settings: &'a HostRewriteSettings,
}

impl Judge<'_> {
    /// Reports a violation of the rule.
    fn refuse(&self, code: &'static str, pointer: &str, message: String, remedy: &str, wishes: &mut Wishes) {
        wishes.violation(&self.active, code, pointer, message, remedy);
    }
}

impl Transform for HostRewrite {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn keys(&self) -> &'static [&'static str] {
        <settings::RawHostRewrite as Record>::KEYS
    }

    fn decode(&self, settings: &Value) -> Result<Settings, Mistakes> {
        HostRewriteSettings::decode(settings).map(Settings::new)
    }

    fn evaluate(&self, rules: &[Active<'_>], context: &Context<'_>, wishes: &mut Wishes) {
        let mut judges = Vec::new();
        for active in rules {
            if let Some(settings) = active.settings() {
                let active = *active;
                judges.push(Judge { active, settings });
            }
        }
        let Some(namespace) = context.target.name() else {
            return;
        };
        let object = context.object;
        let release = context
            .request
            .release
            .or_else(|| object.annotation("meta.helm.sh/release-name"));
        let binding = Binding {
            namespace,
            name: object.name(),
            release,
        };
        let mut sites = Sites::of(object, context.cluster_domain);
        sites.read_settings(object, &judges);
        let decisions = decide::decide(&sites, &judges, &binding, wishes);
        let scene = Scene {
            sites: &sites,
            decisions: &decisions,
            judges: &judges,
        };
        let gone = certificates::rewrite(&scene, &binding, wishes);
        edits::rewrite(&scene, &gone, wishes);
        remove_annotations(object, &scene, wishes);
        leftovers::warn(object, &scene, wishes);
        claim(object, &scene, wishes);
    }

    fn writes(&self, settings: &Settings) -> Vec<Write> {
        let Some(settings) = settings.get::<HostRewriteSettings>() else {
            return Vec::new();
        };
        let SecretName::Set(name) = &settings.secret_name else {
            return Vec::new();
        };
        vec![Write {
            pointer: "/spec/tls/secretName".to_owned(),
            literal: Some(name.as_str().into()),
        }]
    }

    fn observe(&self, context: &Context<'_>, wishes: &mut Wishes) {
        let sites = Sites::of(context.object, context.cluster_domain);
        let mut decisions = Vec::new();
        for place in &sites.places {
            let source = host::Host::read(&place.host).ok();
            decisions.push(Decision {
                source,
                ..Decision::default()
            });
        }
        claim(
            context.object,
            &Scene {
                sites: &sites,
                decisions: &decisions,
                judges: &[],
            },
            wishes,
        );
    }

    fn collisions(&self, claims: &[Claim]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (_, finding) in collisions(claims) {
            findings.push(finding);
        }
        findings
    }

    fn observes(&self, group: &str, kind: &str) -> bool {
        sites::is_route(group, kind)
    }

    fn has_kinds_of_settings(&self, settings: &Value) -> bool {
        settings.get("fields").is_some()
    }

    fn own_kinds(&self, settings: &Settings) -> Vec<String> {
        let mut kinds = Vec::new();
        for kind in META.kinds {
            kinds.push((*kind).to_owned());
        }
        if let Some(settings) = settings.get::<HostRewriteSettings>() {
            for field in &settings.fields {
                kinds.push(field.kind.to_string());
            }
        }
        kinds
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<settings::RawHostRewrite>()
    }
}

/// Where a part stands of what stands at `at`.
fn below(at: &str, part: &str) -> String {
    format!("{at}{part}")
}

/// Wants the annotations gone that a copy must not have.
fn remove_annotations(object: Object<'_>, scene: &Scene<'_>, wishes: &mut Wishes) {
    for (key, _) in object.annotations().into_iter().flatten() {
        let mut removing = Vec::new();
        for (rule, judge) in scene.judges.iter().enumerate() {
            if judge.settings.removes(key) {
                removing.push(rule);
            }
        }
        if !removing.is_empty() {
            let edit = Edit::remove(pointer::push("/metadata/annotations", key));
            let message = format!("the annotation `{key}` would be removed.");
            scene.change(&removing, edit, message, "Remove it.", wishes);
        }
    }
}

/// States every path of every host, so that a caller with the whole run can find collisions.
fn claim(object: Object<'_>, scene: &Scene<'_>, wishes: &mut Wishes) {
    for route in &scene.sites.routes {
        let Some((place, decision)) = scene.at(route.place) else {
            continue;
        };
        let Some(source) = &decision.source else { continue };
        let wish = scene.wish(decision);
        if wish.is_none() && scene.sites.stands_ready {
            continue;
        }
        let rule = wish
            .and_then(|(rule, _)| scene.judges.get(*rule))
            .map(|judge| judge.active.rule);
        let warns = rule.is_some_and(|rule| rule.action == Action::Warn);
        wishes.claim(Claim {
            object: object.reference(),
            pointer: place.pointer.clone(),
            host: wish.map_or(source, |(_, host)| host).as_str().to_owned(),
            source: source.as_str().to_owned(),
            rule: rule.map(|rule| rule.name.clone()),
            severity: if warns { Severity::Warning } else { Severity::Error },
            done: !decision.already.is_empty(),
            route: route.key.clone(),
            backend: route.backend.clone(),
        });
    }
}

#[cfg(test)]
mod tests;
