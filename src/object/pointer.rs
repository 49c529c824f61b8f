//! JSON Pointers (RFC 6901) as strings: built, split, compared, followed.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// Maps of this size or less are searched key by key.
const SMALL: usize = 16;

/// Appends one key to a pointer, escaping `~` and `/`.
///
/// ```
/// use boltrope::object::pointer::push;
/// assert_eq!(push("/metadata/annotations", "a/b"), "/metadata/annotations/a~1b");
/// ```
#[must_use]
pub fn push(pointer: &str, key: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + key.len() + 1);
    joined.push_str(pointer);
    joined.push('/');
    if key.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
        joined.push_str(&key.replace('~', "~0").replace('/', "~1"));
    } else {
        joined.push_str(key);
    }
    joined
}

/// Appends a list index to a pointer.
#[must_use]
pub fn push_index(pointer: &str, index: usize) -> String {
    format!("{pointer}/{index}")
}

/// The keys of a pointer, unescaped; the empty pointer (the whole document) has none.
pub fn keys(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let (_, mut rest) = cut(pointer);
    std::iter::from_fn(move || {
        let (key, next) = cut(rest?);
        rest = next;
        Some(unescape(key))
    })
}

/// A text up to its first slash, and what is behind that.
pub(crate) fn cut(text: &str) -> (&str, Option<&str>) {
    // Byte by byte: such texts are short, and this is asked all the time.
    let slash = text.bytes().position(|byte| byte == b'/');
    match slash.and_then(|slash| text.split_at_checked(slash)) {
        Some((before, after)) => (before, after.get(1..)),
        None => (text, None),
    }
}

/// Splits a pointer into its parent and its last key, unescaped; `None` for the empty pointer.
#[must_use]
pub fn split_last(pointer: &str) -> Option<(&str, Cow<'_, str>)> {
    pointer
        .rsplit_once('/')
        .map(|(parent, key)| (parent, unescape(key)))
}

/// A list index as RFC 6901 writes it: no sign, no leading zero.
///
/// ```
/// use boltrope::object::pointer::index;
/// assert_eq!((index("10"), index("0"), index("01"), index("+1"), index("-")), (Some(10), Some(0), None, None, None));
/// ```
#[must_use]
pub fn index(key: &str) -> Option<usize> {
    let plain = matches!(key.as_bytes(), b"0" | [b'1'..=b'9', ..]);
    key.parse().ok().filter(|_| plain)
}

/// Whether `inner` points into what `outer` points at (and not at the same thing).
#[must_use]
pub fn is_inside(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// The value at a pointer. Unlike [`Value::pointer`] it allocates nothing for plain keys: rules ask this for every
/// object of a stream.
///
/// ```
/// use boltrope::object::pointer::get;
/// let object = serde_json::json!({"metadata": {"annotations": {"a/b": "c"}}});
/// assert_eq!(get(&object, "/metadata/annotations/a~1b"), Some(&"c".into()));
/// ```
#[must_use]
pub fn get<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return None;
    }
    keys(pointer).try_fold(value, |here, key| child(here, &key))
}

/// The same, to be changed.
pub(crate) fn get_mut<'a>(value: &'a mut Value, pointer: &str) -> Option<&'a mut Value> {
    keys(pointer).try_fold(value, |here, key| match here {
        Value::Object(map) => map.get_mut(&*key),
        Value::Array(items) => items.get_mut(index(&key)?),
        _ => None,
    })
}

/// The value of a key, or of an item.
pub(crate) fn child<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) => entry(map, key),
        Value::Array(items) => items.get(index(key)?),
        _ => None,
    }
}

/// The value of a key. In a small map it is found faster by looking at all keys than by a hash of one.
pub(crate) fn entry<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    if map.len() > SMALL {
        return map.get(key);
    }
    map.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
}

fn unescape(key: &str) -> Cow<'_, str> {
    // Byte by byte: keys are short, and this is asked all the time.
    if !key.bytes().any(|byte| byte == b'~') {
        return Cow::Borrowed(key);
    }
    let mut parts = key.split('~');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (letter, rest) = match (part.strip_prefix('0'), part.strip_prefix('1')) {
            (Some(rest), _) => ('~', rest),
            (_, Some(rest)) => ('/', rest),
            _ => ('~', part),
        };
        text.push(letter);
        text.push_str(rest);
    }
    Cow::Owned(text)
}
