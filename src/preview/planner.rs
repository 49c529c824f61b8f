//! The plan itself: what should be, compared with what is.
//!
//! Each rule is looked at first ([`View`]): its previews, and what of its base they get. Then each preview gets its copies
//! ([`Desired`]), each copy is compared with what has its name, and at last copies that nobody wants any more are found.

use std::collections::BTreeMap;

use super::copy::{Copy, Likeness};
use super::marks::Marks;
use super::mirror::Mirrored;
use super::plan::{Apply, Conflict, Delete, Held, Plan, Released, RuleStatus, Skipped};
use super::rules::{PreviewRule, Rules};
use super::snapshot::{Kind, Snapshot, Stored};
use super::source::{self, Source};
use super::target::{Target, Targets};
use super::yielding::{self, Yields};
use crate::object::ObjectRef;

/// Rules, and what they are about.
#[derive(Debug)]
pub(super) struct Planner<'a> {
    rules: &'a Rules,
    snapshot: &'a Snapshot,
    yields: Yields<'a>,
    plan: Plan,
    /// What becomes of every name that somebody thought about.
    fates: BTreeMap<Slot<'a>, Fate>,
}

/// A place for a copy.
pub(super) type Slot<'a> = (Kind, &'a str, &'a str);

/// What becomes of what is in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// It is as it should be, or will be.
    Stays,
    /// If it is ours it goes, and why.
    Goes(String),
}

/// A rule with its namespaces and its shared objects.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) rule: &'a PreviewRule,
    pub(super) targets: Targets<'a>,
    /// By kind and name.
    pub(super) sources: BTreeMap<(Kind, &'a str), Source<'a>>,
    pub(super) refused: BTreeMap<(Kind, &'a str), String>,
    pub(super) mirrors: BTreeMap<&'a str, Mirrored>,
    /// Why nothing at all is done for it.
    pub(super) waiting: Option<String>,
    /// Why nothing new is made for it.
    pub(super) no_new: Option<String>,
}

/// A copy that should be.
#[derive(Debug)]
pub(super) struct Desired<'v, 'a> {
    pub(super) view: &'v View<'a>,
    pub(super) slot: Slot<'a>,
    pub(super) target: Target<'a>,
    pub(super) copy: &'v Copy,
}

impl<'a> Planner<'a> {
    /// Reads what does not depend on a rule.
    pub(super) fn new(rules: &'a Rules, snapshot: &'a Snapshot) -> Self {
        Self {
            rules,
            snapshot,
            yields: Yields::read(snapshot),
            plan: Plan::default(),
            fates: BTreeMap::new(),
        }
    }

    /// The plan.
    pub(super) fn run(mut self) -> Plan {
        let views: Vec<View<'a>> = self.rules.rules.iter().map(|rule| self.view(rule)).collect();
        if self.snapshot.missing(Kind::Service).is_none() {
            for desired in self.mirrors(&views) {
                self.settle(&desired);
            }
        }
        self.orphans(&views);
        for view in views {
            self.plan.rules.push(view.status());
            self.plan.namespaces.extend(view.targets.looked_at);
        }
        self.plan.sort();
        self.plan
    }

    /// Looks at a rule.
    fn view(&mut self, rule: &'a PreviewRule) -> View<'a> {
        let (waiting, no_new) = (self.waiting(rule), self.no_new());
        let mut view = View {
            rule,
            targets: Targets::default(),
            sources: BTreeMap::new(),
            refused: BTreeMap::new(),
            mirrors: BTreeMap::new(),
            waiting,
            no_new,
        };
        if self.snapshot.missing(Kind::Namespace).is_none() {
            view.targets = Targets::of(rule, self.snapshot);
        }
        if view.waiting.is_none() {
            self.share(&mut view);
            self.mirror(&mut view);
        }
        view
    }

    /// Why nothing can be done for a rule.
    fn waiting(&self, rule: &PreviewRule) -> Option<String> {
        if rule.is_paused {
            return Some("it is paused (`action: ignore`): what is there stays as it is".to_owned());
        }
        if let Some(reason) = self.snapshot.missing(Kind::Namespace) {
            return Some(format!("Namespaces are not known: {reason}"));
        }
        if let Some(reason) = self.snapshot.missing(Kind::Service) {
            return Some(format!("Services are not known: {reason}"));
        }
        let source = &rule.settings.source;
        self.snapshot.get(Kind::Namespace, "", source).is_none().then(|| {
            format!("there is no Namespace `{source}`; create it, or name another `source`. What is there stays as it is")
        })
    }

    /// Why nothing new can be made: a release that nobody sees may bring any name.
    fn no_new(&self) -> Option<String> {
        [Kind::HelmRelease, Kind::Kustomization]
            .into_iter()
            .find_map(|kind| {
                let reason = self.snapshot.missing(kind)?;
                Some(format!(
                    "nothing new is made, because {}s are not known: {reason}",
                    kind.api().1
                ))
            })
    }

    /// Which objects of the base the rule shares.
    fn share(&mut self, view: &mut View<'a>) {
        let rule = view.rule;
        let namespace = rule.settings.source.as_str();
        let consent = source::consent(rule, self.snapshot);
        if let Err((code, reason)) = &consent {
            let object = ObjectRef {
                api_version: "v1".to_owned(),
                kind: "Namespace".to_owned(),
                namespace: None,
                name: namespace.to_owned(),
            };
            self.skip(rule, object, *code, reason.clone());
        }
        let snapshot = self.snapshot;
        for (name, stored) in snapshot.within(Kind::Service, namespace) {
            let kind = Kind::Service;
            let shared = consent
                .clone()
                .and_then(|()| source::share(rule, (kind, name, stored)));
            match shared {
                Ok(source) => {
                    view.sources.insert((kind, name), source);
                }
                Err((code, reason)) => {
                    if consent.is_ok() {
                        self.skip(rule, stored.object().reference(), code, reason.clone());
                    }
                    view.refused.insert((kind, name), reason);
                }
            }
        }
    }

    fn skip(&mut self, rule: &PreviewRule, object: ObjectRef, code: &'static str, reason: String) {
        let rule = rule.name.clone();
        self.plan.skipped.push(Skipped {
            object,
            rule,
            code,
            reason,
        });
    }

    /// Makes the mirrors of a rule, one for all its previews. A source that cannot have one is told once.
    fn mirror(&mut self, view: &mut View<'a>) {
        let services = view
            .sources
            .range((Kind::Service, "")..)
            .take_while(|((kind, _), _)| *kind == Kind::Service);
        let mut broken = Vec::new();
        for ((_, name), source) in services {
            match Mirrored::of(source, view.rule, self.snapshot, &self.rules.cluster_domain) {
                Ok(mirrored) => {
                    view.mirrors.insert(name, mirrored);
                }
                Err(problem) => broken.push((source.object().reference(), problem)),
            }
        }
        for (object, problem) in broken {
            let code = format!("external-name/{}", problem.slug);
            let reason = format!("{} {}", problem.message, problem.remedy);
            self.plan.held.push(Held {
                object,
                rule: view.rule.name.clone(),
                code,
                reason,
            });
        }
    }

    /// The mirrors that should be. A name that two sources want is nobody's.
    fn mirrors<'v>(&mut self, views: &'v [View<'a>]) -> Vec<Desired<'v, 'a>> {
        let mut wanted: BTreeMap<Slot<'a>, Vec<(&'v View<'a>, Target<'a>)>> = BTreeMap::new();
        for view in views.iter().filter(|view| view.waiting.is_none()) {
            for target in view.targets.selected.iter().filter(|target| !target.is_ending) {
                let services = view.sources.range((Kind::Service, "")..);
                for ((kind, name), source) in services.take_while(|((kind, _), _)| *kind == Kind::Service) {
                    if source.goes_to(target.name) {
                        wanted
                            .entry((*kind, target.name, name))
                            .or_default()
                            .push((view, *target));
                    }
                }
            }
        }
        let mut desired = Vec::with_capacity(wanted.len());
        for (slot, wishes) in wanted {
            let Some((view, target)) = self.one_source(slot, &wishes) else {
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
            let copy = &mirrored.copy;
            desired.push(Desired {
                view,
                slot,
                target,
                copy,
            });
        }
        desired
    }

    /// The one who gets a slot: rules with one source agree, and the first by name does it.
    fn one_source<'v>(
        &mut self,
        slot: Slot<'a>,
        wishes: &[(&'v View<'a>, Target<'a>)],
    ) -> Option<(&'v View<'a>, Target<'a>)> {
        let (view, target) = *wishes.first()?;
        let source = &view.rule.settings.source;
        let Some((other, _)) = wishes
            .iter()
            .find(|(other, _)| other.rule.settings.source != *source)
        else {
            return Some((view, target));
        };
        let name = slot.2;
        let reason = format!(
            "rule `{}` wants `{source}/{name}` here and rule `{}` wants `{}/{name}`; leave the name out of one of them",
            view.rule.name, other.rule.name, other.rule.settings.source
        );
        self.conflict(view, slot, "two-sources", reason);
        self.fates.insert(slot, Fate::Stays);
        None
    }

    /// Compares a copy that should be with what has its name.
    fn settle(&mut self, desired: &Desired<'_, 'a>) {
        let Desired {
            view,
            slot,
            target,
            copy,
        } = *desired;
        let (kind, namespace, name) = slot;
        let live = self.snapshot.get(kind, namespace, name);
        let marks = live.and_then(ours);
        if let (Some(live), Some(marks)) = (live, marks)
            && let Some(reason) = yielding::taken_over(live)
        {
            self.release(live, marks, reason);
            self.fates.insert(slot, Fate::Stays);
            return;
        }
        if let Some(by) = self.yields.to(namespace, name) {
            let reason = format!("the name is left to a release: {by}");
            if live.is_none() || marks.is_some() {
                self.hold(view, slot, "yielded", &reason);
            }
            self.fates.insert(slot, Fate::Goes(reason));
            return;
        }
        self.fates.insert(slot, Fate::Stays);
        let source = &view.rule.settings.source;
        let (reason, existing) = match (live, marks) {
            (Some(live), None) => {
                let reason = format!("{} `{name}` is there and is not ours", live.object().kind());
                self.conflict(view, slot, "exists", reason);
                return;
            }
            (Some(live), Some(_)) => match copy.likeness(live) {
                Likeness::Same => {
                    self.plan.in_step += 1;
                    return;
                }
                Likeness::Outdated => (
                    format!("`{source}/{name}` or the rule has changed"),
                    Some(live.identity()),
                ),
                Likeness::Edited => ("somebody has changed the copy".to_owned(), Some(live.identity())),
            },
            (None, _) if !target.is_served || view.no_new.is_some() => return,
            (None, _) => (format!("`{source}/{name}` has no copy here yet"), None),
        };
        self.plan.apply.push(Apply {
            object: copy.within(namespace),
            rule: view.rule.name.clone(),
            reason,
            existing,
        });
    }

    fn release(&mut self, live: &Stored, marks: Marks<'_>, reason: String) {
        self.plan.released.push(Released {
            object: live.identity(),
            rule: marks.rule.to_owned(),
            reason,
            remove: yielding::to_remove(live),
        });
    }

    fn conflict(&mut self, view: &View<'_>, slot: Slot<'_>, code: &'static str, reason: String) {
        let (object, rule) = (reference(slot), view.rule.name.clone());
        self.plan.conflicts.push(Conflict {
            object,
            rule,
            code,
            reason,
        });
    }

    fn hold(&mut self, view: &View<'_>, slot: Slot<'_>, code: &str, reason: &str) {
        self.plan.held.push(Held {
            object: reference(slot),
            rule: view.rule.name.clone(),
            code: code.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// Copies of ours that nobody wants any more.
    fn orphans(&mut self, views: &[View<'a>]) {
        if self.snapshot.missing(Kind::Namespace).is_some() {
            return;
        }
        let snapshot = self.snapshot;
        for kind in Kind::WRITTEN
            .into_iter()
            .filter(|kind| snapshot.missing(*kind).is_none())
        {
            for (namespace, name, live) in snapshot.all(kind) {
                let Some(marks) = ours(live) else { continue };
                let reason = match self.fates.get(&(kind, namespace, name)) {
                    Some(Fate::Stays) => continue,
                    Some(Fate::Goes(reason)) => reason.clone(),
                    None => match why_gone(views, snapshot, (kind, namespace), marks) {
                        Some(reason) => reason,
                        None => continue,
                    },
                };
                if let Some(reason) = yielding::taken_over(live) {
                    self.release(live, marks, reason);
                } else if !live.object().is_deleting() {
                    let rule = marks.rule.to_owned();
                    self.plan.delete.push(Delete {
                        object: live.identity(),
                        rule,
                        reason,
                    });
                }
            }
        }
    }
}

impl View<'_> {
    fn status(&self) -> RuleStatus {
        let over = self.targets.over();
        RuleStatus {
            rule: self.rule.name.clone(),
            source: self.rule.settings.source.clone(),
            namespaces: self.targets.selected.len() - over,
            over,
            waiting: self.waiting.clone().or_else(|| self.no_new.clone()),
        }
    }
}

/// The marks of an object that is ours. Where its managers are known, we must be one of them: marks can be copied.
pub(super) fn ours(live: &Stored) -> Option<Marks<'_>> {
    let is_ours = !live.managers.known || live.managers.ours;
    Marks::read(live.object()).filter(|_| is_ours)
}

/// Why a copy that no rule wants goes; `None` when it stays, because its rule waits or its namespace goes anyway.
fn why_gone(
    views: &[View<'_>],
    snapshot: &Snapshot,
    (kind, namespace): (Kind, &str),
    marks: Marks<'_>,
) -> Option<String> {
    let Marks { name, rule, .. } = marks;
    let is_ending = snapshot
        .get(Kind::Namespace, "", namespace)
        .is_some_and(|found| found.object().is_deleting());
    if is_ending {
        return None;
    }
    let Some(view) = views.iter().find(|view| view.rule.name == rule) else {
        return Some(format!("there is no rule `{rule}` any more"));
    };
    if view.waiting.is_some() {
        return None;
    }
    if view.rule.settings.source != marks.namespace {
        return Some(format!(
            "the source of rule `{rule}` is `{}` now",
            view.rule.settings.source
        ));
    }
    if view.targets.get(namespace).is_none() {
        let reason = view
            .targets
            .reason(namespace)
            .unwrap_or("there is no such Namespace");
        return Some(format!("the rule leaves namespace `{namespace}` out: {reason}"));
    }
    if let Some(reason) = view.refused.get(&(kind, name)) {
        return Some(reason.clone());
    }
    match view.sources.get(&(kind, name)) {
        None => Some(format!("its source `{}/{name}` is gone", marks.namespace)),
        Some(_) => Some(format!(
            "its source leaves namespace `{namespace}` out (`{}`)",
            super::marks::PREVIEW_TO
        )),
    }
}

fn reference((kind, namespace, name): Slot<'_>) -> ObjectRef {
    let (api_version, kind) = kind.api();
    ObjectRef {
        api_version,
        kind: kind.to_owned(),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
    }
}
