//! Classes of characters in a pattern: `[…]`, `[:alpha:]`, and what a backslash stands for.

use super::automaton::{Class, Item, Set, WORD};
use super::parser::{Parser, Wrong};

const DIGIT: Class = b"09";
const SPACE: Class = b"\t\r  ";
/// What may stand in `[:…:]`.
const CLASSES: &[(&str, Class)] = &[
    ("alnum", b"09AZaz"),
    ("alpha", b"AZaz"),
    ("ascii", b"\0\x7f"),
    ("blank", b"\t\t  "),
    ("cntrl", b"\0\x1f\x7f\x7f"),
    ("digit", DIGIT),
    ("graph", b"!~"),
    ("lower", b"az"),
    ("print", b" ~"),
    ("punct", b"!/:@[`{~"),
    ("space", SPACE),
    ("upper", b"AZ"),
    ("word", WORD),
    ("xdigit", b"09AFaf"),
];

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
                return Err("set operations in a character class are not supported");
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
                _ => return Err("invalid range in character class"),
            }
        }
    }

    /// One item of a set.
    fn item(&mut self) -> Result<Item, Wrong> {
        match self.rest.next() {
            None => Err("found unclosed character class"),
            Some('\\') => self.escape_item(),
            Some('[') => self.posix_class(),
            Some(letter) => Ok(Item::Range(letter, letter)),
        }
    }

    /// After `[` in a set: `:alpha:]`.
    fn posix_class(&mut self) -> Result<Item, Wrong> {
        let text = self.rest.as_str();
        let read = || {
            let (name, rest) = text.strip_prefix(':')?.split_once(']')?;
            let name = name.strip_suffix(':')?;
            let positive = name.strip_prefix('^').unwrap_or(name);
            let (_, class) = CLASSES.iter().find(|(known, _)| *known == positive)?;
            Some((Item::Class(class, positive == name), rest))
        };
        let (item, rest) = read().ok_or("nested character classes are not supported")?;
        self.rest = rest.chars();
        Ok(item)
    }

    /// After `\`.
    pub(super) fn escape_item(&mut self) -> Result<Item, Wrong> {
        let letter = match self.rest.next() {
            Some('d') => return Ok(Item::Class(DIGIT, true)),
            Some('D') => return Ok(Item::Class(DIGIT, false)),
            Some('s') => return Ok(Item::Class(SPACE, true)),
            Some('S') => return Ok(Item::Class(SPACE, false)),
            Some('w') => return Ok(Item::Class(WORD, true)),
            Some('W') => return Ok(Item::Class(WORD, false)),
            Some('x') => self.code(2)?,
            Some('u') => self.code(4)?,
            Some('U') => self.code(8)?,
            Some('a') => '\x07',
            Some('f') => '\x0c',
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('v') => '\x0b',
            Some('0'..='9') => return Err("backreferences are not supported"),
            Some('p' | 'P') => return Err("Unicode character classes are not supported"),
            Some(letter)
                if letter.is_ascii() && !letter.is_ascii_alphanumeric() && !matches!(letter, '<' | '>') =>
            {
                letter
            }
            _ => return Err("unrecognized escape sequence"),
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
        self.rest = rest.chars();
        let add = |code: u32, digit: char| code.checked_mul(16)?.checked_add(digit.to_digit(16)?);
        let code = digits.chars().try_fold(0, add).filter(|_| !digits.is_empty());
        let character = code.and_then(char::from_u32);
        character.ok_or("expected the hexadecimal number of a character")
    }
}
