//! `boltrope rules`: everything about a rules file that needs no manifests.

mod init;
mod schema;

use std::fmt::Write as _;
use std::path::PathBuf;

use boltrope::rules::{Action, RuleSet};
use clap::Subcommand;

use super::exit::{Exit, Failure};
use super::output::{stdout, text};
use super::{files, flags};

const VALIDATE_HELP: &str = "\
Examples:
  boltrope rules validate rules.yaml
  boltrope rules validate rules/";

/// Validate rules files, print their JSON Schema, start a new one
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read rules files as one set of rules and say what is wrong with them
    #[command(after_help = VALIDATE_HELP)]
    Validate {
        /// Rules files, or directories of them (*.yaml, *.yml)
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    Schema(schema::Arguments),
    Init(init::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Validate { files } => validate(files),
        Command::Schema(arguments) => schema::run(arguments),
        Command::Init(arguments) => init::run(arguments),
    }
}

fn validate(paths: &[PathBuf]) -> Result<Exit, Failure> {
    let files = files::rules(paths)?;
    let rules = flags::load_files(&files)?.rules;
    stdout::pieces([list(&rules, files.len()).as_bytes()].into_iter())?;
    Ok(Exit::Clean)
}

/// `OK: 2 rules in 1 file` and a line for each rule.
fn list(rules: &RuleSet, files: usize) -> String {
    let mut list = format!(
        "OK: {} in {}\n",
        text::count(rules.rules.len(), "rule"),
        text::count(files, "file")
    );
    let width =
        |length: fn(&boltrope::rules::Rule) -> usize| rules.rules.iter().map(length).max().unwrap_or(0);
    let names = width(|rule| rule.name.len());
    let transforms = width(|rule| rule.transform.meta().id.len());
    for rule in &rules.rules {
        let action = match rule.action {
            Action::Enforce => "enforce",
            Action::Deny => "deny",
            Action::Warn => "warn",
            Action::Ignore => "ignore",
        };
        let id = rule.transform.meta().id;
        let _ = writeln!(list, "  {:names$}  {id:transforms$}  {action}", rule.name);
    }
    list
}
