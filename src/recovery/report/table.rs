//! One line for each release, and one about all of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::Report;
use crate::recovery::{Diagnosis, Verdict};

const STUCK: Style = AnsiColor::Red.on_default().bold();
const NOT_YET: Style = AnsiColor::Yellow.on_default();
const FINE: Style = AnsiColor::Green.on_default();
const HEAD: Style = Style::new().bold();
/// How much of a reason is shown; `--explain` shows all of it.
const MAX_REASON: usize = 100;

/// The table.
pub(super) fn table(found: &Report) -> String {
    let width = |head: &str, of: &dyn Fn(&Diagnosis) -> String| {
        let widths = found.diagnoses.iter().map(|found| of(found).chars().count());
        widths.max().unwrap_or(0).max(head.len())
    };
    let namespace = width("NAMESPACE", &|found| found.namespace.clone());
    let name = width("NAME", &|found| found.name.clone());
    let verdict = width("VERDICT", &|found| found.verdict.to_string());
    let mut table = format!(
        "{HEAD}{:namespace$}  {:name$}  {:verdict$}  WHY{HEAD:#}\n",
        "NAMESPACE", "NAME", "VERDICT"
    );
    for one in &found.diagnoses {
        let style = style(one.verdict);
        let _ = writeln!(
            table,
            "{:namespace$}  {:name$}  {style}{:verdict$}{style:#}  {}",
            one.namespace,
            one.name,
            one.verdict.to_string(),
            short(&one.summary)
        );
    }
    let _ = writeln!(table, "\n{}", count(found));
    table
}

/// `3 releases, 1 stuck: 1 deployed-unknown, 2 healthy`
fn count(found: &Report) -> String {
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &found.diagnoses {
        *verdicts.entry(one.verdict.as_str()).or_default() += 1;
    }
    let verdicts: Vec<String> = verdicts
        .iter()
        .map(|(verdict, count)| format!("{count} {verdict}"))
        .collect();
    let releases = found.diagnoses.len();
    let plural = if releases == 1 { "" } else { "s" };
    format!(
        "{releases} release{plural}, {} stuck: {}",
        found.stuck(),
        verdicts.join(", ")
    )
}

/// Red needs somebody, yellow needs time or somebody who knows already.
pub(super) fn style(verdict: Verdict) -> Style {
    match verdict {
        verdict if verdict.is_stuck() => STUCK,
        Verdict::Healthy => FINE,
        _ => NOT_YET,
    }
}

fn short(reason: &str) -> String {
    match reason.char_indices().nth(MAX_REASON) {
        Some((end, _)) => format!("{}...", reason.get(..end).unwrap_or_default()),
        None => reason.to_owned(),
    }
}
