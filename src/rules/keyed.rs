//! Mappings whose keys the user chooses: labels, annotations.

use serde_json::Value;

use super::record::read_map;
use super::{At, Decode, Mistakes, decode_part};

/// A mapping with free keys, sorted by key. One wrong value makes all of it wrong: a label selector without the label
/// that had a number for a value would match more than was written.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transparent, bound = "T: schemars::JsonSchema", inline)
)]
pub struct Keyed<T>(
    /// The values by key. A list: a tree for each type of value would be several kB of every policy.
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeMap<String, T>"))]
    pub Vec<(String, T)>,
);

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Decode> Decode for Keyed<T> {
    fn blank() -> Self {
        Self::default()
    }

    fn fill(&mut self, value: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
        for (key, value) in read_map(value, at, mistakes).into_iter().flatten() {
            let value = decode_part(value, &At::Key(at, key), mistakes);
            let place = self.0.partition_point(|(other, _)| other < key);
            self.0.insert(place, (key.clone(), value));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::decode_whole;

    #[test]
    fn the_order_is_that_of_the_keys() {
        let found = decode_whole::<Keyed<bool>>(&json!({"c": true, "a": false, "b": true})).unwrap();
        let keys: Vec<&str> = found.0.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["a", "b", "c"]);
    }

    #[test]
    fn every_wrong_value_is_a_mistake_at_its_key() {
        let found = decode_whole::<Keyed<String>>(&json!({"a/b": 1, "ok": "x", "z": []})).unwrap_err();
        let at: Vec<&str> = found.iter().map(|mistake| mistake.pointer.as_str()).collect();
        assert_eq!(at, ["/a~1b", "/z"]);
        assert!(decode_whole::<Keyed<String>>(&json!(["a"])).is_err());
    }
}
