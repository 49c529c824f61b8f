//! Every row of what is known about kube-external-sync, the replicators and the traps has a case, or a reason why not.

use std::collections::{BTreeMap, BTreeSet};

use crate::case;

/// `id | text` for each line that is not a comment.
fn read(text: &str) -> BTreeMap<String, String> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (id, text) = line
                .split_once(" | ")
                .unwrap_or_else(|| panic!("no ` | ` in `{line}`"));
            (id.trim().to_owned(), text.trim().to_owned())
        })
        .collect()
}

#[test]
fn every_row_has_a_case_or_a_reason() {
    let rows = read(include_str!("../../src/preview/cases/rows.txt"));
    let excused = read(include_str!("../../src/preview/cases/uncovered.txt"));
    let mut covered = BTreeSet::new();
    for case in case::all() {
        for row in case.covers() {
            assert!(
                rows.contains_key(&row),
                "{}: there is no row `{row}`",
                case.name()
            );
            covered.insert(row);
        }
    }
    let known: BTreeSet<String> = rows.into_keys().collect();
    let excused: BTreeSet<String> = excused.into_keys().collect();
    let open: Vec<&String> = known.difference(&covered).collect();
    assert_eq!(
        open,
        excused.iter().collect::<Vec<_>>(),
        "rows without a case, and uncovered.txt"
    );
}
