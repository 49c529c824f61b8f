//! What keeps text from being changed that also means something elsewhere: anchors in use, aliases, merge keys.

use serde_json::Value;

use super::change::EditError;
use super::editor::Editor;
use super::scalar::double_quoted;
use crate::tree::{Node, NodeId};

impl Editor<'_> {
    /// Is the node anchored, and does an alias mean it?
    pub(super) fn is_used(&self, id: NodeId) -> bool {
        let tree = self.layout.tree;
        tree.anchored.binary_search(&id).is_ok() && tree.aliases.iter().any(|alias| alias.target == id)
    }

    /// Refuses a change inside text that an alias repeats elsewhere.
    pub(super) fn touch(&self, pointer: &str) -> Result<(), EditError> {
        let Some(anchored) = self.inside_shared else {
            return Ok(());
        };
        let reason =
            "it is anchored and an alias uses it, so it would change there too; write the alias out first";
        Err(self.shared(anchored, pointer, reason))
    }

    /// Refuses to take away an anchor that an alias outside of the node needs.
    pub(super) fn check_anchors(&self, id: NodeId, pointer: &str) -> Result<(), EditError> {
        let end = id + self.layout.node(id).map_or(1, Node::size);
        let inside = id..end;
        let mut aliases = self.layout.tree.aliases.iter();
        match aliases.find(|alias| inside.contains(&alias.target) && !inside.contains(&alias.node)) {
            Some(alias) => {
                let reason = "its anchor is used by an alias elsewhere; write the alias out first";
                Err(self.shared(alias.target, pointer, reason))
            }
            None => Ok(()),
        }
    }

    /// Refuses to remove a key that a merge key would bring back.
    pub(super) fn check_resurfacing(
        &self,
        id: NodeId,
        name: &str,
        own: NodeId,
        pointer: &str,
    ) -> Result<(), EditError> {
        let tree = self.layout.tree;
        let merges = tree
            .entries(id)
            .filter(|entry| entry.key.is_some_and(|key| tree.is_merge_key(key)));
        for merge in merges {
            if tree.lookup_merged(merge.node, name).is_some() {
                let reason =
                    "a merge key `<<` would bring it back with another value; remove it where the anchor is";
                return Err(self.shared(own, pointer, reason));
            }
        }
        Ok(())
    }

    /// Refuses keys that no reader would take as keys, also those inside of a new value.
    pub(super) fn check_keys(&self, value: &Value, pointer: &str) -> Result<(), EditError> {
        match value {
            Value::Object(map) => map.iter().try_for_each(|(name, value)| {
                self.check_key(name, pointer)?;
                self.check_keys(value, pointer)
            }),
            Value::Array(items) => items.iter().try_for_each(|item| self.check_keys(item, pointer)),
            _ => Ok(()),
        }
    }

    pub(super) fn check_key(&self, name: &str, pointer: &str) -> Result<(), EditError> {
        // libyaml counts a key as it is written, in bytes; an escape has at most six.
        let most = self.limits.key_characters.min(1024);
        if name.len() > most / 6 && double_quoted(name).len() > most {
            return Err(EditError::KeyTooLong {
                pointer: pointer.to_owned(),
                most,
            });
        }
        Ok(())
    }

    pub(super) fn shared(&self, id: NodeId, pointer: &str, reason: &'static str) -> EditError {
        let position = self.layout.tree.position_of_node(id);
        EditError::Shared {
            pointer: pointer.to_owned(),
            position,
            reason,
        }
    }
}
