//! One node of the arena: what it is and where.

use std::ops::Range;

/// Index of a node in the arena.
pub(crate) type NodeId = u32;

/// How a node is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
    FlowMap,
    FlowSeq,
    BlockMap,
    BlockSeq,
    Alias,
}

/// A span of the text. For block collections it ends with the last child; anchor and tag are inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Nodes in the subtree, this one included.
    pub(super) size: u32,
    pub(crate) kind: Kind,
    /// Has an anchor or a tag.
    pub(crate) props: bool,
}

impl Node {
    pub(crate) fn start(&self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(&self) -> usize {
        self.end as usize
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.start()..self.end()
    }

    pub(crate) fn size(&self) -> u32 {
        self.size
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.kind, Kind::BlockMap | Kind::FlowMap)
    }

    pub(crate) fn is_seq(&self) -> bool {
        matches!(self.kind, Kind::BlockSeq | Kind::FlowSeq)
    }

    pub(crate) fn is_block_scalar(&self) -> bool {
        matches!(self.kind, Kind::Literal | Kind::Folded)
    }

    /// The key's text as it stands, without quotes; only meaningful together with a comparison.
    pub(crate) fn written_key<'t>(&self, text: &'t str) -> Option<&'t str> {
        let written = text.get(self.span())?;
        match self.kind {
            Kind::Plain => Some(written),
            Kind::Single | Kind::Double if !self.props => written.get(1..written.len().checked_sub(1)?),
            _ => None,
        }
    }

    /// A value that is not written at all, as in `key:`.
    pub(crate) fn is_absent(&self) -> bool {
        self.kind == Kind::Plain && self.start == self.end
    }
}
