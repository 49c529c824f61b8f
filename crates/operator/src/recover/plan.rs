//! `boltrope-operator recover plan`: what would be done, in order, and what would keep it from being done.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use boltrope::recovery::compat::Branch;
use boltrope::recovery::report::Report;
use boltrope::recovery::{Diagnosis, compat};

use super::diagnose::{Format, broken, explained};
use super::journal::full_name;
use super::names::Names;
use super::options::{Options, unasked};
use super::round::{Planned, Rounds};
use crate::command::{Exit, Failure, exit_codes, output};

const HEAD: Style = Style::new().bold();
const HELD: Style = AnsiColor::Red.on_default().bold();

const HELP: &str = concat!(
    "\
Reads, and writes to nothing. Every step is verified before the next one, and a release that became healthy ends it.
Guardrails are checked as `apply` would check them.

",
    exit_codes!("nothing is stuck", "something is, a guardrail would hold"),
    "

Examples:
  boltrope-operator recover plan
  boltrope-operator recover plan -n shop web
  boltrope-operator recover plan --explain shop/web"
);

/// Print the repairs that would be made, step by step
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    names: Names,
    /// How to print the plan; json and yaml hold every release with its evidence
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    output: Format,
    /// Print everything about one release instead: NAME or NAMESPACE/NAME; repeat for several
    #[arg(long, value_name = "NAME")]
    explain: Vec<String>,
}

pub(super) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let mut rounds = arguments.options.rounds(arguments.names, unasked()).await?;
    let planned = rounds.plan().await?;
    let text = match arguments.output {
        Format::Table if arguments.explain.is_empty() => text(&rounds, &planned),
        Format::Table => explained(&planned.diagnoses, &arguments.explain)?,
        Format::Json => report(&rounds, &planned).json().map_err(broken)?,
        Format::Yaml => report(&rounds, &planned).yaml().map_err(broken)?,
    };
    output::result(&text)?;
    let is_held = planned.held.is_some() || planned.notice.is_some();
    Ok(match is_held || stuck(&planned.diagnoses) > 0 {
        true => Exit::Remains,
        false => Exit::Clean,
    })
}

/// How many need somebody.
pub(super) fn stuck(diagnoses: &[Diagnosis]) -> usize {
    diagnoses.iter().filter(|found| found.verdict.is_stuck()).count()
}

fn report(rounds: &Rounds, planned: &Planned) -> Report {
    Report {
        diagnoses: planned.diagnoses.clone(),
        controller: planned.view.inventory.controller(),
        at: rounds.clock.now(),
        failures: Vec::new(),
    }
}

/// What is done, what is left and why, and what holds.
pub(super) fn text(rounds: &Rounds, planned: &Planned) -> String {
    let mut text = String::new();
    for intent in &planned.intents {
        let found = planned
            .diagnoses
            .iter()
            .find(|found| (&found.namespace, &found.name) == (&intent.key.0, &intent.key.1));
        let Some(found) = found else {
            continue;
        };
        let _ = writeln!(
            text,
            "{HEAD}{}{HEAD:#}: {}: {}",
            found.full_name(),
            found.verdict,
            found.summary
        );
        if intent.resumes {
            text.push_str("  goes on with the repair of an earlier run\n");
        } else if let Some(branch) = branch(rounds, planned, found) {
            let _ = writeln!(text, "  1. {}: {}", branch.as_str(), branch.effect());
        } else {
            let steps = found.plan.steps.iter();
            let allowed = steps.filter(|step| rounds.guard.allow_deploy || !step.needs_allow_deploy);
            for (number, step) in (1..).zip(allowed) {
                let _ = writeln!(text, "  {number}. {}: {}", step.action.as_str(), step.effect);
            }
        }
    }
    for (key, why) in &planned.left {
        let _ = writeln!(text, "{HEAD}{}{HEAD:#}: nothing: {why}", full_name(key));
    }
    let (acts, left) = (planned.intents.len(), planned.left.len());
    let _ = writeln!(text, "{acts} to repair, {left} to leave");
    for held in planned.held.iter().chain(&planned.notice) {
        let _ = writeln!(text, "{HELD}held{HELD:#}: {held}");
    }
    text
}

fn branch(rounds: &Rounds, planned: &Planned, found: &Diagnosis) -> Option<Branch> {
    let key = (found.namespace.clone(), found.name.clone());
    let state = planned.view.state(&key, rounds.clock.now())?;
    match compat::assess(&state, rounds.compat?) {
        compat::Assessment::Act(branch) => Some(branch),
        _ => None,
    }
}
