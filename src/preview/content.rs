//! Whether a copy is what was rendered: a hash that does not depend on the order of keys, and a comparison that lets
//! others have their own fields.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::marks::short;

/// The hash of what was rendered.
pub(super) fn hash(value: &Value) -> String {
    let mut digest = Sha256::new();
    feed(value, &mut digest);
    short(digest.finalize().as_slice())
}

fn feed(value: &Value, digest: &mut Sha256) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            open(b'{', entries.len(), digest);
            for (key, value) in entries {
                feed_text(b'k', key, digest);
                feed(value, digest);
            }
        }
        Value::Array(items) => {
            open(b'[', items.len(), digest);
            items.iter().for_each(|item| feed(item, digest));
        }
        Value::String(text) => feed_text(b's', text, digest),
        scalar => feed_text(b'n', &scalar.to_string(), digest),
    }
}

/// What follows and how much of it, so that no two values give the same bytes.
fn open(kind: u8, length: usize, digest: &mut Sha256) {
    digest.update([kind]);
    digest.update((length as u64).to_le_bytes());
}

fn feed_text(kind: u8, text: &str, digest: &mut Sha256) {
    open(kind, text.len(), digest);
    digest.update(text);
}

/// Whether everything of `wanted` is in `live`. A map may hold more, because the API server fills in defaults and other
/// managers have fields of their own; a list may not.
pub(super) fn holds(live: &Value, wanted: &Value) -> bool {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| live.get(key).is_some_and(|live| holds(live, wanted))),
        (Value::Array(live), Value::Array(wanted)) => {
            live.len() == wanted.len() && live.iter().zip(wanted).all(|(live, wanted)| holds(live, wanted))
        }
        _ => live == wanted,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_does_not_matter_and_everything_else_does() {
        let first = json!({"a": 1, "b": ["x", "y"]});
        assert_eq!(hash(&first), hash(&json!({"b": ["x", "y"], "a": 1})));
        for other in [
            json!({"a": 1, "b": ["y", "x"]}),
            json!({"a": "1", "b": ["x", "y"], "c": null}),
            json!({"a": 2, "b": ["x", "y"]}),
            json!({"a": 1, "b": ["xy"]}),
        ] {
            assert_ne!(hash(&first), hash(&other), "{other}");
        }
    }

    #[test]
    fn others_may_have_fields_of_their_own_but_no_items() {
        let wanted = json!({"spec": {"ports": [{"port": 80}]}});
        for (live, expected) in [
            (
                json!({"spec": {"ports": [{"port": 80, "protocol": "TCP"}], "sessionAffinity": "None"}}),
                true,
            ),
            (json!({"spec": {"ports": [{"port": 80}, {"port": 81}]}}), false),
            (json!({"spec": {"ports": [{"port": 8080}]}}), false),
            (json!({"spec": {}}), false),
        ] {
            assert_eq!(holds(&live, &wanted), expected, "{live}");
        }
    }
}
