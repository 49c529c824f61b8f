//! Taking back what an episode wrote: data, labels, annotations and our own condition, object by object, and only while
//! the object is as we left it.

use serde_json::Value;

use super::{Machine, Saved, Write};
use crate::object::Object;

/// Why an object is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UndoRefusal {
    /// Somebody, most likely the controller, wrote it since.
    #[error("{object} was changed since (resourceVersion {found}, we left it at {left}): it stays as it is")]
    Changed {
        /// Kind, namespace and name.
        object: String,
        /// The version now.
        found: String,
        /// The version that we left.
        left: String,
    },
    /// Our run was cut off, and the object is not simply what the write would have made of it.
    #[error("nobody knows whether {object} is as we left it: the run was cut off; it stays as it is")]
    Unsure {
        /// Kind, namespace and name.
        object: String,
    },
    /// It is not there any more.
    #[error("{object} is gone")]
    Gone {
        /// Kind, namespace and name.
        object: String,
    },
}

/// What takes back the writes of an episode to each object, newest object first. `current` reads an object as it is now.
///
/// Each answer is about one object: the writes in order (each is meant for the version that the one before it makes, see
/// [`Write::for_version`]), or why there are none.
pub fn undo(
    episode: &impl Machine,
    current: impl Fn(&Write) -> Option<Value>,
) -> Vec<Result<Vec<Write>, UndoRefusal>> {
    let mut objects: Vec<Vec<&Saved>> = Vec::new();
    for saved in episode.saved().iter().rev() {
        let same = |group: &&mut Vec<&Saved>| {
            let first = group.first();
            first.is_some_and(|first| first.write.is_for(saved.before.object()))
        };
        match objects.iter_mut().find(same) {
            Some(group) => group.push(saved),
            None => objects.push(vec![saved]),
        }
    }
    let one = |group: &Vec<&Saved>| undo_object(group, &current);
    objects.iter().map(one).collect()
}

/// `group` is one object's writes, newest first.
fn undo_object(
    group: &[&Saved],
    current: impl Fn(&Write) -> Option<Value>,
) -> Result<Vec<Write>, UndoRefusal> {
    let Some(last) = group.first() else {
        return Ok(Vec::new());
    };
    let Write {
        kind,
        namespace,
        name,
        ..
    } = &last.write;
    let object = format!("{kind} {namespace}/{name}");
    let Some(mut current) = current(&last.write) else {
        return Err(UndoRefusal::Gone { object });
    };
    let found = Object::new(&current)
        .text("/metadata/resourceVersion")
        .unwrap_or_default()
        .to_owned();
    let Some(left) = &last.left_at else {
        return Err(UndoRefusal::Unsure { object });
    };
    if *left != found {
        let left = left.clone();
        return Err(UndoRefusal::Changed { object, found, left });
    }
    let mut writes = Vec::new();
    for saved in group {
        let edits = saved.write.reversed(saved.before.object(), &current);
        let write = Write::new(&current, saved.write.to_status, edits);
        // The next older write is taken back from what this one leaves.
        if let Ok(after) = write.apply(&current) {
            current = after;
        }
        writes.push(write);
    }
    Ok(writes)
}
