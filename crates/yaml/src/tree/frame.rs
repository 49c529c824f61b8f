//! Collections that are still open while a document is read.

use serde_json::{Map, Value};

use super::node::NodeId;

/// What a scalar was before it became JSON: decides which keys are the same, and how they print.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum KeyType {
    Text,
    Bool,
    Int,
    Unsigned,
    Float(f64),
    Null,
    Merge,
    Collection,
}

/// A complete value on its way into its parent.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) value: Value,
    pub(super) key: KeyType,
    pub(super) weight: u64,
    pub(super) height: usize,
    pub(super) alias: bool,
}

/// An open mapping or sequence.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) node: NodeId,
    /// Where the last child so far ends.
    pub(super) last_end: u32,
    pub(super) anchor: Option<usize>,
    pub(super) weight: u64,
    pub(super) height: usize,
    pub(super) open: Open,
}

#[derive(Debug)]
pub(super) enum Open {
    Map {
        map: Map<String, Value>,
        pending: Pending,
        /// Keys that were not written as strings.
        typed: Vec<(String, KeyType)>,
    },
    Seq(Vec<Value>),
}

/// What a mapping waits for.
#[derive(Debug)]
pub(super) enum Pending {
    Key,
    Value {
        name: String,
        key: KeyType,
        node: NodeId,
    },
    Merge,
}
