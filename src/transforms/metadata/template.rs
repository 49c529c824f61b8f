//! Labels and annotations on the pods that a workload makes (rules.md 6.2).
//!
//! A template that changes rolls its pods. So a template is written when the object is made or when somebody changes
//! the template anyway, and never just because a policy was installed.

use super::settings::{Field, Requirement};
use super::value::{Filled, Found, Judge};
use crate::edit::Edit;
use crate::engine::{Context, Wishes};
use crate::object::template::place;

/// The annotation by which Helm knows its hooks.
const HELM_HOOK: &str = "helm.sh/hook";

/// A workload's pod template.
pub(super) struct Template<'r> {
    context: &'r Context<'r>,
    /// Where it sits in the object.
    pub(super) place: &'static str,
}

impl<'r> Template<'r> {
    /// The pod template, unless it is one that nobody may change: a Job's, while rendering, when Helm does not make
    /// the Job anew as it does with hooks.
    pub(super) fn find(context: &'r Context<'r>) -> Option<Self> {
        let template = Self {
            context,
            place: place(context.object)?,
        };
        let is_fixed =
            !context.is_admission() && template.is_job() && context.object.annotation(HELM_HOOK).is_none();
        (!is_fixed).then_some(template)
    }

    /// Writes what the object has, or will have, and the template lacks.
    pub(super) fn propagate(&self, judge: &Judge<'_, '_>, filled: &Filled, wishes: &mut Wishes) {
        let missing: Vec<(&Requirement, String)> = judge
            .requirements
            .keys
            .iter()
            .filter(|requirement| judge.find(requirement, self.place) == Found::Nothing)
            .filter_map(|requirement| Some((requirement, self.value(judge, requirement, filled)?)))
            .collect();
        let (selected, free): (Vec<_>, Vec<_>) = missing
            .into_iter()
            .partition(|(requirement, _)| self.is_selected_by(requirement));
        let why_selected = "the selector speaks of it";
        self.warn(
            judge,
            &selected,
            why_selected,
            "Change the selector, or choose another key.",
            wishes,
        );
        if self.is_job() && self.context.is_update() {
            self.warn(
                judge,
                &free,
                "the template of a Job never changes",
                "Create the Job anew.",
                wishes,
            );
        } else if self.context.is_update() && !self.is_changed() {
            let remedy = "Nothing is to be done now; the next change of the template brings it.";
            self.warn(
                judge,
                &free,
                "this update leaves the template as it is",
                remedy,
                wishes,
            );
        } else {
            for (requirement, value) in free {
                let at = requirement.pointer(self.place);
                let (name, key) = (requirement.field.name(), &requirement.key);
                let message = format!("{name} `{key}` is missing on the pod template.");
                let remedy = judge.write(requirement, self.place, &value);
                wishes.change(
                    &[*judge.active],
                    at.clone(),
                    message,
                    remedy,
                    vec![Edit::set(at, value)],
                );
            }
        }
    }

    /// What the template should have: the object's own value if it is a good one, else what will be written there.
    fn value(&self, judge: &Judge<'_, '_>, requirement: &Requirement, filled: &Filled) -> Option<String> {
        let value = match judge.find(requirement, "") {
            Found::Text(value) => Some(value.to_owned()),
            Found::Nothing => {
                let at = requirement.pointer("");
                let written = filled.iter().find(|(pointer, _)| *pointer == at);
                written
                    .map(|(_, value)| value.clone())
                    .or_else(|| judge.fill(requirement))
            }
            Found::Other => None,
        };
        value.filter(|value| judge.allows(requirement, value))
    }

    fn warn(
        &self,
        judge: &Judge<'_, '_>,
        missing: &[(&Requirement, String)],
        why: &str,
        remedy: &str,
        wishes: &mut Wishes,
    ) {
        if missing.is_empty() {
            return;
        }
        let keys: Vec<String> = missing
            .iter()
            .map(|(requirement, _)| format!("{} `{}`", requirement.field.name(), requirement.key))
            .collect();
        let message = format!("the pod template lacks {}, and {why}.", keys.join(", "));
        wishes.warning(
            judge.active,
            "not-propagated",
            format!("{}/metadata", self.place),
            message,
            remedy,
        );
    }

    fn is_job(&self) -> bool {
        self.context.object.group() == "batch" && self.context.object.kind() == "Job"
    }

    /// Whether this update changes the template.
    fn is_changed(&self) -> bool {
        let old = self.context.old.and_then(|old| old.value().pointer(self.place));
        old.is_some_and(|old| Some(old) != self.context.object.value().pointer(self.place))
    }

    /// Whether the workload finds its pods by the key: another value there and it would lose them.
    fn is_selected_by(&self, requirement: &Requirement) -> bool {
        let Some(selector) = self.context.object.value().pointer("/spec/selector") else {
            return false;
        };
        let key = requirement.key.as_str();
        let labels = selector.get("matchLabels").unwrap_or(selector);
        let expressions = selector.get("matchExpressions").and_then(|list| list.as_array());
        let is_about_key =
            |condition: &serde_json::Value| condition.get("key").and_then(|key| key.as_str()) == Some(key);
        requirement.field == Field::Label
            && (labels.get(key).is_some() || expressions.into_iter().flatten().any(is_about_key))
    }
}
