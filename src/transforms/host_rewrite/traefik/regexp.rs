//! Whether a HostRegexp takes every host.
//!
//! No regular expression is rewritten. The one thing to know about it is whether it makes the route a catch-all, and that
//! is asked by trying hosts of unrelated domains: a pattern that takes all of them names no domain.

use super::Syntax;
use crate::selector::{Pattern, escape};

/// Hosts that have nothing in common but being hosts: letters and digits, two to five labels, no shared suffix.
const PROBES: [&str; 6] = [
    "zq7.invalid",
    "www.probe-one.test",
    "a.b.c.d.example",
    "x--9.long-label-0123456789.museum",
    "8k.co",
    "portal.intern.lan",
];

/// Longer patterns are taken for ordinary ones without trying them.
const PATTERN_LIMIT: usize = 1024;

/// Whether `pattern` takes every host under some reading that `syntax` allows.
pub(super) fn takes_everything(pattern: &str, syntax: Syntax) -> bool {
    if pattern.len() > PATTERN_LIMIT {
        return false;
    }
    let v2 = || template(pattern).is_some_and(|pattern| takes_probes(&pattern));
    match syntax {
        Syntax::V2 => v2(),
        Syntax::V3 => takes_probes(pattern),
        Syntax::Unknown => takes_probes(pattern) || v2(),
    }
}

fn takes_probes(pattern: &str) -> bool {
    Pattern::new(pattern).is_ok_and(|pattern| PROBES.iter().all(|probe| pattern.is_in(probe)))
}

/// The regular expression of a v2 template (gorilla/mux): `{name}` is one label, `{name:pattern}` the pattern, all else
/// literal, anchored at both ends.
fn template(text: &str) -> Option<String> {
    let mut regex = String::from("(?i)^");
    let mut rest = text;
    while let Some((literal, tail)) = rest.split_once('{') {
        regex.push_str(&escape(literal));
        let length = closing(tail)?;
        let inside = tail.get(..length)?;
        let pattern = inside.split_once(':').map_or("[^.]+", |(_, pattern)| pattern);
        regex.push_str(&format!("(?:{pattern})"));
        rest = tail.get(length + 1..)?;
    }
    if rest.as_bytes().contains(&b'}') {
        return None;
    }
    regex.push_str(&escape(rest));
    regex.push('$');
    Some(regex)
}

/// Where the brace that was opened before `text` closes; braces inside it count.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(index),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_patterns_that_take_every_host() {
        for (pattern, v2, v3) in [
            (".*", false, true),
            (".+", false, true),
            ("^.*$", false, true),
            ("^.+\\..+$", false, true),
            ("^[a-z0-9.-]+$", false, true),
            ("(?i)^[A-Z0-9.-]+$", false, true),
            ("example\\.com|.*", false, true),
            ("[^.]+", false, true),
            ("{host:.+}", true, false),
            ("{host:.*}", true, false),
            ("{host:[a-z0-9.-]{1,253}}", true, false),
            ("{any}.{thing:.+}", true, false),
            ("{sub}.example.com", false, false),
            ("{sub:[a-z]+}.example.com", false, false),
            ("{one}", false, false),
            ("^.+\\.example\\.com$", false, false),
            ("example.com", false, false),
            ("^.+\\.com$", false, false),
            ("(", false, false),
            ("{open", false, false),
            ("close}", false, false),
        ] {
            assert_eq!(takes_everything(pattern, Syntax::V2), v2, "v2 {pattern}");
            assert_eq!(takes_everything(pattern, Syntax::V3), v3, "v3 {pattern}");
            assert_eq!(
                takes_everything(pattern, Syntax::Unknown),
                v2 || v3,
                "either {pattern}"
            );
        }
    }

    #[test]
    fn a_huge_pattern_is_not_tried() {
        assert!(!takes_everything(&".*".repeat(600), Syntax::V3));
        assert!(!takes_everything("((((a{9}){99}){99}){99}){99}|.*", Syntax::V3));
    }
}
