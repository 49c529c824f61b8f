//! What takes edits back that were done in place: the object is then exactly as it was, the order of its keys included.
//!
//! Only a document that is edited where it is needs it. The policies edit a copy, which can be thrown away, and without
//! the `yaml` feature nothing is kept here.

use serde_json::Value;

/// The steps of some edits, to be taken back.
#[derive(Debug, Default)]
pub(crate) struct Undo(#[cfg(feature = "yaml")] Vec<Step>);

/// What was before one step, and the way to where: positions, because keys may be large.
#[cfg(feature = "yaml")]
#[derive(Debug)]
struct Step {
    path: Vec<usize>,
    before: Before,
}

/// What was before one step.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "yaml"),
    expect(dead_code, reason = "nothing is taken back without the feature")
)]
pub(super) enum Before {
    /// This value.
    Value(Value),
    /// One key or item less, at the end.
    Shorter,
    /// One key more.
    Entry(usize, String, Value),
    /// One item more.
    Item(usize, Value),
}

/// The way of one edit through the object.
#[derive(Default)]
pub(super) struct Walk {
    /// How many keys it went down.
    pub(super) depth: usize,
    #[cfg(feature = "yaml")]
    path: Vec<usize>,
    /// The edit has made what it is in: taking that back takes everything back.
    #[cfg(feature = "yaml")]
    inside_new: bool,
}

#[cfg(feature = "yaml")]
impl Walk {
    pub(super) fn step(&mut self, position: usize) {
        self.depth += 1;
        self.path.push(position);
    }

    pub(super) fn note(&mut self, undo: &mut Undo, before: Before) {
        if !self.inside_new {
            let path = self.path.clone();
            undo.0.push(Step { path, before });
        }
        self.inside_new = true;
    }
}

#[cfg(not(feature = "yaml"))]
impl Walk {
    pub(super) fn step(&mut self, _: usize) {
        self.depth += 1;
    }

    pub(super) fn note(&mut self, _: &mut Undo, _: Before) {}
}

#[cfg(not(feature = "yaml"))]
impl Undo {
    /// What went wrong is refused and thrown away: nobody looks at it again.
    pub(crate) fn revert(self, _: &mut Value) {}
}

#[cfg(feature = "yaml")]
impl Undo {
    /// Takes the edits back, of the object that they were done on.
    pub(crate) fn revert(self, object: &mut Value) {
        for Step { path, before } in self.0.into_iter().rev() {
            let place = path
                .into_iter()
                .try_fold(&mut *object, |here, position| super::apply::child(here, position));
            match (place, before) {
                (Some(place), Before::Value(value)) => *place = value,
                (Some(Value::Object(map)), Before::Shorter) => {
                    let last = map.keys().next_back().cloned();
                    last.and_then(|last| map.shift_remove(&last));
                }
                (Some(Value::Array(items)), Before::Shorter) => drop(items.pop()),
                (Some(Value::Object(map)), Before::Entry(at, key, value)) => {
                    map.shift_insert(at, key, value);
                }
                (Some(Value::Array(items)), Before::Item(at, value)) => items.insert(at, value),
                _ => {}
            }
        }
    }
}
