//! "Which rule changed me?": annotations on every object that a rule changed.
//!
//! Only an object that changes is annotated, so a second run, which changes nothing, leaves the bytes as they are.

use serde_json::Value;

use crate::edit::{ApplyError, Edit, apply_in_place};
use crate::engine::{Applied, Outcome};
use crate::object::{embedded, pointer};
use crate::order;

/// Names of the rules that changed the object, sorted, with commas.
pub const RULES: &str = "boltrope.dev/rules";
/// The digest of all rules of the run that changed it.
pub const DIGEST: &str = "boltrope.dev/rules-digest";

/// Adds the annotations as a last phase of edits. `before` is the document as it was read.
pub(super) fn annotate(before: &Value, outcome: &mut Outcome, digest: &str) -> Result<(), ApplyError> {
    let mut document = before.clone();
    for phase in &outcome.edits {
        apply_in_place(&mut document, phase.iter().map(|applied| &applied.edit))?;
    }
    let objects = embedded::objects(&document);
    let mut changed: Vec<Vec<&str>> = objects.iter().map(|_| Vec::new()).collect();
    for applied in outcome.edits.iter().flatten() {
        // Objects come outermost first: the last one that holds the place is the object that changed.
        let holds = |found: &embedded::Embedded<'_>| {
            found.pointer.is_empty() || pointer::is_inside(applied.edit.pointer(), &found.pointer)
        };
        let index = objects.iter().rposition(holds);
        if let Some(rules) = index.and_then(|index| changed.get_mut(index)) {
            rules.extend(applied.rules.iter().map(String::as_str));
        }
    }
    let mut phase = Vec::new();
    for (found, rules) in objects.iter().zip(changed) {
        if rules.is_empty() {
            continue;
        }
        let rules = sorted(rules);
        let mut names = rules.clone();
        // Rules that changed it in an earlier run still did, if they are the same rules.
        let annotations = found.object.value().pointer("/metadata/annotations");
        let earlier = |key| annotations.and_then(|map| map.get(key)).and_then(Value::as_str);
        if earlier(DIGEST) == Some(digest) {
            names.extend(
                earlier(RULES)
                    .unwrap_or_default()
                    .split(',')
                    .filter(|name| !name.is_empty()),
            );
        }
        let names = sorted(names).join(",");
        for (key, value) in [(RULES, names.as_str()), (DIGEST, digest)] {
            let at = pointer::push("/metadata/annotations", key);
            let edit = Edit::set(at, Value::from(value)).inside(&found.pointer);
            if !edit.is_done(&document) {
                let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
                phase.push(Applied { edit, rules });
            }
        }
    }
    if !phase.is_empty() {
        outcome.edits.push(phase);
    }
    Ok(())
}

/// Each name once.
fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    order::sort(&mut names);
    names.dedup();
    names
}
