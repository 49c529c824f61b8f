//! What routes claim, and where two claims cannot both hold (rules.md 5.7, 5.8).
//!
//! Every route object of a run states its hosts, selected by a rule or not. Only a caller that has the whole run
//! can compare them, with one pure function.

use serde::Serialize;

use super::{Finding, Severity};
use crate::object::ObjectRef;

/// One host (with one path) that one route claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The route.
    pub object: ObjectRef,
    /// Where the host stands in the document.
    pub pointer: String,
    /// The host after the rules, lower-case.
    pub host: String,
    /// The host as it was written, lower-case.
    pub source: String,
    /// The rule that rewrote it; `None` when no rule selected it or it stays as it is.
    pub rule: Option<String>,
    /// Whether the host was already as a rule wants it.
    pub done: bool,
    /// Path, path type and whatever else tells two routes of one host apart, normalised; `None` when the claim is
    /// about the host only (TLS).
    pub route: Option<String>,
    /// Where the traffic goes; two routes of one object to one backend do not collide.
    pub backend: String,
}

/// Findings about claims that cannot hold together: each with the index of the claim it is about.
#[must_use]
pub fn collisions(claims: &[Claim]) -> Vec<(usize, Finding)> {
    let mut found = Vec::new();
    for (index, claim) in claims.iter().enumerate() {
        let Some(rule) = &claim.rule else { continue };
        let finding = |slug: &str, message: String, remedy: &str| Finding {
            code: format!("host-rewrite/{slug}"),
            severity: Severity::Error,
            rule: rule.clone(),
            object: claim.object.clone(),
            pointer: claim.pointer.clone(),
            message,
            remedy: remedy.to_owned(),
        };
        if let Some(other) = claims
            .iter()
            .find(|other| !other.done && other.source == claim.host)
        {
            let message = format!(
                "`{}` would become `{}`, which {} `{}` has already.",
                claim.source, claim.host, other.object.kind, other.object.name
            );
            found.push((
                index,
                finding(
                    "host-taken",
                    message,
                    "Give `hosts[].to` a host that nothing else has.",
                ),
            ));
            continue;
        }
        let collides = |other: &&Claim| {
            other.host == claim.host
                && other.source != claim.source
                && claim.route.is_some()
                && other.route == claim.route
                && !(other.object == claim.object && other.backend == claim.backend)
        };
        if let Some(other) = claims.iter().find(collides) {
            let message = format!(
                "`{}` and `{}` would both become `{}`.",
                claim.source, other.source, claim.host
            );
            let remedy = "Use `{first}` or `{wildcard}` in `hosts[].to`, so that they stay apart.";
            found.push((index, finding("host-collision", message, remedy)));
        }
    }
    found
}
