//! Strings that still hold a rewritten host: nobody knows what they mean, so they are named and not touched.

use serde_json::Value;

use super::decide::Decision;
use super::edits::Scene;
use super::sites::HANDLED_ANNOTATIONS;
use crate::engine::Wishes;
use crate::object::{Object, pointer};
use crate::order;

/// Warns about strings in annotations and spec that hold the source of a rewritten host, outside the places of hosts.
pub(super) fn warn(object: Object<'_>, scene: &Scene<'_>, wishes: &mut Wishes) {
    let sources = Sources::of(scene);
    if sources.hosts.is_empty() {
        return;
    }
    let mut handled: Vec<&str> = scene
        .sites
        .places
        .iter()
        .map(|place| place.pointer.as_str())
        .collect();
    order::sort(&mut handled);
    let removed = |key: &str| scene.judges.iter().any(|judge| judge.settings.removes(key));
    let mut strings = Vec::new();
    for (key, value) in object.annotations().into_iter().flatten() {
        if !HANDLED_ANNOTATIONS.contains(&key.as_str()) && !removed(key) {
            collect(value, pointer::push("/metadata/annotations", key), &mut strings);
        }
    }
    if let Some(spec) = object.value().get("spec") {
        collect(spec, "/spec".to_owned(), &mut strings);
    }
    for (at, text) in strings
        .iter()
        .filter(|(at, _)| handled.binary_search(&at.as_str()).is_err())
    {
        let lower = text.to_ascii_lowercase();
        let Some(Source { host, rule, .. }) = sources.first_in(&lower) else {
            continue;
        };
        let message = format!("the text still holds `{host}`, which is rewritten elsewhere in the object.");
        let remedy = "Change it by hand if it leads to this route; hosts of annotations can be named in `annotations.rewrite`.";
        for active in scene.actives(&[*rule]) {
            wishes.warning(&active, "host-left", at, message.clone(), remedy);
        }
    }
}

fn collect<'a>(value: &'a Value, at: String, strings: &mut Vec<(String, &'a str)>) {
    match value {
        Value::String(text) => strings.push((at, text)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, pointer::push_index(&at, index), strings);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                collect(item, pointer::push(&at, key), strings);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A host that is rewritten, and the rule that does it.
struct Source<'a> {
    host: &'a str,
    /// When it was met first.
    position: usize,
    rule: usize,
}

/// The hosts that are rewritten, sorted: an Ingress may have thousands of them, and as many texts.
struct Sources<'a> {
    hosts: Vec<Source<'a>>,
    longest: usize,
}

impl<'a> Sources<'a> {
    fn of(scene: &'a Scene<'_>) -> Self {
        let rewritten = |(position, decision): (usize, &'a Decision)| {
            let (rule, _) = decision.wishes.first()?;
            Some(Source {
                host: decision.source.as_ref()?.as_str(),
                position,
                rule: *rule,
            })
        };
        let sources = scene.decisions.iter().enumerate().filter_map(rewritten);
        Self::new(sources.collect())
    }

    fn new(mut hosts: Vec<Source<'a>>) -> Self {
        order::sort_by(&mut hosts, |one, other| one.host.cmp(other.host));
        hosts.dedup_by(|later, first| later.host == first.host);
        let longest = hosts.iter().map(|source| source.host.len()).max().unwrap_or(0);
        Self { hosts, longest }
    }

    /// The host met first of those that the text holds as a whole name: not inside a longer label or a longer name.
    fn first_in(&self, text: &str) -> Option<&Source<'a>> {
        names(text, self.longest)
            .filter_map(|name| {
                let found = self.hosts.binary_search_by(|source| source.host.cmp(name)).ok()?;
                self.hosts.get(found)
            })
            .min_by_key(|source| source.position)
    }
}

/// What a text holds that may be a host of at most `longest` bytes: `*` at its start, then dots and what labels consist of. No
/// label or dot stands before it, no label follows, nor a dot and a label.
fn names(text: &str, longest: usize) -> impl Iterator<Item = &str> {
    let is_name = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_');
    let bytes = text.as_bytes();
    let byte = move |position: usize| bytes.get(position).copied();
    let begins = move |start: &usize| {
        let before = start.checked_sub(1).and_then(byte);
        !before.is_some_and(|letter| is_name(letter) || letter == b'.')
    };
    let ends = move |end: &usize| match byte(*end) {
        Some(b'.') => !byte(end + 1).is_some_and(is_name),
        next => !next.is_some_and(is_name),
    };
    (0..text.len()).filter(begins).flat_map(move |start| {
        (start + 1..=text.len().min(start + longest))
            .take_while(move |end| {
                byte(end - 1).is_some_and(|letter| {
                    is_name(letter) || letter == b'.' || letter == b'*' && end - 1 == start
                })
            })
            .filter(ends)
            .filter_map(move |end| text.get(start..end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources<'a>(hosts: &[&'a str]) -> Sources<'a> {
        let source = |(position, host): (usize, &&'a str)| Source {
            host,
            position,
            rule: 0,
        };
        Sources::new(hosts.iter().enumerate().map(source).collect())
    }

    #[test]
    fn a_host_is_held_as_a_whole_name_only() {
        for (text, held) in [
            ("a.example.com", true),
            ("https://a.example.com/x", true),
            ("a.example.com.", true),
            ("a.example.com..", true),
            ("x,a.example.com:443", true),
            ("*a.example.com", true),
            ("\u{e4}a.example.com\u{e4}", true),
            ("xa.example.com", false),
            ("x.a.example.com", false),
            ("a.example.com.evil.org", false),
            ("a.example.commerce", false),
            ("a.example.com-b.org a.example.com", true),
            ("", false),
        ] {
            let hosts = sources(&["b.example.com", "a.example.com"]);
            let found = hosts.first_in(text).map(|source| source.host);
            assert_eq!(found, Some("a.example.com").filter(|_| held), "{text}");
        }
    }

    #[test]
    fn a_wildcard_is_held_with_its_star() {
        let hosts = sources(&["*.example.com", "example.com", "*"]);
        for (text, held) in [
            ("*.example.com", Some("*.example.com")),
            ("**.example.com", Some("*.example.com")),
            ("a*.example.com", None),
            ("x.*.example.com", None),
            ("example.com and *.example.com", Some("*.example.com")),
            ("https://example.com", Some("example.com")),
            ("a * b", Some("*")),
            ("a.b", None),
        ] {
            assert_eq!(hosts.first_in(text).map(|source| source.host), held, "{text}");
        }
    }
}
