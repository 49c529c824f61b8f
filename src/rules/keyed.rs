//! Mappings whose keys the user chooses: labels, annotations.

use std::collections::BTreeMap;

use deserr::{DeserializeError, take_cf_content};
use deserr::{Deserr, ErrorKind, IntoValue, Map, Value, ValueKind, ValuePointerRef};

use super::Mistakes;

/// A mapping with free keys, sorted by key.
///
/// It exists because deserr's own decoding of a `BTreeMap` forgets the mistakes in its values: a label selector
/// with a number for a value would lose that label and match more than was written.
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

impl<T: Deserr<Mistakes>> Deserr<Mistakes> for Keyed<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Mistakes> {
        let Value::Map(map) = value else {
            let accepted = &[ValueKind::Map];
            let kind = ErrorKind::IncorrectValueKind {
                actual: value,
                accepted,
            };
            return Err(take_cf_content(Mistakes::error(None, kind, location)));
        };
        let mut mistakes = Mistakes::new();
        let mut decoded = BTreeMap::new();
        for (key, value) in map.into_iter() {
            match T::deserialize_from_value(value.into_value(), location.push_key(&key)) {
                Ok(value) => {
                    decoded.insert(key, value);
                }
                Err(found) => mistakes.extend_below("", found),
            }
        }
        mistakes.into_result(Self(decoded))
    }
}

#[cfg(test)]
mod tests {
    use deserr::deserialize;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_wrong_value_is_a_mistake_at_its_key() {
        let found =
            deserialize::<Keyed<String>, _, Mistakes>(json!({"a/b": 1, "ok": "x", "z": []})).unwrap_err();
        let at: Vec<&str> = found.iter().map(|mistake| mistake.pointer.as_str()).collect();
        assert_eq!(at, ["/a~1b", "/z"]);
        assert!(deserialize::<Keyed<String>, _, Mistakes>(json!(["a"])).is_err());
    }
}
