//! What type a scalar has: go-yaml v2's resolver, which decides what Kubernetes reads.
//!
//! It is neither YAML 1.1 nor 1.2: `y`, `no` and `on` are booleans, `0777` and `0o777` are 511, `1_000` is 1000, `1e3` is
//! 1000, `12:30` and dates stay strings, `1e400` is a string. The truth tables (`tests/truth.rs`) hold the answers that
//! Kubernetes itself gave; [`number`] and [`timestamp`] are the parts that need a page of their own.

mod float;
mod number;
mod timestamp;

pub(crate) use self::float::{key_text, plain_number};
use self::number::Parsed;

const BOOL: &str = "tag:yaml.org,2002:bool";
const INT: &str = "tag:yaml.org,2002:int";
const FLOAT: &str = "tag:yaml.org,2002:float";
const NULL: &str = "tag:yaml.org,2002:null";
const STR: &str = "tag:yaml.org,2002:str";
const TIMESTAMP: &str = "tag:yaml.org,2002:timestamp";
const BINARY: &str = "tag:yaml.org,2002:binary";
const MERGE: &str = "tag:yaml.org,2002:merge";

/// A resolved scalar. `Text` is the scalar's own text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    /// Above `i64::MAX`.
    Unsigned(u64),
    Float(f64),
    Text,
    /// Decoded from `!!binary`.
    Binary(String),
}

/// Why a tag does not fit its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagError {
    Mismatch,
    Base64,
}

/// What the scalar is, given its explicit tag (long form) and whether it is plain.
pub(crate) fn resolve(text: &str, tag: Option<&str>, plain_implicit: bool) -> Result<Resolved, TagError> {
    let Some(tag) = tag.filter(|tag| !tag.is_empty()) else {
        return Ok(if plain_implicit {
            resolve_plain(text)
        } else {
            Resolved::Text
        });
    };
    match tag {
        BINARY => decode_base64(text).map(Resolved::Binary).ok_or(TagError::Base64),
        TIMESTAMP if timestamp::is_timestamp(text) => Ok(Resolved::Text),
        BOOL | INT | FLOAT | NULL | TIMESTAMP => match (tag, resolve_plain(text)) {
            (BOOL, value @ Resolved::Bool(_))
            | (INT, value @ (Resolved::Int(_) | Resolved::Unsigned(_)))
            | (FLOAT, value @ Resolved::Float(_))
            | (NULL, value @ Resolved::Null) => Ok(value),
            #[expect(
                clippy::cast_precision_loss,
                reason = "`!!float` of an integer is that integer as a float, rounded"
            )]
            (FLOAT, Resolved::Int(value)) => Ok(Resolved::Float(value as f64)),
            _ => Err(TagError::Mismatch),
        },
        _ => Ok(Resolved::Text),
    }
}

/// Is this scalar the merge key?
pub(crate) fn is_merge(text: &str, tag: Option<&str>, plain_implicit: bool) -> bool {
    text == "<<" && (plain_implicit || tag == Some(MERGE))
}

/// Does `tag` (long form) say string, so that the text stays as it is?
pub(crate) fn is_string_tag(tag: Option<&str>) -> bool {
    tag == Some(STR)
}

/// A plain, untagged scalar.
pub(crate) fn resolve_plain(text: &str) -> Resolved {
    let Some(&first) = text.as_bytes().first() else {
        return Resolved::Null;
    };
    match first {
        b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => resolve_word(text),
        b'.' => match text {
            ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Resolved::Float(f64::INFINITY),
            _ => number::parse_dotted(text).map_or(Resolved::Text, Resolved::Float),
        },
        b'+' | b'-' => match text {
            "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
            _ => resolve_number(text),
        },
        b'0'..=b'9' => resolve_number(text),
        _ => Resolved::Text,
    }
}

fn resolve_word(text: &str) -> Resolved {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        _ => Resolved::Text,
    }
}

fn resolve_number(text: &str) -> Resolved {
    match number::parse(text) {
        Some(Parsed::Int(value)) => Resolved::Int(value),
        Some(Parsed::Unsigned(value)) => Resolved::Unsigned(value),
        Some(Parsed::Float(value)) => Resolved::Float(value),
        None => Resolved::Text,
    }
}

/// Go's standard base64 with padding; line ends are skipped. Bytes that are no UTF-8 become one U+FFFD each, as Go's JSON
/// encoder does.
fn decode_base64(text: &str) -> Option<String> {
    let symbols: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    let padding = symbols.iter().rev().take_while(|&&byte| byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3);
    for quad in symbols.get(..symbols.len() - padding)?.chunks(4) {
        let mut bits = 0u32;
        for &symbol in quad {
            bits = bits << 6 | u32::from(sextet(symbol)?);
        }
        bits <<= 6 * (4 - quad.len());
        bytes.extend(bits.to_be_bytes().get(1..quad.len())?);
    }
    let mut decoded = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Some(decoded)
}

fn sextet(symbol: u8) -> Option<u8> {
    match symbol {
        b'A'..=b'Z' => Some(symbol - b'A'),
        b'a'..=b'z' => Some(symbol - b'a' + 26),
        b'0'..=b'9' => Some(symbol - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_base64_as_go_does() {
        assert_eq!(decode_base64("aGVs\nbG8="), Some("hello".to_owned()));
        assert_eq!(decode_base64(""), Some(String::new()));
        assert_eq!(decode_base64("//8="), Some("\u{fffd}\u{fffd}".to_owned()));
        for broken in ["aGVsbG8", "====", "a b=", "aG=s"] {
            assert_eq!(decode_base64(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_tag_must_fit_its_value() {
        let tagged = |text, tag| resolve(text, Some(tag), false);
        assert_eq!(tagged("yes", BOOL), Ok(Resolved::Bool(true)));
        assert_eq!(tagged("1", FLOAT), Ok(Resolved::Float(1.0)));
        assert_eq!(tagged("2001-01-01", TIMESTAMP), Ok(Resolved::Text));
        assert_eq!(tagged("x", INT), Err(TagError::Mismatch));
        assert_eq!(tagged("x", TIMESTAMP), Err(TagError::Mismatch));
        assert_eq!(tagged("*", BINARY), Err(TagError::Base64));
        assert_eq!(tagged("12", "!mine"), Ok(Resolved::Text));
    }
}
