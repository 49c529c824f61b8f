//! `boltrope objects`: what Kubernetes reads, document by document.

use std::path::PathBuf;

use boltrope_yaml::{Error, Limits};
use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::files::File;
use super::input;
use super::output::stdout;

const HELP: &str = "\
Each document's value, whatever it is, as JSON on a line of its own; an empty document gives no line.

Examples:
  helm template web ./chart | boltrope objects | jq -r .kind
  boltrope objects deploy.yaml other.yaml";

/// Print what Kubernetes reads in YAML, as JSON
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// Files; `-` is stdin, which is also the default
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to print the values
    #[arg(long, short, value_name = "FORMAT", default_value = "json")]
    output: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// One value a line
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let Format::Json = arguments.output;
    let stdin = [PathBuf::from("-")];
    let paths = if arguments.files.is_empty() {
        &stdin[..]
    } else {
        &arguments.files
    };
    let mut lines = Vec::new();
    for path in paths {
        let File { name, bytes, .. } = input::read(path)?;
        print(&bytes, &mut lines).map_err(|error| Failure::Unreadable(format!("{name}: {error}")))?;
    }
    stdout::pieces([lines.as_slice()].into_iter())?;
    Ok(Exit::Clean)
}

fn print(stream: &[u8], lines: &mut Vec<u8>) -> Result<(), Error> {
    let limits = Limits::default();
    for document in boltrope_yaml::split(stream, &limits)? {
        let tree = document.read(&limits)?;
        if !tree.is_empty() {
            lines.extend_from_slice(tree.value().to_string().as_bytes());
            lines.push(b'\n');
        }
    }
    Ok(())
}
