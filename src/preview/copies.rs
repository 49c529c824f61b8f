//! The copies that should be, preview by preview: first the mirrors, then the routes that lead to them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::copy::{Copy, Origin};
use super::grant::Grants;
use super::kind::Kind;
use super::plan::Warning;
use super::planner::{Desired, Fate, Planner, Slot};
use super::route::hosts::{self, Hosts};
use super::route::{Held, Presence, Rendered, Scene, render};
use super::snapshot::Stored;
use super::target::Target;
use super::view::View;
use crate::engine::Claim;

/// A route on its way, before its hosts are compared with all others.
struct Draft<'v, 'a> {
    view: &'v View<'a>,
    slot: Slot<'a>,
    target: Target<'a>,
    rendered: Rendered,
    /// Where its claims stand among all claims.
    claims: std::ops::Range<usize>,
}

/// A rule that wants a copy in a slot.
pub(super) type Wish<'v, 'a> = (Slot<'a>, &'v View<'a>, Target<'a>);

/// What each name of a preview is.
pub(super) type Mirrors<'v, 'a> = BTreeMap<(&'a str, &'a str), &'v super::mirror::Mirrored>;

impl<'a> Planner<'a> {
    /// The mirrors that should be.
    pub(super) fn mirrors<'v>(&mut self, views: &'v [View<'a>]) -> (Vec<Desired<'v, 'a>>, Mirrors<'v, 'a>) {
        let wanted = wishes(views, |view, kind| {
            kind == Kind::Service && view.rule.settings.external_name
        });
        let (mut desired, mut mirrors) = (Vec::with_capacity(wanted.len()), BTreeMap::new());
        for wishes in wanted.chunk_by(|(left, ..), (right, ..)| left == right) {
            let Some((slot, view, target)) = self.one_source(wishes) else {
                continue;
            };
            let Some(mirrored) = view.mirrors.get(slot.2) else {
                // Held as a whole; what is there was right once and may be again.
                self.fates.insert(slot, Fate::Stays);
                continue;
            };
            if mirrored.leads_back(slot.2, slot.1, &self.rules.cluster_domain) {
                let reason = "its source is an alias of this very Service";
                self.hold(view, slot, "external-name/self-mirror", reason);
                self.fates.insert(slot, Fate::Goes(reason.to_owned()));
                continue;
            }
            if self.admits(view, slot, target) {
                mirrors.insert((slot.1, slot.2), mirrored);
                let copy = Cow::Borrowed(&mirrored.copy);
                desired.push(Desired { view, slot, copy });
            }
        }
        (desired, mirrors)
    }

    /// The routes that should be, and the grants that they need.
    pub(super) fn routes<'v>(
        &mut self,
        views: &'v [View<'a>],
        mirrors: &Mirrors<'v, 'a>,
    ) -> Vec<Desired<'v, 'a>> {
        let mut claims = self.foreign_claims(views);
        let mut drafts = Vec::new();
        let wanted = wishes(views, |view, kind| kind.is_route() && view.no_routes.is_none());
        for wishes in wanted.chunk_by(|(left, ..), (right, ..)| left == right) {
            let Some((slot, view, target)) = self.one_source(wishes) else {
                continue;
            };
            let Some(original) = view.originals.get(&(slot.0, slot.2)) else {
                let reason = "it refers to what only its source's namespace has";
                self.fates.insert(slot, Fate::Goes(reason.to_owned()));
                continue;
            };
            let Some(own_hosts) = &view.hosts else { continue };
            if !self.admits(view, slot, target) {
                continue;
            }
            let snapshot = self.snapshot;
            let service = |name: &str| self.presence(slot.1, name, mirrors);
            let shares = |name: &str| {
                let found = view.sources.get(&(Kind::Service, name));
                found.is_some_and(|found| found.goes_to(slot.1))
            };
            let scene = Scene {
                rule: view.rule,
                kind: slot.0,
                namespace: slot.1,
                snapshot,
                hosts: own_hosts,
                service: &service,
                shares: &shares,
                exists: snapshot.get(slot.0, slot.1, slot.2).is_some(),
            };
            match render(original, &scene) {
                Ok(mut rendered) => {
                    let from = claims.len();
                    claims.append(&mut rendered.claims);
                    let claims = from..claims.len();
                    drafts.push(Draft {
                        view,
                        slot,
                        target,
                        rendered,
                        claims,
                    });
                }
                Err(held) => self.refuse(view, slot, held),
            }
        }
        self.finish(drafts, &claims)
    }

    /// Leaves out routes whose hosts are taken, and adds the grants of the rest.
    fn finish<'v>(&mut self, drafts: Vec<Draft<'v, 'a>>, claims: &[Claim]) -> Vec<Desired<'v, 'a>> {
        let refused = hosts::refused(claims);
        let mut desired = Vec::with_capacity(drafts.len());
        let mut told = BTreeSet::new();
        let mut grants = Grants::default();
        let mut rules: BTreeMap<&'a str, &'v View<'a>> = BTreeMap::new();
        for Draft {
            view,
            slot,
            target,
            rendered,
            claims,
        } in drafts
        {
            if let Some((_, (code, reason))) = refused.range(claims).next() {
                let (code, reason) = (code.clone(), reason.clone());
                self.refuse(view, slot, Held { code, reason });
                continue;
            }
            let rule = view.rule.name.as_str();
            for (code, message) in rendered.warnings {
                let source = view
                    .sources
                    .get(&(slot.0, slot.2))
                    .map(|source| source.object().reference());
                let Some(object) = source.filter(|_| told.insert((rule, slot.0, slot.2, message.clone())))
                else {
                    continue;
                };
                let rule = rule.to_owned();
                self.plan.warnings.push(Warning {
                    object,
                    rule,
                    code,
                    message,
                });
            }
            let source = view.rule.settings.source.as_str();
            if target.is_served || self.snapshot.get(slot.0, slot.1, slot.2).is_some() {
                grants.add(rule, (source, slot.1), slot.0, &rendered.grants);
                rules.insert(rule, view);
            }
            let kind = slot.0.api().1;
            let origin = Origin {
                namespace: source,
                kind,
                name: slot.2,
            };
            let copy = Cow::Owned(Copy::new(rendered.value, origin, rule));
            desired.push(Desired { view, slot, copy });
        }
        self.grant(&grants, &rules);
        desired
    }

    fn grant<'v>(&mut self, grants: &Grants<'a>, rules: &BTreeMap<&'a str, &'v View<'a>>) {
        for (rule, source, name, copy) in grants.written() {
            if let Some(view) = rules.get(rule) {
                self.settle_grant(view, (source, name), &copy);
            }
        }
    }

    /// A copy that must not be is not kept either.
    fn refuse(&mut self, view: &View<'a>, slot: Slot<'a>, held: Held) {
        self.hold(view, slot, &held.code, &held.reason);
        self.fates.insert(slot, Fate::Goes(held.reason));
    }

    /// What is behind the name of a Service in a preview.
    fn presence<'v>(&self, namespace: &'a str, name: &str, mirrors: &Mirrors<'v, 'a>) -> Presence<'v> {
        let live = self.snapshot.get(Kind::Service, namespace, name);
        if live.is_some_and(|live| live.marks().is_none() || super::yielding::taken_over(live).is_some()) {
            return Presence::Own;
        }
        match mirrors.get(&(namespace, name)) {
            Some(mirrored) => Presence::Mirror(mirrored),
            None => Presence::Missing,
        }
    }

    /// The hosts that objects claim which are not ours, or which are and stay as they are.
    fn foreign_claims(&self, views: &[View<'a>]) -> Vec<Claim> {
        let with_routes = || {
            views
                .iter()
                .filter(|view| view.no_routes.is_none() && view.waiting.is_none())
        };
        let Some(first) = with_routes().find_map(|view| view.hosts.as_ref()) else {
            return Vec::new();
        };
        let observer = first.observer(&self.rules.cluster_domain);
        let is_replanned = |stored: &Stored| {
            let rule = stored.marks().map(|marks| marks.rule);
            rule.is_some_and(|rule| {
                let view = views.iter().find(|view| view.rule.name == rule);
                view.is_none_or(|view| view.waiting.is_none())
            })
        };
        let mut claims = Vec::new();
        for kind in Kind::ROUTES.into_iter().chain([Kind::OtherRoute]) {
            for (namespace, _, stored) in self.snapshot.all(kind) {
                if is_replanned(stored) {
                    continue;
                }
                let own = with_routes().find(|view| view.targets.get(namespace).is_some());
                let hosts: &Hosts = own.and_then(|view| view.hosts.as_ref()).unwrap_or(&observer);
                claims.extend(hosts.observe(&stored.value, namespace));
            }
        }
        claims
    }
}

/// Who wants what where, by slot and rule.
fn wishes<'v, 'a>(views: &'v [View<'a>], is_meant: impl Fn(&View<'a>, Kind) -> bool) -> Vec<Wish<'v, 'a>> {
    let mut wanted: Vec<(Wish<'v, 'a>, usize)> = Vec::new();
    for (order, view) in views
        .iter()
        .enumerate()
        .filter(|(_, view)| view.waiting.is_none())
    {
        for ((kind, name), source) in view.sources.iter().filter(|((kind, _), _)| is_meant(view, *kind)) {
            let targets = view.targets.selected.iter().filter(|target| !target.is_ending);
            for target in targets.filter(|target| source.goes_to(target.name)) {
                wanted.push((((*kind, target.name, *name), view, *target), order));
            }
        }
    }
    wanted.sort_unstable_by(|((left, ..), first), ((right, ..), second)| (left, first).cmp(&(right, second)));
    wanted.into_iter().map(|(wish, _)| wish).collect()
}
