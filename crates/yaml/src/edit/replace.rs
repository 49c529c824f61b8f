//! Writing a value anew where an old one stands, in every combination of what was there and what comes.

use std::ops::Range;

use serde_json::Value;

use super::change::EditError;
use super::editor::{Editor, Slot, SlotKind};
use super::scalar::Quotes;
use super::write::Written;
use crate::tree::{Kind, Node, NodeId};

/// The text of an old value: a part of the line of its key or dash, and whole lines below.
#[derive(Debug, Clone)]
struct Target {
    head: Range<usize>,
    body: Range<usize>,
    /// The column of the keys or dashes of a block collection below its key.
    below: Option<usize>,
}

impl Editor<'_> {
    /// Replaces a whole value. Comments inside of it go, the one behind its first line stays if there is a first line.
    pub(super) fn replace(
        &mut self,
        id: NodeId,
        new: &Value,
        slot: Slot,
        pointer: &str,
    ) -> Result<(), EditError> {
        self.touch(pointer)?;
        self.check_anchors(id, pointer)?;
        let (body, _, anchor) = self.layout.props(id);
        let anchor = anchor.unwrap_or_default();
        let bracketed = self
            .layout
            .slice(body..self.layout.text.len())
            .starts_with(['{', '[']);
        let old_flow = matches!(self.kind(id), Some(Kind::FlowMap | Kind::FlowSeq)) && bracketed;
        let quotes = match self.kind(id) {
            Some(Kind::Single) => Quotes::Single,
            Some(Kind::Double) => Quotes::Double,
            // A bare scalar alone in a document might go on in the lines below it.
            _ if slot.kind == SlotKind::Root => Quotes::Double,
            _ => Quotes::Bare,
        };
        if slot.kind == SlotKind::Bare {
            self.replace_bare(new, slot);
            return Ok(());
        }
        let scalar = self.writer.scalar(new, quotes, slot.flow);
        if slot.flow || (old_flow && scalar.is_none()) {
            let text = scalar.unwrap_or_else(|| self.writer.flow(new));
            self.replace_inline(id, slot, anchor, &text);
            return Ok(());
        }
        let target = self.target(id, slot);
        let inside = slot.column
            + if slot.kind == SlotKind::Item {
                2
            } else {
                self.writer.habits.step
            };
        let literal = self
            .writer
            .literal(new, inside)
            .filter(|_| slot.kind != SlotKind::Root);
        if let Some(Written { inline, lines }) = literal {
            self.replace_head(&target, slot, anchor, &inline);
            self.splices.replace(target.body.clone(), lines);
            self.clear_blank_lines(target.body.end, new);
        } else if let Some(text) = scalar {
            self.replace_head(&target, slot, anchor, &text);
            self.splices.delete(target.body);
        } else {
            self.replace_with_lines(&target, new, slot, anchor);
        }
        Ok(())
    }

    /// A key without `:` gets one.
    fn replace_bare(&mut self, new: &Value, slot: Slot) {
        if slot.flow {
            let text = format!(": {}", self.writer.flow(new));
            self.splices.insert(slot.start, text);
        } else {
            let indent = " ".repeat(slot.column);
            let text = format!(
                "{indent}: {}{}",
                self.writer.flow(new),
                self.writer.habits.newline
            );
            self.splices.insert(slot.start, text);
        }
    }

    fn replace_inline(&mut self, id: NodeId, slot: Slot, anchor: &str, text: &str) {
        let Some(node) = self.layout.node(id) else { return };
        let absent = node.is_absent();
        let range = if absent {
            slot.start..slot.start
        } else {
            node.span()
        };
        self.splices.replace(range, spaced(absent, anchor, text));
    }

    fn replace_head(&mut self, target: &Target, slot: Slot, anchor: &str, text: &str) {
        let blank = target.head.start == slot.start && slot.kind != SlotKind::Root;
        self.splices
            .replace(target.head.clone(), spaced(blank, anchor, text));
    }

    /// A collection with something inside: behind its dash if nothing else stands there, else in lines below.
    fn replace_with_lines(&mut self, target: &Target, new: &Value, slot: Slot, anchor: &str) {
        let newline = self.writer.habits.newline;
        let compact = match slot.kind {
            SlotKind::Root => true,
            SlotKind::Item => anchor.is_empty() && !self.layout.has_comment_after(target.head.end),
            SlotKind::Value | SlotKind::Bare => false,
        };
        self.clear_blank_lines(target.body.end, new);
        let body = target.body.clone();
        if compact {
            let blank = target.head.start == slot.start && slot.kind == SlotKind::Item;
            let column = if blank {
                slot.column + 2
            } else {
                self.layout.column(target.head.start)
            };
            let lines = self.writer.lines(new, column);
            let (first, rest) = lines.split_once(newline).unwrap_or((&lines, ""));
            self.splices.replace(
                target.head.clone(),
                spaced(blank, "", first.trim_start_matches(' ')),
            );
            self.splices.replace(body, rest);
            return;
        }
        let inside = match (slot.kind, new) {
            (SlotKind::Item, _) => 2,
            (_, Value::Array(_)) => self.writer.habits.dash,
            _ => self.writer.habits.step,
        };
        let same_type = |column: &usize| !new.is_array() || *column >= slot.column;
        let column = target
            .below
            .filter(same_type)
            .filter(|column| new.is_array() || *column > slot.column);
        let lines = self.writer.lines(new, column.unwrap_or(slot.column + inside));
        let head = slot.start.min(target.head.start)..target.head.end;
        self.splices.replace(
            head,
            if anchor.is_empty() {
                String::new()
            } else {
                format!(" {anchor}")
            },
        );
        self.splices.replace(body, lines);
    }

    fn target(&self, id: NodeId, slot: Slot) -> Target {
        let layout = &self.layout;
        let Some(node) = layout.node(id) else {
            return Target {
                head: 0..0,
                body: 0..0,
                below: None,
            };
        };
        let in_line = |head: Range<usize>| {
            let below = layout.line_end(head.end);
            Target {
                head,
                body: below..below,
                below: None,
            }
        };
        match node.kind {
            _ if node.is_absent() => {
                let end = layout.before_break(layout.line_end(slot.start));
                let is_blank = layout.slice(slot.start..end).trim().is_empty();
                in_line(slot.start..if is_blank { end } else { slot.start })
            }
            Kind::Literal | Kind::Folded => {
                let header = layout.header(id).end;
                let body = layout.line_end(header);
                // A header may stand below its key, further left than other values may.
                let below = layout.slice(slot.start..node.start()).contains('\n');
                let start = if below { slot.start } else { node.start() };
                Target {
                    head: start..header,
                    body: body..layout.lines_end(id).max(body),
                    below: None,
                }
            }
            Kind::BlockMap | Kind::BlockSeq => self.block_target(id, node, slot),
            _ => in_line(node.span()),
        }
    }

    fn block_target(&self, id: NodeId, node: &Node, slot: Slot) -> Target {
        let layout = &self.layout;
        let (body, props_end, _) = layout.props(id);
        let end = layout.deeper_comments_end(layout.lines_end(id), slot.column);
        let behind = slot.kind == SlotKind::Root || !layout.slice(slot.start..body).contains('\n');
        if behind {
            let line_end = layout.line_end(body);
            let head = node.start()..layout.before_break(line_end);
            return Target {
                head,
                body: line_end..end.max(line_end),
                below: None,
            };
        }
        let line_end = layout.line_end(slot.start);
        let head = if node.props && props_end < line_end {
            node.start()..props_end
        } else {
            slot.start..slot.start
        };
        Target {
            head,
            body: line_end..end.max(line_end),
            below: Some(layout.column(body)),
        }
    }
}

/// A blank if one is needed, the anchor that stays, the text.
fn spaced(blank: bool, anchor: &str, text: &str) -> String {
    let blank = if blank { " " } else { "" };
    let gap = if anchor.is_empty() { "" } else { " " };
    format!("{blank}{anchor}{gap}{text}")
}
