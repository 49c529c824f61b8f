//! Stable sorting, compiled once.
//!
//! The standard library's sort is a copy of some eight kilobytes of WebAssembly for each type that is sorted. The lists here
//! are short, so one merge sort over positions serves all of them.

use std::cmp::Ordering;

/// Sorts as `slice::sort_by` does: equal items keep their order.
pub(crate) fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let is_after = |left: usize, right: usize| match (items.get(left), items.get(right)) {
        (Some(left), Some(right)) => compare(left, right) == Ordering::Greater,
        _ => false,
    };
    for (here, there) in swaps(items.len(), &is_after) {
        items.swap(here, there);
    }
}

/// Sorts as `slice::sort` does.
pub(crate) fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// The swaps that, one after the other, sort items of which `is_after` compares two by their positions.
fn swaps(length: usize, is_after: &dyn Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let mut from = merge_sort((0..length).collect(), is_after);
    let mut swaps = Vec::new();
    for start in 0..length {
        // The cycle of positions that take from one another: each swap brings one of them what it should have.
        let mut here = start;
        while let Some(taken) = from.get_mut(here) {
            let there = std::mem::replace(taken, here);
            if there == start {
                break;
            }
            swaps.push((here, there));
            here = there;
        }
    }
    swaps
}

fn merge_sort(positions: Vec<usize>, is_after: &dyn Fn(usize, usize) -> bool) -> Vec<usize> {
    let length = positions.len();
    if length < 2 {
        return positions;
    }
    let mut left = positions;
    let right = left.split_off(length / 2);
    let mut left = merge_sort(left, is_after).into_iter().peekable();
    let mut right = merge_sort(right, is_after).into_iter().peekable();
    let mut merged = Vec::with_capacity(length);
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some(first), Some(second)) if is_after(*first, *second) => right.next(),
            (Some(_), _) => left.next(),
            (None, _) => right.next(),
        };
        match next {
            Some(position) => merged.push(position),
            None => return merged,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_does(mut items in prop::collection::vec((0_u8..8, any::<u8>()), 0..40)) {
            let by_first = |left: &(u8, u8), right: &(u8, u8)| left.0.cmp(&right.0);
            let mut expected = items.clone();
            expected.sort_by(by_first);
            sort_by(&mut items, by_first);
            prop_assert_eq!(&items, &expected);
            expected.sort();
            sort(&mut items);
            prop_assert_eq!(items, expected);
        }
    }
}
