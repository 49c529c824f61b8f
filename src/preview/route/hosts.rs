//! Hosts of copies, by the transform `hostRewrite` (rules.md section 5), and the index of hosts that are claimed already.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::engine::world::NoWorld;
use crate::engine::{Claim, Finding, Program, Request, Severity, collisions};
use crate::preview::rules::PreviewRule;
use crate::rules::{Action, Exempt, Mistakes, OnLookupError, Rule, RuleSet};
use crate::selector::{Match, RawMatch, RawNamespaceSelector};
use crate::transforms::Settings;
use crate::transforms::host_rewrite::HostRewrite;

/// One rule's hosts as a program of the engine.
#[derive(Debug)]
pub(in crate::preview) struct Hosts {
    program: Program,
}

/// What became of a copy.
#[derive(Debug)]
pub(in crate::preview) struct Rewritten {
    /// With its own hosts.
    pub(in crate::preview) value: Value,
    /// The hosts and paths that it claims.
    pub(in crate::preview) claims: Vec<Claim>,
    /// What may be left over, in words.
    pub(in crate::preview) warnings: Vec<Finding>,
}

impl Hosts {
    /// The hosts of a rule in these namespaces; `None` without routes.
    pub(in crate::preview) fn of(rule: &PreviewRule, targets: &[&str], cluster_domain: &str) -> Option<Self> {
        let routes = rule.settings.routes.as_ref()?;
        // Which namespaces there are is decided already; `*` alone would leave the protected ones out.
        let include = targets
            .iter()
            .map(|name| (*name).to_owned())
            .chain(["*".to_owned()]);
        let matching = RawMatch {
            kinds: Some(vec!["*".to_owned()]),
            namespaces: Some(RawNamespaceSelector {
                include: Some(include.collect()),
                ..RawNamespaceSelector::default()
            }),
            ..RawMatch::default()
        };
        let program = compile(
            &rule.name,
            matching,
            Settings::new(routes.hosts.clone()),
            cluster_domain,
        );
        Some(Self { program })
    }

    /// The copy with its own hosts.
    ///
    /// # Errors
    /// What the rule refuses.
    pub(in crate::preview) fn rewrite(
        &self,
        value: Value,
        namespace: &str,
        release: Option<&str>,
    ) -> Result<Rewritten, Vec<Finding>> {
        let request = Request {
            namespace: Some(namespace),
            release,
            ..Request::render(&value)
        };
        let outcome = self.program.evaluate(&request, &NoWorld);
        let (errors, warnings): (Vec<Finding>, Vec<Finding>) = outcome
            .findings
            .into_iter()
            .partition(|finding| finding.severity == Severity::Error);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Rewritten {
            value: outcome.object.unwrap_or(value),
            claims: outcome.claims,
            warnings,
        })
    }

    /// What an object that is not ours claims. In a preview of the rule, a host that the rule would give there is the
    /// preview's own.
    pub(in crate::preview) fn observe(&self, object: &Value, namespace: &str) -> Vec<Claim> {
        let request = Request {
            namespace: Some(namespace),
            ..Request::render(object)
        };
        let as_it_is = |claim: Claim| Claim {
            host: claim.source.clone(),
            rule: None,
            ..claim
        };
        self.program
            .evaluate(&request, &NoWorld)
            .claims
            .into_iter()
            .map(as_it_is)
            .collect()
    }

    /// Hosts of a namespace that is nobody's preview: they are as they are.
    pub(in crate::preview) fn observer(&self, cluster_domain: &str) -> Self {
        let matching = RawMatch {
            names: Some(Vec::new()),
            kinds: Some(vec!["*".to_owned()]),
            namespaces: Some(RawNamespaceSelector {
                include: Some(vec!["*".to_owned()]),
                ..RawNamespaceSelector::default()
            }),
            ..RawMatch::default()
        };
        let settings = json!({"hosts": [{"from": "*.invalid", "to": "{namespace}.invalid"}]});
        let settings = crate::transforms::Transform::decode(&HostRewrite, &settings);
        Self {
            program: settings.map_or_else(
                |_| Program::compile(RuleSet::default()),
                |settings| compile("observer", matching, settings, cluster_domain),
            ),
        }
    }
}

fn compile(name: &str, matching: RawMatch, settings: Settings, cluster_domain: &str) -> Program {
    let rule = Rule {
        name: name.to_owned(),
        description: None,
        action: Action::Enforce,
        matching: Match::validate(matching, &[], "", &mut Mistakes::new()),
        exempt: Exempt::default(),
        ratchet: true,
        on_lookup_error: OnLookupError::Deny,
        transform: &HostRewrite,
        settings,
        pointer: String::new(),
    };
    Program::compile(RuleSet {
        cluster_domain: Some(cluster_domain.to_owned()),
        minimum_version: None,
        rules: vec![rule],
    })
}

/// Which claims cannot hold: by position, a code and a sentence. The first is told for each claim.
pub(in crate::preview) fn refused(claims: &[Claim]) -> BTreeMap<usize, (String, String)> {
    let mut refused = BTreeMap::new();
    for (position, finding) in collisions(claims) {
        let words = format!("{} {}", finding.message, finding.remedy);
        refused.entry(position).or_insert((finding.code, words));
    }
    for (position, words) in shared(claims) {
        refused
            .entry(position)
            .or_insert(("host-rewrite/host-collision".to_owned(), words));
    }
    refused
}

/// Copies of one source host that become one host in two namespaces: within one release that is one route, here it is
/// two previews that serve each other's visitors.
fn shared(claims: &[Claim]) -> Vec<(usize, String)> {
    let mut by_route: BTreeMap<(&str, Option<&str>), BTreeSet<&str>> = BTreeMap::new();
    let ours = || {
        claims
            .iter()
            .enumerate()
            .filter(|(_, claim)| claim.rule.is_some())
    };
    for (_, claim) in ours() {
        let spaces = by_route.entry((&claim.host, claim.route.as_deref())).or_default();
        spaces.insert(claim.object.namespace.as_deref().unwrap_or_default());
    }
    by_route.retain(|_, spaces| spaces.len() > 1);
    if by_route.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (position, claim) in ours() {
        let space = claim.object.namespace.as_deref().unwrap_or_default();
        let others = by_route
            .get(&(claim.host.as_str(), claim.route.as_deref()))
            .into_iter()
            .flatten();
        if let Some(other) = others.copied().find(|other| *other != space) {
            let words = format!(
                "`{}` would be the host of two previews, `{space}` and `{other}`. Use `{{namespace}}` in `hosts[].to`.",
                claim.host
            );
            found.push((position, words));
        }
    }
    found
}
