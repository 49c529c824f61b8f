//! What happens when a value is complete: it goes into its list, becomes a key, gets its key, or is merged.

use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::anchors::Copied;
use super::build::Builder;
use super::frame::{Done, Frame, KeyType, Open, Pending};
use super::node::NodeId;
use super::pointer::push_token;
use super::warning::{Warning, WarningKind};
use crate::resolve::key_text;
use crate::{Error, ErrorKind};

/// More than this many are of no use to anybody.
const MOST_WARNINGS: usize = 100;

impl Builder<'_> {
    /// Puts a value into its parent.
    pub(super) fn complete(&mut self, node: NodeId, anchor: Option<usize>, done: Done) -> Result<(), Error> {
        if let Some(anchor) = anchor.filter(|_| self.has_aliases) {
            self.keep_copy(node, anchor, &done)?;
        }
        if !self.awaits_key()
            && let KeyType::Float(number) = done.key
            && !number.is_finite()
        {
            let message = "infinity and not-a-number are no JSON values";
            let remedy = "write a number, or quote the text";
            return Err(self.error(ErrorKind::InvalidNumber, self.start(node), message, remedy));
        }
        let end = self.nodes.get(node as usize).map_or(0, |node| node.end);
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(done.value);
            return Ok(());
        };
        frame.last_end = frame.last_end.max(end);
        frame.weight += done.weight;
        frame.height = frame.height.max(done.height);
        match &mut frame.open {
            Open::Seq(items) => items.push(done.value),
            Open::Map { map, pending, typed } => match std::mem::replace(pending, Pending::Key) {
                Pending::Key if done.key == KeyType::Merge => {
                    *pending = Pending::Merge;
                    self.merges.push(node);
                }
                Pending::Key => return self.key(node, done),
                Pending::Merge => return self.merge(node, done),
                Pending::Value { name, key, node } => {
                    if let Some((kind, name)) = insert(map, typed, name, key, done.value) {
                        self.warn_duplicate(kind, &name, node);
                    }
                }
            },
        }
        Ok(())
    }

    /// Keeps an anchored value for its aliases.
    fn keep_copy(&mut self, node: NodeId, anchor: usize, done: &Done) -> Result<(), Error> {
        self.expanded += done.weight;
        self.check_expansion(self.start(node))?;
        let key = if done.key == KeyType::Merge {
            KeyType::Text
        } else {
            done.key
        };
        let copy = Copied {
            value: done.value.clone(),
            key,
            weight: done.weight,
            height: done.height,
        };
        self.anchors.complete(anchor, copy);
        Ok(())
    }

    /// Notes the key of the next value.
    fn key(&mut self, node: NodeId, done: Done) -> Result<(), Error> {
        let start = self.start(node);
        let name = match (done.key, done.value) {
            (KeyType::Text, Value::String(text)) => text,
            (KeyType::Float(number), _) => key_text(number),
            (KeyType::Bool, Value::Bool(value)) => value.to_string(),
            (KeyType::Int, Value::Number(value)) => value.to_string(),
            (KeyType::Null, _) => {
                let remedy = "write a key before the `:`, or quote it if it is the word";
                return Err(self.error(ErrorKind::InvalidKey, start, "a key cannot be null", remedy));
            }
            (KeyType::Unsigned, _) => {
                let message = "an integer this large cannot be a key";
                return Err(self.error(ErrorKind::InvalidKey, start, message, "put it in quotes"));
            }
            _ => {
                let message = "a mapping or a list cannot be a key";
                let remedy = "quote it if it is text, such as a template that was not rendered";
                return Err(self.error(ErrorKind::InvalidKey, start, message, remedy));
            }
        };
        if !self.is_written(node, &name) {
            self.names.push((node, name.as_str().into()));
        }
        if let Some(Frame {
            open: Open::Map { pending, .. },
            ..
        }) = self.frames.last_mut()
        {
            *pending = Pending::Value {
                name,
                key: done.key,
                node,
            };
        }
        Ok(())
    }

    /// Is the name exactly what stands in the text, quotes aside?
    fn is_written(&self, node: NodeId, name: &str) -> bool {
        self.nodes
            .get(node as usize)
            .and_then(|node| node.written_key(self.text))
            == Some(name)
    }

    /// Applies a merge key in place.
    fn merge(&mut self, node: NodeId, done: Done) -> Result<(), Error> {
        let maps = match done.value {
            Value::Object(map) => vec![map],
            Value::Array(items) if !done.alias => {
                // The first of several mappings wins, so it is applied last.
                let maps = items.into_iter().rev().map(|item| match item {
                    Value::Object(map) => Some(map),
                    _ => None,
                });
                maps.collect::<Option<Vec<_>>>().unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let is_empty_list = self
            .nodes
            .get(node as usize)
            .is_some_and(|node| node.is_seq() && node.size == 1);
        if maps.is_empty() && !is_empty_list {
            let message = "a merge key `<<` needs a mapping or a list of mappings";
            let remedy = "name an anchored mapping, or quote the key if it is text";
            return Err(self.error(ErrorKind::InvalidMerge, self.start(node), message, remedy));
        }
        let mut clashes = Vec::new();
        if let Some(Frame {
            open: Open::Map { map, .. },
            ..
        }) = self.frames.last_mut()
        {
            for (name, value) in maps.into_iter().flatten() {
                if map.contains_key(&name) {
                    clashes.push(name.clone());
                }
                map.insert(name, value);
            }
        }
        for name in clashes {
            self.warn_duplicate(WarningKind::DuplicateKey, &name, node);
        }
        Ok(())
    }

    pub(super) fn pointer(&self) -> String {
        let mut pointer = String::new();
        for frame in &self.frames {
            match &frame.open {
                Open::Map {
                    pending: Pending::Value { name, .. },
                    ..
                } => push_token(&mut pointer, name),
                Open::Map { .. } => {}
                Open::Seq(items) => push_token(&mut pointer, &items.len().to_string()),
            }
        }
        pointer
    }

    fn warn_duplicate(&mut self, kind: WarningKind, name: &str, node: NodeId) {
        if self.warnings.len() >= MOST_WARNINGS {
            return;
        }
        let mut pointer = self.pointer();
        push_token(&mut pointer, name);
        let message = match kind {
            WarningKind::CollidingKeys => {
                format!(
                    "key `{name}` is written as two types that become one key; which one Kubernetes keeps is chance"
                )
            }
            _ => format!("key `{name}` is there twice; Kubernetes keeps the last one"),
        };
        let position = self.place.position.advance(self.text, self.start(node));
        self.warnings.push(Warning {
            pointer,
            position,
            message,
            kind,
        });
    }
}

/// Puts an entry into its mapping. If the key was there before: was it of the same type?
fn insert(
    map: &mut Map<String, Value>,
    typed: &mut Vec<(String, KeyType)>,
    name: String,
    key: KeyType,
    value: Value,
) -> Option<(WarningKind, String)> {
    let mut clash = None;
    if key != KeyType::Text {
        let before = typed
            .iter()
            .rev()
            .find(|(other, _)| *other == name)
            .map_or(KeyType::Text, |(_, key)| *key);
        clash = Some(before);
        typed.push((name.clone(), key));
    }
    match map.entry(name) {
        Entry::Vacant(entry) => {
            entry.insert(value);
            None
        }
        Entry::Occupied(mut entry) => {
            let name = entry.key().clone();
            entry.insert(value);
            let before = clash.or_else(|| {
                typed
                    .iter()
                    .rev()
                    .find(|(other, _)| *other == name)
                    .map(|(_, key)| *key)
            });
            let before = before.unwrap_or(KeyType::Text);
            let same = std::mem::discriminant(&before) == std::mem::discriminant(&key);
            Some((
                if same {
                    WarningKind::DuplicateKey
                } else {
                    WarningKind::CollidingKeys
                },
                name,
            ))
        }
    }
}
