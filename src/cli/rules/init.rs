//! `boltrope rules init`: a rules file to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use crate::cli::exit::{Exit, Failure};
use crate::cli::files;
use crate::cli::output::{stdout, text};

const HELP: &str = "\
Examples:
  boltrope rules init > rules.yaml
  boltrope rules init --output rules.yaml";

/// The file: what is active only warns, so that running it changes nothing.
const STARTER: &str = include_str!("starter.yaml");

/// Print a commented rules file to start from
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// Write it to this file, which must not exist yet
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let Some(path) = &arguments.output else {
        stdout::pieces([STARTER.as_bytes()].into_iter())?;
        return Ok(Exit::Clean);
    };
    let name = path.display();
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    let written = created.and_then(|mut file| file.write_all(STARTER.as_bytes()));
    written.map_err(|error| {
        Failure::Arguments(match error.kind() {
            ErrorKind::AlreadyExists => {
                format!("`{name}` is there already and is left as it is; choose another name")
            }
            _ => format!("cannot write `{name}`: {}", files::reason(&error)),
        })
    })?;
    text::hint(&format!("wrote {name}; next: boltrope rules validate {name}"));
    Ok(Exit::Clean)
}
