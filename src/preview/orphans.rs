//! Copies of ours that nobody wants any more, whatever happened while nobody looked.

use super::kind::Kind;
use super::marks::{Marks, PREVIEW_TO};
use super::planner::{Fate, Planner};
use super::snapshot::Snapshot;
use super::view::View;
use super::yielding;

impl<'a> Planner<'a> {
    /// Finds them among all objects of the kinds that are completely known.
    pub(super) fn orphans(&mut self, views: &[View<'a>]) {
        let snapshot = self.snapshot;
        let is_blocked = |kind: &Kind| self.blocked.contains(kind);
        let kinds: Vec<Kind> = Kind::WRITTEN
            .into_iter()
            .filter(|kind| !is_blocked(kind))
            .collect();
        for kind in kinds {
            for (namespace, name, live) in snapshot.all(kind) {
                let Some(marks) = live.marks() else { continue };
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
                    self.delete(live, marks, reason);
                }
            }
        }
    }
}

/// Why a copy that no rule wants goes; `None` when it stays, because its rule waits or its namespace goes anyway.
fn why_gone(
    views: &[View<'_>],
    snapshot: &Snapshot,
    (kind, namespace): (Kind, &str),
    marks: Marks<'_>,
) -> Option<String> {
    let Marks { name, rule, .. } = marks;
    let is_ending = |namespace: &str| {
        let found = snapshot.get(Kind::Namespace, "", namespace);
        found.is_some_and(|found| found.object().is_deleting())
    };
    if is_ending(namespace) {
        return None;
    }
    let Some(view) = views.iter().find(|view| view.rule.name == rule) else {
        return Some(format!("there is no rule `{rule}` any more"));
    };
    if view.waiting.is_some() {
        return None;
    }
    let source = &view.rule.settings.source;
    if *source != marks.namespace {
        return Some(format!("the source of rule `{rule}` is `{source}` now"));
    }
    if kind == Kind::ReferenceGrant {
        return Some(format!("no route of namespace `{name}` needs it any more"));
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
    Some(match view.sources.get(&(kind, name)) {
        None => format!("its source `{source}/{name}` is gone"),
        Some(_) if kind == Kind::Service && !view.rule.settings.external_name => {
            "`strategy` of the rule has no `externalName` any more".to_owned()
        }
        Some(found) if !found.goes_to(namespace) => {
            format!("its source leaves namespace `{namespace}` out (`{PREVIEW_TO}`)")
        }
        Some(_) => format!("`{source}/{name}` cannot be copied any more"),
    })
}
