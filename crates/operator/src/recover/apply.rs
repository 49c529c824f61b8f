//! `boltrope-operator recover apply`: shows the plan, asks, repairs.

use std::io::IsTerminal as _;

use super::drive::Ending;
use super::names::Names;
use super::options::{Options, unasked};
use super::plan;
use super::round::{Done, Planned};
use crate::command::{Exit, Failure, exit_codes, output};
use crate::stop::Stop;

const HELP: &str = concat!(
    "\
Nothing is written before the plan was shown and agreed to (--yes agrees without a terminal), and nothing at all if a
guardrail holds. Every object is saved before it is changed; `recover undo` brings it back while nobody else has written it.
Ctrl-C stops between two steps; the next run goes on.

",
    exit_codes!("nothing is stuck any more", "something is, a guardrail held"),
    "

Examples:
  boltrope-operator recover apply
  boltrope-operator recover apply -n shop web --yes
  boltrope-operator recover apply --max 20 --backup-dir backups/ --yes"
);

/// Repair what the plan says, after it was agreed to
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    names: Names,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let mut rounds = arguments.options.rounds(arguments.names, unasked()).await?;
    let planned = rounds.plan().await?;
    output::result(&plan::text(&rounds, &planned))?;
    if let Some(held) = &planned.held {
        return Err(Failure::Held(held.clone()));
    }
    if planned.intents.is_empty() {
        return Ok(exit(&planned.diagnoses, planned.notice.is_some()));
    }
    if !arguments.yes && !agreed("Repair them?")? {
        output::hint("nothing was written");
        return Ok(Exit::Remains);
    }
    let stop = listen()?;
    let is_held = planned.notice.is_some();
    let done = rounds.act(planned, &stop).await?;
    Ok(finish(&done, is_held))
}

/// Asks; without a terminal nobody can say yes.
pub(super) fn agreed(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        let message = "there is no terminal to ask at; read the plan and pass --yes";
        return Err(Failure::Arguments(message.to_owned()));
    }
    let answer = output::confirm(question);
    answer.map_err(|error| Failure::Arguments(format!("the answer cannot be read: {error}")))
}

/// Hears signals.
pub(super) fn listen() -> Result<Stop, Failure> {
    Stop::on_signals().map_err(|error| Failure::Internal(format!("signals cannot be heard: {error}")))
}

/// How a run that acted ends.
pub(super) fn finish(done: &Done, is_held: bool) -> Exit {
    let is_left = done
        .endings
        .values()
        .any(|ending| matches!(ending, Ending::Left(_)));
    exit(&done.diagnoses, is_held || is_left)
}

/// How a run ends: something remains, or nothing does.
pub(super) fn exit(diagnoses: &[boltrope::recovery::Diagnosis], is_held: bool) -> Exit {
    match is_held || plan::stuck(diagnoses) > 0 {
        true => Exit::Remains,
        false => Exit::Clean,
    }
}

/// Says what holds, for a run that nobody watches.
pub(super) fn held(planned: &Planned) -> bool {
    for held in planned.held.iter().chain(&planned.notice) {
        output::failure(&Failure::Held(held.clone()));
    }
    planned.held.is_some() || planned.notice.is_some()
}
