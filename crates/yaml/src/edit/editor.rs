//! Walks the plan along the nodes and decides what happens to each part of the text.
//!
//! What has parts and keeps some of them is edited in place ([`super::block`], [`super::flow`]); everything else is written
//! anew where it stands ([`super::replace`]). Text that also means something elsewhere is never touched.

use serde_json::{Map, Value};

use super::change::EditError;
use super::layout::Layout;
use super::plan::{ItemPlans, Plan, split_at_length};
use super::splice::Splices;
use super::verify::is_same;
use super::write::Writer;
use crate::Limits;
use crate::tree::{Inherited, Kind, Node, NodeId};

/// One edit under way.
#[derive(Debug)]
pub(super) struct Editor<'t> {
    pub(super) layout: Layout<'t>,
    pub(super) writer: Writer,
    pub(super) splices: Splices,
    pub(super) limits: &'t Limits,
    /// A block scalar was written that keeps the blank lines after it.
    pub(super) wrote_keeping: bool,
    /// The anchored node, in use elsewhere, that the walk is inside of.
    pub(super) inside_shared: Option<NodeId>,
}

/// Where a value stands: after the `:` of its key, after the `-` of its item, or alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) kind: SlotKind,
    /// After the `:` or `-`.
    pub(super) start: usize,
    /// The column of the key or dash.
    pub(super) column: usize,
    /// Inside brackets or braces.
    pub(super) flow: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SlotKind {
    Root,
    Value,
    /// A value whose key has no `:` yet.
    Bare,
    Item,
}

/// An entry or an item of a collection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// At the key, `?` or dash; in a flow collection at the key or the item.
    pub(super) start: usize,
    pub(super) node: NodeId,
    pub(super) key: Option<NodeId>,
    pub(super) removed: bool,
}

/// A new entry or item.
#[derive(Debug, Clone)]
pub(super) struct Insert {
    pub(super) name: Option<String>,
    pub(super) value: Value,
}

impl<'t> Editor<'t> {
    pub(super) fn new(layout: Layout<'t>, limits: &'t Limits) -> Self {
        let writer = Writer {
            habits: layout.habits,
        };
        Self {
            layout,
            writer,
            splices: Splices::default(),
            limits,
            wrote_keeping: false,
            inside_shared: None,
        }
    }

    /// Applies a plan to a node.
    pub(super) fn change(
        &mut self,
        id: NodeId,
        value: &Value,
        plan: &Plan<'_>,
        slot: Slot,
    ) -> Result<(), EditError> {
        let outer = self.inside_shared;
        if self.is_used(id) {
            self.inside_shared = Some(id);
        }
        let result = match (plan, value) {
            (Plan::Set { value: new, pointer }, _) => self.set(id, value, new, slot, pointer),
            (Plan::Entries(_) | Plan::Items { .. }, _) if self.kind(id) == Some(Kind::Alias) => {
                let reason =
                    "it is inside an alias, so it would change where the anchor is; set the alias itself";
                Err(self.shared(id, plan.pointer(), reason))
            }
            (Plan::Entries(entries), Value::Object(map)) => {
                self.edit_map(id, map, entries, slot, plan.pointer())
            }
            (Plan::Entries(_), _) => self.replace(id, &plan.fresh(), slot, plan.pointer()),
            (Plan::Items { changed, appended }, Value::Array(items)) => {
                self.edit_seq(id, items, (changed, appended), slot, plan.pointer())
            }
            (Plan::Items { .. } | Plan::Remove { .. }, _) => Ok(()),
        };
        self.inside_shared = outer;
        result
    }

    /// Puts a new value in the place of an old one, changing only what differs.
    fn set(
        &mut self,
        id: NodeId,
        old: &Value,
        new: &Value,
        slot: Slot,
        pointer: &str,
    ) -> Result<(), EditError> {
        if is_same(old, new) && !self.layout.node(id).is_some_and(Node::is_absent) {
            return Ok(());
        }
        self.check_keys(new, pointer)?;
        let node_is = |is: fn(&Node) -> bool| self.layout.node(id).is_some_and(is);
        match (old, new) {
            (Value::Object(old), Value::Object(new))
                if node_is(Node::is_map) && !new.is_empty() && self.is_ordinary(id) =>
            {
                let removed = old.keys().filter(|name| !new.contains_key(*name));
                let removed = removed.map(|name| (name.clone(), Plan::Remove { pointer }));
                let set = new
                    .iter()
                    .map(|(name, value)| (name.clone(), Plan::Set { value, pointer }));
                let entries: Vec<_> = removed.chain(set).collect();
                self.edit_map(id, old, &entries, slot, pointer)
            }
            (Value::Array(old), Value::Array(new)) if node_is(Node::is_seq) && !new.is_empty() => {
                let mut changed: Vec<_> = new
                    .iter()
                    .take(old.len())
                    .map(|value| Plan::Set { value, pointer })
                    .enumerate()
                    .collect();
                changed.extend((new.len()..old.len()).map(|at| (at, Plan::Remove { pointer })));
                let appended: Vec<_> = new
                    .iter()
                    .skip(old.len())
                    .map(|value| Plan::Set { value, pointer })
                    .collect();
                self.edit_seq(id, old, (&changed, &appended), slot, pointer)
            }
            _ => self.replace(id, new, slot, pointer),
        }
    }

    /// A mapping whose entries are all its own, each once.
    fn is_ordinary(&self, id: NodeId) -> bool {
        let mut names: Vec<_> = Vec::new();
        for entry in self.layout.tree.entries(id) {
            let Some(key) = entry.key else { return false };
            if self.layout.tree.is_merge_key(key) {
                return false;
            }
            names.push(self.layout.tree.key_name(key));
        }
        names.sort_unstable();
        names.windows(2).all(|pair| pair.first() != pair.last())
    }

    fn edit_map(
        &mut self,
        id: NodeId,
        map: &Map<String, Value>,
        plans: &[(String, Plan<'_>)],
        slot: Slot,
        pointer: &str,
    ) -> Result<(), EditError> {
        let flow = self.kind(id) == Some(Kind::FlowMap);
        let mut removed = Vec::new();
        let mut inserts = Vec::new();
        for (name, plan) in plans {
            let pointer = plan.pointer();
            match (self.layout.tree.lookup(id, name), plan) {
                (Inherited::Own(found), Plan::Remove { .. }) => {
                    self.check_resurfacing(id, name, found.node, pointer)?;
                    removed.push(name.as_str());
                }
                (Inherited::Own(found), plan) => {
                    let slot = self.value_slot(id, found.key, slot, flow);
                    self.change(found.node, map.get(name).unwrap_or(&Value::Null), plan, slot)?;
                }
                (Inherited::Merged { .. }, Plan::Set { value, .. }) if map.get(name) == Some(*value) => {}
                (Inherited::Merged { overrides: false, .. }, Plan::Set { value, .. }) => {
                    self.check_key(name, pointer)?;
                    self.check_keys(value, pointer)?;
                    inserts.push(Insert {
                        name: Some(name.clone()),
                        value: (*value).clone(),
                    });
                }
                (Inherited::Merged { found, overrides }, _) => {
                    let reason = if overrides {
                        "a merge key `<<` after it overrides it; move the merge key up"
                    } else {
                        "it comes from a merge key `<<`; set the whole value, or edit the anchor"
                    };
                    return Err(self.shared(found.node, pointer, reason));
                }
                (Inherited::Missing, Plan::Remove { .. }) => {}
                (Inherited::Missing, plan) => {
                    let value = plan.fresh();
                    self.check_key(name, pointer)?;
                    self.check_keys(&value, pointer)?;
                    inserts.push(Insert {
                        name: Some(name.clone()),
                        value,
                    });
                }
            }
        }
        if inserts.is_empty() && removed.is_empty() {
            return Ok(());
        }
        let parts = self.entry_parts(id, &removed);
        self.edit_parts(id, &parts, &inserts, slot, pointer)
    }

    fn entry_parts(&self, id: NodeId, removed: &[&str]) -> Vec<Part> {
        let part = |node, key| Part {
            start: self.layout.entry_start(id, key),
            node,
            key: Some(key),
            removed: removed.iter().any(|name| self.has_name(key, name)),
        };
        let entries = self.layout.tree.entries(id);
        entries
            .filter_map(|entry| Some(part(entry.node, entry.key?)))
            .collect()
    }

    fn edit_seq(
        &mut self,
        id: NodeId,
        items: &[Value],
        (changed, appended): (&ItemPlans<'_>, &[Plan<'_>]),
        slot: Slot,
        pointer: &str,
    ) -> Result<(), EditError> {
        let mut parts = self.item_parts(id);
        let (kept, new) = split_at_length(changed, items.len());
        for (at, plan) in kept {
            let (Some(part), Some(value)) = (parts.get_mut(*at), items.get(*at)) else {
                continue;
            };
            if let Plan::Remove { .. } = plan {
                part.removed = true;
                continue;
            }
            let flow = self.kind(id) == Some(Kind::FlowSeq);
            let column = self.layout.column(part.start);
            let inner = Slot {
                kind: SlotKind::Item,
                start: part.start + 1,
                column,
                flow: flow || slot.flow,
            };
            self.change(part.node, value, plan, inner)?;
        }
        let fresh = new.iter().map(|(_, plan)| plan).chain(appended);
        let inserts: Vec<_> = fresh
            .map(|plan| Insert {
                name: None,
                value: plan.fresh(),
            })
            .collect();
        inserts
            .iter()
            .try_for_each(|insert| self.check_keys(&insert.value, pointer))?;
        self.edit_parts(id, &parts, &inserts, slot, pointer)
    }

    fn item_parts(&self, id: NodeId) -> Vec<Part> {
        let block = self.kind(id) == Some(Kind::BlockSeq);
        let mut after = self.layout.body_start(id);
        let mut parts = Vec::new();
        for node in self.layout.tree.children(id) {
            let Some(span) = self.layout.node(node).map(Node::span) else {
                continue;
            };
            let start = if block {
                self.layout.dash(after).unwrap_or(span.start)
            } else {
                span.start
            };
            parts.push(Part {
                start,
                node,
                key: None,
                removed: false,
            });
            after = span.end.max(start + 1);
        }
        parts
    }

    /// Removes and inserts parts; if none is left, the collection is written anew.
    fn edit_parts(
        &mut self,
        id: NodeId,
        parts: &[Part],
        inserts: &[Insert],
        slot: Slot,
        pointer: &str,
    ) -> Result<(), EditError> {
        if inserts.is_empty() && !parts.iter().any(|part| part.removed) {
            return Ok(());
        }
        self.touch(pointer)?;
        for part in parts.iter().filter(|part| part.removed) {
            self.check_anchors(part.node, pointer)?;
            if let Some(key) = part.key {
                self.check_anchors(key, pointer)?;
            }
        }
        let is_map = self.layout.node(id).is_some_and(Node::is_map);
        let bracket = self
            .layout
            .slice(self.layout.body_start(id)..self.layout.text.len());
        let block = matches!(self.kind(id), Some(Kind::BlockMap | Kind::BlockSeq));
        if !block && bracket.starts_with(['{', '[']) {
            self.edit_flow(id, parts, inserts);
            return Ok(());
        }
        if block && parts.iter().any(|part| !part.removed) {
            self.edit_block(parts, inserts);
            return Ok(());
        }
        let mut value = if is_map {
            Value::Object(Map::new())
        } else {
            Value::Array(Vec::new())
        };
        if !block {
            // A single pair in a list, `[a: 1]`: it gets the braces that it needs.
            self.edit_pair(id, parts, inserts);
            return Ok(());
        }
        for insert in inserts {
            match (&mut value, &insert.name) {
                (Value::Object(map), Some(name)) => drop(map.insert(name.clone(), insert.value.clone())),
                (Value::Array(items), _) => items.push(insert.value.clone()),
                _ => {}
            }
        }
        self.replace(id, &value, slot, pointer)
    }

    fn value_slot(&self, id: NodeId, key: Option<NodeId>, outer: Slot, flow: bool) -> Slot {
        let key = key.unwrap_or_default();
        let column = self.layout.column(self.layout.entry_start(id, key));
        let flow = flow || outer.flow;
        match self.layout.colon_end(key) {
            Some(start) => Slot {
                kind: SlotKind::Value,
                start,
                column,
                flow,
            },
            None => Slot {
                kind: SlotKind::Bare,
                start: if flow {
                    self.layout.node(key).map_or(0, Node::end)
                } else {
                    self.layout.lines_end(key)
                },
                column,
                flow,
            },
        }
    }

    fn has_name(&self, key: NodeId, name: &str) -> bool {
        let tree = self.layout.tree;
        !tree.is_merge_key(key) && tree.key_name(key).is_some_and(|key| key == name)
    }

    pub(super) fn kind(&self, id: NodeId) -> Option<Kind> {
        self.layout.node(id).map(|node| node.kind)
    }
}
