//! One copy of a route for one preview.

use serde_json::Value;

use super::controllers::Verdict;
use super::hosts::Hosts;
use super::{Original, gateway};
use crate::engine::Claim;
use crate::preview::kind::Kind;
use crate::preview::mirror::Mirrored;
use crate::preview::rules::PreviewRule;
use crate::preview::snapshot::Snapshot;

/// What a copy meets in its preview.
pub(in crate::preview) struct Scene<'s> {
    pub(in crate::preview) rule: &'s PreviewRule,
    pub(in crate::preview) kind: Kind,
    pub(in crate::preview) namespace: &'s str,
    pub(in crate::preview) snapshot: &'s Snapshot,
    pub(in crate::preview) hosts: &'s Hosts,
    /// What a name is there: a Service of somebody else, our mirror, or nothing.
    pub(in crate::preview) service: &'s dyn Fn(&str) -> Presence<'s>,
    /// Whether the rule shares a Service of its source with this preview.
    pub(in crate::preview) shares: &'s dyn Fn(&str) -> bool,
    /// A copy is there already, so a backend that went missing does not take it away.
    pub(in crate::preview) exists: bool,
}

/// What is behind the name of a Service in a preview.
#[derive(Clone, Copy, Debug)]
pub(in crate::preview) enum Presence<'s> {
    /// Somebody else's Service.
    Own,
    /// Our mirror.
    Mirror(&'s Mirrored),
    /// Nothing.
    Missing,
}

/// A copy that can be written, unless its hosts are taken.
#[derive(Debug)]
pub(in crate::preview) struct Rendered {
    /// The copy, with its namespace.
    pub(in crate::preview) value: Value,
    pub(in crate::preview) claims: Vec<Claim>,
    /// Services of the source that it leads to, which must let it in.
    pub(in crate::preview) grants: Vec<String>,
    /// Code and sentence.
    pub(in crate::preview) warnings: Vec<(String, String)>,
}

/// Why a copy is held back.
#[derive(Debug)]
pub(in crate::preview) struct Held {
    pub(in crate::preview) code: String,
    pub(in crate::preview) reason: String,
}

impl Held {
    fn new(code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            reason: reason.into(),
        }
    }
}

/// Makes the copy.
///
/// # Errors
/// What holds it back.
pub(in crate::preview) fn render(original: &Original, scene: &Scene<'_>) -> Result<Rendered, Held> {
    let mut value = original.value.clone();
    if let Some(place) = value.pointer_mut("/metadata/namespace") {
        *place = scene.namespace.into();
    }
    let ways = lead(original, scene, &mut value)?;
    let mut warnings = Vec::new();
    if let Some(mirror) = &ways.mirror {
        check_controllers(original, mirror, scene, &mut warnings)?;
    }
    let source = scene.rule.settings.source.as_str();
    let rewritten = scene
        .hosts
        .rewrite(value, scene.namespace, original.release.as_deref())
        .map_err(|findings| {
            let words: Vec<String> = findings
                .iter()
                .map(|finding| format!("{} {}", finding.message, finding.remedy))
                .collect();
            let code = findings
                .first()
                .map_or("host-rewrite", |finding| finding.code.as_str());
            Held::new(code, words.join(" "))
        })?;
    for finding in &rewritten.warnings {
        warnings.push((finding.code.clone(), finding.message.clone()));
    }
    if matches!(scene.kind, Kind::HttpRoute | Kind::GrpcRoute)
        && let Some(reason) = gateway::refusal(&rewritten.value, scene.namespace, scene.snapshot)
    {
        return Err(Held::new(
            "gateway-refuses",
            format!("{reason} (the source is `{source}`)"),
        ));
    }
    Ok(Rendered {
        value: rewritten.value,
        claims: rewritten.claims,
        grants: ways.grants,
        warnings,
    })
}

/// Where the copy leads.
struct Ways {
    /// A mirror among its backends.
    mirror: Option<String>,
    grants: Vec<String>,
}

fn lead(original: &Original, scene: &Scene<'_>, value: &mut Value) -> Result<Ways, Held> {
    let settings = &scene.rule.settings;
    let by_grant = settings.gateway_grant && matches!(scene.kind, Kind::HttpRoute | Kind::GrpcRoute);
    let mut ways = Ways {
        mirror: None,
        grants: Vec::new(),
    };
    let mut missing = Vec::new();
    for backend in &original.backends {
        let presence = (scene.service)(&backend.name);
        match presence {
            Presence::Own => {}
            // Into the source, past the mirror: Gateway controllers hardly follow one.
            _ if by_grant && (scene.shares)(&backend.name) => {
                backend.qualify(value, &settings.source);
                ways.grants.push(backend.name.clone());
            }
            Presence::Mirror(mirrored) => {
                backend.map_port(value, &mirrored.ports);
                ways.mirror.get_or_insert_with(|| backend.name.clone());
            }
            Presence::Missing if backend.is_mirrored_traffic => {}
            Presence::Missing => missing.push(format!("`{}`", backend.name)),
        }
    }
    ways.grants.sort();
    ways.grants.dedup();
    if !missing.is_empty() && settings.require_backends && !scene.exists {
        missing.sort();
        missing.dedup();
        let reason = format!(
            "there is no Service {} here; it comes when there is",
            missing.join(", ")
        );
        return Err(Held::new("backend-missing", reason));
    }
    Ok(ways)
}

/// A copy that leads to a mirror needs a controller that follows it.
fn check_controllers(
    original: &Original,
    mirror: &str,
    scene: &Scene<'_>,
    warnings: &mut Vec<(String, String)>,
) -> Result<(), Held> {
    let controllers = &original.controllers;
    let is_gateway = matches!(scene.kind, Kind::HttpRoute | Kind::GrpcRoute);
    if let [first, ..] = controllers.as_slice()
        && controllers
            .iter()
            .all(|controller| controller.verdict == Verdict::Refuses)
    {
        let help = if is_gateway {
            "add `gatewayGrant` to `strategy`"
        } else {
            "use a controller that follows them, or bring the Services it leads to"
        };
        let reason = format!(
            "its backend `{mirror}` is an ExternalName Service: {}; {help}",
            first.words
        );
        return Err(Held::new("backend-refused", reason));
    }
    for controller in controllers
        .iter()
        .filter(|controller| controller.verdict != Verdict::Follows)
    {
        let message = format!("its backends are ExternalName Services: {}", controller.words);
        let code = match controller.verdict {
            Verdict::Unknown => "controller-unknown",
            _ => "controller-setting",
        };
        warnings.push((code.to_owned(), message));
    }
    Ok(())
}
