//! What a case expects, in the words of an admission response.
//!
//! Written again here, from the case's findings, instead of calling the guest: a mistake in the guest must not be on
//! both sides.

use serde_json::{Map, Value, json};

/// The response that a policy gives to a case with this `expected.yaml`.
pub(crate) fn response(expected: &Value) -> Value {
    let accepted = expected.get("accepted") == Some(&Value::Bool(true));
    let errors = texts(expected, "error");
    let warnings: Vec<String> = texts(expected, "warning")
        .iter()
        .map(|text| header(text))
        .collect();
    let mut response = Map::from_iter([("accepted".to_owned(), accepted.into())]);
    if !accepted {
        response.insert("message".to_owned(), errors.join("\n").into());
    }
    if let Some(object) = expected.get("object") {
        response.insert("mutated_object".to_owned(), object.clone());
    }
    if !warnings.is_empty() {
        response.insert("warnings".to_owned(), warnings.into());
    }
    comparable(&Value::Object(response))
}

/// The parts of a response that cases speak of. Why a lookup failed is the surface's to say: files have other reasons
/// than a cluster.
pub(crate) fn comparable(response: &Value) -> Value {
    let mut parts = Map::new();
    for key in ["accepted", "message", "mutated_object", "warnings"] {
        if let Some(value) = response.get(key) {
            let value = match value {
                Value::String(text) => without_reason(text).into(),
                Value::Array(texts) => texts
                    .iter()
                    .map(|text| {
                        text.as_str()
                            .map_or_else(|| text.clone(), |text| without_reason(text).into())
                    })
                    .collect(),
                other => other.clone(),
            };
            parts.insert(key.to_owned(), value);
        }
    }
    Value::Object(parts)
}

fn texts(expected: &Value, severity: &str) -> Vec<String> {
    let findings = expected.get("findings").and_then(Value::as_array);
    let is_wanted = |finding: &&Value| finding.get("severity") == Some(&json!(severity));
    let text = |finding: &Value| {
        let part = |key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default();
        let remedy = match part("remedy") {
            "" => String::new(),
            remedy => format!(" {remedy}"),
        };
        format!("{}: {}{remedy}", part("rule"), part("message"))
    };
    let mut wanted: Vec<&Value> = findings.into_iter().flatten().filter(is_wanted).collect();
    // Cases list what two hosts have against each other last; a message is in order throughout (rules.md 2.7).
    wanted.sort_by_key(|finding| ["pointer", "code"].map(|key| finding.get(key).map(Value::to_string)));
    wanted.into_iter().map(text).collect()
}

/// Printable ASCII of at most 256 characters.
fn header(text: &str) -> String {
    let shown: String = text
        .chars()
        .map(|character| {
            if (' '..='~').contains(&character) {
                character
            } else {
                '?'
            }
        })
        .collect();
    match shown.get(..253) {
        Some(start) if shown.len() > 256 => format!("{start}..."),
        _ => shown,
    }
}

/// A text without why a lookup failed.
pub(crate) fn without_reason(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let reason = line
            .find("cannot look up ")
            .and_then(|start| Some(start + line.get(start..)?.find("`: ")?));
        reason.and_then(|end| line.get(..end)).unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_becomes_a_line_of_the_message() {
        let expected = json!({"accepted": false, "findings": [
            {"severity": "error", "rule": "a", "message": "no.", "remedy": "Yes."},
            {"severity": "warning", "rule": "b", "message": "hm.", "remedy": ""},
        ]});
        let found = json!({"accepted": false, "message": "a: no. Yes.", "warnings": ["b: hm."]});
        assert_eq!(response(&expected), found);
    }

    #[test]
    fn only_the_reason_of_a_failed_lookup_is_left_out() {
        let text = "a: cannot look up Namespace `x`: because. Do it.\nb: stays `y`: here.";
        assert_eq!(
            without_reason(text),
            "a: cannot look up Namespace `x\nb: stays `y`: here."
        );
    }
}
