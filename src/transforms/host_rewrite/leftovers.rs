//! Strings that still hold a rewritten host: nobody knows what they mean, so they are named and not touched.

use serde_json::Value;

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
    let mut handled = Vec::new();
    for (position, place) in scene.sites.places.iter().enumerate() {
        handled.push((place.pointer.as_str(), position));
    }
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
    for (at, text) in &strings {
        if find(&handled, at).is_some() {
            continue;
        }
        let lower = text.to_ascii_lowercase();
        let Some((host, position)) = sources.first_in(&lower) else {
            continue;
        };
        let message = format!("the text still holds `{host}`, which is rewritten elsewhere in the object.");
        let remedy = "Change it by hand if it leads to this route; hosts of annotations can be named in `annotations.rewrite`.";
        let decision = scene.decisions.get(position);
        let wish = decision.and_then(|decision| decision.wishes.first());
        if let Some(judge) = wish.and_then(|(rule, _)| scene.judges.get(*rule)) {
            wishes.warning(&judge.active, "host-left", at, message, remedy);
        }
    }
}

/// The first position beside a name among sorted ones.
fn find(sorted: &[(&str, usize)], name: &str) -> Option<usize> {
    let at = sorted.partition_point(|(other, _)| *other < name);
    let (found, position) = sorted.get(at)?;
    (*found == name).then_some(*position)
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

/// The hosts that are rewritten, sorted: an Ingress may have thousands of them, and as many texts.
struct Sources<'a> {
    /// Each with the position of a decision about it.
    hosts: Vec<(&'a str, usize)>,
    longest: usize,
}

impl<'a> Sources<'a> {
    fn of(scene: &'a Scene<'_>) -> Self {
        let mut sources = Vec::new();
        for (position, decision) in scene.decisions.iter().enumerate() {
            if let (Some(source), true) = (&decision.source, decision.changes()) {
                sources.push((source.as_str(), position));
            }
        }
        Self::new(sources)
    }

    fn new(mut hosts: Vec<(&'a str, usize)>) -> Self {
        order::sort(&mut hosts);
        let mut longest = 0;
        for (host, _) in &hosts {
            longest = longest.max(host.len());
        }
        Self { hosts, longest }
    }

    /// The host met first of those that the text holds as a whole name: not inside a longer label or a longer name.
    ///
    /// A name is `*` at its start, then dots and what labels consist of. No label or dot stands before it, no label follows, nor a
    /// dot and a label.
    fn first_in<'t>(&self, text: &'t str) -> Option<(&'t str, usize)> {
        let bytes = text.as_bytes();
        let is_dot = |at: usize| bytes.get(at) == Some(&b'.');
        let is_label = |at: usize| {
            let letter = bytes.get(at).copied().unwrap_or_default();
            letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_')
        };
        let mut first: Option<(&str, usize)> = None;
        for start in 0..bytes.len() {
            if start > 0 && (is_label(start - 1) || is_dot(start - 1)) {
                continue;
            }
            for last in start..start + self.longest {
                let is_star = last == start && bytes.get(last) == Some(&b'*');
                if !is_star && !is_label(last) && !is_dot(last) {
                    break;
                }
                if is_label(last + 1) || is_dot(last + 1) && is_label(last + 2) {
                    continue;
                }
                let name = text.get(start..=last).unwrap_or_default();
                if let Some(position) = find(&self.hosts, name)
                    && first.is_none_or(|(_, first)| position < first)
                {
                    first = Some((name, position));
                }
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources<'a>(hosts: &[&'a str]) -> Sources<'a> {
        let source = |(position, host): (usize, &&'a str)| (*host, position);
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
            let found = hosts.first_in(text).map(|(host, _)| host);
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
            assert_eq!(hosts.first_in(text).map(|(host, _)| host), held, "{text}");
        }
    }
}
