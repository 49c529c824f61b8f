//! Tokens of a Traefik rule.
//!
//! Traefik reads rules with Go's expression parser (vulcand/predicate calls `go/parser.ParseExpr`), so the words are Go's:
//! raw strings in backticks (no escapes, carriage returns dropped), interpreted strings in double quotes, comments, and a
//! line break after `)` or a string ends the expression. A rule that Traefik refuses has no route, so reading it
//! otherwise than Go does would only hide a mistake.

use std::ops::Range;

use super::RuleError;

/// A token and the bytes it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// All bytes of the token, quotes included.
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A matcher, or an unquoted host, which the parser refuses with better words than the lexer could.
    Name(String),
    /// The value, escapes resolved.
    Text(String),
    And,
    Or,
    Not,
    Open,
    Close,
    Comma,
    /// A line break where Go ends an expression.
    Break,
}

/// Splits a rule into tokens; the last line break is dropped, as Go drops it.
pub(super) fn tokens(rule: &str) -> Result<Vec<Token>, RuleError> {
    let mut scanner = Scanner { rule, at: 0 };
    let mut tokens: Vec<Token> = Vec::new();
    loop {
        let ends = tokens
            .last()
            .is_some_and(|token| matches!(token.kind, Kind::Name(_) | Kind::Text(_) | Kind::Close));
        let start = scanner.at;
        let broken = scanner.skip_blank()?;
        if scanner.rest().is_empty() {
            return Ok(tokens);
        }
        if broken && ends {
            tokens.push(Token {
                kind: Kind::Break,
                span: start..start,
            });
        }
        let start = scanner.at;
        let kind = scanner.next_kind()?;
        tokens.push(Token {
            kind,
            span: start..scanner.at,
        });
    }
}

struct Scanner<'a> {
    rule: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.rule.get(self.at..).unwrap_or_default()
    }

    fn error(&self, offset: usize, problem: &str) -> RuleError {
        RuleError::new(self.at + offset, problem)
    }

    /// Skips blanks and comments; says whether a line ended.
    fn skip_blank(&mut self) -> Result<bool, RuleError> {
        let mut broken = false;
        loop {
            let rest = self.rest();
            let length = if let Some(comment) = rest.strip_prefix("//") {
                2 + comment.find('\n').unwrap_or(comment.len())
            } else if let Some(comment) = rest.strip_prefix("/*") {
                let length = comment
                    .find("*/")
                    .ok_or_else(|| self.error(0, "the comment has no `*/`"))?;
                broken |= comment
                    .get(..length)
                    .is_some_and(|comment| comment.contains('\n'));
                length + 4
            } else {
                rest.find(|letter| !matches!(letter, ' ' | '\t' | '\r' | '\n'))
                    .unwrap_or(rest.len())
            };
            if length == 0 {
                return Ok(broken);
            }
            let blank = rest.get(..length).unwrap_or_default();
            broken |= !blank.starts_with('/') && blank.contains('\n');
            self.at += length;
        }
    }

    fn next_kind(&mut self) -> Result<Kind, RuleError> {
        let rest = self.rest();
        let pairs = [
            ("&&", Kind::And),
            ("||", Kind::Or),
            ("!", Kind::Not),
            ("(", Kind::Open),
            (")", Kind::Close),
            (",", Kind::Comma),
        ];
        if let Some((text, kind)) = pairs.into_iter().find(|(text, _)| rest.starts_with(text)) {
            self.at += text.len();
            return Ok(kind);
        }
        match rest.chars().next().unwrap_or_default() {
            '`' => self.raw(),
            '"' => self.interpreted(),
            letter if letter.is_ascii_alphabetic() || letter == '_' => {
                let length = rest
                    .find(|letter: char| !letter.is_ascii_alphanumeric() && !"_.-".contains(letter))
                    .unwrap_or(rest.len());
                let name = rest.get(..length).unwrap_or_default().to_owned();
                self.at += length;
                Ok(Kind::Name(name))
            }
            '\'' => Err(self.error(0, "`'` does not quote here: write backticks or double quotes")),
            '&' => Err(self.error(0, "`&` is no operator: write `&&`")),
            '|' => Err(self.error(0, "`|` is no operator: write `||`")),
            digit if digit.is_ascii_digit() => {
                Err(self.error(0, "a number must be quoted: write it in backticks"))
            }
            other => Err(self.error(0, &format!("`{other}` has no meaning here"))),
        }
    }

    fn raw(&mut self) -> Result<Kind, RuleError> {
        let inside = self.rest().get(1..).unwrap_or_default();
        let length = inside
            .find('`')
            .ok_or_else(|| self.error(0, "the string has no closing backtick"))?;
        let value = inside.get(..length).unwrap_or_default().replace('\r', "");
        self.at += length + 2;
        Ok(Kind::Text(value))
    }

    fn interpreted(&mut self) -> Result<Kind, RuleError> {
        let mut value = Vec::new();
        let mut used = 1;
        loop {
            let rest = self.rest().get(used..).unwrap_or_default();
            let Some(letter) = rest.chars().next().filter(|letter| *letter != '\n') else {
                return Err(self.error(0, "the string has no closing double quote on its line"));
            };
            match letter {
                '"' => break,
                '\\' => {
                    let (bytes, length) = unescape(rest)
                        .ok_or_else(|| self.error(used, "unknown escape: write the string in backticks"))?;
                    value.extend(bytes);
                    used += length;
                }
                _ => {
                    value.extend(letter.encode_utf8(&mut [0; 4]).as_bytes());
                    used += letter.len_utf8();
                }
            }
        }
        self.at += used + 1;
        Ok(Kind::Text(String::from_utf8_lossy(&value).into_owned()))
    }
}

/// The bytes that an escape at the start of `text` stands for, and its length. Go: `\a \b \f \n \r \t \v \\ \"`, three octal
/// digits, `\x` and two, `\u` and four, `\U` and eight hexadecimal digits.
fn unescape(text: &str) -> Option<(Vec<u8>, usize)> {
    let code = text.chars().nth(1)?;
    let simple = |byte: u8| Some((vec![byte], 2));
    let number = |from: usize, digits: usize, radix: u32| {
        let digits = text
            .get(from..from + digits)
            .filter(|digits| digits.chars().all(|digit| digit.is_digit(radix)))?;
        u32::from_str_radix(digits, radix)
            .ok()
            .map(|value| (value, from + digits.len()))
    };
    let letter = |digits: usize| {
        let (value, length) = number(2, digits, 16)?;
        char::from_u32(value).map(|letter| (letter.to_string().into_bytes(), length))
    };
    match code {
        'a' => simple(7),
        'b' => simple(8),
        'f' => simple(12),
        'n' => simple(b'\n'),
        'r' => simple(b'\r'),
        't' => simple(b'\t'),
        'v' => simple(11),
        '\\' => simple(b'\\'),
        '"' => simple(b'"'),
        'x' => number(2, 2, 16).and_then(|(value, length)| Some((vec![u8::try_from(value).ok()?], length))),
        'u' => letter(4),
        'U' => letter(8),
        '0'..='7' => {
            number(1, 3, 8).and_then(|(value, length)| Some((vec![u8::try_from(value).ok()?], length)))
        }
        _ => None,
    }
}
