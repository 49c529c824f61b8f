//! New text for whole values, in the document's own habits.

use serde_json::{Map, Number, Value};

use super::layout::Habits;
use super::scalar::{self, Quotes};

/// A value as it is put after a `:` or a `-`: the rest of that line, and the lines below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) inline: String,
    pub(super) lines: String,
}

/// Writes values with one document's habits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer {
    pub(super) habits: Habits,
}

impl Writer {
    /// A scalar, `{}` or `[]` in one line. `None` for collections with something inside.
    pub(super) fn scalar(self, value: &Value, quotes: Quotes, flow: bool) -> Option<String> {
        let quotes = if self.habits.json { Quotes::Double } else { quotes };
        Some(match value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => self.number(number),
            Value::String(text) => scalar::write(text, quotes, flow),
            Value::Array(items) if items.is_empty() => "[]".to_owned(),
            Value::Object(map) if map.is_empty() => "{}".to_owned(),
            Value::Array(_) | Value::Object(_) => return None,
        })
    }

    /// Digits that every parser reads as the same number: YAML 1.1 wants a dot and a sign with an exponent.
    fn number(self, number: &Number) -> String {
        let text = number.to_string();
        let Some((mantissa, exponent)) = text.split_once('e').filter(|_| !self.habits.json) else {
            return text;
        };
        let dot = if mantissa.contains('.') { "" } else { ".0" };
        let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
        format!("{mantissa}{dot}e{sign}{exponent}")
    }

    /// Any value in one line, inside brackets and braces where it has parts.
    pub(super) fn flow(self, value: &Value) -> String {
        match value {
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.flow(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Object(map) => {
                let entries: Vec<_> = map
                    .iter()
                    .map(|(name, value)| self.flow_entry(name, value))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
            scalar => self.scalar(scalar, Quotes::Bare, true).unwrap_or_default(),
        }
    }

    pub(super) fn flow_entry(self, name: &str, value: &Value) -> String {
        format!("{}: {}", self.key(name, true), self.flow(value))
    }

    fn key(self, name: &str, flow: bool) -> String {
        scalar::write(
            name,
            if self.habits.json {
                Quotes::Double
            } else {
                Quotes::Bare
            },
            flow,
        )
    }

    /// The lines of one entry of a mapping whose keys stand in `column`.
    pub(super) fn entry(self, name: &str, value: &Value, column: usize) -> String {
        let mut out = String::new();
        self.push_entry(&mut out, name, value, column);
        out
    }

    /// The lines of one item of a list whose dashes stand in `column`, with `gap` blanks after the dash.
    pub(super) fn item(self, value: &Value, column: usize, gap: usize) -> String {
        let mut out = String::new();
        self.push_item(&mut out, value, column, gap);
        out
    }

    /// The lines of a collection with something inside, keys or dashes in `column`.
    pub(super) fn lines(self, value: &Value, column: usize) -> String {
        let mut out = String::new();
        self.push_lines(&mut out, value, column);
        out
    }

    /// A string with line breaks as a literal block whose text stands in `column`: header and lines. `None` if it has no
    /// line break or a literal block cannot hold it.
    pub(super) fn literal(self, value: &Value, column: usize) -> Option<Written> {
        let text = value
            .as_str()
            .filter(|text| text.contains('\n') && !self.habits.json)?;
        let first = text.chars().next()?;
        let holds = |c| scalar::is_printable(c) || matches!(c, '\n' | '\t');
        if first.is_whitespace()
            || !text.chars().all(holds)
            || text.contains("\n\t")
            || text.trim().is_empty()
        {
            return None;
        }
        let header = match text.strip_suffix('\n') {
            None => "|-",
            Some(rest) if rest.ends_with('\n') => "|+",
            Some(_) => "|",
        };
        let mut lines = String::new();
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                push_blanks(&mut lines, column);
                lines.push_str(line);
            }
            lines.push_str(self.habits.newline);
        }
        Some(Written {
            inline: header.to_owned(),
            lines,
        })
    }

    fn push_lines(self, out: &mut String, value: &Value, column: usize) {
        match value {
            Value::Object(map) => self.push_entries(out, map, column),
            Value::Array(items) => items.iter().for_each(|item| self.push_item(out, item, column, 1)),
            _ => {}
        }
    }

    fn push_entries(self, out: &mut String, map: &Map<String, Value>, column: usize) {
        for (name, value) in map {
            self.push_entry(out, name, value, column);
        }
    }

    fn push_entry(self, out: &mut String, name: &str, value: &Value, column: usize) {
        push_blanks(out, column);
        out.push_str(&self.key(name, false));
        out.push(':');
        if let Some(Written { inline, lines }) = self.literal(value, column + self.habits.step) {
            out.push(' ');
            out.push_str(&inline);
            out.push_str(self.habits.newline);
            out.push_str(&lines);
        } else if let Some(text) = self.scalar(value, Quotes::Bare, false) {
            out.push(' ');
            out.push_str(&text);
            out.push_str(self.habits.newline);
        } else {
            out.push_str(self.habits.newline);
            let inside = if value.is_array() {
                self.habits.dash
            } else {
                self.habits.step
            };
            self.push_lines(out, value, column + inside);
        }
    }

    fn push_item(self, out: &mut String, value: &Value, column: usize, gap: usize) {
        push_blanks(out, column);
        out.push('-');
        push_blanks(out, gap);
        let inside = column + 1 + gap;
        if let Some(Written { inline, lines }) = self.literal(value, inside) {
            out.push_str(&inline);
            out.push_str(self.habits.newline);
            out.push_str(&lines);
        } else if let Some(text) = self.scalar(value, Quotes::Bare, false) {
            out.push_str(&text);
            out.push_str(self.habits.newline);
        } else {
            // The first line goes on after the dash; the others stand below it.
            let lines = self.lines(value, inside);
            out.push_str(lines.get(inside..).unwrap_or_default());
        }
    }
}

fn push_blanks(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}
