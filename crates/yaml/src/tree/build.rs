//! From events to value and nodes, in one pass and without recursion.
//!
//! Open collections are a stack of frames, so depth is counted before it can hurt. A merge key is applied where it stands,
//! as go-yaml v2 does: what is written after it wins over it, and it wins over what is written before it. Anchored values
//! are kept as copies for their aliases; every copy counts against the limit of expansion.

use std::ops::Range;

use serde_json::{Map, Value};

use super::anchors::{Alias, Anchors, Copied};
use super::frame::{Done, Frame, KeyType, Open, Pending};
use super::node::{Kind, Node, NodeId};
use super::warning::Warning;
use crate::split::Place;
use crate::{Error, ErrorKind, Limits};

/// Documents may always expand to this much, however small they are.
const FREE_EXPANSION: u64 = 64 << 10;

/// Takes events, gives the parts of a tree.
pub(super) struct Builder<'t> {
    pub(super) text: &'t str,
    pub(super) place: Place<'t>,
    pub(super) limits: &'t Limits,
    pub(super) nodes: Vec<Node>,
    pub(super) names: Vec<(NodeId, Box<str>)>,
    pub(super) anchors: Anchors,
    pub(super) aliases: Vec<Alias>,
    /// The keys that are `<<`.
    pub(super) merges: Vec<NodeId>,
    pub(super) warnings: Vec<Warning>,
    pub(super) root: Option<Value>,
    pub(super) frames: Vec<Frame>,
    pub(super) expanded: u64,
    /// Without any `*` in the text no copies of anchored values are needed.
    pub(super) has_aliases: bool,
}

impl<'t> Builder<'t> {
    pub(super) fn new(text: &'t str, place: Place<'t>, limits: &'t Limits) -> Self {
        Self {
            text,
            place,
            limits,
            nodes: Vec::with_capacity(text.len() / 24),
            names: Vec::new(),
            anchors: Anchors::default(),
            aliases: Vec::new(),
            merges: Vec::new(),
            warnings: Vec::new(),
            root: None,
            frames: Vec::new(),
            expanded: 0,
            has_aliases: memchr::memchr(b'*', text.as_bytes()).is_some(),
        }
    }

    /// Adds a node that is not yet complete.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a document is at most u32::MAX bytes, checked before"
    )]
    pub(super) fn push(&mut self, kind: Kind, span: Range<usize>, props: bool) -> NodeId {
        let id = self.nodes.len() as NodeId;
        self.nodes.push(Node {
            start: span.start as u32,
            end: span.end as u32,
            size: 1,
            kind,
            props,
        });
        id
    }

    pub(super) fn declare(&mut self, name: Option<&str>, node: NodeId) -> Option<usize> {
        name.map(|name| self.anchors.declare(name, node))
    }

    /// Opens a mapping or a sequence.
    pub(super) fn open(
        &mut self,
        kind: Kind,
        span: Range<usize>,
        props: bool,
        anchor: Option<&str>,
    ) -> Result<(), Error> {
        if self.frames.len() >= self.limits.depth {
            return Err(self.too_deep(span.start));
        }
        let node = self.push(kind, span, props);
        let anchor = self.declare(anchor, node);
        let open = if matches!(kind, Kind::BlockMap | Kind::FlowMap) {
            Open::Map {
                map: Map::new(),
                pending: Pending::Key,
                typed: Vec::new(),
            }
        } else {
            Open::Seq(Vec::new())
        };
        self.frames.push(Frame {
            node,
            last_end: 0,
            anchor,
            weight: 1,
            height: 0,
            open,
        });
        Ok(())
    }

    /// Closes the innermost collection. A block collection ends where its last child does.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a document is at most u32::MAX bytes, checked before"
    )]
    pub(super) fn close(&mut self, end: usize) -> Result<(), Error> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        let size = self.nodes.len() as u32 - frame.node;
        if let Some(node) = self.nodes.get_mut(frame.node as usize) {
            node.size = size;
            let block = matches!(node.kind, Kind::BlockMap | Kind::BlockSeq);
            node.end = if block {
                frame.last_end.max(node.start)
            } else {
                end as u32
            };
        }
        let value = match frame.open {
            Open::Map { map, .. } => Value::Object(map),
            Open::Seq(items) => Value::Array(items),
        };
        let key = KeyType::Collection;
        let done = Done {
            value,
            key,
            weight: frame.weight,
            height: frame.height + 1,
            alias: false,
        };
        self.complete(frame.node, frame.anchor, done)
    }

    /// Puts what `name` stands for in the place of an alias.
    pub(super) fn alias(&mut self, name: &str, span: Range<usize>) -> Result<(), Error> {
        let start = span.start;
        let node = self.push(Kind::Alias, span, false);
        let Some(anchor) = self.anchors.find(name) else {
            let remedy =
                "write the anchor before it in the same document, or quote the text if it is no alias";
            return Err(self.error(
                ErrorKind::UnknownAnchor,
                start,
                &format!("unknown anchor `{name}`"),
                remedy,
            ));
        };
        let target = anchor.node;
        let Some(copy) = &anchor.copy else {
            let message = format!("the value of anchor `{name}` contains itself");
            return Err(self.error(ErrorKind::UnknownAnchor, start, &message, "write the value out"));
        };
        let Copied {
            key, weight, height, ..
        } = *copy;
        if self.frames.len() + height > self.limits.depth {
            return Err(self.too_deep(start));
        }
        self.expanded += weight;
        self.check_expansion(start)?;
        let value = self
            .anchors
            .find(name)
            .and_then(|anchor| anchor.copy.as_ref())
            .map(|copy| copy.value.clone());
        self.aliases.push(Alias { node, target });
        self.complete(
            node,
            None,
            Done {
                value: value.unwrap_or_default(),
                key,
                weight,
                height,
                alias: true,
            },
        )
    }

    /// Where a value stands that is not written: right after the `:` of its key, or after the key. libyaml may put it at
    /// the next token.
    pub(super) fn absent_span(&self, at: usize) -> Range<usize> {
        let Some(Frame {
            open:
                Open::Map {
                    pending: Pending::Value { node, .. },
                    ..
                },
            ..
        }) = self.frames.last()
        else {
            return at..at;
        };
        let key_end = self.nodes.get(*node as usize).map_or(at, Node::end);
        let mut end = key_end;
        let mut rest = self.text.get(key_end..at).unwrap_or_default();
        while let Some(c) = rest.chars().next() {
            let length = match c {
                ':' => return end + 1..end + 1,
                '#' => rest.find('\n').unwrap_or(rest.len()),
                c if c.is_whitespace() => c.len_utf8(),
                _ => break,
            };
            end += length;
            rest = rest.get(length..).unwrap_or_default();
        }
        key_end..key_end
    }

    /// Is the next value a key?
    pub(super) fn awaits_key(&self) -> bool {
        matches!(
            self.frames.last(),
            Some(Frame {
                open: Open::Map {
                    pending: Pending::Key,
                    ..
                },
                ..
            })
        )
    }

    /// The start of the innermost open flow collection.
    pub(super) fn open_flow(&self) -> Option<&Node> {
        let nodes = self
            .frames
            .iter()
            .rev()
            .filter_map(|frame| self.nodes.get(frame.node as usize));
        nodes
            .into_iter()
            .find(|node| matches!(node.kind, Kind::FlowMap | Kind::FlowSeq))
    }

    pub(super) fn start(&self, node: NodeId) -> usize {
        self.nodes.get(node as usize).map_or(0, Node::start)
    }

    pub(super) fn check_expansion(&self, offset: usize) -> Result<(), Error> {
        let factor = u64::try_from(self.limits.alias_factor).unwrap_or(u64::MAX);
        let allowed = factor.saturating_mul(self.text.len() as u64).max(FREE_EXPANSION);
        if self.expanded <= allowed {
            return Ok(());
        }
        let message = format!("the aliases expand to more than {factor} times the document");
        Err(self.error(
            ErrorKind::AliasExpansion,
            offset,
            &message,
            "write the values out, or use fewer aliases",
        ))
    }

    fn too_deep(&self, offset: usize) -> Error {
        let message = format!(
            "more than {} mappings and lists inside each other",
            self.limits.depth
        );
        self.error(ErrorKind::TooDeep, offset, &message, "make the document flatter")
    }

    /// An error at a byte of the text.
    pub(super) fn error(&self, kind: ErrorKind, offset: usize, message: &str, remedy: &str) -> Error {
        let position = self.place.position.advance(self.text, offset);
        Place {
            position,
            ..self.place
        }
        .error(kind, message, remedy)
    }
}
