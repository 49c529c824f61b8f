//! The edits of one document done on its text, phase by phase, and what is told when its text has no place for them.

use boltrope_yaml::{Change, Draft, EditError, Edited, Limits, Tree};

use super::run::Part;
use super::{Defect, Located, Place};
use crate::edit::{Edit, apply_in_place};
use crate::engine::{Applied, Finding, Severity};
use crate::object::Object;

/// The text after all phases, which was read again and says what the rules wanted. The tree's value becomes that.
pub(super) fn rewrite<'a, 'p>(
    tree: &mut Tree<'a>,
    phases: &'p [Vec<Applied>],
    limits: &Limits,
) -> Result<Edited<'a>, (&'p [Applied], EditError)> {
    let (last, earlier) = phases
        .split_last()
        .map_or((&[][..], &[][..]), |(last, earlier)| (last, earlier));
    // Each phase goes by the text that the one before left, so only the last can do without a tree of it.
    let mut edited: Option<Tree<'static>> = None;
    for phase in earlier {
        let before = edited.as_ref();
        let after = match before {
            None => tree.edit(&changes(phase), limits),
            Some(before) => before.edit(&changes(phase), limits),
        };
        edited = Some(after.map_err(|error| (phase.as_slice(), error))?);
    }
    let draft: Result<Draft<'a>, EditError> = match &edited {
        None => tree.draft(&changes(last), limits),
        Some(before) => before.draft(&changes(last), limits),
    };
    let draft = draft.map_err(|error| (last, error))?;
    for phase in phases {
        let edits = phase.iter().map(|applied| &applied.edit);
        if let Err(error) = apply_in_place(tree.value_mut(), edits) {
            let message = format!("an edit that was done cannot be done again: {error}");
            return Err((phase, EditError::Internal { message }));
        }
    }
    let confirmed = tree.confirm(draft, tree.value(), limits);
    confirmed.map_err(|error| (last, error))
}

/// A text that cannot be edited in place is the author's to change; a wrong result would be ours.
pub(super) fn refuse(
    error: &EditError,
    phase: &[Applied],
    tree: &Tree<'_>,
    at: impl Fn(&str) -> Place,
    part: &mut Part<'_>,
) {
    let EditError::Shared { pointer, reason, .. } = error else {
        let message = match error {
            EditError::Internal { message } => message.clone(),
            _ => format!("the text could not be edited: {error}"),
        };
        let place = at("");
        part.defects.push(Defect { place, message });
        return;
    };
    let rules = phase
        .iter()
        .find(|applied| applied.edit.pointer() == pointer)
        .or(phase.first())
        .map_or_else(String::new, |applied| applied.rules.join("`, `"));
    // The YAML layer says in one sentence why, and after the semicolon what to do.
    let (why, what) = reason.split_once("; ").unwrap_or((reason, ""));
    let mut letters = what.chars();
    let remedy = letters
        .next()
        .map(|first| format!("{}{}.", first.to_ascii_uppercase(), letters.as_str()));
    let finding = Finding {
        code: "engine/shared-text".to_owned(),
        severity: Severity::Error,
        rule: rules,
        object: Object::new(tree.value()).reference(),
        pointer: pointer.to_owned(),
        message: format!("`{pointer}` cannot be edited in place: {why}."),
        remedy: remedy.unwrap_or_default(),
    };
    let place = at(pointer);
    part.findings.push(Located { finding, place });
}

fn changes(phase: &[Applied]) -> Vec<Change<'_>> {
    let edits = phase.iter().map(|applied| &applied.edit);
    edits
        .map(|edit| match edit {
            Edit::Set { pointer, value } => Change::Set { pointer, value },
            Edit::Remove { pointer } => Change::Remove { pointer },
        })
        .collect()
}
