//! The text of a pattern becomes an [`Automaton`].

use std::str::Chars;

use super::automaton::{Assertion, Automaton, Item, Set, Step};

/// Steps that one pattern may have. Patterns on names need a few dozen.
const MAX_STEPS: usize = 8192;
/// Groups in groups.
const MAX_DEPTH: usize = 50;

/// What is wrong with a pattern.
pub(super) type Wrong = &'static str;

/// Compiles a pattern.
///
/// # Errors
/// A sentence about what is wrong.
pub(super) fn parse(text: &str) -> Result<Automaton, Wrong> {
    let mut parser = Parser {
        rest: text.chars(),
        flags: Flags::default(),
        depth: 0,
        compiled: Automaton::default(),
    };
    parser.choice()?;
    match parser.peek() {
        None => Ok(parser.compiled),
        Some(_) => Err("found closing ')' without matching '('"),
    }
}

/// `(?i)` and its like, in force to the end of the group.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) ignores_case: bool,
    dot_takes_newline: bool,
    lines: bool,
}

pub(super) struct Parser<'a> {
    pub(super) rest: Chars<'a>,
    pub(super) flags: Flags,
    depth: usize,
    /// What the text so far has become. A piece of it is known by where it starts, and ends where everything ends.
    compiled: Automaton,
}

fn within_limit(steps: usize) -> Result<(), Wrong> {
    if steps > MAX_STEPS {
        return Err("the pattern is too large");
    }
    Ok(())
}

/// Lengths of programs are far below `MAX_STEPS` squared.
fn offset(steps: usize) -> isize {
    isize::try_from(steps).unwrap_or(isize::MAX)
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    /// Goes past `text` if that is next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.as_str().strip_prefix(text);
        if let Some(rest) = rest {
            self.rest = rest.chars();
        }
        rest.is_some()
    }

    fn length(&self) -> usize {
        self.compiled.steps.len()
    }

    fn push(&mut self, step: Step) {
        self.compiled.steps.push(step);
    }

    /// A step that takes one character of a set.
    fn take(&mut self, set: Set) {
        self.push(Step::Take(self.compiled.sets.len()));
        self.compiled.sets.push(set);
    }

    fn take_item(&mut self, item: Item) {
        self.take(Set {
            items: vec![item],
            is_negated: false,
            ignores_case: self.flags.ignores_case,
        });
    }

    /// `a|b|c`, up to the end of the group.
    fn choice(&mut self) -> Result<(), Wrong> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("pattern has too much nesting");
        }
        let start = self.length();
        let mut branch = start;
        let mut jumps = Vec::new();
        loop {
            self.sequence()?;
            if !self.eat("|") {
                break;
            }
            let next = offset(self.length() - branch + 2);
            self.compiled.steps.insert(branch, Step::Fork(next));
            jumps.push(self.length());
            self.push(Step::Jump(0));
            branch = self.length();
        }
        self.depth -= 1;
        let end = self.length();
        for jump in jumps {
            if let Some(step) = self.compiled.steps.get_mut(jump) {
                *step = Step::Jump(offset(end - jump));
            }
        }
        within_limit(end - start)
    }

    fn sequence(&mut self) -> Result<(), Wrong> {
        let start = self.length();
        let mut piece = None;
        while let Some(next) = self.peek().filter(|next| !matches!(next, ')' | '|')) {
            if matches!(next, '*' | '+' | '?' | '{') {
                let Some(repeated) = piece else {
                    return Err("a repetition operator must be applied to a sub-expression");
                };
                self.rest.next();
                self.repetition(next, repeated)?;
                continue;
            }
            let before = self.length();
            if self.piece()? {
                piece = Some(before);
                within_limit(before - start)?;
            }
        }
        Ok(())
    }

    /// What a repetition operator can stand behind; `(?i)` is not.
    fn piece(&mut self) -> Result<bool, Wrong> {
        let step = match self.rest.next() {
            Some('(') => return self.group(),
            Some('[') => {
                let set = self.set()?;
                self.take(set);
                return Ok(true);
            }
            Some('.') => {
                self.take(self.dot());
                return Ok(true);
            }
            Some('^') if self.flags.lines => Assertion::LineStart,
            Some('^') => Assertion::Start,
            Some('$') if self.flags.lines => Assertion::LineEnd,
            Some('$') => Assertion::End,
            Some('\\') => match self.peek() {
                Some('A') => self.assertion(Assertion::Start),
                Some('z') => self.assertion(Assertion::End),
                Some('b') => self.assertion(Assertion::Boundary(true)),
                Some('B') => self.assertion(Assertion::Boundary(false)),
                _ => {
                    let item = self.escape_item()?;
                    self.take_item(item);
                    return Ok(true);
                }
            },
            Some(letter) => {
                self.take_item(Item::Range(letter, letter));
                return Ok(true);
            }
            None => return Ok(false),
        };
        self.push(Step::Assert(step));
        Ok(true)
    }

    fn assertion(&mut self, assertion: Assertion) -> Assertion {
        self.rest.next();
        assertion
    }

    fn dot(&self) -> Set {
        let mut refused = Vec::new();
        if !self.flags.dot_takes_newline {
            refused.push(Item::Range('\n', '\n'));
        }
        Set {
            items: refused,
            is_negated: true,
            ignores_case: false,
        }
    }

    /// After `(`.
    fn group(&mut self) -> Result<bool, Wrong> {
        let outside = self.flags;
        if ["?=", "?!", "?<=", "?<!"].iter().any(|look| self.eat(look)) {
            return Err("look-around is not supported");
        }
        if self.eat("?P<") || self.eat("?<") {
            self.name()?;
        } else if self.eat("?") {
            self.flags()?;
            match self.rest.next() {
                Some(')') => return Ok(false),
                Some(':') => {}
                _ => return Err("expected ':' or ')' to end inline flags"),
            }
        }
        self.choice()?;
        self.flags = outside;
        if !self.eat(")") {
            return Err("found open group without closing ')'");
        }
        Ok(true)
    }

    /// The name of a group, which nobody asks for.
    fn name(&mut self) -> Result<(), Wrong> {
        let is_start = |letter: char| letter == '_' || letter.is_alphabetic();
        if !self.peek().is_some_and(is_start) {
            return Err("invalid group name");
        }
        loop {
            match self.rest.next() {
                Some('>') => return Ok(()),
                Some(letter)
                    if is_start(letter) || letter.is_ascii_digit() || matches!(letter, '.' | '[' | ']') => {}
                _ => return Err("invalid group name"),
            }
        }
    }

    fn flags(&mut self) -> Result<(), Wrong> {
        let mut wanted = true;
        let mut seen = Vec::new();
        while let Some(flag) = self.peek().filter(|next| !matches!(next, ')' | ':')) {
            self.rest.next();
            if seen.contains(&flag) {
                return Err("duplicate inline flag is not allowed");
            }
            seen.push(flag);
            match flag {
                'i' => self.flags.ignores_case = wanted,
                's' => self.flags.dot_takes_newline = wanted,
                'm' => self.flags.lines = wanted,
                // Which match is found first, and Unicode: neither changes whether there is one.
                'U' | 'u' => {}
                '-' => wanted = false,
                _ => return Err("unrecognized inline flag"),
            }
        }
        if seen.last() == Some(&'-') {
            return Err("inline flags cannot end with negation directive");
        }
        if seen.is_empty() && self.peek() == Some(')') {
            return Err("empty flag directive '(?)' is not allowed");
        }
        Ok(())
    }

    /// After `*`, `+`, `?` or `{`: the piece that starts there becomes so many copies.
    fn repetition(&mut self, operator: char, start: usize) -> Result<(), Wrong> {
        let (least, most) = match operator {
            '*' => (0, None),
            '+' => (1, None),
            '?' => (0, Some(1)),
            _ => self.bounds()?,
        };
        // Laziness changes which match is found, not whether there is one.
        self.eat("?");
        let copies = most.unwrap_or(least.saturating_add(1)).max(1);
        let repeated = self.compiled.steps.split_off(start);
        within_limit((repeated.len() + 1).saturating_mul(copies))?;
        for _ in 0..least {
            self.compiled.steps.extend_from_slice(&repeated);
        }
        let length = offset(repeated.len());
        let (optional, behind) = most.map_or((1, length + 2), |most| (most - least, length + 1));
        for _ in 0..optional {
            self.push(Step::Fork(behind));
            self.compiled.steps.extend_from_slice(&repeated);
        }
        if most.is_none() {
            self.push(Step::Jump(-(length + 1)));
        }
        Ok(())
    }

    /// `2}`, `2,}` or `2,3}`.
    fn bounds(&mut self) -> Result<(usize, Option<usize>), Wrong> {
        let least = self.number()?;
        let most = match self.rest.next() {
            Some('}') => return Ok((least, Some(least))),
            Some(',') if self.eat("}") => return Ok((least, None)),
            Some(',') => self.number()?,
            _ => return Err("found unclosed counted repetition operator"),
        };
        if !self.eat("}") {
            return Err("found unclosed counted repetition operator");
        }
        if most < least {
            return Err("found counted repetition with a min bigger than its max");
        }
        Ok((least, Some(most)))
    }

    fn number(&mut self) -> Result<usize, Wrong> {
        while self.eat(" ") {}
        let text = self.rest.as_str();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number = text.get(..digits).and_then(|digits| digits.parse().ok());
        self.rest = text.get(digits..).unwrap_or_default().chars();
        while self.eat(" ") {}
        number.ok_or("expected a number in a counted repetition")
    }
}
