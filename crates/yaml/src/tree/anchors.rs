//! Anchors and what an alias copies of them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::frame::KeyType;
use super::node::NodeId;

/// An alias and the anchored node it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Alias {
    pub(crate) node: NodeId,
    pub(crate) target: NodeId,
}

/// What is known of anchored nodes while the document is read; a name may be given again.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    by_name: BTreeMap<Box<str>, usize>,
    all: Vec<Anchor>,
}

/// One anchored node; `copy` is there once the node is complete.
#[derive(Debug)]
pub(super) struct Anchor {
    pub(super) node: NodeId,
    pub(super) copy: Option<Copied>,
}

/// What an alias puts in its place.
#[derive(Debug, Clone)]
pub(super) struct Copied {
    pub(super) value: Value,
    pub(super) key: KeyType,
    pub(super) weight: u64,
    pub(super) height: usize,
}

impl Anchors {
    pub(super) fn declare(&mut self, name: &str, node: NodeId) -> usize {
        let index = self.all.len();
        self.all.push(Anchor { node, copy: None });
        self.by_name.insert(name.into(), index);
        index
    }

    pub(super) fn complete(&mut self, index: usize, copy: Copied) {
        if let Some(anchor) = self.all.get_mut(index) {
            anchor.copy = Some(copy);
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<&Anchor> {
        self.all.get(*self.by_name.get(name)?)
    }

    pub(super) fn into_nodes(self) -> Vec<NodeId> {
        self.all.into_iter().map(|anchor| anchor.node).collect()
    }
}
