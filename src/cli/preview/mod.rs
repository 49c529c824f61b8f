//! `boltrope preview`: what preview namespaces get from their base. Here offline; what writes to a cluster is the operator.

mod cluster;
mod import;
mod plan;
mod render;
mod table;
mod yield_list;

use clap::Subcommand;

use super::exit::{Exit, Failure};

/// See what preview namespaces get from their base, and why
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Plan(plan::Arguments),
    Render(render::Arguments),
    Import(import::Arguments),
    YieldList(yield_list::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Plan(arguments) => plan::run(arguments),
        Command::Render(arguments) => render::run(arguments),
        Command::Import(arguments) => import::run(arguments),
        Command::YieldList(arguments) => yield_list::run(arguments),
    }
}
