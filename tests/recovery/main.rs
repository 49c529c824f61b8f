//! Recovery as its drivers use it: cases from `src/recovery/cases`, each also run against a cluster in memory, with
//! every write and every pause as a place where something goes wrong.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads the cases' files"
)]

mod answer;
mod case;
mod cluster;
mod compat;
mod controller;
mod driver;
mod faults;
mod secrecy;
mod undo;

use case::Case;

#[test]
fn every_case_gives_what_it_expects() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for case in case::all() {
        let found = answer::of(&case);
        if bless {
            case.write_expected(&found);
        } else if found != case.expected {
            let (found, expected) = (case::yaml(&found), case::yaml(&case.expected));
            let diff = similar::TextDiff::from_lines(&expected, &found)
                .unified_diff()
                .to_string();
            wrong.push(format!("{}:\n{diff}", case.folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_is_a_case_for_every_verdict() {
    use boltrope::recovery::Verdict;
    let cases = case::all();
    let verdicts: Vec<String> = cases
        .iter()
        .flat_map(|case| case.expected["releases"].as_array().expect("releases"))
        .map(|release| release["verdict"].as_str().expect("a word").to_owned())
        .collect();
    for verdict in Verdict::ALL {
        let word = verdict.as_str();
        assert!(
            verdicts.iter().any(|found| found.split(' ').next() == Some(word)),
            "{word}"
        );
    }
    for cause in [
        "suspended",
        "dependency",
        "source",
        "values",
        "install",
        "upgrade",
        "rollback",
    ] {
        let cause = format!("({cause})");
        assert!(verdicts.iter().any(|found| found.ends_with(&cause)), "{cause}");
    }
    assert!(cases.len() > 50, "{}", cases.len());
}

fn cases_that_act() -> Vec<Case> {
    let acts = |case: &Case| {
        let releases = case.expected["releases"].as_array().expect("releases");
        releases.len() == 1 && releases[0].get("writes").is_some()
    };
    let cases: Vec<Case> = case::all().into_iter().filter(acts).collect();
    assert!(cases.len() > 10, "{}", cases.len());
    cases
}
