//! Removing and adding entries and items inside brackets and braces: where the commas go.

use super::editor::{Editor, Insert, Part};
use crate::tree::{Node, NodeId};

impl Editor<'_> {
    pub(super) fn edit_flow(&mut self, id: NodeId, parts: &[Part], inserts: &[Insert]) {
        let texts: Vec<String> = inserts.iter().map(|insert| self.flow_text(insert)).collect();
        let open = self.layout.body_start(id) + 1;
        let close = self
            .layout
            .node(id)
            .map_or(open, Node::end)
            .saturating_sub(1)
            .max(open);
        let Some(last_kept) = parts.iter().rposition(|part| !part.removed) else {
            let inside = self.layout.slice(open..close);
            if parts.is_empty() && inside.contains('#') {
                self.splices.insert(open, texts.join(", "));
            } else {
                self.splices.replace(open..close, texts.join(", "));
            }
            return;
        };
        for (at, part) in parts.iter().enumerate().take(last_kept) {
            if let (true, Some(next)) = (part.removed, parts.get(at + 1)) {
                self.remove_before(part, next);
            }
        }
        let Some(kept) = parts.get(last_kept) else { return };
        let tail = parts.get(last_kept + 1..).unwrap_or_default();
        let last = tail.last().unwrap_or(kept);
        let trailing_comma = self.comma_after(last).is_some();
        let own_lines = self.insert_in_flow(kept, close, &texts, trailing_comma);
        self.remove_tail(kept, tail, trailing_comma, own_lines);
    }

    /// `[a: 1]` is a list with a mapping that has no braces.
    pub(super) fn edit_pair(&mut self, id: NodeId, parts: &[Part], inserts: &[Insert]) {
        let Some(span) = self.layout.node(id).map(Node::span) else {
            return;
        };
        let texts: Vec<String> = inserts.iter().map(|insert| self.flow_text(insert)).collect();
        if parts.iter().any(|part| part.removed) {
            self.splices.replace(span, format!("{{{}}}", texts.join(", ")));
        } else {
            let end = parts.last().map_or(span.end, |part| self.flow_end(part));
            self.splices.insert(span.start, "{");
            self.splices.insert(end, format!(", {}}}", texts.join(", ")));
        }
    }

    fn flow_text(&self, insert: &Insert) -> String {
        match &insert.name {
            Some(name) => self.writer.flow_entry(name, &insert.value),
            None => self.writer.flow(&insert.value),
        }
    }

    fn flow_end(&self, part: &Part) -> usize {
        let end = |id| self.layout.node(id).map_or(0, Node::end);
        part.key.map_or(0, end).max(end(part.node))
    }

    fn comma_after(&self, part: &Part) -> Option<usize> {
        let at = self.layout.skip_blanks(self.flow_end(part));
        self.layout
            .slice(at..self.layout.text.len())
            .starts_with(',')
            .then_some(at)
    }

    /// Does a part have its lines for itself, but for its comma and a comment?
    fn own_lines(&self, part: &Part) -> Option<(usize, usize)> {
        let end = self.flow_end(part);
        let after = match self.comma_after(part) {
            Some(comma) if comma < self.layout.line_end(end) => comma + 1,
            _ => end,
        };
        let line_end = self.layout.line_end(after);
        let rest = self.layout.slice(after..line_end).trim();
        let alone = self.layout.starts_line(part.start) && (rest.is_empty() || rest.starts_with('#'));
        alone.then(|| (self.layout.line_start(part.start), line_end))
    }

    /// Removes a part that another one follows.
    fn remove_before(&mut self, part: &Part, next: &Part) {
        match self.own_lines(part) {
            Some((start, end)) if end <= next.start => self.splices.delete(start..end),
            _ => self.splices.delete(part.start..next.start),
        }
    }

    /// Adds texts after the last part that stays. Gives whether they got lines of their own.
    fn insert_in_flow(&mut self, kept: &Part, close: usize, texts: &[String], trailing_comma: bool) -> bool {
        let end = self.flow_end(kept);
        let line_end = self.layout.line_end(end);
        let own_lines = self.layout.starts_line(kept.start) && line_end <= close;
        if texts.is_empty() {
            return own_lines;
        }
        if !own_lines {
            let text: String = texts.iter().map(|text| format!(", {text}")).collect();
            self.splices.insert(end, text);
            return false;
        }
        if self.comma_after(kept).is_none() {
            self.splices.insert(end, ",");
        }
        let indent = self.layout.slice(self.layout.line_start(kept.start)..kept.start);
        let newline = self.writer.habits.newline;
        for (at, text) in texts.iter().enumerate() {
            let comma = if trailing_comma || at + 1 < texts.len() {
                ","
            } else {
                ""
            };
            self.splices
                .insert(line_end, format!("{indent}{text}{comma}{newline}"));
        }
        true
    }

    /// Removes the parts after the last one that stays.
    fn remove_tail(&mut self, kept: &Part, tail: &[Part], trailing_comma: bool, inserted_lines: bool) {
        let Some(last) = tail.last() else { return };
        let end = self.flow_end(kept);
        let lines: Option<Vec<_>> = tail.iter().map(|part| self.own_lines(part)).collect();
        match lines {
            Some(lines) if self.layout.line_end(end) <= lines.first().map_or(0, |line| line.0) => {
                for (start, end) in lines {
                    self.splices.delete(start..end);
                }
                let needed = trailing_comma || (inserted_lines && self.has_inserts_after(end));
                if let (false, Some(comma)) = (needed, self.comma_after(kept)) {
                    self.splices.delete(comma..comma + 1);
                }
            }
            _ => {
                let from = if inserted_lines && self.has_inserts_after(end) {
                    self.comma_after(kept)
                        .map_or(end, |comma| comma + 1)
                        .max(self.layout.line_end(end))
                } else {
                    end
                };
                self.splices
                    .delete(from.min(self.flow_end(last))..self.flow_end(last));
            }
        }
    }

    fn has_inserts_after(&self, end: usize) -> bool {
        self.splices.inserts_at(self.layout.line_end(end))
    }
}
