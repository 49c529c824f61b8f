//! `boltrope recover`: HelmReleases that are stuck. Here offline, from dumps; what writes to a cluster is the operator.

mod diagnose;

use clap::Subcommand;

use super::exit::{Exit, Failure};

/// Find out why HelmReleases are stuck
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Diagnose(diagnose::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Diagnose(arguments) => diagnose::run(arguments),
    }
}
