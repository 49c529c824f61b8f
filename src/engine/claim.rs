//! What routes claim, and where two claims cannot both hold (rules.md 5.7, 5.8).
//!
//! Every route object of a run states its hosts, selected by a rule or not. Only a caller that has the whole run
//! can compare them, with one pure function.

use serde::Serialize;

use super::{Finding, Severity};
use crate::object::ObjectRef;
use crate::order;

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
    /// How bad a collision is: a warning when the rule only warns.
    pub severity: Severity,
    /// Whether the host was already as a rule wants it.
    pub done: bool,
    /// Path, path type and whatever else tells two routes of one host apart, normalised; `None` when the claim is
    /// about the host only (TLS).
    pub route: Option<String>,
    /// Where the traffic goes; two routes of one object to one backend do not collide.
    pub backend: String,
}

/// Findings about claims that cannot hold together: each with the index of the claim it is about.
///
/// A host that several paths claim is reported once. The order is that of the claims, so that equal runs give equal
/// findings.
#[must_use]
pub fn collisions(claims: &[Claim]) -> Vec<(usize, Finding)> {
    let index = Index::of(claims);
    let mut found = Vec::new();
    for (position, claim) in claims.iter().enumerate() {
        let Some(rule) = &claim.rule else { continue };
        let Some((slug, message, remedy)) = index.taken(claim).or_else(|| index.collision(claim)) else {
            continue;
        };
        let finding = Finding {
            code: format!("host-rewrite/{slug}"),
            severity: claim.severity,
            rule: rule.clone(),
            object: claim.object.clone(),
            pointer: claim.pointer.clone(),
            message,
            remedy: remedy.to_owned(),
        };
        found.push((position, finding));
    }
    // The first of those that say the same stays.
    let words = |(_, left): &(usize, Finding), (_, right): &(usize, Finding)| {
        let pointers = left.pointer.cmp(&right.pointer);
        let messages = pointers.then_with(|| left.message.cmp(&right.message));
        messages.then_with(|| left.object.cmp(&right.object))
    };
    order::sort_by(&mut found, words);
    found.dedup_by(|later, first| words(later, first).is_eq());
    order::sort_by(&mut found, |(left, _), (right, _)| left.cmp(right));
    found
}

/// A code, a message and a remedy.
type Words = (&'static str, String, &'static str);

/// The claims by what they are compared by.
struct Index<'a> {
    /// Those that are not done, by the host that they had.
    by_source: Vec<&'a Claim>,
    /// Those with a route, by [`address`].
    by_route: Vec<&'a Claim>,
}

/// The host and the route that a claim ends up with.
fn address(claim: &Claim) -> [&str; 2] {
    [&claim.host, claim.route.as_deref().unwrap_or_default()]
}

impl<'a> Index<'a> {
    fn of(claims: &'a [Claim]) -> Self {
        let (mut by_source, mut by_route) = (Vec::new(), Vec::new());
        for claim in claims {
            if !claim.done {
                by_source.push(claim);
            }
            if claim.route.is_some() {
                by_route.push(claim);
            }
        }
        order::sort_by(&mut by_source, |left, right| left.source.cmp(&right.source));
        order::sort_by(&mut by_route, |left, right| address(left).cmp(&address(right)));
        Self { by_source, by_route }
    }

    /// The result is a host that some route of the run had before the rules.
    fn taken(&self, claim: &Claim) -> Option<Words> {
        let first = self.by_source.partition_point(|other| other.source < claim.host);
        let other = self.by_source.get(first)?;
        if other.source != claim.host {
            return None;
        }
        let message = format!(
            "`{}` would become `{}`, which {} `{}` has already.",
            claim.source, claim.host, other.object.kind, other.object.name
        );
        let remedy = "Give `hosts[].to` a host that nothing else has.";
        Some(("host-taken", message, remedy))
    }

    /// Another host becomes the same host for the same requests.
    fn collision(&self, claim: &Claim) -> Option<Words> {
        claim.route.as_ref()?;
        let at = address(claim);
        let first = self.by_route.partition_point(|other| address(other) < at);
        let collides = |other: &Claim| {
            other.source != claim.source && !(other.object == claim.object && other.backend == claim.backend)
        };
        let mut others = self
            .by_route
            .get(first..)?
            .iter()
            .take_while(|other| address(other) == at);
        let other = others.find(|other| collides(other))?;
        let message = format!(
            "`{}` and `{}` of {} `{}` would both be `{}`.",
            claim.source, other.source, other.object.kind, other.object.name, claim.host
        );
        let remedy = "Use `{first}` or `{wildcard}` in `hosts[].to`, so that they stay apart.";
        Some(("host-collision", message, remedy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(name: &str, source: &str, host: &str, route: &str) -> Claim {
        Claim {
            object: ObjectRef {
                kind: "Ingress".to_owned(),
                name: name.to_owned(),
                ..ObjectRef::default()
            },
            pointer: "/spec/rules/0/host".to_owned(),
            host: host.to_owned(),
            source: source.to_owned(),
            rule: (source != host).then(|| "preview".to_owned()),
            severity: Severity::Error,
            done: false,
            route: Some(route.to_owned()),
            backend: "web".to_owned(),
        }
    }

    fn codes(claims: &[Claim]) -> Vec<(usize, String)> {
        let code = |(position, finding): (usize, Finding)| (position, finding.code);
        collisions(claims).into_iter().map(code).collect()
    }

    #[test]
    fn two_hosts_that_become_one_collide_on_both_sides() {
        let claims = [
            claim("a", "a.io", "x.io", "Prefix /"),
            claim("b", "b.io", "x.io", "Prefix /"),
        ];
        let expected = [0, 1].map(|position| (position, "host-rewrite/host-collision".to_owned()));
        assert_eq!(codes(&claims), expected);
    }

    #[test]
    fn one_source_another_path_and_one_backend_of_one_object_do_not_collide() {
        let first = claim("a", "a.io", "x.io", "Prefix /");
        for other in [
            claim("b", "a.io", "x.io", "Prefix /"),
            claim("b", "b.io", "x.io", "Prefix /api"),
            claim("a", "b.io", "x.io", "Prefix /"),
            Claim {
                route: None,
                ..claim("b", "b.io", "x.io", "")
            },
        ] {
            assert_eq!(codes(&[first.clone(), other]), []);
        }
    }

    #[test]
    fn a_source_host_of_the_run_is_taken_unless_it_is_done() {
        let landing = claim("landing", "x.io", "x.io", "Prefix /other");
        let claims = [claim("a", "a.io", "x.io", "Prefix /"), landing.clone()];
        assert_eq!(codes(&claims), [(0, "host-rewrite/host-taken".to_owned())]);
        let done = Claim {
            done: true,
            ..landing
        };
        assert_eq!(codes(&[claim("a", "a.io", "x.io", "Prefix /"), done]), []);
    }

    #[test]
    fn many_paths_of_one_host_are_one_finding() {
        let mut claims = vec![claim("landing", "x.io", "x.io", "Prefix /")];
        claims.extend(["/a", "/b", "/c"].map(|path| claim("a", "a.io", "x.io", path)));
        assert_eq!(codes(&claims).len(), 1);
    }
}
