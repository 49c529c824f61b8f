//! `boltrope-operator recover`: stuck HelmReleases of a cluster, diagnosed and repaired.
//!
//! The library judges, plans and says what is next ([`boltrope::recovery`]). Here is what does it: [`reader`] reads with as
//! few and as narrow requests as will do, [`guard`] checks before the first write, [`journal`] keeps what is changed,
//! [`drive`] carries out, and [`round`] is one run of all of them.

mod announce;
mod apply;
mod clock;
mod diagnose;
mod drive;
mod guard;
mod journal;
mod metrics;
mod names;
mod options;
mod plan;
mod reader;
mod repair;
mod round;
mod selection;
#[cfg(test)]
mod tests;
mod undo;
mod view;
mod watch;
mod writer;

use clap::Subcommand;
use sha2::{Digest as _, Sha256};

pub(crate) use clock::now;

use crate::command::{Exit, Failure};

/// Find out why HelmReleases are stuck, and repair them with the least harm
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Diagnose(diagnose::Arguments),
    Plan(plan::Arguments),
    Apply(apply::Arguments),
    Undo(undo::Arguments),
    Run(watch::Arguments),
}

/// Runs a subcommand.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.command {
        Command::Diagnose(arguments) => diagnose::run(&arguments).await,
        Command::Plan(arguments) => plan::run(arguments).await,
        Command::Apply(arguments) => apply::run(arguments).await,
        Command::Undo(arguments) => undo::run(arguments).await,
        Command::Run(arguments) => watch::run(arguments).await,
    }
}

/// Sixteen hexadecimal digits that stand for some texts.
pub(crate) fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
