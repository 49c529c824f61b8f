//! Every numbered sentence of the design page `rules.md` is named by a case, or listed in `tests/uncovered.txt`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::all;

#[test]
fn every_numbered_sentence_is_named_by_a_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = root.join("../shared/design/rules.md");
    let text = fs::read_to_string(&page)
        .expect("the design page ../shared/design/rules.md is not there: check out the shared material beside the project");
    let numbers = numbers(&text);
    assert!(
        numbers.len() >= 58,
        "only {} numbered sentences were found",
        numbers.len()
    );
    let mut named = BTreeSet::new();
    for case in all() {
        let covers = case
            .covers()
            .unwrap_or_else(|| panic!("{}: expected.yaml has no `covers` of strings", case.name));
        for number in covers {
            assert!(
                numbers.contains(number),
                "{}: rules.md has no `{number}`",
                case.name
            );
            named.insert(number.to_owned());
        }
    }
    for (folder, covers) in scenarios(root) {
        for number in covers {
            assert!(
                numbers.contains(&number),
                "{}: rules.md has no `{number}`",
                folder.display()
            );
            named.insert(number);
        }
    }
    let unnamed: Vec<&str> = numbers.difference(&named).map(String::as_str).collect();
    let listed = fs::read_to_string(root.join("tests/uncovered.txt")).expect("tests/uncovered.txt");
    let listed: Vec<&str> = listed
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(
        unnamed, listed,
        "left: what no case names; right: what tests/uncovered.txt lists, sorted as text"
    );
}

/// What the Git trees of `tests/scenarios` cover; `tests/cli` runs them.
fn scenarios(root: &Path) -> Vec<(PathBuf, Vec<String>)> {
    let folders = fs::read_dir(root.join("tests/scenarios")).expect("scenarios");
    let covers = |path: PathBuf| {
        let text = fs::read_to_string(path.join("expected.yaml")).ok()?;
        let limits = boltrope_yaml::Limits::default();
        let tree = boltrope_yaml::read(&text, &limits).expect("expected.yaml is YAML");
        let expected = tree.value();
        let covers = expected.get("covers")?.as_array()?.clone();
        let covers = covers
            .iter()
            .filter_map(|number| number.as_str().map(str::to_owned));
        Some((path, covers.collect()))
    };
    folders
        .flatten()
        .filter_map(|entry| covers(entry.path()))
        .collect()
}

/// `- 1.2a Rule keys…` and table rows `| 3.3 | …`; a sentence in the middle of a paragraph has no number.
fn numbers(page: &str) -> BTreeSet<String> {
    let candidate = |line: &str| {
        let line = line.trim_start();
        let rest = line.strip_prefix("- ").or_else(|| line.strip_prefix("| "))?;
        let number = rest.split([' ', '|']).next()?;
        let (section, sentence) = number.split_once('.')?;
        let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let sentence = sentence.strip_suffix('a').unwrap_or(sentence);
        (digits(section) && digits(sentence)).then(|| number.to_owned())
    };
    page.lines().filter_map(candidate).collect()
}
