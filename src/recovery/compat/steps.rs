//! What each step writes. All of them are writes to the HelmRelease or its status, tested on `resourceVersion`.

use serde_json::{Value, json};

use super::marks::{self, Shape};
use crate::edit::Edit;
use crate::object::pointer;
use crate::recovery::Timestamp;
use crate::recovery::diagnose::Facts;
use crate::recovery::episode::{Saved, Write};

/// The script's words in the condition Ready, by which people find what was corrected.
pub const MESSAGE: &str = "auto-corrected from deployed-but-unknown-Ready by stuck-hr-recovery (TBD-A66)";
const REASON: &str = "ReconciliationSucceeded";

const SUSPEND: &str = "/spec/suspend";

/// Branch A, first half. The mark is in the same write, so no suspension of ours is ever without it.
pub(super) fn suspend(facts: &Facts<'_>) -> Write {
    let mark = Shape::of(facts).after_a_change().text();
    let edits = vec![
        Edit::set(SUSPEND, true),
        Edit::set(annotation(marks::SUSPENDED_FOR), mark),
    ];
    Write::new(facts.object.value(), false, edits)
}

/// Branch A, second half. Somebody else may have resumed it: then only the mark changes.
pub(super) fn resume(facts: &Facts<'_>) -> Write {
    let suspended = Shape::marked(facts, marks::SUSPENDED_FOR);
    let now = Shape::of(facts);
    let revision = suspended.map_or(now.revision, |suspended| suspended.revision);
    let shape = Shape { revision, ..now };
    let mut edits = vec![Edit::remove(annotation(marks::SUSPENDED_FOR))];
    let left = if facts.is_suspended() {
        edits.push(Edit::set(SUSPEND, false));
        shape.after_a_change()
    } else {
        shape
    };
    edits.push(Edit::set(annotation(marks::TOGGLED_FOR), left.text()));
    Write::new(facts.object.value(), false, edits)
}

/// Branch B, first half: the script's annotation, and what it is about.
pub(super) fn mark(facts: &Facts<'_>, now: Timestamp) -> Write {
    let edits = vec![
        Edit::set(annotation(marks::CORRECTED_AT), now.to_string()),
        Edit::set(annotation(marks::CORRECTED_FOR), Shape::of(facts).text()),
    ];
    Write::new(facts.object.value(), false, edits)
}

/// Branch B, second half: the element Ready, and no other. `None` if there is none to replace.
pub(super) fn correct(facts: &Facts<'_>, now: Timestamp) -> Option<Write> {
    let at = facts.ready?.pointer();
    let condition = json!({
        "type": "Ready",
        "status": "True",
        "reason": REASON,
        "message": MESSAGE,
        "observedGeneration": Shape::of(facts).generation,
        "lastTransitionTime": now.to_string(),
    });
    Some(Write::new(
        facts.object.value(),
        true,
        vec![Edit::set(at, condition)],
    ))
}

/// Takes the mark of branch B back: what stood there before stands there again. `None` if it does already.
pub(super) fn unmark(facts: &Facts<'_>, marked: &Saved) -> Option<Write> {
    let release = facts.object.value();
    let edits = marked.write.reversed(marked.before.object(), release);
    let edits: Vec<Edit> = edits.into_iter().filter(|edit| !edit.is_done(release)).collect();
    (!edits.is_empty()).then(|| Write::new(release, false, edits))
}

/// Whether Ready is as branch B leaves it.
pub(super) fn is_corrected(release: &Value) -> bool {
    crate::recovery::conditions::condition(release, "Ready")
        .is_some_and(|ready| ready.is_true() && ready.message == MESSAGE)
}

fn annotation(key: &str) -> String {
    pointer::push("/metadata/annotations", key)
}
