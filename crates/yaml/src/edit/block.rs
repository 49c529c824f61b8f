//! Removing and adding entries and items of block collections: whole lines, with the comments that belong to them.
//!
//! A comment belongs to what follows it if it stands directly above, in the same column, and not at the head of the
//! document; or to what is before it if it stands in the same line or is indented deeper. The rest stays.

use serde_json::Value;

use super::editor::{Editor, Insert, Part};

impl Editor<'_> {
    /// At least one part stays.
    pub(super) fn edit_block(&mut self, parts: &[Part], inserts: &[Insert]) {
        let Some(first) = parts.first() else { return };
        let column = self.layout.column(first.start);
        let kept = self.remove_leading(parts);
        let mut insert_at = None;
        for (at, part) in parts.iter().enumerate().skip(kept) {
            let end = self.part_end(part, column);
            insert_at = Some(end);
            if !part.removed {
                continue;
            }
            let before = parts.get(..at).unwrap_or_default();
            let floor = before.last().map_or(0, |part| self.layout.lines_end(part.node));
            let line = self.layout.line_start(part.start);
            let start = self.layout.head_comments_start(line, column, floor);
            // Blank lines must not become part of the block scalar above.
            let blank_end = self.layout.blank_lines_end(end);
            let has_blanks = self.layout.slice(end..blank_end).contains([' ', '\t']);
            let keeps = |part: &Part| {
                self.layout
                    .last_block_scalar(part.node)
                    .is_some_and(|block| self.layout.keeps_blanks(block))
            };
            let clear = has_blanks || self.wrote_keeping || before.iter().any(keeps);
            let end = if clear { blank_end } else { end };
            insert_at = Some(end);
            self.splices.delete(start..end);
        }
        if let (Some(at), false) = (insert_at, inserts.is_empty()) {
            self.insert_lines(at, column, parts, inserts);
        }
    }

    /// The first parts may stand behind a dash, in one line with it: the next one that stays moves up. Gives how many
    /// parts are done.
    fn remove_leading(&mut self, parts: &[Part]) -> usize {
        let Some(first) = parts
            .first()
            .filter(|first| first.removed && !self.layout.starts_line(first.start))
        else {
            return 0;
        };
        let kept = parts.iter().position(|part| !part.removed).unwrap_or(parts.len());
        let (Some(next), Some(last)) = (
            parts.get(kept),
            kept.checked_sub(1).and_then(|last| parts.get(last)),
        ) else {
            return 0;
        };
        let lines_end = self.layout.lines_end(last.node);
        if self.layout.slice(lines_end..next.start).contains('#') {
            let before = self
                .layout
                .slice(0..first.start)
                .trim_end_matches([' ', '\t'])
                .len();
            self.splices.delete(before..self.layout.before_break(lines_end));
        } else {
            self.splices.delete(first.start..next.start);
        }
        kept
    }

    /// Where the lines of a part end, with the comments below it that are indented deeper.
    pub(super) fn part_end(&self, part: &Part, column: usize) -> usize {
        self.layout
            .deeper_comments_end(self.layout.lines_end(part.node), column)
    }

    fn insert_lines(&mut self, at: usize, column: usize, parts: &[Part], inserts: &[Insert]) {
        let gap = parts.last().map_or(1, |last| self.gap(last));
        for Insert { name, value } in inserts {
            let lines = match name {
                Some(name) => self.writer.entry(name, value, column),
                None => self.writer.item(value, column, gap),
            };
            self.splices.insert(at, lines);
        }
        if let Some(last) = inserts.last() {
            self.clear_blank_lines(at, &last.value);
        }
    }

    /// Blanks between the dash and the item, as the last item has them.
    fn gap(&self, part: &Part) -> usize {
        let after = self
            .layout
            .slice(part.start + 1..self.layout.line_end(part.start));
        let blanks = after.len() - after.trim_start_matches(' ').len();
        if after.trim().is_empty() { 1 } else { blanks.max(1) }
    }

    /// Blank lines must not become part of a block scalar that was just written above them: one that keeps them takes them
    /// all, any other those with blanks in them.
    pub(super) fn clear_blank_lines(&mut self, from: usize, written: &Value) {
        let Some(header) = self.last_header(written) else {
            return;
        };
        let end = self.layout.blank_lines_end(from);
        let keeps = header == "|+";
        self.wrote_keeping |= keeps;
        if keeps || self.layout.slice(from..end).contains([' ', '\t']) {
            self.splices.delete(from..end);
        }
    }

    /// The header of the block scalar that the written value ends with.
    fn last_header(&self, value: &Value) -> Option<String> {
        match value {
            Value::Object(map) => map.values().next_back().and_then(|last| self.last_header(last)),
            Value::Array(items) => items.last().and_then(|last| self.last_header(last)),
            scalar => self.writer.literal(scalar, 0).map(|written| written.inline),
        }
    }
}
