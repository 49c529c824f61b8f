//! `boltrope man`: the manual, one page per command.

use clap_mangen::Man;

use super::exit::{Exit, Failure};
use super::output::stdout;

const HELP: &str = "\
Examples:
  boltrope man > boltrope.1
  boltrope man post-render | man -l -
  boltrope man rules validate > boltrope-rules-validate.1";

/// Print the manual page of a command
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// The command, `rules validate` for one inside another; without it the page of boltrope itself
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut command = super::command();
    command.build();
    for name in &arguments.command {
        let known: Vec<&str> = command
            .get_subcommands()
            .map(clap::Command::get_name)
            .filter(|name| *name != "help")
            .collect();
        let Some(found) = command.find_subcommand(name).cloned() else {
            let hint = boltrope::rules::suggest(name, &known);
            return Err(Failure::Arguments(format!("no command `{name}`; {hint}")));
        };
        command = found;
    }
    let mut page = Vec::new();
    let rendered = Man::new(command).render(&mut page);
    rendered.map_err(|error| Failure::Internal(format!("the manual page cannot be written: {error}")))?;
    stdout::pieces([page.as_slice()].into_iter())?;
    Ok(Exit::Clean)
}
