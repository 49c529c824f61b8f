//! The command line: one module per subcommand, what they print in [`output`].
//!
//! Results go to stdout, everything for people to stderr. A subcommand gives an [`Exit`] or a [`Failure`]; only
//! [`main`] turns that into a process that ends.

mod check;
mod completions;
mod environment;
mod eval;
mod exit;
mod explain;
mod export;
mod files;
mod flags;
mod forecast;
mod input;
mod lint_release;
mod man;
mod objects;
mod output;
mod post_render;
mod preview;
mod recover;
mod replace;
mod request;
mod rules;
mod test;
mod threads;

use std::panic::{self, PanicHookInfo};
use std::process::{self, ExitCode};

use clap::{CommandFactory, Parser, Subcommand};

use exit::{Exit, Failure};

const EXIT_CODES: &str = "\
Exit codes:
  0  clean
  1  findings of severity error
  2  bad rules or arguments
  3  unreadable input
  4  internal error, or a result could not be written

Examples:
  helm template web ./chart | boltrope post-render --rules rules.yaml --namespace shop
  boltrope check --rules rules.yaml clusters/
  boltrope rules init > rules.yaml";

/// One rules file for a Kubernetes platform, enforced with the same answer on every edge an object passes.
#[derive(Debug, Parser)]
#[command(name = "boltrope", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(mut_arg("rules", |arg| arg.num_args(1..)), mut_arg("world", |arg| arg.num_args(1..)))]
    PostRender(post_render::Arguments),
    Check(check::Arguments),
    Rules(rules::Arguments),
    Preview(preview::Arguments),
    Recover(recover::Arguments),
    LintRelease(lint_release::Arguments),
    Explain(explain::Arguments),
    Eval(eval::Arguments),
    Request(request::Arguments),
    Export(export::Arguments),
    Forecast(forecast::Arguments),
    Test(test::Arguments),
    Objects(objects::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    panic::set_hook(Box::new(confess));
    run().into()
}

fn run() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let result = match arguments.command {
        Command::PostRender(arguments) => post_render::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Preview(arguments) => preview::run(&arguments),
        Command::Recover(arguments) => recover::run(&arguments),
        Command::LintRelease(arguments) => lint_release::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Request(arguments) => request::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Forecast(arguments) => forecast::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Objects(arguments) => objects::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    };
    result.unwrap_or_else(|failure| {
        output::text::failure(&failure);
        failure.exit()
    })
}

/// `--help` and `--version` are answers, everything else is a mistake; both are clap's to word.
fn refuse(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        let printed = output::stdout::styled(error.render().ansi().to_string().as_bytes());
        return printed.map_or_else(|failure| failure.exit(), |()| Exit::Clean);
    }
    // Helm 4 throws stderr away, so the report is all that a plugin's user sees.
    if let Some(path) = environment::report(None) {
        let failure = Failure::Arguments(error.kind().to_string());
        let _ = output::report::write(&path, &output::report::Report::of_failure(&failure));
    }
    let _ = error.print();
    Exit::Usage
}

/// What people see of a panic: where, never what, because a payload may hold a manifest. It ends the program, on whatever thread
/// it happens.
fn confess(info: &PanicHookInfo<'_>) {
    let place = info
        .location()
        .map(|place| format!(" at {}:{}", place.file(), place.line()));
    let place = place.unwrap_or_default();
    output::text::failure(&Failure::Internal(format!("the program stopped{place}")));
    process::exit(Exit::Internal.code().into());
}

/// The whole command, for completions and the manual.
fn command() -> clap::Command {
    Arguments::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "panics: `a_panic_is_one_message_without_what_it_was_about` runs it in a process of its own"]
    fn panics() {
        panic::set_hook(Box::new(confess));
        std::thread::scope(|scope| {
            scope.spawn(|| panic!("the password is {}", "s3cr3t"));
        });
    }

    #[test]
    fn a_panic_is_one_message_without_what_it_was_about() {
        let this = std::env::current_exe().expect("the tests are a program");
        let panics = ["--exact", "cli::tests::panics", "--ignored", "--nocapture"];
        let mut command = process::Command::new(this);
        let output = command.args(panics).output().expect("the program starts");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        let place = stderr.strip_prefix("error: internal error: the program stopped at src/cli/mod.rs:");
        let place = place.unwrap_or_else(|| panic!("{stderr:?}"));
        assert!(
            !place.contains("s3cr3t") && stderr.lines().count() == 1,
            "{stderr:?}"
        );
        assert_eq!(output.status.code(), Some(4));
    }

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
            assert!(
                command.render_long_help().to_string().contains("Examples:"),
                "{name}"
            );
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{name} {argument}");
            }
        }
    }
}
