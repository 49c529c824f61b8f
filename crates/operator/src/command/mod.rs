//! The command line: what can be asked, and how the program ends.
//!
//! Results go to stdout, everything for people to stderr. A subcommand gives an [`Exit`] or a [`Failure`]; only [`main`]
//! turns that into a process that ends.

mod exit;
mod manual;
pub(crate) mod output;

use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

pub(crate) use exit::{Exit, Failure, exit_codes};

use crate::{preview, recover};

const HELP: &str = concat!(
    exit_codes!(
        "all is as it should be, or was made so",
        "something remains, a guardrail held"
    ),
    "

Examples:
  boltrope-operator recover diagnose
  boltrope-operator recover plan -n shop
  boltrope-operator recover apply -n shop web --yes
  boltrope-operator recover run --interval 2m
  boltrope-operator preview run --rules /etc/boltrope"
);

/// Keeps what runs in a cluster as the rules want it: previews of namespaces, and HelmReleases that are not stuck.
#[derive(Debug, Parser)]
#[command(name = "boltrope-operator", version, after_help = HELP, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Preview(Box<preview::Arguments>),
    Recover(Box<recover::Arguments>),
    Completions(manual::Completions),
    Man(manual::Man),
}

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    panic::set_hook(Box::new(confess));
    panic::catch_unwind(run).unwrap_or(Exit::Internal).into()
}

fn run() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let result = match arguments.command {
        Command::Preview(arguments) => block_on(preview::run(*arguments)),
        Command::Recover(arguments) => block_on(recover::run(*arguments)),
        Command::Completions(arguments) => manual::completions(&arguments),
        Command::Man(arguments) => manual::page(&arguments),
    };
    result.unwrap_or_else(|failure| {
        output::failure(&failure);
        failure.exit()
    })
}

/// One thread: whatever is done here waits for the API server.
fn block_on(job: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Internal(format!("no event loop: {error}")))?;
    runtime.block_on(job)
}

/// `--help` and `--version` are answers, everything else is a mistake; both are clap's to word.
fn refuse(error: &clap::Error) -> Exit {
    let is_answer = !error.use_stderr();
    let printed = error.print();
    match (is_answer, printed) {
        (true, Ok(())) => Exit::Clean,
        (true, Err(_)) => Exit::Internal,
        (false, _) => Exit::Usage,
    }
}

/// What people see of a panic: where, never what, because a payload may hold what a Secret holds.
fn confess(info: &PanicHookInfo<'_>) {
    let place = info
        .location()
        .map(|place| format!(" at {}:{}", place.file(), place.line()));
    let place = place.unwrap_or_default();
    output::failure(&Failure::Internal(format!("the program stopped{place}")));
}

/// The whole command, for completions and the manual.
fn command() -> clap::Command {
    Arguments::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_well_formed_and_every_command_has_examples() {
        let mut command = command();
        command.clone().debug_assert();
        command.build();
        let mut commands: Vec<clap::Command> = command.get_subcommands().cloned().collect();
        while let Some(mut command) = commands.pop() {
            if command.get_name() == "help" {
                continue;
            }
            let name = command.get_name().to_owned();
            assert!(command.get_about().is_some(), "{name}");
            if command.has_subcommands() {
                commands.extend(command.get_subcommands().cloned());
                continue;
            }
            let help = command.render_long_help().to_string();
            assert!(help.contains("Examples:"), "{name}");
            let asks = command
                .get_arguments()
                .any(|argument| argument.get_id() == "kubeconfig");
            let table = exit_codes!("", "");
            let common = table.split_once("\n  2").unwrap().1;
            assert_eq!(
                asks,
                help.contains(common),
                "{name} does not say how it ends: {help}"
            );
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{name} {argument}");
            }
        }
    }
}
