//! The annotations by which one run knows what another one did: the script's own, and three that say for which
//! generation and revision.
//!
//! A mark counts for one shape of a release only, so a second episode is repaired again; and a mark is never
//! believed against the object: a correction that never arrived, or a suspension that somebody else made since, is seen.

use serde_json::Value;

use crate::recovery::Timestamp;
use crate::recovery::diagnose::Facts;
use crate::recovery::episode::FIELD_MANAGER;

/// The script's annotation, with its value: the moment.
pub const CORRECTED_AT: &str = "stuck-hr-recovery.openova.io/auto-corrected-at";
/// The generation and revision that were corrected.
pub(super) const CORRECTED_FOR: &str = "boltrope.dev/auto-corrected-for";
/// The generation that our suspension made, and the revision. Gone once it is resumed.
pub(super) const SUSPENDED_FOR: &str = "boltrope.dev/suspended-for";
/// The generation that our toggle left, and the revision.
pub(super) const TOGGLED_FOR: &str = "boltrope.dev/toggled-for";

/// A release in one shape: `4/7` is generation 4 at revision 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) generation: i64,
    pub(super) revision: u64,
}

impl Shape {
    /// As it is now.
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let generation = facts.object.value().pointer("/metadata/generation");
        Self {
            generation: generation.and_then(Value::as_i64).unwrap_or_default(),
            revision: facts.newest.as_ref().map_or(0, |newest| newest.record.version()),
        }
    }

    /// As it will be after a change of the spec.
    pub(super) fn after_a_change(self) -> Self {
        Self {
            generation: self.generation + 1,
            ..self
        }
    }

    pub(super) fn text(self) -> String {
        format!("{}/{}", self.generation, self.revision)
    }

    /// What a mark says.
    pub(super) fn marked(facts: &Facts<'_>, key: &str) -> Option<Self> {
        let (generation, revision) = facts.object.annotation(key)?.split_once('/')?;
        Some(Self {
            generation: generation.parse().ok()?,
            revision: revision.parse().ok()?,
        })
    }
}

/// Whether branch B has been done in this shape. A mark that is younger than the state of Ready tells of a correction
/// that was begun and never arrived.
pub(super) fn is_corrected(facts: &Facts<'_>) -> bool {
    let at = facts.object.annotation(CORRECTED_AT).and_then(Timestamp::parse);
    let since = facts.ready.and_then(|ready| ready.since);
    let arrived = at.is_some_and(|at| since.is_none_or(|since| since >= at));
    arrived && Shape::marked(facts, CORRECTED_FOR) == Some(Shape::of(facts))
}

/// Whether branch A has been done in this shape.
pub(super) fn is_toggled(facts: &Facts<'_>) -> bool {
    Shape::marked(facts, TOGGLED_FOR) == Some(Shape::of(facts))
}

/// Whether the suspension is ours and nobody else's: the owner of the field says so; without owners, the generation.
pub(super) fn is_suspended_by_us(facts: &Facts<'_>) -> bool {
    let Some(marked) = Shape::marked(facts, SUSPENDED_FOR).filter(|_| facts.is_suspended()) else {
        return false;
    };
    let managed = facts.object.value().pointer("/metadata/managedFields");
    let managed = managed.and_then(Value::as_array).filter(|list| !list.is_empty());
    let Some(managed) = managed else {
        return marked.generation == Shape::of(facts).generation;
    };
    let owners: Vec<&str> = managed
        .iter()
        .filter(|entry| entry.pointer("/fieldsV1/f:spec/f:suspend").is_some())
        .filter_map(|entry| entry.get("manager")?.as_str())
        .collect();
    !owners.is_empty() && owners.iter().all(|owner| *owner == FIELD_MANAGER)
}
