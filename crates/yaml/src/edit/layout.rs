//! The text as lines: where they begin and end, how far things are indented, what the document's own habits are.

use std::ops::Range;

use crate::Tree;
use crate::tree::{Kind, Node, NodeId};

/// A document's text, with a line feed at its end, and its nodes.
#[derive(Debug)]
pub(super) struct Layout<'t> {
    pub(super) tree: &'t Tree<'t>,
    pub(super) text: &'t str,
    pub(super) habits: Habits,
}

/// What new text follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Habits {
    pub(super) newline: &'static str,
    /// Columns from a mapping to the mapping inside it.
    pub(super) step: usize,
    /// Columns from a mapping to the dashes of a list inside it.
    pub(super) dash: usize,
    /// JSON, or YAML written like it: every string in double quotes.
    pub(super) json: bool,
}

impl<'t> Layout<'t> {
    pub(super) fn new(tree: &'t Tree<'t>, text: &'t str, newline: &'static str) -> Self {
        let first_key = tree
            .node(1)
            .filter(|_| tree.node(0).is_some_and(|root| root.kind == Kind::FlowMap));
        let json = tree.json || first_key.is_some_and(|key| key.kind == Kind::Double);
        let habits = Habits {
            newline,
            step: 2,
            dash: 0,
            json,
        };
        let mut layout = Self { tree, text, habits };
        layout.find_habits();
        layout
    }

    /// The first nested mapping and the first list in a mapping show how the author indents.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a document is at most u32::MAX bytes"
    )]
    fn find_habits(&mut self) {
        let (mut step, mut dash) = (None, None);
        let maps = self
            .tree
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.kind == Kind::BlockMap);
        for (id, _) in maps {
            let id = id as NodeId;
            let column = self.column(self.body_start(id));
            for entry in self.tree.entries(id) {
                let Some(value) = self.tree.node(entry.node) else {
                    continue;
                };
                let slot = match value.kind {
                    Kind::BlockMap => &mut step,
                    Kind::BlockSeq => &mut dash,
                    _ => continue,
                };
                if slot.is_none() {
                    *slot = self.column(self.body_start(entry.node)).checked_sub(column);
                }
            }
            if step.is_some() && dash.is_some() {
                break;
            }
        }
        self.habits.step = step.filter(|&step| step > 0).unwrap_or(2);
        self.habits.dash = dash.unwrap_or(0);
    }

    pub(super) fn node(&self, id: NodeId) -> Option<&'t Node> {
        self.tree.node(id)
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    /// Where the line of an offset begins.
    pub(super) fn line_start(&self, offset: usize) -> usize {
        memchr::memrchr(b'\n', self.slice(0..offset).as_bytes()).map_or(0, |at| at + 1)
    }

    /// Where the next line begins.
    pub(super) fn line_end(&self, offset: usize) -> usize {
        let rest = self.slice(offset..self.text.len());
        memchr::memchr(b'\n', rest.as_bytes()).map_or(self.text.len(), |at| offset + at + 1)
    }

    /// The end of a line that ends at `line_end`, without its line break.
    pub(super) fn before_break(&self, line_end: usize) -> usize {
        let line = self.slice(0..line_end);
        let line = line
            .strip_suffix('\n')
            .map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
        line.len()
    }

    /// Characters before an offset in its line.
    pub(super) fn column(&self, offset: usize) -> usize {
        self.slice(self.line_start(offset)..offset).chars().count()
    }

    /// Is nothing but blanks before the offset in its line?
    pub(super) fn starts_line(&self, offset: usize) -> bool {
        self.slice(self.line_start(offset)..offset)
            .trim_start_matches([' ', '\t'])
            .is_empty()
    }

    /// Is nothing but a comment left in the line?
    pub(super) fn has_comment_after(&self, offset: usize) -> bool {
        self.slice(offset..self.line_end(offset))
            .trim_start()
            .starts_with('#')
    }

    /// The first offset that is no blank, line break or comment.
    pub(super) fn skip_blanks(&self, mut offset: usize) -> usize {
        loop {
            let rest = self.slice(offset..self.text.len());
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            offset += blank;
            if !self.slice(offset..self.text.len()).starts_with('#') {
                return offset;
            }
            offset = self.line_end(offset);
        }
    }

    /// Where a node begins after its anchor and tag.
    pub(super) fn body_start(&self, id: NodeId) -> usize {
        self.props(id).0
    }

    /// Where the body begins, where the last property ends, and the anchor as written.
    pub(super) fn props(&self, id: NodeId) -> (usize, usize, Option<&'t str>) {
        let Some(node) = self.node(id) else {
            return (0, 0, None);
        };
        let (mut at, mut end, mut anchor) = (node.start(), node.start(), None);
        if !node.props {
            return (at, end, anchor);
        }
        loop {
            let next = self.skip_blanks(at);
            let rest = self.slice(next..node.end());
            if !rest.starts_with(['&', '!']) {
                return (next.min(node.end()).max(end), end, anchor);
            }
            let is_anchor = rest.starts_with('&');
            let is_end = |c: char| match (c, is_anchor) {
                (c, true) => !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '&'),
                (',' | ']' | '}', false) => !rest.starts_with("!<"),
                (c, false) => c.is_whitespace(),
            };
            let length = rest.find(is_end).unwrap_or(rest.len());
            if is_anchor {
                anchor = rest.get(..length);
            }
            at = next + length;
            end = at;
        }
    }

    /// The offset after the `:` of a key, if it has one.
    pub(super) fn colon_end(&self, key: NodeId) -> Option<usize> {
        let at = self.skip_blanks(self.node(key)?.end());
        self.slice(at..self.text.len()).starts_with(':').then_some(at + 1)
    }

    /// Where an entry begins: at its key, or at the `?` before it.
    pub(super) fn entry_start(&self, map: NodeId, key: NodeId) -> usize {
        let start = self.node(key).map_or(0, Node::start);
        let block = self.node(map).is_some_and(|map| map.kind == Kind::BlockMap);
        if block && self.column(start) == self.column(self.body_start(map)) {
            return start;
        }
        let before = self.slice(0..start);
        let before = if block {
            before.trim_end()
        } else {
            before.trim_end_matches([' ', '\t'])
        };
        before.strip_suffix('?').map_or(start, str::len)
    }

    /// The offset of an item's dash.
    pub(super) fn dash(&self, after: usize) -> Option<usize> {
        let at = self.skip_blanks(after);
        self.slice(at..self.text.len()).starts_with('-').then_some(at)
    }

    /// The block scalar that a node is or ends with.
    pub(super) fn last_block_scalar(&self, id: NodeId) -> Option<NodeId> {
        let end = self.node(id)?.end();
        let last = id + self.node(id)?.size() - 1;
        let node = self.node(last)?;
        (node.is_block_scalar() && node.end() == end).then_some(last)
    }

    /// The header of a block scalar (`|-2`).
    pub(super) fn header(&self, id: NodeId) -> Range<usize> {
        let start = self.body_start(id);
        let rest = self.slice(start..self.text.len());
        let length = rest
            .find(|c: char| !matches!(c, '|' | '>' | '+' | '-' | '0'..='9'))
            .unwrap_or(rest.len());
        start..start + length
    }

    /// Does a block scalar keep the blank lines after it?
    pub(super) fn keeps_blanks(&self, id: NodeId) -> bool {
        self.slice(self.header(id)).contains('+')
    }

    /// Where the lines of a node end: the start of the line after its content. Blank lines after a block scalar are
    /// content only if it keeps them.
    pub(super) fn lines_end(&self, id: NodeId) -> usize {
        let end = self.node(id).map_or(0, Node::end);
        match self.last_block_scalar(id) {
            Some(block) if self.keeps_blanks(block) => {
                if self.slice(0..end).ends_with('\n') {
                    end
                } else {
                    self.line_end(end)
                }
            }
            Some(block) => {
                let body = self.line_end(self.header(block).end);
                let content = self.slice(body..end.max(body)).trim_end().len();
                if content == 0 {
                    body
                } else {
                    self.line_end(body + content)
                }
            }
            // A key that is a block of text and has no value: its lines have ended.
            None if self.node(id).is_some_and(Node::is_absent) && self.slice(0..end).ends_with('\n') => end,
            None => self.line_end(end),
        }
    }

    /// Blank lines from the start of a line on.
    pub(super) fn blank_lines_end(&self, line_start: usize) -> usize {
        let mut at = line_start;
        while at < self.text.len() {
            let end = self.line_end(at);
            if !self.slice(at..end).trim().is_empty() {
                break;
            }
            at = end;
        }
        at
    }

    /// Comment lines right after a line, indented deeper than `column`.
    pub(super) fn deeper_comments_end(&self, line_start: usize, column: usize) -> usize {
        let mut at = line_start;
        while at < self.text.len() {
            let end = self.line_end(at);
            let line = self.slice(at..end);
            let content = line.trim_start_matches(' ');
            if !content.starts_with('#') || line.len() - content.len() <= column {
                break;
            }
            at = end;
        }
        at
    }

    /// The start of the comment lines directly above a line, in the same column; not those at the head of the document,
    /// and not above `floor`.
    pub(super) fn head_comments_start(&self, line_start: usize, column: usize, floor: usize) -> usize {
        let mut at = line_start;
        if self.skip_blanks(0) >= line_start {
            return line_start;
        }
        while at > floor {
            let above = self.line_start(at - 1);
            let line = self.slice(above..at);
            let content = line.trim_start_matches(' ');
            if above < floor || !content.starts_with('#') || line.len() - content.len() != column {
                break;
            }
            at = above;
        }
        at
    }
}
