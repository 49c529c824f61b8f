//! Numbers as Go's `strconv` parses them for go-yaml v2.
//!
//! Integers first (base by prefix: `0x`, `0o`, `0b`, a leading `0` is octal; underscores anywhere), signed then unsigned,
//! then floats, then go-yaml's own `0b` and `-0b` forms. What overflows a float stays a string.

use serde_json::Value;

/// A number, as wide as Go keeps it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Parsed {
    Int(i64),
    Unsigned(u64),
    Float(f64),
}

/// A scalar that starts with a digit or a sign.
pub(super) fn parse(text: &str) -> Option<Parsed> {
    let stripped;
    let plain = if text.contains('_') {
        stripped = text.replace('_', "");
        stripped.as_str()
    } else {
        text
    };
    if let Some(value) = parse_int(plain, 0) {
        return Some(Parsed::Int(value));
    }
    if let Some(value) = parse_uint(plain, 0) {
        return Some(Parsed::Unsigned(value));
    }
    if let Some(value) = parse_float(plain) {
        return Some(Parsed::Float(value));
    }
    if let Some(binary) = plain.strip_prefix("0b") {
        return parse_int(binary, 2)
            .map(Parsed::Int)
            .or_else(|| parse_uint(binary, 2).map(Parsed::Unsigned));
    }
    let binary = plain.strip_prefix("-0b")?;
    parse_int(&format!("-{binary}"), 2).map(Parsed::Int)
}

/// A scalar that starts with a dot: Go's `ParseFloat` on the text as it is, which allows `_` between digits.
pub(super) fn parse_dotted(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return parse_float(text);
    }
    let bytes = text.as_bytes();
    let is_digit = |index: Option<usize>| index.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
    let between_digits = bytes
        .iter()
        .enumerate()
        .filter(|&(_, &byte)| byte == b'_')
        .all(|(index, _)| is_digit(index.checked_sub(1)) && is_digit(index.checked_add(1)));
    if between_digits {
        parse_float(&text.replace('_', ""))
    } else {
        None
    }
}

/// `strconv.ParseInt`; base 0 reads the prefix.
fn parse_int(text: &str, base: u32) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let magnitude = parse_uint(digits, base)?;
    if negative {
        0i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
    }
}

/// `strconv.ParseUint`: no sign.
fn parse_uint(text: &str, base: u32) -> Option<u64> {
    let bytes = text.as_bytes();
    let (digits, base) = match (base, bytes) {
        (_, []) => return None,
        (0, [b'0', b'b' | b'B', digits @ ..]) if !digits.is_empty() => (digits, 2),
        (0, [b'0', b'o' | b'O', digits @ ..]) if !digits.is_empty() => (digits, 8),
        (0, [b'0', b'x' | b'X', digits @ ..]) if !digits.is_empty() => (digits, 16),
        (0, [b'0', digits @ ..]) => (digits, 8),
        (0, digits) => (digits, 10),
        (base, digits) => (digits, base),
    };
    let mut value = 0u64;
    for &digit in digits {
        let digit = char::from(digit).to_digit(base)?;
        value = value
            .checked_mul(u64::from(base))?
            .checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// go-yaml's pattern for floats, then the value; `None` when it overflows.
fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at)?, unsigned.get(at + 1..)),
        None => (unsigned, None),
    };
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = whole
        .bytes()
        .chain(fraction.bytes())
        .all(|byte| byte.is_ascii_digit());
    if !all_digits || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    // `serde_json` rounds to the nearest float too, and refuses what overflows: one reader of digits is enough.
    let sign = if text.starts_with('-') { "-" } else { "" };
    let whole = Some(whole.trim_start_matches('0')).filter(|digits| !digits.is_empty());
    let fraction = Some(fraction).filter(|digits| !digits.is_empty());
    let (whole, fraction, exponent) = (
        whole.unwrap_or("0"),
        fraction.unwrap_or("0"),
        exponent.unwrap_or("0"),
    );
    let value: Value = serde_json::from_str(&format!("{sign}{whole}.{fraction}e{exponent}")).ok()?;
    value.as_f64()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Rust's own reader, which rounds as Go's does, is the second opinion.
        #[test]
        fn floats_have_every_bit_that_another_reader_gives_them(
            text in "[+-]?[0-9]{0,25}\\.?[0-9]{0,25}([eE][+-]?[0-9]{1,3})?",
            bits in any::<u64>(),
        ) {
            let is_number = text.bytes().take_while(|byte| !b"eE".contains(byte)).any(|byte| byte.is_ascii_digit());
            let other = text.parse::<f64>().ok().filter(|value| is_number && value.is_finite());
            prop_assert_eq!(parse_float(&text).map(f64::to_bits), other.map(f64::to_bits));
            let value = f64::from_bits(bits);
            if value.is_finite() {
                for text in [format!("{value}"), format!("{value:e}"), format!("{value:.30e}")] {
                    prop_assert_eq!(parse_float(&text).map(f64::to_bits), Some(bits));
                }
            }
        }
    }

    #[test]
    fn reads_integers_as_go_does() {
        for (text, value) in [
            ("0", 0),
            ("00", 0),
            ("-0", 0),
            ("+0777", 511),
            ("0O17", 15),
            ("0_7", 7),
            ("1_", 1),
            ("-0x1F", -31),
            ("0b-101", -5),
            ("-0b101", -5),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(parse(text), Some(Parsed::Int(value)), "{text}");
        }
        assert_eq!(parse("9223372036854775808"), Some(Parsed::Unsigned(1 << 63)));
        for text in [
            "0x", "0b", "0o8", "0b102", "+", "-", "+-1", "--1", "1:30", "1.2.3", "0x1p4", "1e", "1e400",
            "-0b-1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn reads_floats_as_go_does() {
        for (text, value) in [
            ("08", 8.0),
            ("5.", 5.0),
            ("+.5", 0.5),
            ("12e03", 12000.0),
            ("-9223372036854775809", -9_223_372_036_854_775_808.0),
        ] {
            assert_eq!(parse(text), Some(Parsed::Float(value)), "{text}");
        }
        for (text, value) in [
            (".5", Some(0.5)),
            (".1_0", Some(0.1)),
            ("._1", None),
            (".1_", None),
            (".", None),
            (".e3", None),
        ] {
            assert_eq!(parse_dotted(text), value, "{text}");
        }
    }
}
