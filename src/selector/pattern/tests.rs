use proptest::prelude::*;
use regex_lite::RegexBuilder;

use super::*;

/// What the engine that ours took the syntax from says: no pattern, or whether it matches whole and in part.
fn oracle(pattern: &str, text: &str) -> Option<(bool, bool)> {
    // The text must be a regex by itself: `a)|(b` would be one only inside our parentheses.
    let part = regex_lite::Regex::new(pattern).ok()?;
    let whole = RegexBuilder::new(&format!("^(?:{pattern})$")).build().ok()?;
    Some((whole.is_match(text), part.is_match(text)))
}

fn ours(pattern: &str, text: &str) -> Option<(bool, bool)> {
    let pattern = Pattern::new(pattern).ok()?;
    Some((pattern.matches(text), pattern.is_in(text)))
}

#[rustfmt::skip]
const PATTERNS: &[&str] = &[
    "", "a", "abc", "a|b", "a||b", "(a|b)*c", "a**", "a+?", "a{2}", "a{2,}", "a{1,3}?", "a{ 1 , 2 }", "a{,2}",
    "a{2,1}", "(ab){2}c{0}", "[a-c]+", "[^a-c]+", "[]a]+", "[^]a]+", "[-a]+", "[a-]+", "[a-c-]+", "[a\\]b]",
    "[\\w.-]+", "[\\d-z]", "[[:alpha:]]+", "[[:^digit:]]+", "[[:word:][:space:]]+", "[[:nope:]]", "a|b|", "[a&&b]",
    "[a--b]", "[a-b-c]", "[", "[a", "[^", "[b-a]", "[]", "\\d+", "\\D+", "\\s", "\\S+", "\\w+", "\\W+", "\\.",
    "\\-", "\\/", "\\q", "\\", "\\1", "\\pL", "\\x61", "\\x{61}", "\\u0061", "\\U00000061", "\\x6", "\\x{}",
    "\\x{zz}", "\\x+1", "\\bab\\b", "\\Bb", "\\Aab\\z", "^ab$", "a^", "$a", "(?i)AB", "(?i:A)b", "(?i:A)B",
    "(?i)[^a]", "(?i)[A-C]+", "(?-i)a", "(?i-s)A.", "(?s).", ".", "(?m)^b$", "(?U)a+", "(?ii)a", "(?i-i)a",
    "(?-)a", "(?)", "(?:)", "(?", "(?i", "(?P<name>a)b", "(?<name>a)b", "(?P<>a)", "(?P<1>a)", "(?=a)",
    "(?!a)", "(?<=a)", "(", ")", "a)", "a)|(b", "(a", "()", "()*", "(a*)*", "(a*)+b", "*", "+a", "?", "{1}",
    "}", "]", "a{", "a{1", "a{1,", "a{x}", "|", "(|a)+", "ü+", "[ä-ü]", "feature-[a-z0-9]+|main", "(?i)^\\-a$",
];

#[rustfmt::skip]
const TEXTS: &[&str] = &[
    "", "a", "b", "ab", "abc", "aa", "aaa", "aab", "ba", "c", "A", "AB", "aB", "-", "]", ".", "a-b", "1", "a1",
    " ", "\n", "a\n", "a\nb", "ü", "ß", "_", "main", "feature-x1", "&", "}", "-a", "/", "7a b",
];

#[test]
fn answers_as_regex_lite_does() {
    for pattern in PATTERNS {
        for text in TEXTS {
            assert_eq!(
                ours(pattern, text),
                oracle(pattern, text),
                "{pattern:?} on {text:?}"
            );
        }
    }
}

#[test]
fn a_class_has_the_letters_that_regex_lite_says() {
    for class in [
        "[:alnum:]",
        "[:alpha:]",
        "[:ascii:]",
        "[:blank:]",
        "[:cntrl:]",
        "[:digit:]",
        "[:graph:]",
        "[:lower:]",
        "[:print:]",
        "[:punct:]",
        "[:space:]",
        "[:upper:]",
        "[:word:]",
        "[:xdigit:]",
        "\\d",
        "\\s",
        "\\w",
    ] {
        for letter in ('\0'..='\u{ff}').map(|letter| letter.to_string()) {
            for pattern in [format!("[{class}]"), format!("[^{class}]")] {
                assert_eq!(
                    ours(&pattern, &letter),
                    oracle(&pattern, &letter),
                    "{pattern} on {letter:?}"
                );
            }
        }
    }
}

#[test]
fn what_is_not_supported_is_refused() {
    for (pattern, expected) in [
        ("(?x)a b", "unrecognized inline flag"),
        ("\\<a", "unrecognized escape sequence"),
        ("\\b{start}a", "expected a number in a counted repetition"),
        ("(a{1000}){1000}", "the pattern is too large"),
        ("((((a{9}){99}){99}){99}){99}", "the pattern is too large"),
        ("a{18446744073709551615,}", "the pattern is too large"),
        (
            "a{99999999999999999999}",
            "expected a number in a counted repetition",
        ),
    ] {
        assert_eq!(Pattern::new(pattern).unwrap_err(), expected, "{pattern}");
    }
    let deep = format!("{}a{}", "(".repeat(60), ")".repeat(60));
    assert_eq!(Pattern::new(&deep).unwrap_err(), "pattern has too much nesting");
}

#[test]
fn a_pattern_that_goes_back_and_forth_elsewhere_takes_its_length_times_the_texts() {
    let pattern = Pattern::new("(a*)*(a|a)*(a+)+b").unwrap();
    assert!(!pattern.matches(&"a".repeat(10_000)));
}

#[test]
fn an_escaped_text_matches_itself() {
    for text in ["a.b", "[x]{2}", "a<b>c", "ü$^|\\", "-", "a b"] {
        let pattern = Pattern::new(&escape(text)).unwrap();
        assert!(pattern.matches(text) && !pattern.matches("other"), "{text}");
    }
}

proptest! {
    #[test]
    fn any_pattern_means_what_regex_lite_says(
        pattern in "[ab.|*+?(){}\\[\\]^$\\\\01,:i-]{0,12}|(\\(\\?i\\))?([ab]|\\[\\^?[a-c-]{1,4}\\]|\\(a\\|b?\\)|\\.|\\\\[wdsWDSbB])([*+?]|\\{[0-3](,[0-3]?)?\\})?([ab^$]|\\.)*",
        text in "[abcA\n 1-]{0,6}",
    ) {
        prop_assert_eq!(ours(&pattern, &text), oracle(&pattern, &text));
    }

    #[test]
    fn any_text_is_a_pattern_or_none(pattern in any::<String>(), text in any::<String>()) {
        let _either = ours(&pattern, &text);
    }
}
