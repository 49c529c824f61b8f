//! The text of a pattern becomes an [`Automaton`].

use std::str::Chars;

use super::automaton::{Assertion, Automaton, Item, Set, Step};

/// Steps that one pattern may have. Patterns on names need a few dozen.
const MAX_STEPS: usize = 8192;
/// Groups in groups.
const MAX_DEPTH: usize = 50;

/// What is wrong with a pattern.
pub(super) type Wrong = String;

/// Compiles a pattern.
///
/// # Errors
/// A sentence about what is wrong.
pub(super) fn parse(text: &str) -> Result<Automaton, Wrong> {
    let mut parser = Parser {
        rest: text.chars(),
        flags: Flags::default(),
        depth: 0,
    };
    let steps = parser.choice()?;
    match parser.peek() {
        None => Ok(Automaton(steps)),
        Some(_) => wrong("found closing ')' without matching '('"),
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
}

pub(super) fn wrong<T>(what: &str) -> Result<T, Wrong> {
    Err(what.to_owned())
}

fn within_limit(steps: usize) -> Result<(), Wrong> {
    if steps > MAX_STEPS {
        return wrong("the pattern is too large");
    }
    Ok(())
}

/// Lengths of programs are far below `MAX_STEPS` squared.
fn offset(steps: usize) -> isize {
    isize::try_from(steps).unwrap_or(isize::MAX)
}

fn only(item: Item, ignores_case: bool) -> Set {
    Set {
        items: vec![item],
        is_negated: false,
        ignores_case,
    }
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

    /// `a|b|c`, up to the end of the group.
    fn choice(&mut self) -> Result<Vec<Step>, Wrong> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return wrong("pattern has too much nesting");
        }
        let mut branches = vec![self.sequence()?];
        while self.eat("|") {
            branches.push(self.sequence()?);
        }
        self.depth -= 1;
        let mut choice = branches.pop().unwrap_or_default();
        while let Some(mut branch) = branches.pop() {
            branch.insert(0, Step::Fork(offset(branch.len() + 2)));
            branch.push(Step::Jump(offset(choice.len() + 1)));
            branch.append(&mut choice);
            choice = branch;
        }
        within_limit(choice.len())?;
        Ok(choice)
    }

    fn sequence(&mut self) -> Result<Vec<Step>, Wrong> {
        let mut sequence = Vec::new();
        let mut piece = None;
        while let Some(next) = self.peek().filter(|next| !matches!(next, ')' | '|')) {
            if matches!(next, '*' | '+' | '?' | '{') {
                let Some(repeated) = piece.take() else {
                    return wrong("a repetition operator must be applied to a sub-expression");
                };
                self.rest.next();
                piece = Some(self.repetition(next, repeated)?);
                continue;
            }
            if let Some(next) = self.piece()? {
                sequence.append(&mut piece.replace(next).unwrap_or_default());
                within_limit(sequence.len())?;
            }
        }
        sequence.append(&mut piece.unwrap_or_default());
        Ok(sequence)
    }

    /// What a repetition operator can stand behind; nothing for `(?i)`.
    fn piece(&mut self) -> Result<Option<Vec<Step>>, Wrong> {
        let Flags {
            lines,
            dot_takes_newline,
            ignores_case,
        } = self.flags;
        let step = match self.rest.next() {
            Some('(') => return self.group(),
            Some('[') => Step::Take(self.set()?),
            Some('.') => Step::Take(Set {
                items: [Item::Range('\n', '\n')]
                    .into_iter()
                    .filter(|_| !dot_takes_newline)
                    .collect(),
                is_negated: true,
                ignores_case: false,
            }),
            Some('^') if lines => Step::Assert(Assertion::LineStart),
            Some('^') => Step::Assert(Assertion::Start),
            Some('$') if lines => Step::Assert(Assertion::LineEnd),
            Some('$') => Step::Assert(Assertion::End),
            Some('\\') => match self.rest.clone().next() {
                Some('A') => self.assertion(Assertion::Start),
                Some('z') => self.assertion(Assertion::End),
                Some('b') => self.assertion(Assertion::Boundary(true)),
                Some('B') => self.assertion(Assertion::Boundary(false)),
                _ => Step::Take(only(self.escape_item()?, ignores_case)),
            },
            Some(letter) => Step::Take(only(Item::Range(letter, letter), ignores_case)),
            None => return Ok(None),
        };
        Ok(Some(vec![step]))
    }

    fn assertion(&mut self, assertion: Assertion) -> Step {
        self.rest.next();
        Step::Assert(assertion)
    }

    /// After `(`.
    fn group(&mut self) -> Result<Option<Vec<Step>>, Wrong> {
        let outside = self.flags;
        if ["?=", "?!", "?<=", "?<!"].iter().any(|look| self.eat(look)) {
            return wrong("look-around is not supported");
        }
        if self.eat("?P<") || self.eat("?<") {
            self.name()?;
        } else if self.eat("?") {
            self.flags()?;
            match self.rest.next() {
                Some(')') => return Ok(None),
                Some(':') => {}
                _ => return wrong("expected ':' or ')' to end inline flags"),
            }
        }
        let inside = self.choice()?;
        self.flags = outside;
        if !self.eat(")") {
            return wrong("found open group without closing ')'");
        }
        Ok(Some(inside))
    }

    /// The name of a group, which nobody asks for.
    fn name(&mut self) -> Result<(), Wrong> {
        let is_start = |letter: char| letter == '_' || letter.is_alphabetic();
        if !self.peek().is_some_and(is_start) {
            return wrong("invalid group name");
        }
        loop {
            match self.rest.next() {
                Some('>') => return Ok(()),
                Some(letter)
                    if is_start(letter) || letter.is_ascii_digit() || matches!(letter, '.' | '[' | ']') => {}
                _ => return wrong("invalid group name"),
            }
        }
    }

    fn flags(&mut self) -> Result<(), Wrong> {
        let mut wanted = true;
        let mut seen = String::new();
        while let Some(flag) = self.peek().filter(|next| !matches!(next, ')' | ':')) {
            self.rest.next();
            if seen.contains(flag) {
                return wrong("duplicate inline flag is not allowed");
            }
            seen.push(flag);
            match flag {
                'i' => self.flags.ignores_case = wanted,
                's' => self.flags.dot_takes_newline = wanted,
                'm' => self.flags.lines = wanted,
                // Which match is found first, and Unicode: neither changes whether there is one.
                'U' | 'u' => {}
                '-' => wanted = false,
                _ => return wrong("unrecognized inline flag"),
            }
        }
        if seen.ends_with('-') {
            return wrong("inline flags cannot end with negation directive");
        }
        if seen.is_empty() && self.peek() == Some(')') {
            return wrong("empty flag directive '(?)' is not allowed");
        }
        Ok(())
    }

    /// After `*`, `+`, `?` or `{`.
    fn repetition(&mut self, operator: char, repeated: Vec<Step>) -> Result<Vec<Step>, Wrong> {
        let (least, most) = match operator {
            '*' => (0, None),
            '+' => (1, None),
            '?' => (0, Some(1)),
            _ => self.bounds()?,
        };
        // Laziness changes which match is found, not whether there is one.
        self.eat("?");
        let copies = most.unwrap_or(least + 1).max(1);
        within_limit((repeated.len() + 1).saturating_mul(copies))?;
        let mut steps = Vec::new();
        for _ in 0..least {
            steps.extend_from_slice(&repeated);
        }
        let length = offset(repeated.len());
        match most {
            Some(most) => {
                for _ in least..most {
                    steps.push(Step::Fork(length + 1));
                    steps.extend_from_slice(&repeated);
                }
            }
            None => {
                steps.push(Step::Fork(length + 2));
                steps.extend(repeated);
                steps.push(Step::Jump(-(length + 1)));
            }
        }
        Ok(steps)
    }

    /// `2}`, `2,}` or `2,3}`.
    fn bounds(&mut self) -> Result<(usize, Option<usize>), Wrong> {
        let least = self.number()?;
        let most = match self.rest.next() {
            Some('}') => return Ok((least, Some(least))),
            Some(',') if self.eat("}") => return Ok((least, None)),
            Some(',') => self.number()?,
            _ => return wrong("found unclosed counted repetition operator"),
        };
        if !self.eat("}") {
            return wrong("found unclosed counted repetition operator");
        }
        if most < least {
            return wrong("found counted repetition with a min bigger than its max");
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
        number.ok_or_else(|| "expected a number in a counted repetition".to_owned())
    }
}
