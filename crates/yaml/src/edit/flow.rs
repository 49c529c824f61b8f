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
        let Some((kept, tail)) = parts.get(last_kept..).and_then(<[Part]>::split_first) else {
            return;
        };
        let end = self.flow_end(kept);
        let line_end = self.layout.line_end(end);
        let tail_lines: Option<Vec<_>> = tail.iter().map(|part| self.own_lines(part)).collect();
        match tail_lines {
            Some(lines)
                if self.layout.starts_line(kept.start)
                    && line_end <= lines.first().map_or(close, |(start, _)| *start) =>
            {
                self.edit_lines(kept, tail.last().unwrap_or(kept), &lines, &texts);
            }
            _ => {
                let text: String = texts.iter().map(|text| format!(", {text}")).collect();
                let pad = self.pad(kept);
                self.splices.insert(
                    end,
                    if text.is_empty() {
                        text
                    } else {
                        format!("{pad}{text}")
                    },
                );
                if let Some(last) = tail.last() {
                    let pad = if texts.is_empty() { pad } else { "" };
                    self.splices.replace(end..self.flow_end(last), pad);
                }
            }
        }
    }

    /// The parts have lines of their own: whole lines go and come.
    fn edit_lines(&mut self, kept: &Part, last: &Part, removed: &[(usize, usize)], texts: &[String]) {
        let end = self.flow_end(kept);
        let line_end = self.layout.line_end(end);
        let trailing_comma = self.comma_after(last).is_some();
        for &(start, end) in removed {
            self.splices.delete(start..end);
        }
        match self.comma_after(kept) {
            None if !texts.is_empty() => self.splices.insert(end, format!("{},", self.pad(kept))),
            Some(comma) if texts.is_empty() && !trailing_comma => self.splices.replace(comma..comma + 1, ""),
            _ => {}
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
            Some(_) => return None,
            None => end,
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

    /// A `:` without a value must not stand right before a comma or a brace.
    fn pad(&self, part: &Part) -> &'static str {
        let absent = self.layout.node(part.node).is_some_and(Node::is_absent);
        if absent && self.layout.slice(0..self.flow_end(part)).ends_with(':') {
            " "
        } else {
            ""
        }
    }
}
