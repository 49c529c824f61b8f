//! Everything about one release, for people.

use std::fmt::Write as _;

use super::table::style;
use crate::recovery::Diagnosis;
use anstyle::{AnsiColor, Style};

const HEAD: Style = Style::new().bold();
const QUIET: Style = AnsiColor::Cyan.on_default();

/// Verdict, meaning, evidence, plan, with colours (ANSI).
#[must_use]
pub fn explain(found: &Diagnosis) -> String {
    let style = style(found.verdict);
    let mut text = format!(
        "{HEAD}{}{HEAD:#}: {style}{}{style:#}\n  {}\n  In general: {}.\n",
        found.full_name(),
        found.verdict,
        found.summary,
        found.verdict.meaning()
    );
    text.push_str("\nEvidence:\n");
    for evidence in &found.evidence {
        let _ = writeln!(
            text,
            "  {}\n    {QUIET}{} {}{QUIET:#}",
            evidence.fact, evidence.object, evidence.pointer
        );
    }
    if !found.blockers.is_empty() {
        text.push_str("\nIn the controller's way:\n");
        for blocker in &found.blockers {
            let _ = writeln!(text, "  {blocker}");
        }
    }
    if !found.plan.steps.is_empty() {
        text.push_str("\nWhat would be done, one after the other, until it is healthy:\n");
        for (number, step) in (1..).zip(&found.plan.steps) {
            let only = if step.needs_allow_deploy {
                ", only with --allow-deploy"
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "  {number}. {}{only}\n     {}",
                step.action.as_str(),
                step.effect
            );
        }
    }
    for refusal in &found.plan.refusals {
        let _ = writeln!(
            text,
            "\nNothing would be done ({}):\n  {}",
            refusal.code, refusal.message
        );
    }
    text
}
