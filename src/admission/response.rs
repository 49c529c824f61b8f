//! Answers to the policy server, within the limits of the API server.
//!
//! Warnings travel in an HTTP header: printable ASCII, at most 256 characters each, 4096 in all, or policy servers and
//! API servers cut them where they like.

use crate::engine::{Outcome, Severity};
use crate::rules::Mistakes;
use serde_json::{Map, Value};

use super::put;

/// The most that is told in a message (rules.md 2.7).
const MESSAGE_BYTES: usize = 4096;
/// The longest warning.
const WARNING_BYTES: usize = 256;
/// All warnings together.
const WARNINGS_BYTES: usize = 4096;
/// What is kept free for the count of the rest.
const COUNT_BYTES: usize = 32;

/// The answer to one request, as policy servers read it.
#[derive(Debug, Default, PartialEq)]
pub struct Response {
    /// Whether the request passes.
    pub accepted: bool,
    /// Why it does not.
    pub message: Option<String>,
    /// The HTTP status of a refusal: 400 for what cannot be read, 403 for what a rule forbids, 500 for rules that
    /// cannot run, 503 when nothing but a failed lookup speaks against the request.
    pub code: Option<u16>,
    /// The whole object, when a rule changed it.
    pub mutated_object: Option<Value>,
    /// `rules`: those that changed or found something; `exempt`: those that skipped the request.
    pub audit_annotations: Map<String, Value>,
    /// What the person who sent the request should know.
    pub warnings: Vec<String>,
}

/// The answer to `validate_settings`.
#[derive(Debug, PartialEq, Eq)]
pub struct SettingsResponse {
    /// Whether the policy can start with these settings.
    pub valid: bool,
    /// Every mistake in them, one a line: JSON Pointer, what is wrong, what to write.
    pub message: Option<String>,
}

impl Response {
    /// Passes, unchanged.
    #[must_use]
    pub fn accept() -> Self {
        Self {
            accepted: true,
            ..Self::default()
        }
    }

    /// Refuses without having asked the rules.
    pub(crate) fn refuse(code: u16, message: &str) -> Self {
        Self {
            message: Some(joined(&[message.to_owned()])),
            code: Some(code),
            ..Self::default()
        }
    }

    /// What the rules made of the request.
    pub(crate) fn of(outcome: Outcome) -> Self {
        let accepted = outcome.is_accepted();
        let (mut errors, mut warned) = (Vec::new(), Vec::new());
        let mut lookups_only = true;
        for finding in &outcome.findings {
            match finding.severity {
                Severity::Error => {
                    lookups_only &= finding.code == "engine/lookup-unavailable";
                    errors.push(finding.to_string());
                }
                Severity::Warning => warned.push(header_safe(&finding.to_string())),
            }
        }
        let mut audit_annotations = Map::new();
        for (key, names) in [("exempt", &outcome.exempt), ("rules", &outcome.rules)] {
            if !names.is_empty() {
                put(&mut audit_annotations, key, names.join(",").into());
            }
        }
        Self {
            accepted,
            message: (!accepted).then(|| joined(&errors)),
            code: (!accepted).then_some(if lookups_only { 503 } else { 403 }),
            audit_annotations,
            warnings: within_header(warned),
            mutated_object: outcome.object.filter(|_| accepted),
        }
    }

    /// As policy servers read it: what is absent or empty is left out.
    #[must_use]
    pub fn into_value(self) -> Value {
        let mut entries = verdict("accepted", self.accepted, self.message);
        if let Some(code) = self.code {
            put(&mut entries, "code", code.into());
        }
        if let Some(object) = self.mutated_object {
            put(&mut entries, "mutated_object", object);
        }
        if !self.audit_annotations.is_empty() {
            put(&mut entries, "audit_annotations", self.audit_annotations.into());
        }
        if !self.warnings.is_empty() {
            put(&mut entries, "warnings", self.warnings.into());
        }
        Value::Object(entries)
    }
}

impl SettingsResponse {
    /// From what decoding them gave.
    pub(crate) fn of<T>(decoded: &Result<T, Mistakes>) -> Self {
        Self {
            valid: decoded.is_ok(),
            message: decoded.as_ref().err().map(Mistakes::to_string),
        }
    }

    /// As policy servers read it.
    #[must_use]
    pub fn into_value(self) -> Value {
        Value::Object(verdict("valid", self.valid, self.message))
    }
}

/// What both answers begin with: the verdict, and why it is not the good one.
fn verdict(key: &str, is_good: bool, message: Option<String>) -> Map<String, Value> {
    let mut entries = Map::new();
    put(&mut entries, key, is_good.into());
    if let Some(message) = message {
        put(&mut entries, "message", message.into());
    }
    entries
}

/// Lines within the limit of a message; the first always has a place, cut if it must be.
fn joined(lines: &[String]) -> String {
    let mut text = String::new();
    let mut left = 0_usize;
    for line in lines {
        let room = (MESSAGE_BYTES - COUNT_BYTES).saturating_sub(text.len() + 1);
        if text.is_empty() {
            text.push_str(start_of(line, room));
        } else if left == 0 && line.len() <= room {
            text.push('\n');
            text.push_str(line);
        } else {
            left += 1;
        }
    }
    if left > 0 {
        text.push_str(&format!("\nand {left} more"));
    }
    text
}

fn within_header(lines: Vec<String>) -> Vec<String> {
    let mut warnings = Vec::new();
    let (mut bytes, mut left) = (0_usize, 0_usize);
    for line in lines {
        if left == 0 && bytes + line.len() <= WARNINGS_BYTES - COUNT_BYTES {
            bytes += line.len();
            warnings.push(line);
        } else {
            left += 1;
        }
    }
    if left > 0 {
        warnings.push(format!("and {left} more warnings"));
    }
    warnings
}

/// One line of printable ASCII; what is too long ends in `...`.
fn header_safe(text: &str) -> String {
    let printable = |character: char| match character {
        ' '..='~' => character,
        _ if character.is_whitespace() => ' ',
        _ => '?',
    };
    let text: String = text.chars().map(printable).collect();
    if text.len() <= WARNING_BYTES {
        return text;
    }
    format!("{}...", start_of(&text, WARNING_BYTES - 3))
}

/// At most `bytes` of the start of a text, in whole characters.
fn start_of(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Finding;

    fn finding(severity: Severity, message: &str) -> Finding {
        Finding {
            code: "metadata/missing".to_owned(),
            severity,
            rule: "team".to_owned(),
            object: crate::object::ObjectRef::default(),
            pointer: "/metadata/labels".to_owned(),
            message: message.to_owned(),
            remedy: String::new(),
        }
    }

    fn response(severity: Severity, messages: &[&str]) -> Response {
        Response::of(Outcome {
            findings: messages
                .iter()
                .map(|message| finding(severity, message))
                .collect(),
            ..Outcome::default()
        })
    }

    #[test]
    fn a_message_is_cut_at_4_kib_and_counts_the_rest() {
        let long = "x".repeat(1000);
        let messages = [long.as_str(); 9];
        let message = response(Severity::Error, &messages).message.unwrap();
        assert!(message.len() <= MESSAGE_BYTES, "{}", message.len());
        assert!(message.ends_with("\nand 5 more"), "{message}");
        let huge = "ü".repeat(5000);
        let message = response(Severity::Error, &[&huge]).message.unwrap();
        assert!(message.len() <= MESSAGE_BYTES && message.len() > 4000);
    }

    #[test]
    fn warnings_fit_a_header() {
        let response = response(Severity::Warning, &["`ü` is\nbad.", &"x".repeat(400)]);
        assert!(response.accepted);
        assert_eq!(response.warnings[0], "team: `?` is bad.");
        assert_eq!(response.warnings[1].len(), 256);
        assert!(response.warnings[1].ends_with("x..."));
    }

    #[test]
    fn many_warnings_are_counted() {
        let long = "x".repeat(250);
        let warnings = response(Severity::Warning, &[long.as_str(); 40]).warnings;
        assert!(warnings.iter().map(String::len).sum::<usize>() <= WARNINGS_BYTES);
        assert_eq!(warnings.len(), 16);
        assert_eq!(warnings[15], "and 25 more warnings");
    }

    #[test]
    fn a_refusal_changes_nothing_and_says_why() {
        let mut outcome = Outcome {
            object: Some(serde_json::json!({})),
            rules: vec!["a".to_owned(), "b".to_owned()],
            ..Outcome::default()
        };
        outcome.findings = vec![finding(Severity::Error, "no."), finding(Severity::Warning, "hm.")];
        let response = Response::of(outcome);
        assert_eq!(response.mutated_object, None);
        assert_eq!(response.message.as_deref(), Some("team: no."));
        assert_eq!(response.warnings, ["team: hm."]);
        assert_eq!(response.code, Some(403));
        assert_eq!(response.audit_annotations["rules"], "a,b");
    }
}
