//! A rule as it meets the cluster: its previews, what of its base they get, and what keeps them from it.

use std::collections::BTreeMap;

use super::kind::Kind;
use super::mirror::Mirrored;
use super::plan::{Held, Plan, RuleStatus, Skipped, Warning};
use super::route::Original;
use super::route::hosts::Hosts;
use super::rules::{PreviewRule, Rules};
use super::snapshot::Snapshot;
use super::source::{self, Source};
use super::target::Targets;
use crate::object::ObjectRef;
use crate::selector::is_protected;

/// One rule.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) rule: &'a PreviewRule,
    pub(super) targets: Targets<'a>,
    /// What is shared, by kind and name.
    pub(super) sources: BTreeMap<(Kind, &'a str), Source<'a>>,
    /// Why the rest is not.
    pub(super) refused: BTreeMap<(Kind, &'a str), String>,
    pub(super) mirrors: BTreeMap<&'a str, Mirrored>,
    pub(super) originals: BTreeMap<(Kind, &'a str), Original>,
    pub(super) hosts: Option<Hosts>,
    /// Why nothing at all is done for it.
    pub(super) waiting: Option<String>,
    /// Why nothing new is made for it.
    pub(super) no_new: Option<String>,
    /// Why nothing is done about its routes.
    pub(super) no_routes: Option<String>,
}

impl<'a> View<'a> {
    /// Looks at a rule; what is told once for all its previews goes into the plan.
    pub(super) fn of(rule: &'a PreviewRule, rules: &Rules, snapshot: &'a Snapshot, plan: &mut Plan) -> Self {
        let mut view = Self {
            rule,
            targets: Targets::default(),
            sources: BTreeMap::new(),
            refused: BTreeMap::new(),
            mirrors: BTreeMap::new(),
            originals: BTreeMap::new(),
            hosts: None,
            waiting: waiting(rule, snapshot),
            no_new: no_new(snapshot),
            no_routes: routes_unknown(rules, snapshot).filter(|_| rule.settings.routes.is_some()),
        };
        if snapshot.missing(Kind::Namespace).is_none() {
            view.targets = Targets::of(rule, snapshot);
        }
        if view.waiting.is_none() {
            view.share(snapshot, plan);
            view.mirror(rules, snapshot, plan);
            view.read_routes(snapshot, plan);
            let names = view.targets.selected.iter().map(|target| target.name);
            let protected: Vec<&str> = names.filter(|name| is_protected(name)).collect();
            view.hosts = Hosts::of(rule, &protected, &rules.cluster_domain);
        }
        view
    }

    /// Which objects of the base the rule shares.
    fn share(&mut self, snapshot: &'a Snapshot, plan: &mut Plan) {
        let rule = self.rule;
        let namespace = rule.settings.source.as_str();
        let consent = source::consent(rule, snapshot);
        if let Err((code, reason)) = &consent {
            let object = ObjectRef {
                api_version: "v1".to_owned(),
                kind: "Namespace".to_owned(),
                namespace: None,
                name: namespace.to_owned(),
            };
            skip(plan, rule, object, code, reason);
        }
        for kind in [Kind::Service]
            .into_iter()
            .chain(Kind::ROUTES)
            .chain([Kind::OtherRoute])
        {
            for (name, stored) in snapshot.within(kind, namespace) {
                let shared = consent
                    .clone()
                    .and_then(|()| source::share(rule, (kind, name, stored)));
                match shared {
                    Ok(source) => {
                        self.sources.insert((kind, name), source);
                    }
                    Err((code, reason)) => {
                        if consent.is_ok() && (kind == Kind::Service || rule.settings.routes.is_some()) {
                            skip(plan, rule, stored.object().reference(), code, &reason);
                        }
                        self.refused.insert((kind, name), reason);
                    }
                }
            }
        }
    }

    /// Makes the mirrors, one for all previews. A source that cannot have one is told once.
    fn mirror(&mut self, rules: &Rules, snapshot: &'a Snapshot, plan: &mut Plan) {
        if !self.rule.settings.external_name {
            return;
        }
        for ((kind, name), source) in &self.sources {
            if *kind != Kind::Service {
                continue;
            }
            match Mirrored::of(source, self.rule, snapshot, &rules.cluster_domain) {
                Ok(mirrored) => {
                    self.mirrors.insert(name, mirrored);
                }
                Err(problem) => plan.held.push(Held {
                    object: source.object().reference(),
                    rule: self.rule.name.clone(),
                    code: format!("external-name/{}", problem.slug),
                    reason: format!("{} {}", problem.message, problem.remedy),
                }),
            }
        }
    }

    /// Reads the routes. One that cannot be copied anywhere is told once.
    fn read_routes(&mut self, snapshot: &'a Snapshot, plan: &mut Plan) {
        for ((kind, name), source) in self.sources.iter().filter(|((kind, _), _)| kind.is_route()) {
            let object = source.object().reference();
            let rule = self.rule.name.clone();
            match Original::of(source, self.rule, snapshot) {
                Ok(original) => {
                    for (code, message) in &original.warnings {
                        let (object, rule) = (object.clone(), rule.clone());
                        let (code, message) = ((*code).to_owned(), message.clone());
                        plan.warnings.push(Warning {
                            object,
                            rule,
                            code,
                            message,
                        });
                    }
                    self.originals.insert((*kind, *name), original);
                }
                Err(reason) => {
                    let code = "local-reference".to_owned();
                    plan.held.push(Held {
                        object,
                        rule,
                        code,
                        reason,
                    });
                }
            }
        }
    }

    /// How the rule stands.
    pub(super) fn status(&self) -> RuleStatus {
        let over = self.targets.over();
        let reasons = [&self.waiting, &self.no_new, &self.no_routes];
        let reasons: Vec<&str> = reasons.into_iter().flatten().map(String::as_str).collect();
        RuleStatus {
            rule: self.rule.name.clone(),
            source: self.rule.settings.source.clone(),
            namespaces: self.targets.selected.len() - over,
            over,
            waiting: (!reasons.is_empty()).then(|| reasons.join("; ")),
        }
    }
}

fn skip(plan: &mut Plan, rule: &PreviewRule, object: ObjectRef, code: &'static str, reason: &str) {
    plan.skipped.push(Skipped {
        object,
        rule: rule.name.clone(),
        code,
        reason: reason.to_owned(),
    });
}

/// Why nothing can be done for a rule.
fn waiting(rule: &PreviewRule, snapshot: &Snapshot) -> Option<String> {
    if rule.is_paused {
        return Some("it is paused (`action: ignore`), and what is there stays as it is".to_owned());
    }
    for kind in [Kind::Namespace, Kind::Service] {
        if let Some(reason) = snapshot.missing(kind) {
            return Some(format!("{}s are not known: {reason}", kind.api().1));
        }
    }
    let source = &rule.settings.source;
    snapshot.get(Kind::Namespace, "", source).is_none().then(|| {
        format!(
            "there is no Namespace `{source}`: create it, or name another `source`; what is there stays as it is"
        )
    })
}

/// Why nothing new can be made: a release that nobody sees may bring any name.
fn no_new(snapshot: &Snapshot) -> Option<String> {
    [Kind::HelmRelease, Kind::Kustomization]
        .into_iter()
        .find_map(|kind| {
            let reason = snapshot.missing(kind)?;
            Some(format!(
                "nothing new is made, because {}s are not known: {reason}",
                kind.api().1
            ))
        })
}

/// Why nothing can be done about routes: hosts are compared with all others in the cluster.
pub(super) fn routes_unknown(rules: &Rules, snapshot: &Snapshot) -> Option<String> {
    let basics = [
        Kind::Namespace,
        Kind::Service,
        Kind::HelmRelease,
        Kind::Kustomization,
    ];
    let mut needs = rules.needs().into_iter().filter(|kind| !basics.contains(kind));
    needs.find_map(|kind| {
        let reason = snapshot.missing(kind)?;
        let what = match kind {
            Kind::OtherRoute => "other routes",
            Kind::LegacyIngressRoute => "IngressRoutes of `traefik.containo.us`",
            _ => &format!("{}s", kind.api().1),
        };
        Some(format!("routes wait, because {what} are not known: {reason}"))
    })
}
