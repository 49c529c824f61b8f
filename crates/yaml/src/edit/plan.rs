//! The changes as one tree: what happens to each part of the value.
//!
//! Building it finds contradictions and wrong pointers before anything is touched. The same plan changes the value
//! ([`Plan::apply`]) and, in the modules beside this one, the text.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::change::{Change, EditError};
use crate::tree::{index, tokens};

/// What happens to one value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Plan<'c> {
    Set {
        value: &'c Value,
        pointer: &'c str,
    },
    Remove {
        pointer: &'c str,
    },
    /// On a mapping, or where nothing or null is, which becomes one.
    Entries(Vec<(String, Plan<'c>)>),
    Items {
        /// By index, in ascending order.
        changed: Vec<(usize, Plan<'c>)>,
        appended: Vec<Plan<'c>>,
    },
}

/// What happens to items of a list, each with its index, in ascending order.
pub(super) type ItemPlans<'c> = [(usize, Plan<'c>)];

/// The plan of all changes; `None` if there are none.
pub(super) fn build<'c>(
    value: &Value,
    changes: &'c [Change<'_>],
    depth: usize,
) -> Result<Option<Plan<'c>>, EditError> {
    let mut root = None;
    for change in changes {
        let pointer = change.pointer();
        let Some(tokens) = tokens(pointer) else {
            return Err(EditError::Pointer {
                pointer: pointer.to_owned(),
            });
        };
        if tokens.len() > depth {
            return Err(EditError::TooDeep {
                pointer: pointer.to_owned(),
                depth,
            });
        }
        if tokens.is_empty() && matches!(change, Change::Remove { .. }) {
            return Err(EditError::Root);
        }
        Wish { change, pointer }.insert(&mut root, Some(value), &tokens)?;
    }
    Ok(root)
}

/// One change on its way into the plan.
struct Wish<'c, 'v> {
    change: &'c Change<'v>,
    pointer: &'c str,
}

impl<'c> Wish<'c, '_> {
    fn leaf(&self) -> Plan<'c> {
        match *self.change {
            Change::Set { value, .. } => Plan::Set {
                value,
                pointer: self.pointer,
            },
            Change::Remove { .. } => Plan::Remove {
                pointer: self.pointer,
            },
        }
    }

    fn insert(
        &self,
        slot: &mut Option<Plan<'c>>,
        value: Option<&Value>,
        tokens: &[Cow<'_, str>],
    ) -> Result<(), EditError> {
        let Some((token, rest)) = tokens.split_first() else {
            return self.insert_leaf(slot, value);
        };
        if let Some(leaf @ (Plan::Set { .. } | Plan::Remove { .. })) = slot {
            return Err(self.conflict(leaf));
        }
        match value {
            Some(Value::Array(items)) => self.insert_item(slot, items, token, rest),
            Some(Value::Object(map)) => self.insert_entry(slot, map.get(token.as_ref()), token, rest),
            None | Some(Value::Null) if token == "-" => Err(EditError::Index {
                pointer: self.pointer.to_owned(),
                length: 0,
            }),
            None | Some(Value::Null) => self.insert_entry(slot, None, token, rest),
            Some(scalar) => {
                let found = match scalar {
                    Value::String(_) => "text",
                    Value::Bool(_) => "boolean",
                    _ => "number",
                };
                Err(EditError::Scalar {
                    pointer: self.pointer.to_owned(),
                    found,
                })
            }
        }
    }

    fn insert_leaf(&self, slot: &mut Option<Plan<'c>>, value: Option<&Value>) -> Result<(), EditError> {
        let leaf = self.leaf();
        match slot {
            Some(Plan::Set { value: before, .. }) if matches!(leaf, Plan::Set { value, .. } if value == *before) =>
                {}
            Some(Plan::Remove { .. }) if matches!(leaf, Plan::Remove { .. }) => {}
            Some(other) => return Err(self.conflict(other)),
            None if value.is_none() && matches!(leaf, Plan::Remove { .. }) => {
                return Err(EditError::Missing {
                    pointer: self.pointer.to_owned(),
                });
            }
            None => *slot = Some(leaf),
        }
        Ok(())
    }

    fn insert_entry(
        &self,
        slot: &mut Option<Plan<'c>>,
        value: Option<&Value>,
        token: &str,
        rest: &[Cow<'_, str>],
    ) -> Result<(), EditError> {
        let plan = slot.get_or_insert_with(|| Plan::Entries(Vec::new()));
        let Plan::Entries(entries) = plan else {
            return Err(self.conflict(plan));
        };
        let at = entries.iter().position(|(name, _)| name == token);
        let mut child = at.map(|at| entries.remove(at).1);
        let result = self.insert(&mut child, value, rest);
        if let Some(child) = child {
            entries.insert(at.unwrap_or(entries.len()), (token.to_owned(), child));
        }
        result
    }

    fn insert_item(
        &self,
        slot: &mut Option<Plan<'c>>,
        items: &[Value],
        token: &str,
        rest: &[Cow<'_, str>],
    ) -> Result<(), EditError> {
        let empty = || Plan::Items {
            changed: Vec::new(),
            appended: Vec::new(),
        };
        let plan = slot.get_or_insert_with(empty);
        let Plan::Items { changed, appended } = plan else {
            return Err(self.conflict(plan));
        };
        if token == "-" {
            let mut child = None;
            self.insert(&mut child, None, rest)?;
            let is_new = |child: &Plan<'_>| !appended.iter().any(|other| other.is_equal(child));
            appended.extend(child.filter(is_new));
            return Ok(());
        }
        let Some(at) = index(token).filter(|&at| at <= items.len()) else {
            return Err(EditError::Index {
                pointer: self.pointer.to_owned(),
                length: items.len(),
            });
        };
        let (place, mut child) = match changed.binary_search_by_key(&at, |(at, _)| *at) {
            Ok(place) => (place, Some(changed.remove(place).1)),
            Err(place) => (place, None),
        };
        let result = self.insert(&mut child, items.get(at), rest);
        if let Some(child) = child {
            changed.insert(place, (at, child));
        }
        result
    }

    fn conflict(&self, other: &Plan<'_>) -> EditError {
        EditError::Conflict {
            first: other.pointer().to_owned(),
            second: self.pointer.to_owned(),
        }
    }
}

impl<'c> Plan<'c> {
    /// The pointer of the first change in it.
    pub(super) fn pointer(&self) -> &'c str {
        match self {
            Self::Set { pointer, .. } | Self::Remove { pointer } => pointer,
            Self::Entries(entries) => entries.first().map_or("", |(_, plan)| plan.pointer()),
            Self::Items { changed, appended } => changed
                .iter()
                .map(|(_, plan)| plan)
                .chain(appended)
                .next()
                .map_or("", |plan| plan.pointer()),
        }
    }

    /// Equal but for the pointers they came from.
    fn is_equal(&self, other: &Self) -> bool {
        let value = |plan: &Self| {
            let mut value = Value::Null;
            plan.clone().apply(&mut value);
            value
        };
        value(self) == value(other)
    }

    /// What a place becomes where nothing was.
    pub(super) fn fresh(&self) -> Value {
        let mut value = Value::Null;
        self.apply(&mut value);
        value
    }

    /// Changes the value.
    pub(super) fn apply(&self, value: &mut Value) {
        match self {
            Self::Set { value: new, .. } => *value = (*new).clone(),
            Self::Remove { .. } => *value = Value::Null,
            Self::Entries(entries) => {
                if !value.is_object() {
                    *value = Value::Object(Map::new());
                }
                let Value::Object(map) = value else { return };
                for (name, plan) in entries {
                    if let Self::Remove { .. } = plan {
                        map.shift_remove(name);
                    } else {
                        plan.apply(map.entry(name.as_str()).or_insert(Value::Null));
                    }
                }
            }
            Self::Items { changed, appended } => {
                let Value::Array(items) = value else { return };
                let length = items.len();
                let (kept, new) = split_at_length(changed, length);
                items.extend(new.iter().map(|(_, plan)| plan.fresh()));
                items.extend(appended.iter().map(Self::fresh));
                for (at, plan) in kept.iter().rev() {
                    if let Self::Remove { .. } = plan {
                        items.remove(*at);
                    } else if let Some(item) = items.get_mut(*at) {
                        plan.apply(item);
                    }
                }
            }
        }
    }
}

/// The changes of items that a list has, and those behind its end.
pub(super) fn split_at_length<'p, 'c>(
    changed: &'p ItemPlans<'c>,
    length: usize,
) -> (&'p ItemPlans<'c>, &'p ItemPlans<'c>) {
    let end = changed.partition_point(|(at, _)| *at < length);
    changed.split_at_checked(end).unwrap_or((changed, &[]))
}
