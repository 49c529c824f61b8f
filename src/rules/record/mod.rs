//! Settings read from a JSON value into structs, with every mistake collected.
//!
//! A struct names its keys with [`record!`], an enum its words with [`words!`]. Everything that walks, compares and complains
//! is written once over `dyn` fields: a derived decoder is a copy of all that for each struct, and those copies were
//! a quarter of a compiled policy.

mod macros;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::mistake::{unknown_key, unknown_value};
use super::{Mistake, Mistakes};
use crate::object::pointer;

pub(crate) use macros::{record, words};

/// What can be read from a value. What is filled with a mistake is thrown away as a whole, so it may be anything.
pub(crate) trait Decode {
    /// What is there to be filled.
    fn blank() -> Self
    where
        Self: Sized;

    /// Fills it with `value`, found at `at`, or adds at least one mistake.
    fn fill(&mut self, value: &Value, at: &At<'_>, mistakes: &mut Mistakes);
}

/// A struct that is read from a mapping.
pub(crate) trait Record {
    /// The keys that the mapping may have.
    const KEYS: &'static [&'static str];
}

/// Reads a whole value.
///
/// # Errors
/// Every mistake in it, in the order of its keys.
pub(crate) fn decode_whole<T: Decode>(value: &Value) -> Result<T, Mistakes> {
    let mut whole = T::blank();
    fill_whole(&mut whole, value).into_result(whole)
}

/// Fills what is there already with a whole value, and tells every mistake in it.
pub(super) fn fill_whole(whole: &mut dyn Decode, value: &Value) -> Mistakes {
    let mut mistakes = Mistakes::new();
    whole.fill(value, &At::Root, &mut mistakes);
    mistakes
}

/// A value that is a part of a whole, or anything and a mistake.
pub(crate) fn decode_part<T: Decode>(value: &Value, at: &At<'_>, mistakes: &mut Mistakes) -> T {
    let mut part = T::blank();
    part.fill(value, at, mistakes);
    part
}

/// Where a value stands: its pointer is only written when there is a mistake.
#[derive(Debug)]
pub(crate) enum At<'a> {
    /// The whole.
    Root,
    /// Below a key.
    Key(&'a At<'a>, &'a str),
    /// An item of a list.
    Item(&'a At<'a>, usize),
}

/// What is known of a struct's keys.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Those that must be there, then those that may.
    pub(crate) all: &'static [&'static str],
    /// How many must be there.
    pub(crate) required: usize,
    /// What happens to others.
    pub(crate) others: Others,
}

/// What a record does with keys that it has no slot for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// They are mistakes.
    Refused,
    /// Whoever asks looks at them.
    Ignored,
}

impl At<'_> {
    /// As a JSON Pointer.
    pub(crate) fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(parent, key) => pointer::push(&parent.pointer(), key),
            Self::Item(parent, index) => pointer::push_index(&parent.pointer(), *index),
        }
    }
}

/// Fills the fields, which stand in the order of their keys, from a mapping, in its own order.
pub(crate) fn read_record(
    keys: &Keys,
    fields: &mut [&mut dyn Decode],
    value: &Value,
    at: &At<'_>,
    mistakes: &mut Mistakes,
) {
    let Value::Object(map) = value else {
        return refuse("a mapping", value, at, mistakes);
    };
    for (key, value) in map {
        let index = keys.all.iter().position(|known| known == key);
        match index.and_then(|index| fields.get_mut(index)) {
            Some(field) => field.fill(value, &At::Key(at, key), mistakes),
            None if keys.others == Others::Ignored => {}
            None => mistakes.push(unknown_key(&at.pointer(), key, keys.all)),
        }
    }
    for key in keys.all.iter().take(keys.required) {
        if !map.contains_key(*key) {
            let (message, remedy) = (format!("`{key}` is missing"), format!("add `{key}`"));
            mistakes.push(Mistake::new(at.pointer(), message, remedy));
        }
    }
}

/// The index of a word.
pub(crate) fn read_word(
    value: &Value,
    at: &At<'_>,
    mistakes: &mut Mistakes,
    words: &[&str],
) -> Option<usize> {
    let Value::String(text) = value else {
        refuse("text", value, at, mistakes);
        return None;
    };
    let found = words.iter().position(|word| word == text);
    if found.is_none() {
        mistakes.push(unknown_value(&at.pointer(), text, words));
    }
    found
}

/// Says that something else was expected.
fn refuse(expected: &str, found: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
    let found = match found {
        Value::Null => "nothing (null)",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_u64() => "a whole number",
        Value::Number(number) if number.is_i64() => "a negative whole number",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    };
    mistakes.push(Mistake::plain(
        at.pointer(),
        format!("expected {expected}, found {found}"),
    ));
}

impl Decode for bool {
    fn blank() -> Self {
        false
    }

    fn fill(&mut self, value: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
        match value {
            Value::Bool(flag) => *self = *flag,
            other => refuse("true or false", other, at, mistakes),
        }
    }
}

impl Decode for u32 {
    fn blank() -> Self {
        0
    }

    fn fill(&mut self, value: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
        match value.as_u64().and_then(|number| Self::try_from(number).ok()) {
            Some(number) => *self = number,
            None => refuse("a whole number below 4294967296", value, at, mistakes),
        }
    }
}

impl Decode for String {
    fn blank() -> Self {
        Self::new()
    }

    fn fill(&mut self, value: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
        match value {
            Value::String(text) => self.clone_from(text),
            other => refuse("text", other, at, mistakes),
        }
    }
}

/// Null is as good as absent.
impl<T: Decode> Decode for Option<T> {
    fn blank() -> Self {
        None
    }

    fn fill(&mut self, value: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
        if !value.is_null() {
            self.insert(T::blank()).fill(value, at, mistakes);
        }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn fill(&mut self, value: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
        read_list(self, value, at, mistakes);
    }
}

/// A list of anything that is read.
trait List {
    /// One more item, to be filled.
    fn grow(&mut self) -> Option<&mut dyn Decode>;
}

impl<T: Decode> List for Vec<T> {
    fn grow(&mut self) -> Option<&mut dyn Decode> {
        self.push(T::blank());
        self.last_mut().map(|item| item as &mut dyn Decode)
    }
}

fn read_list(list: &mut dyn List, value: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
    let Value::Array(items) = value else {
        return refuse("a list", value, at, mistakes);
    };
    for (index, item) in items.iter().enumerate() {
        if let Some(read) = list.grow() {
            read.fill(item, &At::Item(at, index), mistakes);
        }
    }
}

/// The entries of a mapping.
pub(super) fn read_map<'v>(
    value: &'v Value,
    at: &At<'_>,
    mistakes: &mut Mistakes,
) -> Option<&'v Map<String, Value>> {
    let map = value.as_object();
    if map.is_none() {
        refuse("a mapping", value, at, mistakes);
    }
    map
}
