//! How a string is written: bare wherever every parser of YAML 1.1 and 1.2 reads the same string, else in quotes.
//!
//! The text may be read by Kubernetes (go-yaml v2), by kyaml and Helm 4 (go-yaml v3), by PyYAML and by YAML 1.2 tools. Each
//! has its own idea of which bare words are booleans, numbers, dates.

use crate::resolve::{Resolved, resolve_plain};

/// The quotes to prefer; what they cannot hold goes into double quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// None if possible, else double.
    Bare,
    Single,
    Double,
}

/// One line of YAML for a string. `flow` inside brackets and braces.
pub(super) fn write(text: &str, quotes: Quotes, flow: bool) -> String {
    match quotes {
        Quotes::Bare if is_bare(text, flow) => text.to_owned(),
        Quotes::Single if text.chars().all(is_printable) => format!("'{}'", text.replace('\'', "''")),
        _ => double_quoted(text),
    }
}

/// The text in double quotes, with the escapes that YAML and JSON have in common.
pub(super) fn double_quoted(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 2);
    result.push('"');
    for c in text.chars() {
        match c {
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            c if is_printable(c) => result.push(c),
            c => result.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    result.push('"');
    result
}

/// Can stand in a line of YAML as it is. (Everything above U+FFFF can.)
pub(super) fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        c => c >= '\u{a0}',
    }
}

fn is_bare(text: &str, flow: bool) -> bool {
    is_plain_syntax(text, flow) && resolve_plain(text) == Resolved::Text && !is_typed_elsewhere(text)
}

/// May the text stand without quotes, whatever type it then has?
fn is_plain_syntax(text: &str, flow: bool) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    let starts = match first {
        b'-' => {
            matches!(bytes.get(1), Some(next) if next.is_ascii_alphanumeric() || (*next == b'-' && bytes.len() > 2))
                && !text.starts_with("---")
        }
        b'.' => !text.starts_with("..."),
        first => !b" ?:,[]{}#&*!|>'\"%@`".contains(&first),
    };
    let in_flow = |c| flow && matches!(c, ',' | '[' | ']' | '{' | '}' | ':' | '?');
    starts
        && last != b' '
        && last != b':'
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(|c| is_printable(c) && !in_flow(c))
}

/// Words, numbers and dates to some parser of YAML 1.1 or 1.2, though strings to Kubernetes.
fn is_typed_elsewhere(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let first = unsigned.as_bytes().first();
    match first {
        Some(b'0'..=b'9' | b'.') => is_number(unsigned) || is_date(text),
        // Both are types of their own in YAML 1.1.
        _ => matches!(text, "=" | "<<"),
    }
}

/// Integers and floats of YAML 1.1 and 1.2, underscores and base 60 included, generously.
fn is_number(text: &str) -> bool {
    let plain = text.replace('_', "");
    let all =
        |digits: &str, is_digit: fn(&u8) -> bool| !digits.is_empty() && digits.bytes().all(|b| is_digit(&b));
    if let Some(digits) = plain.strip_prefix("0x").or_else(|| plain.strip_prefix("0X")) {
        return all(digits, u8::is_ascii_hexdigit);
    }
    if let Some(digits) = ["0o", "0O", "0b", "0B"]
        .iter()
        .find_map(|prefix| plain.strip_prefix(prefix))
    {
        return all(digits, u8::is_ascii_digit);
    }
    let lower = plain.to_ascii_lowercase();
    if lower == ".inf" || lower == ".nan" {
        return true;
    }
    let (mantissa, exponent) = lower
        .split_once('e')
        .map_or((lower.as_str(), None), |(m, e)| (m, Some(e)));
    let exponent_fits =
        exponent.is_none_or(|e| all(e.strip_prefix(['+', '-']).unwrap_or(e), u8::is_ascii_digit));
    let dots = mantissa.bytes().filter(|byte| *byte == b'.').count();
    let base_sixty = mantissa
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b':'));
    exponent_fits && base_sixty && dots <= 1 && mantissa.bytes().any(|byte| byte.is_ascii_digit())
}

/// `2001-1-2`, alone or with a time.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let day = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let after = rest.as_bytes().get(day);
    year.len() == 4
        && digits(year)
        && (1..=2).contains(&month.len())
        && digits(month)
        && (1..=2).contains(&day)
        && matches!(after, None | Some(b'T' | b't' | b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_some_parser_would_misread() {
        for text in [
            "yes",
            "on",
            "y",
            "n",
            "0777",
            "1e3",
            "~",
            "null",
            "12:30",
            "1_0",
            ".5",
            "<<",
            "=",
            "",
            "a: b",
            "# c",
            "*x",
            "- d",
            "{a}",
            "---",
            "k:",
            " lead",
            "trail ",
            "\t",
            "\u{2028}",
            "0o17",
            "08",
            "1:20:30.5",
            "2001-01-01",
            "2001-1-2 x",
            "1e400",
            ".inf",
            "-.Inf",
            ".NAN",
            "+1",
            "-",
            "--",
            "...",
            "a #b",
            "@x",
            "`x",
            "%x",
            "?x",
            "\u{7f}",
            "\u{feff}",
            "0b102",
            "1_",
            "+.5",
            "5.",
            "0x_1F",
            "TRUE",
            "Off",
        ] {
            let written = write(text, Quotes::Bare, false);
            assert!(written.starts_with('"'), "{text:?} is written {written}");
        }
    }

    #[test]
    fn leaves_bare_what_every_parser_reads_as_a_string() {
        for text in [
            "nginx:1.25",
            "100m",
            "1Gi",
            "1.2.3",
            "10.0.0.1",
            "v1",
            "-v",
            "--flag=a,b",
            "http://x:80/",
            "it's",
            "a#b",
            "é",
            "tRue",
            "1,000",
            "a: ".trim(),
            "0x",
            "1e",
            "1h30m",
            "2001-01",
            "e3",
            "_1",
            ".hidden",
            "/path",
            "$(VAR)",
            "yes!",
            "nothing",
        ]
        .iter()
        .filter(|text| !text.ends_with(':'))
        {
            assert_eq!(write(text, Quotes::Bare, false), **text);
        }
        assert_eq!(write("a:b", Quotes::Bare, true), "\"a:b\"");
        assert_eq!(write("a,b", Quotes::Bare, true), "\"a,b\"");
    }

    #[test]
    fn keeps_the_quotes_that_can_hold_the_text() {
        assert_eq!(write("don't", Quotes::Single, false), "'don''t'");
        assert_eq!(write("a\nb", Quotes::Single, false), "\"a\\nb\"");
        assert_eq!(
            write("\u{85}\u{1}\u{10ffff}\"\\", Quotes::Double, false),
            "\"\\u0085\\u0001\u{10ffff}\\\"\\\\\""
        );
    }
}
