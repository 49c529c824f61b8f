//! `boltrope completions`: what a shell needs to complete the command line.

use clap_complete::Shell;

use super::exit::{Exit, Failure};
use super::output::stdout;

const HELP: &str = "\
Examples:
  boltrope completions bash > /etc/bash_completion.d/boltrope
  boltrope completions zsh > \"${fpath[1]}/_boltrope\"
  boltrope completions fish > ~/.config/fish/completions/boltrope.fish";

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::command(), "boltrope", &mut script);
    stdout::pieces([script.as_slice()].into_iter())?;
    Ok(Exit::Clean)
}
