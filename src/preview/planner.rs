//! The plan itself: what should be, compared with what is.
//!
//! Each rule is looked at first ([`View`]): its previews, and what of its base they get. Then each preview gets its copies
//! ([`Desired`]), each copy is compared with what has its name, and at last copies that nobody wants any more are found.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::copies::Wish;
use super::copy::{Copy, Likeness};
use super::kind::Kind;
use super::marks::{self, Marks};
use super::plan::{Apply, Conflict, Delete, Held, Plan, Released};
use super::rules::Rules;
use super::snapshot::{Snapshot, Stored};
use super::target::Target;
use super::view::{View, routes_unknown};
use super::yielding::{self, Yields};
use crate::object::ObjectRef;

/// Rules, and what they are about.
#[derive(Debug)]
pub(super) struct Planner<'a> {
    pub(super) rules: &'a Rules,
    pub(super) snapshot: &'a Snapshot,
    pub(super) plan: Plan,
    /// What becomes of every name that somebody thought about.
    pub(super) fates: BTreeMap<Slot<'a>, Fate>,
    /// Kinds that nothing is done about, because they or what they depend on are not known.
    pub(super) blocked: BTreeSet<Kind>,
    yields: Yields<'a>,
}

/// A place for a copy.
pub(super) type Slot<'a> = (Kind, &'a str, &'a str);

/// What becomes of what is in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is as it should be, or will be.
    Stays,
    /// If it is ours it goes, and why.
    Goes(String),
}

/// A copy that should be.
#[derive(Debug)]
pub(super) struct Desired<'v, 'a> {
    pub(super) view: &'v View<'a>,
    pub(super) slot: Slot<'a>,
    pub(super) copy: Cow<'v, Copy>,
}

impl<'a> Planner<'a> {
    /// Reads what does not depend on a rule.
    pub(super) fn new(rules: &'a Rules, snapshot: &'a Snapshot) -> Self {
        let is_missing = |kind: &Kind| snapshot.missing(*kind).is_some();
        let mut blocked: BTreeSet<Kind> = Kind::WRITTEN.into_iter().filter(is_missing).collect();
        if is_missing(&Kind::Namespace) || is_missing(&Kind::Service) {
            blocked.extend(Kind::WRITTEN);
        }
        if routes_unknown(rules, snapshot).is_some() {
            blocked.extend(Kind::ROUTES);
            blocked.insert(Kind::ReferenceGrant);
        }
        Self {
            rules,
            snapshot,
            plan: Plan::default(),
            fates: BTreeMap::new(),
            blocked,
            yields: Yields::read(snapshot),
        }
    }

    /// The plan.
    pub(super) fn run(mut self) -> Plan {
        let (rules, snapshot) = (self.rules, self.snapshot);
        let mut views: Vec<View<'a>> = Vec::with_capacity(rules.rules.len());
        for rule in &rules.rules {
            views.push(View::of(rule, rules, snapshot, &mut self.plan));
        }
        let (mirrors, by_name) = self.mirrors(&views);
        let routes = self.routes(&views, &by_name);
        for desired in mirrors {
            self.settle(&desired);
        }
        for desired in routes {
            self.settle(&desired);
        }
        self.orphans(&views);
        for view in views {
            self.plan.rules.push(view.status());
            self.plan.namespaces.extend(view.targets.looked_at);
        }
        self.plan.sort();
        self.plan
    }

    /// The one who gets a slot: rules with one source agree, and the first by name does it. A name that two sources want
    /// is nobody's.
    pub(super) fn one_source<'v>(&mut self, wishes: &[Wish<'v, 'a>]) -> Option<Wish<'v, 'a>> {
        let (slot, view, target) = *wishes.first()?;
        let source = &view.rule.settings.source;
        let other = |(_, other, _): &&Wish<'v, 'a>| other.rule.settings.source != *source;
        let Some((_, other, _)) = wishes.iter().find(other) else {
            return Some((slot, view, target));
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

    /// Whether a copy may be in a slot as far as what has its name goes; if not, what is there has its fate already.
    pub(super) fn admits(&mut self, view: &View<'a>, slot: Slot<'a>, target: Target<'a>) -> bool {
        let (kind, namespace, name) = slot;
        let live = self.snapshot.get(kind, namespace, name);
        let marks = live.and_then(Stored::marks);
        if let (Some(live), Some(marks)) = (live, marks)
            && let Some(reason) = yielding::taken_over(live)
        {
            self.release(live, marks, reason);
            self.fates.insert(slot, Fate::Stays);
            return false;
        }
        if let Some(by) = self.yields.to(namespace, name) {
            let reason = format!("the name is left to a release: {by}");
            if live.is_none() || marks.is_some() {
                self.hold(view, slot, "yielded", &reason);
            }
            self.fates.insert(slot, Fate::Goes(reason));
            return false;
        }
        match (live, marks) {
            (Some(live), None) => {
                let object = live.object();
                let whose = match marks::is_kube_external_sync(object) {
                    true => "a copy of kube-external-sync's; delete it, and ours comes",
                    false => "not ours",
                };
                let reason = format!("{} `{name}` is there and is {whose}", object.kind());
                self.conflict(view, slot, "exists", reason);
                false
            }
            (Some(_), Some(_)) => true,
            (None, _) => target.is_served && view.no_new.is_none(),
        }
    }

    /// Compares a copy that should be with what is there.
    fn settle(&mut self, desired: &Desired<'_, 'a>) {
        let Desired { view, slot, copy } = desired;
        self.fates.insert(*slot, Fate::Stays);
        let (kind, namespace, name) = *slot;
        let source = &view.rule.settings.source;
        let missing = format!("`{source}/{name}` has no copy here yet");
        let changed = format!("`{source}/{name}` or the rule has changed");
        self.write(
            view,
            copy,
            (self.snapshot.get(kind, namespace, name), namespace),
            [missing, changed],
        );
    }

    /// A grant is compared like a copy; its name is ours alone, so nothing yields.
    pub(super) fn settle_grant(
        &mut self,
        view: &View<'a>,
        (namespace, name): (&'a str, String),
        copy: &Copy,
    ) {
        let live = self.snapshot.get(Kind::ReferenceGrant, namespace, &name);
        if let Some(found) = live.filter(|live| live.marks().is_none()) {
            let object = found.object().reference();
            let reason = format!("ReferenceGrant `{name}` is there and is not ours");
            let (code, rule) = ("exists", view.rule.name.clone());
            self.plan.conflicts.push(Conflict {
                object,
                rule,
                code,
                reason,
            });
            return;
        }
        let stored = self
            .snapshot
            .within(Kind::ReferenceGrant, namespace)
            .find(|(found, _)| *found == name);
        if let Some((found, _)) = stored {
            self.fates
                .insert((Kind::ReferenceGrant, namespace, found), Fate::Stays);
        }
        let missing = "routes of the preview lead into the source".to_owned();
        let changed = "routes of the preview lead elsewhere now".to_owned();
        self.write(view, copy, (live, namespace), [missing, changed]);
    }

    fn write(
        &mut self,
        view: &View<'a>,
        copy: &Copy,
        (live, namespace): (Option<&Stored>, &str),
        [missing, changed]: [String; 2],
    ) {
        let reason = match live.map(|live| copy.likeness(live)) {
            Some(Likeness::Same) => {
                self.plan.in_step += 1;
                return;
            }
            Some(Likeness::Outdated) => changed,
            Some(Likeness::Edited) => "somebody has changed the copy".to_owned(),
            None => missing,
        };
        self.plan.apply.push(Apply {
            object: copy.within(namespace),
            rule: view.rule.name.clone(),
            reason,
            existing: live.map(Stored::identity),
        });
    }

    pub(super) fn release(&mut self, live: &Stored, marks: Marks<'_>, reason: String) {
        self.plan.released.push(Released {
            object: live.identity(),
            rule: marks.rule.to_owned(),
            reason,
            remove: yielding::to_remove(live),
        });
    }

    pub(super) fn delete(&mut self, live: &Stored, marks: Marks<'_>, reason: String) {
        self.plan.delete.push(Delete {
            object: live.identity(),
            rule: marks.rule.to_owned(),
            reason,
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

    pub(super) fn hold(&mut self, view: &View<'_>, slot: Slot<'_>, code: &str, reason: &str) {
        self.plan.held.push(Held {
            object: reference(slot),
            rule: view.rule.name.clone(),
            code: code.to_owned(),
            reason: reason.to_owned(),
        });
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
