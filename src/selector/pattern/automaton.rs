//! A compiled pattern: steps that all threads take together, one character at a time, so that no pattern takes longer than
//! its length times the text's.

/// What a thread does next. Jumps are relative, so that a piece of a program can be copied and joined.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Takes one character of the set.
    Take(Set),
    /// Goes on at both: the next step and this far away.
    Fork(isize),
    /// Goes on this far away.
    Jump(isize),
    /// Goes on if it holds here.
    Assert(Assertion),
}

/// Something about a place between two characters.
#[derive(Clone, Copy, Debug)]
pub(super) enum Assertion {
    Start,
    End,
    LineStart,
    LineEnd,
    /// `\b`, or `\B`.
    Boundary(bool),
}

/// Some characters.
#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    pub(super) items: Vec<Item>,
    pub(super) is_negated: bool,
    pub(super) ignores_case: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    /// From one to the other.
    Range(char, char),
    /// A class of ASCII characters by what it is asked with, or all others.
    Class(fn(char) -> bool, bool),
}

impl Set {
    fn has(&self, letter: char) -> bool {
        let any = |letter: char| {
            self.items.iter().any(|item| match item {
                Item::Range(first, last) => (*first..=*last).contains(&letter),
                Item::Class(holds, wanted) => holds(letter) == *wanted,
            })
        };
        let folded =
            || self.ignores_case && (any(letter.to_ascii_lowercase()) || any(letter.to_ascii_uppercase()));
        (any(letter) || folded()) != self.is_negated
    }
}

impl Assertion {
    fn holds(self, before: Option<char>, after: Option<char>) -> bool {
        let is_word = |letter: Option<char>| letter.is_some_and(is_word);
        match self {
            Self::Start => before.is_none(),
            Self::End => after.is_none(),
            Self::LineStart => matches!(before, None | Some('\n')),
            Self::LineEnd => matches!(after, None | Some('\n')),
            Self::Boundary(wanted) => (is_word(before) != is_word(after)) == wanted,
        }
    }
}

/// `\w`.
pub(super) fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// A compiled pattern. The end of the steps is a match.
#[derive(Clone, Debug)]
pub(super) struct Automaton(pub(super) Vec<Step>);

impl Automaton {
    /// Whether it matches the whole text.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.run(text, true)
    }

    /// Whether it matches some part of the text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.run(text, false)
    }

    fn run(&self, text: &str, whole: bool) -> bool {
        let mut letters = text.chars();
        let mut before = None;
        let mut starts = vec![0];
        loop {
            let after = letters.next();
            let threads = self.follow(starts, before, after);
            let is_matched = threads.contains(&self.0.len());
            let Some(letter) = after else { return is_matched };
            if is_matched && !whole {
                return true;
            }
            starts = threads
                .into_iter()
                .filter(|at| matches!(self.0.get(*at), Some(Step::Take(set)) if set.has(letter)))
                .map(|at| at + 1)
                .collect();
            if !whole {
                starts.push(0);
            } else if starts.is_empty() {
                return false;
            }
            before = after;
        }
    }

    /// Every step that the threads reach without taking a character.
    fn follow(&self, mut open: Vec<usize>, before: Option<char>, after: Option<char>) -> Vec<usize> {
        let mut seen = vec![false; self.0.len() + 1];
        let mut reached = Vec::new();
        while let Some(at) = open.pop() {
            match seen.get_mut(at) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            let mut go = |offset: isize| open.extend(at.checked_add_signed(offset));
            match self.0.get(at) {
                Some(Step::Fork(offset)) => {
                    go(*offset);
                    go(1);
                }
                Some(Step::Jump(offset)) => go(*offset),
                Some(Step::Assert(assertion)) if assertion.holds(before, after) => go(1),
                Some(Step::Assert(_)) => {}
                Some(Step::Take(_)) | None => reached.push(at),
            }
        }
        reached
    }
}
