//! From a JSON pointer to its node, through aliases and merge keys.

use std::borrow::Cow;

use super::Tree;
use super::node::{Kind, NodeId};
use super::pointer::{index, tokens};

/// Where a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) node: NodeId,
    pub(crate) key: Option<NodeId>,
}

/// Where a mapping has a key from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inherited {
    /// Not at all.
    Missing,
    /// Written in the mapping, and nothing after it overrides it.
    Own(Found),
    /// From a merge key; an own key before it, if any, is overridden.
    Merged { found: Found, overrides: bool },
}

impl Tree<'_> {
    /// The node that a pointer means; what an alias stands for rather than the alias.
    pub(crate) fn find(&self, pointer: &str) -> Option<Found> {
        let mut found = Found { node: 0, key: None };
        self.node(0)?;
        for token in tokens(pointer)? {
            let node = self.follow(found.node);
            found = match self.node(node)?.kind {
                Kind::BlockMap | Kind::FlowMap => match self.lookup(node, &token) {
                    Inherited::Own(found) | Inherited::Merged { found, .. } => found,
                    Inherited::Missing => return None,
                },
                Kind::BlockSeq | Kind::FlowSeq => Found {
                    node: self.children(node).nth(index(&token)?)?,
                    key: None,
                },
                _ => return None,
            };
        }
        Some(found)
    }

    /// What an alias means; any other node itself.
    pub(crate) fn follow(&self, node: NodeId) -> NodeId {
        match self.aliases.binary_search_by_key(&node, |alias| alias.node) {
            Ok(at) => self.aliases.get(at).map_or(node, |alias| alias.target),
            Err(_) => node,
        }
    }

    /// The direct children of a collection; keys and values of a mapping in turn.
    pub(crate) fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let end = node + self.node(node).map_or(1, super::Node::size);
        std::iter::successors(Some(node + 1), |&child| Some(child + self.node(child)?.size()))
            .take_while(move |&child| child < end)
    }

    /// The entries of a mapping in the order of the text.
    pub(crate) fn entries(&self, node: NodeId) -> impl Iterator<Item = Found> {
        let mut children = self.children(node);
        std::iter::from_fn(move || {
            let key = children.next()?;
            Some(Found {
                node: children.next()?,
                key: Some(key),
            })
        })
    }

    /// Where the value of `name` comes from.
    pub(crate) fn lookup(&self, map: NodeId, name: &str) -> Inherited {
        let mut last = Inherited::Missing;
        for entry in self.entries(map) {
            let Some(key) = entry.key else { continue };
            if self.is_merge_key(key) {
                if let Some(found) = self.lookup_merged(entry.node, name) {
                    let overrides = matches!(
                        last,
                        Inherited::Own(_) | Inherited::Merged { overrides: true, .. }
                    );
                    last = Inherited::Merged { found, overrides };
                }
            } else if self.key_name(key).is_some_and(|key| key == name) {
                last = Inherited::Own(entry);
            }
        }
        last
    }

    pub(crate) fn lookup_merged(&self, source: NodeId, name: &str) -> Option<Found> {
        let source = self.follow(source);
        if self.node(source)?.is_seq() {
            return self
                .children(source)
                .find_map(|item| self.lookup_merged(item, name));
        }
        match self.lookup(source, name) {
            Inherited::Own(found) | Inherited::Merged { found, .. } => Some(found),
            Inherited::Missing => None,
        }
    }

    /// The key that Kubernetes reads.
    pub(crate) fn key_name(&self, key: NodeId) -> Option<Cow<'_, str>> {
        if let Ok(at) = self.names.binary_search_by_key(&key, |(key, _)| *key) {
            return self.names.get(at).map(|(_, name)| Cow::Borrowed(&**name));
        }
        self.node(key)?.written_key(&self.text).map(Cow::Borrowed)
    }

    /// Is this key `<<`, and not a text that looks like it?
    pub(crate) fn is_merge_key(&self, key: NodeId) -> bool {
        !self.json && self.merges.binary_search(&key).is_ok()
    }
}
