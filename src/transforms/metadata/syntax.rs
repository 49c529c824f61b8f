//! What Kubernetes accepts as keys and values of labels and annotations (apimachinery's `IsQualifiedName` and
//! `IsValidLabelValue`).

use super::settings::Field;
use crate::rules::is_dns_subdomain;

/// The longest label value, and the longest key without its prefix.
pub(super) const MAX_NAME: usize = 63;

/// [`check_label_value`] without the length, as a pattern of JSON Schema.
#[cfg(feature = "export")]
pub(super) const LABEL_PATTERN: &str = "^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$";

/// Whether a key may be used.
///
/// # Errors
/// One sentence that says what is wrong and what a key looks like.
pub(super) fn check_key(field: Field, key: &str) -> Result<(), String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    // Prefixes of annotations are compared in lower case.
    let prefix_is_good = prefix.is_none_or(|prefix| match field {
        Field::Label => is_dns_subdomain(prefix),
        Field::Annotation => is_dns_subdomain(&prefix.to_ascii_lowercase()),
    });
    if prefix_is_good && !name.is_empty() && name.len() <= MAX_NAME && is_word(name) {
        return Ok(());
    }
    Err(format!(
        "`{key}` cannot be the key of {}; a key is a name of at most {MAX_NAME} letters, digits, `-`, `_` and `.`, \
         after a domain and `/` if one likes",
        match field {
            Field::Label => "a label",
            Field::Annotation => "an annotation",
        }
    ))
}

/// Whether a value may be the value of a label.
///
/// # Errors
/// What a value must be, as the end of a sentence.
pub(super) fn check_label_value(value: &str) -> Result<(), String> {
    if value.is_empty() || value.len() <= MAX_NAME && is_word(value) {
        return Ok(());
    }
    Err(format!(
        "a label has at most {MAX_NAME} letters, digits, `-`, `_` and `.`, with a letter or digit at both ends"
    ))
}

/// Letters, digits, `-`, `_`, `.`, with a letter or digit at both ends.
fn is_word(text: &str) -> bool {
    let is_end = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && is_end(text.bytes().next())
        && is_end(text.bytes().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_judged_as_the_api_server_judges_them() {
        let long = "a".repeat(64);
        for (key, label, annotation) in [
            ("team", true, true),
            ("example.com/team", true, true),
            ("Example.com/team", false, true),
            ("example.com/Team_1.x", true, true),
            ("example.com/", false, false),
            ("/team", false, false),
            ("a/b/c", false, false),
            ("-team", false, false),
            ("team-", false, false),
            ("", false, false),
            ("größe", false, false),
            (long.as_str(), false, false),
        ] {
            assert_eq!(check_key(Field::Label, key).is_ok(), label, "label {key}");
            assert_eq!(
                check_key(Field::Annotation, key).is_ok(),
                annotation,
                "annotation {key}"
            );
        }
    }

    #[test]
    fn label_values_are_judged_as_the_api_server_judges_them() {
        for (value, expected) in [
            ("", true),
            ("web", true),
            ("Web_1.2-x", true),
            ("1", true),
            ("web.", false),
            ("two words", false),
            (&"a".repeat(63), true),
            (&"a".repeat(64), false),
        ] {
            assert_eq!(check_label_value(value).is_ok(), expected, "{value}");
        }
    }
}
