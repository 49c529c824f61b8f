//! Settings decoded and validated in one go, so that a misspelt key does not hide a wrong value beside it.

use serde_json::Value;

use super::record::fill_whole;
use super::{Decode, Mistake, Mistakes};
use crate::object::pointer;

/// Decodes `value`, then validates what was decoded. When decoding fails, what could not be decoded is left out and the
/// rest is validated all the same, so that every mistake is reported at once.
///
/// # Errors
/// The mistakes of both steps. A mistake of the second step about something that the first complained about is left
/// out: it would be about a hole that was not there before.
pub(crate) fn decode<T, R>(value: &Value, validate: impl FnOnce(T, &mut Mistakes) -> R) -> Result<R, Mistakes>
where
    T: Decode,
{
    let mut raw = T::blank();
    let mut found = fill_whole(&mut raw, value);
    if !found.is_empty() {
        raw = T::blank();
        // What cannot be read without them either has been told.
        if !fill_whole(&mut raw, &without(value, &found)).is_empty() {
            return Err(found);
        }
    }
    let mut mistakes = Mistakes::new();
    let valid = validate(raw, &mut mistakes);
    join(&mut found, mistakes);
    found.into_result(valid)
}

/// Adds the mistakes that none of those found before is related to.
fn join(found: &mut Mistakes, mistakes: Mistakes) {
    let before = found.len();
    for second in mistakes {
        if !found.iter().take(before).any(|first| is_related(first, &second)) {
            found.push(second);
        }
    }
}

fn is_related(first: &Mistake, second: &Mistake) -> bool {
    let (first, second) = (first.pointer.as_str(), second.pointer.as_str());
    first == second || pointer::is_inside(first, second) || pointer::is_inside(second, first)
}

/// The value without what the mistakes are about.
fn without(value: &Value, mistakes: &Mistakes) -> Value {
    let mut rest = value.clone();
    for mistake in mistakes {
        cut(&mut rest, &mistake.pointer);
    }
    rest
}

/// Removes what is at `at`; a list item takes its list along, because pointers behind it would move.
fn cut(value: &mut Value, at: &str) {
    let mut at = at;
    while let Some((parent, key)) = pointer::split_last(at) {
        match pointer::get_mut(value, parent) {
            Some(Value::Object(map)) => {
                map.shift_remove(key.as_ref());
                return;
            }
            _ => at = parent,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::record;

    struct Raw {
        name: String,
        tags: Vec<String>,
        is_small: bool,
    }

    record!(Raw, required { "name" => name }, optional { "tags" => tags, "isSmall" => is_small });

    fn pointers(value: &Value) -> Vec<String> {
        let validate = |raw: Raw, mistakes: &mut Mistakes| {
            if raw.name.is_empty() {
                mistakes.push(Mistake::plain("/name", "the name is empty"));
            }
            if raw.tags.is_empty() {
                mistakes.push(Mistake::plain("/tags", "there are no tags"));
            }
            raw.is_small
        };
        let found = decode::<Raw, _>(value, validate).err().unwrap_or_default();
        found.into_iter().map(|mistake| mistake.pointer).collect()
    }

    #[test]
    fn a_misspelt_key_does_not_hide_a_wrong_value() {
        assert_eq!(
            pointers(&json!({"name": "", "tgas": [], "tags": ["a"]})),
            ["/tgas", "/name"]
        );
    }

    #[test]
    fn what_was_left_out_is_not_complained_about_again() {
        assert_eq!(
            pointers(&json!({"name": "", "tags": ["a", 1, "b"]})),
            ["/tags/1", "/name"]
        );
    }

    #[test]
    fn a_missing_key_leaves_nothing_to_validate() {
        assert_eq!(pointers(&json!({"tags": [], "isSmall": "x"})), ["/isSmall", ""]);
        assert_eq!(pointers(&json!(3)), [""]);
        assert!(pointers(&json!({"name": "a", "tags": ["b"]})).is_empty());
    }
}
