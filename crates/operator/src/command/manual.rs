//! `completions` and `man`: the command line described for shells and for `man`.

use clap_complete::Shell;
use clap_mangen::Man as Page;

use super::{Exit, Failure, output};

const COMPLETIONS_HELP: &str = "\
Examples:
  boltrope-operator completions bash > /etc/bash_completion.d/boltrope-operator
  boltrope-operator completions fish > ~/.config/fish/completions/boltrope-operator.fish";
const MAN_HELP: &str = "\
Examples:
  boltrope-operator man > boltrope-operator.1
  boltrope-operator man recover run | man -l -";

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Print the manual page of a command
#[derive(Debug, clap::Args)]
#[command(after_help = MAN_HELP)]
pub(super) struct Man {
    /// The command, `recover run` for one inside another; without it the page of boltrope-operator itself
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

pub(super) fn completions(arguments: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::command(),
        "boltrope-operator",
        &mut script,
    );
    output::result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}

pub(super) fn page(arguments: &Man) -> Result<Exit, Failure> {
    let mut command = super::command();
    command.build();
    for name in &arguments.command {
        let Some(found) = command.find_subcommand(name).cloned() else {
            let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            return Err(Failure::Arguments(format!(
                "no command `{name}`; there are {}",
                known.join(", ")
            )));
        };
        command = found;
    }
    let mut page = Vec::new();
    let rendered = Page::new(command).render(&mut page);
    rendered.map_err(|error| Failure::Internal(format!("the manual page cannot be written: {error}")))?;
    output::result(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Clean)
}
