//! JSON Pointers (RFC 6901) as strings: built, split, compared.

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
    for character in key.chars() {
        match character {
            '~' => joined.push_str("~0"),
            '/' => joined.push_str("~1"),
            other => joined.push(other),
        }
    }
    joined
}

/// Appends a list index to a pointer.
#[must_use]
pub fn push_index(pointer: &str, index: usize) -> String {
    format!("{pointer}/{index}")
}

/// The keys of a pointer, unescaped; the empty pointer (the whole document) has none.
pub fn keys(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(unescape)
}

/// Splits a pointer into its parent and its last key, unescaped; `None` for the empty pointer.
#[must_use]
pub fn split_last(pointer: &str) -> Option<(&str, String)> {
    pointer
        .rsplit_once('/')
        .map(|(parent, key)| (parent, unescape(key)))
}

/// Whether `inner` points into what `outer` points at (and not at the same thing).
#[must_use]
pub fn is_inside(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('/'))
}

fn unescape(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}
