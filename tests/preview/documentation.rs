//! The tables of the page on previews are those of the code.

use boltrope::preview::CONTROLLERS;
use boltrope::preview::import::DIFFERENCES;

const PAGE: &str = include_str!("../../docs/preview.md");

/// The rows of the table under a line of text.
fn table(heading: &str) -> Vec<&'static str> {
    let (_, rest) = PAGE.split_once(heading).expect("the heading");
    let rows = rest
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    rows.skip(2).collect()
}

/// A link that says whose page it is.
fn source(url: &str) -> String {
    let Some(rest) = url.strip_prefix("https://") else {
        return "-".to_owned();
    };
    let parts: Vec<&str> = rest.split('/').collect();
    let name = match parts.as_slice() {
        ["github.com", _, project, "issues" | "pull", number] => format!("{project} #{number}"),
        ["github.com", _, project, ..] => (*project).to_owned(),
        [host, ..] => (*host).to_owned(),
        [] => String::new(),
    };
    format!("[{name}]({url})")
}

#[test]
fn what_has_no_source_is_unknown_and_what_is_known_has_one() {
    for row in CONTROLLERS {
        assert_eq!(row.verdict() == "unknown", row.source.is_empty(), "{}", row.name);
    }
}

#[test]
fn every_controller_is_on_the_page() {
    let rows: Vec<String> = CONTROLLERS
        .iter()
        .map(|row| {
            format!(
                "| {} | `{}` | {}: {} | {} |",
                row.name,
                row.controller,
                row.verdict(),
                row.words,
                source(row.source),
            )
        })
        .collect();
    assert_eq!(table("## Controllers and ExternalName backends"), rows);
}

#[test]
fn every_difference_from_kube_external_sync_is_on_the_page() {
    let rows: Vec<String> = DIFFERENCES
        .iter()
        .map(|one| format!("| {} | {} | {} |", one.what, one.theirs, one.ours))
        .collect();
    assert_eq!(table("What every rule does differently, on purpose:"), rows);
}
