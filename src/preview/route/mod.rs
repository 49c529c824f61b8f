//! Copies of routes: Ingress, Traefik's IngressRoute, HTTPRoute and GRPCRoute, with hosts of their own.
//!
//! What does not depend on the preview is found out once ([`Original`]): what the route leads to, and what in it would mean
//! something else in another namespace. The rest is done for each preview: ports of mirrors, the way into the source,
//! hosts. Hosts are the transform `hostRewrite`'s business; this module gives it the copy and hears what it refuses.

mod backend;
pub(super) mod controllers;
pub(super) mod gateway;
pub(super) mod hosts;
mod ingress;
mod render;
mod traefik;

use serde_json::{Map, Value};

pub(super) use self::backend::Backend;
pub(super) use self::render::{Held, Presence, Rendered, Scene, render};
use super::copy::head;
use super::kind::Kind;
use super::rules::PreviewRule;
use super::snapshot::Snapshot;
use super::source::Source;
use crate::transforms::host_rewrite::settings::SecretName;

/// A route of the base, ready to be copied.
#[derive(Clone, Debug)]
pub(super) struct Original {
    /// The copy before it has a preview.
    value: Value,
    /// What it leads to.
    backends: Vec<Backend>,
    /// What its controller does with an ExternalName backend; `None` if it does not matter.
    controllers: Vec<controllers::Controller>,
    /// The Helm release of its source, for `{release}`.
    release: Option<String>,
    /// What may not work as in the base, for all copies alike: a code and a sentence.
    pub(super) warnings: Vec<(&'static str, String)>,
}

/// What a kind of route says, as far as a copy must know.
#[derive(Debug, Default)]
struct Reading {
    backends: Vec<Backend>,
    /// What only means something in the source's namespace, in words.
    local: Vec<String>,
    warnings: Vec<(&'static str, String)>,
}

/// Annotations that say how a controller routes: without them a copy may behave otherwise.
const ROUTING: [&str; 7] = [
    "nginx.ingress.kubernetes.io/",
    "nginx.org/",
    "traefik.ingress.kubernetes.io/",
    "haproxy.org/",
    "haproxy-ingress.github.io/",
    "alb.ingress.kubernetes.io/",
    "konghq.com/",
];

impl Original {
    /// Reads a route.
    ///
    /// # Errors
    /// What in it only means something where it is.
    pub(super) fn of(source: &Source<'_>, rule: &PreviewRule, snapshot: &Snapshot) -> Result<Self, String> {
        let object = source.object();
        let namespace = rule.settings.source.as_str();
        let mut value = Value::Object(head(object, rule));
        if let (Some(map), Some(spec)) = (value.as_object_mut(), object.value().get("spec")) {
            map.insert("spec".to_owned(), spec.clone());
        }
        let mut reading = match source.kind {
            Kind::IngressRoute | Kind::LegacyIngressRoute => traefik::read(&mut value, namespace),
            Kind::HttpRoute | Kind::GrpcRoute => gateway::read(&mut value, namespace),
            _ => ingress::read(&mut value, object),
        };
        if !reading.local.is_empty() {
            reading.local.sort();
            reading.local.dedup();
            let what = reading.local.join(", ");
            return Err(format!("it refers to what only `{namespace}` has: {what}"));
        }
        let dropped: Vec<&str> = object
            .annotations()
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str)
            .collect();
        let keeps = |key: &&str| rule.settings.keep_annotations.iter().any(|kept| kept == key);
        if let Some(routes) = &rule.settings.routes
            && !matches!(routes.hosts.secret_name, SecretName::Keep)
        {
            reading.warnings.retain(|(code, _)| *code != "secret");
        }
        let routing = |key: &&str| ROUTING.iter().any(|prefix| key.starts_with(prefix));
        let dropped: Vec<String> = dropped
            .into_iter()
            .filter(|key| routing(key) && !keeps(key))
            .map(|key| format!("`{key}`"))
            .collect();
        if !dropped.is_empty() {
            let message = format!(
                "copies lack {}; name what they need in `metadata.keepAnnotations`",
                dropped.join(", ")
            );
            reading.warnings.push(("annotation-dropped", message));
        }
        Ok(Self {
            controllers: controllers::of(source, snapshot),
            release: object.annotation(super::marks::HELM_RELEASE).map(str::to_owned),
            value,
            backends: reading.backends,
            warnings: reading.warnings,
        })
    }
}
