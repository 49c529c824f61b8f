//! Payloads that nobody should send: a policy answers them, because a trap refuses a request without a reason.

use serde_json::{Value, json};

use crate::policy::Policy;
use crate::report::Answer;

/// What each payload is, and its bytes.
pub(crate) fn payloads() -> Vec<(&'static str, Vec<u8>)> {
    let nested =
        |open: &str, close: &str, levels: usize| [open.repeat(levels), close.repeat(levels)].concat();
    let with_object = |object: &str| {
        format!(r#"{{"settings": ["no"], "request": {{"operation": "CREATE", "object": {object}}}}}"#)
    };
    let texts = [
        ("nothing", String::new()),
        ("half a document", r#"{"request": {"object"#.to_owned()),
        ("a list", "[]".to_owned()),
        ("null", "null".to_owned()),
        (
            "half a surrogate pair",
            r#"{"request": {"operation": "\ud800"}}"#.to_owned(),
        ),
        (
            "a request that is a number",
            r#"{"request": 1e999, "settings": {}}"#.to_owned(),
        ),
        ("lists in lists", nested("[", "]", 100_000)),
        ("mappings in mappings", nested(r#"{"a":"#, "}", 100_000)),
        ("an object of lists in lists", with_object(&nested("[", "]", 120))),
        (
            "settings that are not valid",
            with_object(r#"{"kind": "Service"}"#),
        ),
        (
            "a long text",
            with_object(&format!(r#"{{"kind": "{}"}}"#, "x".repeat(1 << 20))),
        ),
    ];
    let texts = texts.into_iter().map(|(name, text)| (name, text.into_bytes()));
    texts.chain([("no UTF-8", vec![0xff; 64])]).collect()
}

/// Whether a policy refuses a payload as a request and as settings, with a reason for both.
pub(crate) fn answer(policy: &Policy, payload: &[u8]) -> anyhow::Result<Answer> {
    let verdict = |function: &str, key: &str| -> anyhow::Result<Value> {
        let answer = policy.call(
            function,
            payload,
            boltrope::engine::world::snapshot::Snapshot::new(),
        )?;
        let reason = answer.get("message").and_then(Value::as_str).unwrap_or_default();
        Ok(json!({key: answer.get(key), "reason": !reason.is_empty()}))
    };
    let expected = json!([{"accepted": false, "reason": true}, {"valid": false, "reason": true}]);
    let found = json!([
        verdict("validate", "accepted")?,
        verdict("validate_settings", "valid")?
    ]);
    Ok(Answer::compare(&expected, &found))
}
