//! A document that was read: its value, and where each part of it is in the text.
//!
//! Nodes lie in one arena in the order of the text (a node's subtree is the run of `size` nodes from it on), with 32-bit
//! offsets, so the spans cost 16 bytes per node. [`build`] and
//! [`complete`] make it from events, [`locate`] finds a pointer in it.

mod anchors;
mod build;
mod compare;
mod complete;
mod failure;
mod frame;
mod json;
mod locate;
mod node;
mod pointer;
mod reader;
#[cfg(test)]
mod tests;
mod warning;

use std::borrow::Cow;

use serde_json::Value;

pub(crate) use self::anchors::Alias;
pub(crate) use self::compare::says;
pub(crate) use self::locate::Inherited;
pub(crate) use self::node::{Kind, Node, NodeId};
pub(crate) use self::pointer::{index, tokens};
pub(crate) use self::reader::read as read_document;
pub use self::warning::{Warning, WarningKind};
use crate::split::Place;
use crate::{Change, Draft, EditError, Edited, Error, Limits, Position, edit};

/// A document with its value and the spans of its parts.
#[derive(Debug, Clone)]
pub struct Tree<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) value: Value,
    pub(crate) nodes: Vec<Node>,
    /// Keys whose text is not what stands in the document, such as `"a\n"` or `0777` (`511`).
    pub(crate) names: Vec<(NodeId, Box<str>)>,
    /// The anchored nodes, in order.
    pub(crate) anchored: Vec<NodeId>,
    pub(crate) aliases: Vec<Alias>,
    /// The keys that are merge keys, in order.
    pub(crate) merges: Vec<NodeId>,
    warnings: Vec<Warning>,
    place: OwnedPlace,
    pub(crate) json: bool,
}

/// Where the document was in its stream.
#[derive(Debug, Clone)]
struct OwnedPlace {
    number: usize,
    source: Option<Box<str>>,
    position: Position,
}

/// Reads one text as sigs.k8s.io/yaml does: a whole file, not a stream. What follows its first document is ignored with a
/// warning. For a stream use [`split`](crate::split).
///
/// # Errors
/// Whatever Kubernetes refuses, and what is beyond the limits.
///
/// # Examples
/// ```
/// let tree = boltrope_yaml::read("mode: 0644\nquiet: off\n", &boltrope_yaml::Limits::default())?;
/// assert_eq!(tree.value(), &serde_json::json!({"mode": 420, "quiet": false}));
/// # Ok::<(), boltrope_yaml::Error>(())
/// ```
pub fn read<'a>(text: &'a str, limits: &Limits) -> Result<Tree<'a>, Error> {
    let (text, position) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (
            rest,
            Position {
                offset: 3,
                ..Position::START
            },
        ),
        None => (text, Position::START),
    };
    read_document(
        Cow::Borrowed(text),
        Place {
            number: 1,
            source: None,
            position,
        },
        false,
        limits,
    )
}

impl<'a> Tree<'a> {
    /// What Kubernetes reads; `null` for an empty document.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The value, for whoever changes it beside the text ([`Tree::draft`], [`Tree::confirm`]): an edit of the text goes by
    /// the value as it was read.
    pub fn value_mut(&mut self) -> &mut Value {
        &mut self.value
    }

    /// The value alone.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.value
    }

    /// The document's text, after an edit the edited one.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text alone.
    #[must_use]
    pub fn into_text(self) -> Cow<'a, str> {
        self.text
    }

    /// Is there nothing but blanks and comments? An explicit `null` is not empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.first().is_none_or(|root| root.is_absent())
    }

    /// Where the value at a JSON pointer stands; through an alias or a merge key, where it was written. `None` if nothing
    /// is there.
    #[must_use]
    pub fn position(&self, pointer: &str) -> Option<Position> {
        let found = self.find(pointer)?;
        self.node(found.node).map(|node| self.position_of(node.start()))
    }

    /// Where the key of the value at a JSON pointer stands. `None` for list items, the root, and what is not there.
    #[must_use]
    pub fn key_position(&self, pointer: &str) -> Option<Position> {
        let key = self.find(pointer)?.key?;
        self.node(key).map(|node| self.position_of(node.start()))
    }

    /// What Kubernetes reads without complaint though its author hardly meant it; the first hundred.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Changes the text so that its value is what [`apply`](crate::apply) gives, and nothing else: all pointers mean the
    /// value as it is before the edit. The result was read again and compared.
    ///
    /// # Errors
    /// Changes that contradict each other or point nowhere; places that the text shares (aliases, merge keys); a result
    /// that could not be verified, which is a bug here and never a wrong text.
    ///
    /// # Examples
    /// ```
    /// use boltrope_yaml::{Change, Limits, read};
    ///
    /// let limits = Limits::default();
    /// let tree = read("args:\n- -v # chatty\n- on\nport: 80\n", &limits)?;
    /// let edited = tree.edit(
    ///     &[
    ///         Change::Remove { pointer: "/args/1" },
    ///         Change::Set { pointer: "/args/-", value: &"--quiet".into() },
    ///         Change::Set { pointer: "/name", value: &"n".into() },
    ///     ],
    ///     &limits,
    /// )?;
    /// assert_eq!(edited.text(), "args:\n- -v # chatty\n- --quiet\nport: 80\nname: \"n\"\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn edit(&self, changes: &[Change<'_>], limits: &Limits) -> Result<Tree<'static>, EditError> {
        edit::edit(self, changes, limits)
    }

    /// The first half of an edit for those who know what it must give: the text is changed, and nobody may have it yet.
    /// Cheaper than [`Tree::edit`], because the text is neither put together nor read into a second tree.
    ///
    /// # Errors
    /// Changes that contradict each other or point nowhere; places that the text shares (aliases, merge keys).
    ///
    /// # Examples
    /// ```
    /// use boltrope_yaml::{Change, Limits, read};
    ///
    /// let limits = Limits::default();
    /// let mut tree = read("kind: Service # web\n", &limits)?;
    /// let draft = tree.draft(&[Change::Set { pointer: "/port", value: &80.into() }], &limits)?;
    /// tree.value_mut()["port"] = 80.into();
    /// let edited = tree.confirm(draft, tree.value(), &limits)?;
    /// assert_eq!(edited.to_text(), "kind: Service # web\nport: 80\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn draft(&self, changes: &[Change<'_>], limits: &Limits) -> Result<Draft<'a>, EditError> {
        edit::draft(self, changes, limits)
    }

    /// The second half: the draft is read, and given out if it says `value`. The comparison goes along with the reading,
    /// so that a large value is not in memory twice.
    ///
    /// # Errors
    /// A result that is beyond the limits, or that says something else, which is a bug here or in what wanted the value.
    pub fn confirm(&self, draft: Draft<'a>, value: &Value, limits: &Limits) -> Result<Edited<'a>, EditError> {
        edit::confirm(self, draft, value, limits)
    }

    pub(crate) fn into_static(self) -> Tree<'static> {
        let Tree {
            text,
            value,
            nodes,
            names,
            anchored,
            aliases,
            merges,
            warnings,
            place,
            json,
        } = self;
        let text = Cow::Owned(text.into_owned());
        Tree {
            text,
            value,
            nodes,
            names,
            anchored,
            aliases,
            merges,
            warnings,
            place,
            json,
        }
    }

    pub(crate) fn position_of_node(&self, id: NodeId) -> Position {
        self.position_of(self.node(id).map_or(0, Node::start))
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            number: self.place.number,
            source: self.place.source.as_deref(),
            position: self.place.position,
        }
    }

    fn position_of(&self, offset: usize) -> Position {
        self.place.position.advance(&self.text, offset)
    }
}
