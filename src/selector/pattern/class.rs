//! Classes of characters in a pattern: `[…]`, `[:alpha:]`, and what a backslash stands for.

use super::automaton::{Item, Set, is_word};
use super::parser::{Parser, Wrong, wrong};

impl Parser<'_> {
    /// After `[`.
    pub(super) fn set(&mut self) -> Result<Set, Wrong> {
        let mut set = Set {
            is_negated: self.eat("^"),
            ignores_case: self.flags.ignores_case,
            ..Set::default()
        };
        // Without a meaning yet, these stand for themselves.
        while self.eat("-") {
            set.items.push(Item::Range('-', '-'));
        }
        if set.items.is_empty() && self.eat("]") {
            set.items.push(Item::Range(']', ']'));
        }
        loop {
            if self.eat("]") {
                return Ok(set);
            }
            if ["&&", "--", "~~"].iter().any(|operator| self.eat(operator)) {
                return wrong("set operations in a character class are not supported");
            }
            let first = self.item()?;
            let tail = self.rest.as_str();
            let is_range = tail.starts_with('-') && !tail.starts_with("-]") && !tail.starts_with("--");
            if !is_range {
                set.items.push(first);
                continue;
            }
            self.rest.next();
            match (first, self.item()?) {
                (Item::Range(first, _), Item::Range(last, _)) if first <= last => {
                    set.items.push(Item::Range(first, last));
                }
                _ => return wrong("invalid range in character class"),
            }
        }
    }

    /// One item of a set.
    fn item(&mut self) -> Result<Item, Wrong> {
        match self.rest.next() {
            None => wrong("found unclosed character class"),
            Some('\\') => self.escape_item(),
            Some('[') => self.posix_class(),
            Some(letter) => Ok(Item::Range(letter, letter)),
        }
    }

    /// After `[` in a set: `:alpha:]`.
    fn posix_class(&mut self) -> Result<Item, Wrong> {
        let class = self
            .rest
            .as_str()
            .strip_prefix(':')
            .and_then(|rest| rest.split_once(":]"));
        let Some((name, rest)) = class else {
            return wrong("nested character classes are not supported");
        };
        let (name, wanted) = name.strip_prefix('^').map_or((name, true), |name| (name, false));
        let holds: fn(char) -> bool = match name {
            "alnum" => |letter| letter.is_ascii_alphanumeric(),
            "alpha" => |letter| letter.is_ascii_alphabetic(),
            "ascii" => |letter| letter.is_ascii(),
            "blank" => |letter| matches!(letter, ' ' | '\t'),
            "cntrl" => |letter| letter.is_ascii_control(),
            "digit" => |letter| letter.is_ascii_digit(),
            "graph" => |letter| letter.is_ascii_graphic(),
            "lower" => |letter| letter.is_ascii_lowercase(),
            "print" => |letter| matches!(letter, ' '..='~'),
            "punct" => |letter| letter.is_ascii_punctuation(),
            "space" => is_space,
            "upper" => |letter| letter.is_ascii_uppercase(),
            "word" => is_word,
            "xdigit" => |letter| letter.is_ascii_hexdigit(),
            _ => return wrong("nested character classes are not supported"),
        };
        self.rest = rest.chars();
        Ok(Item::Class(holds, wanted))
    }

    /// After `\`.
    pub(super) fn escape_item(&mut self) -> Result<Item, Wrong> {
        let letter = match self.rest.next() {
            Some('d') => return Ok(Item::Class(|letter| letter.is_ascii_digit(), true)),
            Some('D') => return Ok(Item::Class(|letter| letter.is_ascii_digit(), false)),
            Some('s') => return Ok(Item::Class(is_space, true)),
            Some('S') => return Ok(Item::Class(is_space, false)),
            Some('w') => return Ok(Item::Class(is_word, true)),
            Some('W') => return Ok(Item::Class(is_word, false)),
            Some('x') => self.code(2)?,
            Some('u') => self.code(4)?,
            Some('U') => self.code(8)?,
            Some('a') => '\x07',
            Some('f') => '\x0c',
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('v') => '\x0b',
            Some('0'..='9') => return wrong("backreferences are not supported"),
            Some('p' | 'P') => return wrong("Unicode character classes are not supported"),
            Some(letter)
                if letter.is_ascii() && !letter.is_ascii_alphanumeric() && !matches!(letter, '<' | '>') =>
            {
                letter
            }
            _ => return wrong("unrecognized escape sequence"),
        };
        Ok(Item::Range(letter, letter))
    }

    /// A character by its number: so many digits, or any in braces.
    fn code(&mut self, digits: usize) -> Result<char, Wrong> {
        let text = self.rest.as_str();
        let (digits, rest) = match text.strip_prefix('{') {
            Some(inside) => inside.split_once('}').unwrap_or_default(),
            None => text.split_at_checked(digits).unwrap_or_default(),
        };
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        self.rest = rest.chars();
        code.and_then(char::from_u32)
            .ok_or_else(|| "expected the hexadecimal number of a character".to_owned())
    }
}

fn is_space(letter: char) -> bool {
    matches!(letter, '\t'..='\r' | ' ')
}
