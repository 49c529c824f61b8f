//! A compiled pattern: steps that all threads take together, one character at a time, so that no pattern takes longer than
//! its length times the text's.

/// What a thread does next. Jumps are relative, so that a piece of a program can be copied and joined.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Takes one character of the set with this index.
    Take(usize),
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
    /// A class of ASCII characters, or all others.
    Class(Class, bool),
}

/// ASCII characters: first and last of each range.
pub(super) type Class = &'static [u8];

/// `\w`.
pub(super) const WORD: Class = b"09AZaz__";

/// Whether a character is in a class.
fn is_in(class: Class, letter: char) -> bool {
    class.chunks(2).any(
        |range| matches!(range, [first, last] if (char::from(*first)..=char::from(*last)).contains(&letter)),
    )
}

impl Set {
    fn has(&self, letter: char) -> bool {
        let is_taken = self.lists(letter)
            || self.ignores_case
                && (self.lists(letter.to_ascii_lowercase()) || self.lists(letter.to_ascii_uppercase()));
        is_taken != self.is_negated
    }

    fn lists(&self, letter: char) -> bool {
        self.items.iter().any(|item| match item {
            Item::Range(first, last) => (*first..=*last).contains(&letter),
            Item::Class(class, wanted) => is_in(class, letter) == *wanted,
        })
    }
}

impl Assertion {
    fn holds(self, before: Option<char>, after: Option<char>) -> bool {
        let is_word = |letter: Option<char>| letter.is_some_and(|letter| is_in(WORD, letter));
        match self {
            Self::Start => before.is_none(),
            Self::End => after.is_none(),
            Self::LineStart => matches!(before, None | Some('\n')),
            Self::LineEnd => matches!(after, None | Some('\n')),
            Self::Boundary(wanted) => (is_word(before) != is_word(after)) == wanted,
        }
    }
}

/// A compiled pattern. The end of the steps is a match.
#[derive(Clone, Debug, Default)]
pub(super) struct Automaton {
    pub(super) steps: Vec<Step>,
    /// The sets that steps take characters of.
    pub(super) sets: Vec<Set>,
}

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
            let is_matched = threads.contains(&self.steps.len());
            let Some(letter) = after else { return is_matched };
            if is_matched && !whole {
                return true;
            }
            starts = Vec::new();
            for at in threads {
                if self.takes(at, letter) {
                    starts.push(at + 1);
                }
            }
            if !whole {
                starts.push(0);
            } else if starts.is_empty() {
                return false;
            }
            before = after;
        }
    }

    fn takes(&self, at: usize, letter: char) -> bool {
        let Some(Step::Take(set)) = self.steps.get(at) else {
            return false;
        };
        self.sets.get(*set).is_some_and(|set| set.has(letter))
    }

    /// Every step that the threads reach without taking a character.
    fn follow(&self, mut open: Vec<usize>, before: Option<char>, after: Option<char>) -> Vec<usize> {
        let mut seen = vec![false; self.steps.len() + 1];
        let mut reached = Vec::new();
        while let Some(at) = open.pop() {
            match seen.get_mut(at) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            let mut go = |offset: isize| open.extend(at.checked_add_signed(offset));
            match self.steps.get(at) {
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
