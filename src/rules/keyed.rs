//! Mappings whose keys the user chooses: labels, annotations.

use std::collections::BTreeMap;

use serde_json::Value;

use super::record::refuse;
use super::{At, Decode, Mistakes};

/// A mapping with free keys, sorted by key. One wrong value makes all of it wrong: a label selector without the label
/// that had a number for a value would match more than was written.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transparent, bound = "T: schemars::JsonSchema", inline)
)]
pub struct Keyed<T>(
    /// The values by key.
    pub BTreeMap<String, T>,
);

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Decode> Decode for Keyed<T> {
    fn decode(value: &Value, at: &At<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let Value::Object(map) = value else {
            return refuse("a mapping", value, at, mistakes);
        };
        let mut decoded = BTreeMap::new();
        for (key, value) in map {
            if let Some(value) = T::decode(value, &At::Key(at, key), mistakes) {
                decoded.insert(key.clone(), value);
            }
        }
        (decoded.len() == map.len()).then_some(Self(decoded))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::decode_whole;

    #[test]
    fn every_wrong_value_is_a_mistake_at_its_key() {
        let found = decode_whole::<Keyed<String>>(&json!({"a/b": 1, "ok": "x", "z": []})).unwrap_err();
        let at: Vec<&str> = found.iter().map(|mistake| mistake.pointer.as_str()).collect();
        assert_eq!(at, ["/a~1b", "/z"]);
        assert!(decode_whole::<Keyed<String>>(&json!(["a"])).is_err());
    }
}
