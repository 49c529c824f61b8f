//! JSON pointers (RFC 6901).

use std::borrow::Cow;

/// The unescaped tokens of a pointer. `None` if it is not one: it must be empty or start with `/`.
pub(crate) fn tokens(pointer: &str) -> Option<Vec<Cow<'_, str>>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    Some(pointer.strip_prefix('/')?.split('/').map(unescape).collect())
}

fn unescape(token: &str) -> Cow<'_, str> {
    let mut parts = token.split('~');
    let first = parts.next().unwrap_or_default();
    if first.len() == token.len() {
        return Cow::Borrowed(token);
    }
    let mut text = String::with_capacity(token.len());
    text.push_str(first);
    for part in parts {
        match (part.strip_prefix('0'), part.strip_prefix('1')) {
            (Some(rest), _) => text.extend(["~", rest]),
            (_, Some(rest)) => text.extend(["/", rest]),
            _ => text.extend(["~", part]),
        }
    }
    Cow::Owned(text)
}

/// Appends one token.
pub(crate) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// A list index as RFC 6901 writes it: no sign, no leading zero.
pub(crate) fn index(token: &str) -> Option<usize> {
    let plain = token == "0" || (token.starts_with(|c: char| ('1'..='9').contains(&c)) && token.len() < 20);
    if plain { token.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_a_round_trip() {
        let mut pointer = String::new();
        for token in ["a", "", "~1", "x/y", "é"] {
            push_token(&mut pointer, token);
        }
        assert_eq!(pointer, "/a//~01/x~1y/é");
        assert_eq!(tokens(&pointer).unwrap(), ["a", "", "~1", "x/y", "é"]);
        assert_eq!(tokens(""), Some(Vec::new()));
        assert_eq!(tokens("a"), None);
    }

    #[test]
    fn indices_are_canonical() {
        assert_eq!(index("0"), Some(0));
        assert_eq!(index("10"), Some(10));
        for token in ["", "-", "01", "+1", "-1", "1 ", "99999999999999999999"] {
            assert_eq!(index(token), None, "{token}");
        }
    }
}
