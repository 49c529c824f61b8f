//! Parts of a JSON text as values: the rest is passed over, which costs a tenth of reading it.
//!
//! A policy server sends everything with every request: the object, the old object, all the settings. Most of it is
//! about nothing that the policy does, so it first reads what decides that, and then what it needs.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What is wanted of a value. Of a list where keys are wanted, or of a mapping where items are, only that it is one:
/// whoever asks sees that it is not what it should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    /// All of it.
    Whole,
    /// That it is there: null instead of it.
    Presence,
    /// These keys of a mapping, nothing of those that are known, and this of all others.
    Keys {
        named: &'a [(&'a str, Part<'a>)],
        known: &'a [&'a str],
        others: Option<&'a Part<'a>>,
    },
    /// The same of every item of a list.
    Items(&'a Part<'a>),
    /// The items of a list that are marked; of the others that they are there.
    Marked(&'a [bool]),
}

/// Reads a part of a JSON text. What is passed over is read as JSON, too, but may be nested as deep as it likes.
///
/// # Errors
/// Text that is not JSON; a part that is nested too deep.
pub(crate) fn read(text: &[u8], part: Part<'_>) -> serde_json::Result<Value> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = part.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        match self {
            Part::Presence => reader.deserialize_ignored_any(IgnoredAny).map(|_| Value::Null),
            part => reader.deserialize_any(part),
        }
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, part)) = entries.next_key_seed(Key { holder: self })? {
            let value = entries.next_value_seed(part)?;
            if let Some(key) = key {
                map.insert(key, value);
            }
        }
        Ok(Value::Object(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let part_of = |index: usize| match self {
            Part::Whole => Part::Whole,
            Part::Items(part) => *part,
            Part::Marked(marks) if marks.get(index) == Some(&true) => Part::Whole,
            Part::Presence | Part::Keys { .. } | Part::Marked(_) => Part::Presence,
        };
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(part_of(list.len()))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
}

/// Says of a key what is wanted of its value, without keeping those of which nothing is: presence is enough to pass them
/// over.
struct Key<'a> {
    holder: Part<'a>,
}

impl<'de, 'a> DeserializeSeed<'de> for Key<'a> {
    type Value = (Option<String>, Part<'a>);

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for Key<'a> {
    type Value = (Option<String>, Part<'a>);

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        let part = match self.holder {
            Part::Whole => Some(Part::Whole),
            Part::Keys { named, known, others } => match named.iter().find(|(name, _)| *name == key) {
                Some((_, part)) => Some(*part),
                None => others.copied().filter(|_| !known.contains(&key)),
            },
            Part::Presence | Part::Items(_) | Part::Marked(_) => None,
        };
        Ok(match part {
            Some(part) => (Some(key.to_owned()), part),
            None => (None, Part::Presence),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KIND: Part<'_> = Part::Keys {
        named: &[("kind", Part::Whole), ("spec", Part::Items(&Part::Presence))],
        known: &[],
        others: None,
    };

    #[test]
    fn each_part_gives_what_is_wanted_of_it() {
        let text =
            r#"{"kind": "A\u0062", "n": [1.5, -1, 18446744073709551615], "spec": [{"a": 1}, 2], "t": true}"#;
        let presence = Part::Keys {
            named: &[("n", Part::Marked(&[true, false]))],
            known: &["kind"],
            others: Some(&Part::Presence),
        };
        for (part, expected) in [
            (Part::Whole, serde_json::from_str(text).unwrap()),
            (Part::Presence, json!(null)),
            (KIND, json!({"kind": "Ab", "spec": [null, null]})),
            (presence, json!({"n": [1.5, null, null], "spec": null, "t": null})),
            (Part::Items(&Part::Whole), json!({})),
        ] {
            assert_eq!(read(text.as_bytes(), part).unwrap(), expected, "{part:?}");
        }
    }

    #[test]
    fn what_is_not_of_the_shape_is_seen_as_it_is() {
        for (text, expected) in [
            ("null", json!(null)),
            ("-3", json!(-3)),
            ("\"text\"", json!("text")),
            ("[{\"kind\": 1}]", json!([null])),
            (
                r#"{"kind": {"a": []}, "spec": {"b": 1}}"#,
                json!({"kind": {"a": []}, "spec": {}}),
            ),
            // As everywhere in JSON readers, the last of two counts.
            (r#"{"kind": 1, "kind": 2}"#, json!({"kind": 2})),
        ] {
            assert_eq!(read(text.as_bytes(), KIND).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_passed_over_is_json_of_any_depth() {
        let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(
            read(format!(r#"{{"x": {nested}}}"#).as_bytes(), KIND).unwrap(),
            json!({})
        );
        for text in [
            format!(r#"{{"kind": {nested}}}"#),
            r#"{"x": [1,]}"#.to_owned(),
            "{} {}".to_owned(),
        ] {
            assert!(read(text.as_bytes(), KIND).is_err());
        }
    }
}
