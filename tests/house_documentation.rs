//! The pages for contributors name what there is: every verb, every example file.

#![expect(clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "these tests read the checkout's files")]

use std::collections::BTreeSet;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn contributing_lists_every_verb_of_the_makefile() {
    let makefile = read("Makefile");
    let verbs: BTreeSet<&str> = makefile
        .lines()
        .filter(|line| line.contains(" ## "))
        .filter_map(|line| line.split_once(':').map(|(verbs, _)| verbs))
        .flat_map(str::split_whitespace)
        .filter(|verb| *verb != "help")
        .collect();
    let contributing = read("CONTRIBUTING.md");
    let listed: BTreeSet<&str> = contributing
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| `make ")?
                .split_once('`')
                .map(|(verb, _)| verb)
        })
        .collect();
    assert!(verbs.len() > 10, "{verbs:?}");
    assert_eq!(verbs, listed);
}

#[test]
fn every_path_in_the_examples_page_exists() {
    let page = read("examples/README.md");
    let paths: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.starts_with("platform/"))
        .collect();
    assert!(paths.len() >= 6, "{paths:?}");
    for path in paths {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(path);
        assert!(path.exists(), "{} is not there", path.display());
    }
}
