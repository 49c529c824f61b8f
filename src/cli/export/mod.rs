//! `boltrope export`: rules compiled for other engines.

mod flux;
mod kubewarden;

use clap::Subcommand;

use super::exit::{Exit, Failure};

/// Print what other engines need to run the rules
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Flux(flux::Arguments),
    Kubewarden(kubewarden::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Flux(arguments) => flux::run(arguments),
        Command::Kubewarden(arguments) => kubewarden::run(arguments),
    }
}
