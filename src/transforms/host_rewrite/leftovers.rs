//! Strings that still hold a rewritten host: nobody knows what they mean, so they are named and not touched.

use serde_json::Value;

use super::edits::Scene;
use super::sites::HANDLED_ANNOTATIONS;
use crate::engine::Wishes;
use crate::object::{Object, pointer};
use crate::order;

/// Warns about strings in annotations and spec that hold the source of a rewritten host, outside the places of hosts.
pub(super) fn warn(object: Object<'_>, scene: &Scene<'_>, wishes: &mut Wishes) {
    let mut sources: Vec<(&str, usize)> = Vec::new();
    for decision in scene.decisions {
        if let (Some(source), Some((rule, _))) = (&decision.source, decision.wishes.first())
            && !sources.iter().any(|(known, _)| *known == source.as_str())
        {
            sources.push((source.as_str(), *rule));
        }
    }
    if sources.is_empty() {
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
        let Some((host, rule)) = sources.iter().find(|(host, _)| holds(&lower, host)) else {
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

/// Whether the text holds the host as a whole name: not inside a longer label or a longer name.
fn holds(text: &str, host: &str) -> bool {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    text.match_indices(host).any(|(start, _)| {
        let before = text.get(..start).and_then(|head| head.chars().next_back());
        let mut after = text.get(start + host.len()..).unwrap_or_default().chars();
        let (next, second) = (after.next(), after.next());
        let goes_on = next.is_some_and(is_name) || next == Some('.') && second.is_some_and(is_name);
        !before.is_some_and(|letter| is_name(letter) || letter == '.') && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_held_as_a_whole_name_only() {
        for (text, held) in [
            ("a.example.com", true),
            ("https://a.example.com/x", true),
            ("a.example.com.", true),
            ("x,a.example.com:443", true),
            ("xa.example.com", false),
            ("x.a.example.com", false),
            ("a.example.com.evil.org", false),
            ("a.example.commerce", false),
            ("a.example.com-b.org a.example.com", true),
        ] {
            assert_eq!(holds(text, "a.example.com"), held, "{text}");
        }
    }
}
