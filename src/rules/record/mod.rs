//! Settings read from a JSON value into structs, with every mistake collected.
//!
//! A struct names its keys with [`record!`], an enum its words with [`words!`]. Everything that walks, compares and complains
//! is written once over `dyn` targets: a derived decoder is a copy of all that for each struct, and those copies were
//! a quarter of a compiled policy.

mod macros;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::mistake::{unknown_key, unknown_value};
use super::{Mistake, Mistakes};
use crate::object::pointer;

pub(crate) use macros::{record, words};

/// What can be read from a value.
pub(crate) trait Decode: Sized {
    /// Reads `value`, found at `at`. `None` comes with at least one more mistake.
    fn decode(value: &Value, at: &At<'_>, mistakes: &mut Mistakes) -> Option<Self>;
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
    let mut mistakes = Mistakes::new();
    T::decode(value, &At::Root, &mut mistakes).ok_or(mistakes)
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

/// A key of a struct and where its value goes.
pub(crate) struct Slot<'a> {
    key: &'static str,
    target: &'a mut dyn Target,
    is_missing: bool,
}

/// Something that can be filled from a value.
pub(crate) trait Target {
    /// Fills it, or says what is wrong.
    fn fill(&mut self, value: &Value, at: &At<'_>, mistakes: &mut Mistakes);
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

impl<'a> Slot<'a> {
    /// A key that must be there.
    pub(crate) fn required(key: &'static str, target: &'a mut dyn Target) -> Self {
        Self {
            key,
            target,
            is_missing: true,
        }
    }

    /// A key that may be absent.
    pub(crate) fn optional(key: &'static str, target: &'a mut dyn Target) -> Self {
        Self {
            key,
            target,
            is_missing: false,
        }
    }
}

impl<T: Decode> Target for Option<T> {
    fn fill(&mut self, value: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
        *self = T::decode(value, at, mistakes);
    }
}

/// Fills the slots from a mapping, in its own order. `None` after any mistake.
pub(crate) fn read_record(
    value: &Value,
    at: &At<'_>,
    mistakes: &mut Mistakes,
    others: Others,
    slots: &mut [Slot<'_>],
) -> Option<()> {
    let before = mistakes.len();
    let Value::Object(map) = value else {
        return refuse("a mapping", value, at, mistakes);
    };
    for (key, value) in map {
        match slots.iter_mut().find(|slot| slot.key == key) {
            Some(slot) => {
                slot.is_missing = false;
                slot.target.fill(value, &At::Key(at, key), mistakes);
            }
            None if others == Others::Ignored => {}
            None => {
                let known: Vec<&str> = slots.iter().map(|slot| slot.key).collect();
                mistakes.push(unknown_key(&at.pointer(), key, &known));
            }
        }
    }
    for Slot { key, .. } in slots.iter().filter(|slot| slot.is_missing) {
        let (message, remedy) = (format!("`{key}` is missing"), format!("add `{key}`"));
        mistakes.push(Mistake::new(at.pointer(), message, remedy));
    }
    (mistakes.len() == before).then_some(())
}

/// The index of a word.
pub(crate) fn read_word(
    value: &Value,
    at: &At<'_>,
    mistakes: &mut Mistakes,
    words: &[&str],
) -> Option<usize> {
    let Value::String(text) = value else {
        return refuse("text", value, at, mistakes);
    };
    let found = words.iter().position(|word| word == text);
    if found.is_none() {
        mistakes.push(unknown_value(&at.pointer(), text, words));
    }
    found
}

/// Says that something else was expected.
pub(super) fn refuse<T>(expected: &str, found: &Value, at: &At<'_>, mistakes: &mut Mistakes) -> Option<T> {
    complain(expected, found, at, mistakes);
    None
}

fn complain(expected: &str, found: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
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
    fn decode(value: &Value, at: &At<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        match value {
            Value::Bool(flag) => Some(*flag),
            other => refuse("true or false", other, at, mistakes),
        }
    }
}

impl Decode for u32 {
    fn decode(value: &Value, at: &At<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let number = value.as_u64().and_then(|number| Self::try_from(number).ok());
        number.or_else(|| refuse("a whole number below 4294967296", value, at, mistakes))
    }
}

impl Decode for String {
    fn decode(value: &Value, at: &At<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        match value {
            Value::String(text) => Some(text.clone()),
            other => refuse("text", other, at, mistakes),
        }
    }
}

/// Null is as good as absent.
impl<T: Decode> Decode for Option<T> {
    fn decode(value: &Value, at: &At<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::decode(value, at, mistakes).map(Some),
        }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(value: &Value, at: &At<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut decoded = Self::new();
        let length = read_list(value, at, mistakes, &mut |item, at, mistakes| {
            decoded.extend(T::decode(item, at, mistakes));
        })?;
        (decoded.len() == length).then_some(decoded)
    }
}

/// Gives each item of a list to `read`, and its length back.
fn read_list(
    value: &Value,
    at: &At<'_>,
    mistakes: &mut Mistakes,
    read: &mut dyn FnMut(&Value, &At<'_>, &mut Mistakes),
) -> Option<usize> {
    let Value::Array(items) = value else {
        return refuse("a list", value, at, mistakes);
    };
    for (index, item) in items.iter().enumerate() {
        read(item, &At::Item(at, index), mistakes);
    }
    Some(items.len())
}

/// Gives each entry of a mapping to `read`, and their number back.
pub(super) fn read_map(
    value: &Value,
    at: &At<'_>,
    mistakes: &mut Mistakes,
    read: &mut dyn FnMut(&str, &Value, &At<'_>, &mut Mistakes),
) -> Option<usize> {
    let Value::Object(map) = value else {
        return refuse("a mapping", value, at, mistakes);
    };
    for (key, value) in map {
        read(key, value, &At::Key(at, key), mistakes);
    }
    Some(map.len())
}
