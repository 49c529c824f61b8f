//! How large a policy may be: a policy server downloads, compiles and instantiates it.
//!
//! Absolute bars are what users pay; the multiples of an empty policy of the SDK, built in the same run, hold when a
//! compiler gets better or worse at all of them.

use std::fmt::Write as _;

use super::list::{POLICIES, Shape};

/// A built module.
#[derive(Debug)]
pub(super) struct Size {
    pub(super) id: String,
    pub(super) bytes: u64,
}

/// The most that a policy may have.
#[derive(Clone, Copy, Debug)]
struct Bar {
    bytes: u64,
    /// In hundredths of the empty policy.
    hundredths: u64,
}

const ONE_TRANSFORM: Bar = Bar {
    bytes: 240_000,
    hundredths: 220,
};
const WHOLE: Bar = Bar {
    bytes: 350_000,
    hundredths: 320,
};

impl Bar {
    fn of(id: &str) -> Self {
        let is_whole = |policy: &&super::list::Policy| policy.id == id && matches!(policy.shape, Shape::Spec);
        if POLICIES.iter().any(|policy| is_whole(&policy)) {
            WHOLE
        } else {
            ONE_TRANSFORM
        }
    }

    fn most(self, empty: u64) -> u64 {
        self.bytes.min(empty * self.hundredths / 100)
    }
}

/// The sizes, beside the bars.
pub(super) fn table(sizes: &[Size], empty: u64) -> String {
    let mut table = format!("{:<24} {:>8} {:>8} {:>8}\n", "policy", "bytes", "x empty", "bar");
    for Size { id, bytes } in sizes {
        let hundredths = bytes * 100 / empty.max(1);
        let _infallible = writeln!(
            table,
            "{id:<24} {bytes:>8} {:>5}.{:02} {:>8}",
            hundredths / 100,
            hundredths % 100,
            Bar::of(id).most(empty)
        );
    }
    let _infallible = write!(table, "{:<24} {empty:>8}", "(an empty SDK policy)");
    table
}

/// What is to be said about those that are too large.
pub(super) fn over(sizes: &[Size], empty: u64) -> Vec<String> {
    let complaint = |size: &Size| {
        let (Size { id, bytes }, bar) = (size, Bar::of(&size.id));
        (*bytes > bar.most(empty)).then(|| {
            format!(
                "`{id}` has {bytes} bytes; it may have {} and {}.{:02} times the empty policy's {empty}",
                bar.bytes,
                bar.hundredths / 100,
                bar.hundredths % 100
            )
        })
    };
    sizes.iter().filter_map(complaint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(id: &str, bytes: u64, empty: u64) -> usize {
        let size = Size {
            id: id.to_owned(),
            bytes,
        };
        over(&[size], empty).len()
    }

    #[test]
    fn a_policy_is_held_to_both_bars() {
        assert_eq!(complaints("metadata", 240_000, 120_000), 0);
        assert_eq!(complaints("metadata", 240_001, 120_000), 1);
        assert_eq!(complaints("metadata", 221_000, 100_000), 1);
        assert_eq!(complaints("boltrope", 320_000, 100_000), 0);
        assert_eq!(complaints("boltrope", 320_001, 100_000), 1);
        assert_eq!(complaints("boltrope", 350_001, 200_000), 1);
    }
}
