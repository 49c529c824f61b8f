//! Which namespaces a rule serves, and why (rules.md 1.7 to 1.10; opt-out; `maxNamespaces`).

use super::kind::Kind;
use super::marks;
use super::plan::Selection;
use super::rules::PreviewRule;
use super::snapshot::Snapshot;
use crate::selector::is_protected;

/// A namespace that a rule selects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) name: &'a str,
    /// It is one of the `maxNamespaces`: beyond them nothing new is made.
    pub(super) is_served: bool,
    /// It is being deleted: the API server takes nothing new there, and everything in it goes with it.
    pub(super) is_ending: bool,
}

/// The namespaces of one rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Targets<'a> {
    /// By name.
    pub(super) selected: Vec<Target<'a>>,
    /// What was said about every namespace.
    pub(super) looked_at: Vec<Selection>,
}

impl<'a> Targets<'a> {
    /// Asks every Namespace.
    pub(super) fn of(rule: &PreviewRule, snapshot: &'a Snapshot) -> Self {
        let mut targets = Self::default();
        let mut ages = Vec::new();
        for (_, name, namespace) in snapshot.all(Kind::Namespace) {
            let (selected, reason) = decide(rule, name, &namespace.value);
            if selected {
                ages.push((marks::created(&namespace.value), name, targets.looked_at.len()));
                targets.selected.push(Target {
                    name,
                    is_served: true,
                    is_ending: namespace.object().is_deleting(),
                });
            }
            targets.looked_at.push(Selection {
                rule: rule.name.clone(),
                namespace: name.to_owned(),
                selected,
                reason,
            });
        }
        ages.sort_unstable();
        for (_, name, position) in ages.into_iter().skip(rule.settings.max_namespaces) {
            let max = rule.settings.max_namespaces;
            if let Some(target) = targets.selected.iter_mut().find(|target| target.name == name) {
                target.is_served = false;
            }
            if let Some(selection) = targets.looked_at.get_mut(position) {
                selection.reason = format!(
                    "{}; but it is beyond `maxNamespaces: {max}`, so nothing new is made there",
                    selection.reason
                );
            }
        }
        targets
    }

    /// How many are beyond `maxNamespaces`.
    pub(super) fn over(&self) -> usize {
        self.selected.iter().filter(|target| !target.is_served).count()
    }

    pub(super) fn get(&self, name: &str) -> Option<Target<'a>> {
        let found = self
            .selected
            .binary_search_by(|target| target.name.cmp(name))
            .ok()?;
        self.selected.get(found).copied()
    }

    /// What was said about a namespace.
    pub(super) fn reason(&self, name: &str) -> Option<&str> {
        let by_name = |selection: &Selection| selection.namespace.as_str().cmp(name);
        let found = self.looked_at.binary_search_by(by_name).ok()?;
        self.looked_at
            .get(found)
            .map(|selection| selection.reason.as_str())
    }
}

fn decide(rule: &PreviewRule, name: &str, namespace: &serde_json::Value) -> (bool, String) {
    let settings = &rule.settings;
    if name == settings.source {
        return (false, "it is the source itself".to_owned());
    }
    if is_protected(name) && !settings.namespaces.names_literally(name) {
        return (
            false,
            "it is protected, and `include` does not name it literally".to_owned(),
        );
    }
    let (selected, reason) = settings.namespaces.explain(name, namespace);
    if selected && marks::is_off(crate::object::Object::new(namespace)) {
        return (false, format!("it says `{}: \"off\"`", marks::PREVIEW));
    }
    (selected, reason)
}
