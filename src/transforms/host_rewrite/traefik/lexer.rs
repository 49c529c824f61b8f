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
            self.at += match self.rest().as_bytes() {
                [b'/', b'/', comment @ ..] => {
                    let end = comment.iter().position(|byte| *byte == b'\n');
                    2 + end.unwrap_or(comment.len())
                }
                [b'/', b'*', comment @ ..] => {
                    let Some(length) = comment.windows(2).position(|end| end == b"*/") else {
                        return Err(self.error(0, "the comment has no `*/`"));
                    };
                    broken |= comment.iter().take(length).any(|byte| *byte == b'\n');
                    length + 4
                }
                [b'\n', ..] => {
                    broken = true;
                    1
                }
                [b' ' | b'\t' | b'\r', ..] => 1,
                _ => return Ok(broken),
            };
        }
    }

    fn next_kind(&mut self) -> Result<Kind, RuleError> {
        let (kind, length) = match self.rest().as_bytes() {
            [b'&', b'&', ..] => (Kind::And, 2),
            [b'|', b'|', ..] => (Kind::Or, 2),
            [b'!', ..] => (Kind::Not, 1),
            [b'(', ..] => (Kind::Open, 1),
            [b')', ..] => (Kind::Close, 1),
            [b',', ..] => (Kind::Comma, 1),
            [b'`', ..] => return self.raw(),
            [b'"', ..] => return self.interpreted(),
            [b'a'..=b'z' | b'A'..=b'Z' | b'_', ..] => return Ok(self.name()),
            _ => return Err(self.refusal()),
        };
        self.at += length;
        Ok(kind)
    }

    /// Why nothing begins here.
    fn refusal(&self) -> RuleError {
        let letter = self.rest().chars().next().unwrap_or_default();
        let problem = match letter {
            '\'' => "`'` does not quote here: write backticks or double quotes",
            '&' => "`&` is no operator: write `&&`",
            '|' => "`|` is no operator: write `||`",
            '0'..='9' => "a number must be quoted: write it in backticks",
            _ => &format!("`{letter}` has no meaning here"),
        };
        self.error(0, problem)
    }

    fn name(&mut self) -> Kind {
        let rest = self.rest();
        let ends = |byte: u8| !byte.is_ascii_alphanumeric() && !b"_.-".contains(&byte);
        let length = rest.bytes().position(ends).unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default().to_owned();
        self.at += length;
        Kind::Name(name)
    }

    fn raw(&mut self) -> Result<Kind, RuleError> {
        let inside = self.rest().get(1..).unwrap_or_default();
        let Some(length) = inside.find('`') else {
            return Err(self.error(0, "the string has no closing backtick"));
        };
        let value = inside.get(..length).unwrap_or_default().replace('\r', "");
        self.at += length + 2;
        Ok(Kind::Text(value))
    }

    fn interpreted(&mut self) -> Result<Kind, RuleError> {
        let mut value = Vec::new();
        let mut used = 1;
        loop {
            let rest = self.rest().as_bytes().get(used..).unwrap_or_default();
            used += match rest {
                [] | [b'\n', ..] => {
                    return Err(self.error(0, "the string has no closing double quote on its line"));
                }
                [b'"', ..] => break,
                [b'\\', ..] => match unescape(rest, &mut value) {
                    Some(length) => length,
                    None => return Err(self.error(used, "unknown escape: write the string in backticks")),
                },
                [byte, ..] => {
                    value.push(*byte);
                    1
                }
            };
        }
        self.at += used + 1;
        Ok(Kind::Text(String::from_utf8_lossy(&value).into_owned()))
    }
}

/// Adds the bytes that an escape at the start of `text` stands for, and gives its length. Go: `\a \b \f \n \r \t \v \\ \"`,
/// three octal digits, `\x` and two, `\u` and four, `\U` and eight hexadecimal digits.
fn unescape(text: &[u8], value: &mut Vec<u8>) -> Option<usize> {
    let code = *text.get(1)?;
    let (from, digits, radix) = match code {
        b'0'..=b'7' => (1, 3, 8),
        b'x' => (2, 2, 16),
        b'u' => (2, 4, 16),
        b'U' => (2, 8, 16),
        _ => {
            value.push(match code {
                b'a' => 7,
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'v' => 11,
                b'\\' | b'"' => code,
                _ => return None,
            });
            return Some(2);
        }
    };
    let mut number = 0;
    for digit in text.get(from..from + digits)? {
        number = number * radix + char::from(*digit).to_digit(radix)?;
    }
    if digits < 4 {
        value.push(u8::try_from(number).ok()?);
    } else {
        let letter = char::from_u32(number)?;
        value.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Some(from + digits)
}
