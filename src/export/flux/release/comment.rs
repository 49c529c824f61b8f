//! The digest comment above our item, in the text. What looks like one inside a value is none.

use std::ops::Range;

use boltrope_yaml::{Limits, Tree};
use serde_json::Value;

use super::LIST;
use crate::export::flux::item::DIGEST_COMMENT;
use crate::object::pointer;

/// The text with our comment above item `index`; `None` where the list's style has no place for one.
pub(super) fn commented(
    edited: &Tree<'_>,
    index: usize,
    start: usize,
    comment: &str,
    limits: &Limits,
) -> Option<String> {
    let text = edited.text();
    let position = edited.position(&pointer::push_index(LIST, index))?;
    let offset = position.offset.checked_sub(start)?;
    let line = text.get(..offset)?.rfind('\n').map_or(0, |end| end + 1);
    let indent = text.get(line..offset)?;
    let dash = indent.trim_start().strip_prefix('-')?;
    if !dash.trim().is_empty() {
        return None;
    }
    let blanks = indent.get(..indent.len() - indent.trim_start().len())?;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut with = text.to_owned();
    with.insert_str(line, &format!("{blanks}{comment}{newline}"));
    let again = boltrope_yaml::read(&with, limits).ok()?;
    (again.value() == edited.value()).then_some(with)
}

/// Our digest comments: text that looks like one and whose absence changes no value.
pub(super) fn comments(text: &str, limits: &Limits, value: &Value) -> Vec<Range<usize>> {
    let mark = format!("# {DIGEST_COMMENT}");
    let mut found = Vec::new();
    for (start, _) in text.match_indices(mark.as_str()) {
        let rest = text.get(start..).unwrap_or_default();
        let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
        let place = start..start + length;
        let mut without = text.to_owned();
        without.replace_range(place.clone(), "");
        if boltrope_yaml::read(&without, limits).is_ok_and(|tree| tree.value() == value) {
            found.push(place);
        }
    }
    found
}

/// The line of a comment that stands alone in it, its end included; else the comment.
pub(super) fn whole_line(text: &str, place: Range<usize>) -> Range<usize> {
    let start = text
        .get(..place.start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |end| end + 1);
    let alone = text
        .get(start..place.start)
        .is_some_and(|before| before.trim().is_empty());
    let end = text
        .get(place.end..)
        .and_then(|rest| rest.find('\n'))
        .map_or(place.end, |end| place.end + end + 1);
    if alone { start..end } else { place }
}
