//! What is checked before the first write of a run: how many releases it would act on.

/// How many releases one run may act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At most so many.
    pub max: usize,
    /// And at most so many of a hundred.
    pub max_percent: Option<u8>,
}

/// Why a run acts on nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Held {
    /// More than the number that was allowed.
    #[error(
        "releases to act on: {stuck}, more than the {max} that are allowed at once; nothing was written: find out what they have in common, or raise --max"
    )]
    TooMany {
        /// How many.
        stuck: usize,
        /// How many may be.
        max: usize,
    },
    /// More than the part that was allowed.
    #[error(
        "releases to act on: {stuck} of {all}, more than {percent}%; nothing was written: find out what they have in common, or raise --max-percent"
    )]
    TooLargeAPart {
        /// How many.
        stuck: usize,
        /// Of how many.
        all: usize,
        /// The part that may be.
        percent: u8,
    },
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max: 10,
            max_percent: None,
        }
    }
}

impl Limits {
    /// Counts before anything is done: `stuck` releases would be acted on, of `all`.
    ///
    /// # Errors
    /// When that is more than the limits allow. Then nothing may be written, not even to the first ones.
    pub fn check(self, stuck: usize, all: usize) -> Result<(), Held> {
        let Self { max, max_percent } = self;
        if stuck > max {
            return Err(Held::TooMany { stuck, max });
        }
        match max_percent {
            Some(percent) if stuck * 100 > all * usize::from(percent) => {
                Err(Held::TooLargeAPart { stuck, all, percent })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_counted_before_the_first_write() {
        let limits = |max, max_percent| Limits { max, max_percent };
        for (limits, stuck, all, held) in [
            (Limits::default(), 10, 10, false),
            (Limits::default(), 11, 5000, true),
            (limits(20, Some(10)), 10, 100, false),
            (limits(20, Some(10)), 11, 100, true),
            (limits(20, Some(0)), 0, 0, false),
            (limits(20, Some(100)), 20, 20, false),
            (limits(0, None), 1, 9, true),
        ] {
            assert_eq!(
                limits.check(stuck, all).is_err(),
                held,
                "{limits:?} {stuck} {all}"
            );
        }
    }
}
