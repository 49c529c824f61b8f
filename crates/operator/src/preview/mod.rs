//! `boltrope-operator preview`: mirrors and routes of preview namespaces, kept in a live cluster.
//!
//! The library says what should be ([`boltrope::preview`]). Here is what tells it what is, and carries out what it says:
//! each [`feed`] is listed and watched by a [`stream`], all of them make one [`world`], and the [`keeper`] plans on it and
//! lets a [`writer`] do what the plan says, each write with a precondition.

mod announce;
mod board;
mod book;
mod feed;
mod keeper;
mod metrics;
mod pace;
mod plan;
mod reach;
mod run;
mod served;
mod status;
mod stream;
#[cfg(test)]
mod tests;
mod world;
mod writer;
mod yielding;

use clap::Subcommand;

use crate::command::{Exit, Failure};

/// Keep mirrored Services and copied routes in preview namespaces as the rules say
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Plan(plan::Arguments),
    Status(status::Arguments),
    Yield(yielding::Arguments),
}

/// Runs a subcommand.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.command {
        Command::Run(arguments) => run::run(arguments).await,
        Command::Plan(arguments) => plan::run(&arguments).await,
        Command::Status(arguments) => status::run(&arguments).await,
        Command::Yield(arguments) => yielding::run(&arguments).await,
    }
}
