//! Edits of several rules become one list, or a clash that names the two (rules.md 2.2).

use super::Edit;
use crate::object::pointer;
use crate::order;

/// Two edits that cannot both be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// Position of the first edit in what was merged.
    pub first: usize,
    /// Position of the second edit in what was merged.
    pub second: usize,
    /// The pointer they fight about: of the outer edit, if one lies inside the other.
    pub pointer: String,
}

/// Merges edits: equal ones become one, in the order given.
///
/// # Errors
/// The first [`Clash`]: different wishes at one pointer, or one wish inside the other's.
pub fn merge(edits: &[Edit]) -> Result<Vec<Edit>, Clash> {
    if are_apart(edits) {
        return Ok(edits.to_vec());
    }
    let mut merged: Vec<(usize, &Edit)> = Vec::with_capacity(edits.len());
    for (second, edit) in edits.iter().enumerate() {
        if merged.iter().any(|(_, kept)| *kept == edit) {
            continue;
        }
        for (first, kept) in &merged {
            if let Some(pointer) = clash_pointer(kept.pointer(), edit.pointer()) {
                return Err(Clash {
                    first: *first,
                    second,
                    pointer,
                });
            }
        }
        merged.push((second, edit));
    }
    Ok(merged.into_iter().map(|(_, edit)| edit.clone()).collect())
}

/// Whether no two edits have to do with each other, as is usual: an Ingress may have thousands of hosts, too many to look at
/// every pair.
fn are_apart(edits: &[Edit]) -> bool {
    let mut pointers: Vec<&str> = edits.iter().map(Edit::pointer).collect();
    // Key by key, so that what is inside a value comes right after it.
    order::sort_by(&mut pointers, |one, other| one.split('/').cmp(other.split('/')));
    pointers.is_sorted_by(|outer, inner| outer != inner && !pointer::is_inside(inner, outer))
}

/// Two different edits clash at equal pointers or when one holds the other. Appending (`-`) never does.
fn clash_pointer(first: &str, second: &str) -> Option<String> {
    if first == second {
        return (!first.ends_with("/-")).then(|| first.to_owned());
    }
    if pointer::is_inside(second, first) {
        return Some(first.to_owned());
    }
    pointer::is_inside(first, second).then(|| second.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_edits_become_one() {
        let edit = Edit::set("/metadata/labels/team", "web");
        assert_eq!(merge(&[edit.clone(), edit.clone()]), Ok(vec![edit]));
    }

    #[test]
    fn different_wishes_at_one_pointer_clash() {
        let clash = merge(&[Edit::set("/a", 1), Edit::set("/b", 1), Edit::set("/a", 2)]).unwrap_err();
        assert_eq!((clash.first, clash.second, clash.pointer.as_str()), (0, 2, "/a"));
    }

    #[test]
    fn a_wish_inside_another_clashes_at_the_outer_pointer() {
        let clash = merge(&[Edit::set("/spec/type", "X"), Edit::remove("/spec")]).unwrap_err();
        assert_eq!(clash.pointer, "/spec");
        assert!(merge(&[Edit::set("/spec", 1), Edit::set("/special", 1)]).is_ok());
    }

    #[test]
    fn two_appends_to_one_list_are_both_kept() {
        let edits = [Edit::set("/a/-", 1), Edit::set("/a/-", 2)];
        assert_eq!(merge(&edits), Ok(edits.to_vec()));
    }

    #[test]
    fn edits_are_apart_only_if_no_pair_has_to_do_with_each_other() {
        let pointers = ["", "/a", "/a/-", "/a/b", "/a/b/c", "/a-", "/a0", "/a/b-", "/b"];
        let edits = pointers.map(|pointer| Edit::set(pointer, 1));
        let touch = |one: &Edit, other: &Edit| {
            let (one, other) = (one.pointer(), other.pointer());
            one == other || pointer::is_inside(one, other) || pointer::is_inside(other, one)
        };
        for first in &edits {
            for second in &edits {
                for third in &edits {
                    let are_apart = !touch(first, second) && !touch(second, third) && !touch(first, third);
                    let three = [first.clone(), second.clone(), third.clone()];
                    assert_eq!(super::are_apart(&three), are_apart, "{three:?}");
                }
            }
        }
    }
}
