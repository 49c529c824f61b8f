//! `boltrope export`: rules for engines that are not ours.

mod flux;

use clap::Subcommand;

use super::exit::{Exit, Failure};

/// Print rules in the form another engine takes
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Flux(flux::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Flux(arguments) => flux::run(arguments),
    }
}
