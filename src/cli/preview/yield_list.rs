//! `boltrope preview yield-list`: the names that a chart brings, so that mirrors can get out of its way.

use std::collections::BTreeSet;

use boltrope::object::embedded;
use boltrope::preview::Kind;

use super::cluster;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input;
use crate::cli::output::stdout;

const HELP: &str = "\
Reads rendered manifests from stdin and prints the names of what previews get copies of (Services, Ingresses, IngressRoutes,
HTTPRoutes, GRPCRoutes), one a line. `helm install` refuses a name that exists, so copies of these names must be gone before.

Examples:
  helm template web ./chart | boltrope preview yield-list
  boltrope-operator preview yield feature-login $(helm template web ./chart | boltrope preview yield-list) --wait
  kubectl annotate namespace feature-login boltrope.dev/yield=\"$(boltrope preview yield-list -o csv < rendered.yaml)\"";

/// Print the names that a chart brings, for copies to yield
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// How to print the names
    #[arg(long, short, value_name = "FORMAT", default_value = "lines")]
    output: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// One name a line
    Lines,
    /// All on one line, with commas between, as the annotation wants them
    Csv,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut documents = Vec::new();
    cluster::read(&input::stdin()?, "stdin", &mut documents)?;
    if documents.is_empty() {
        let message = "stdin: there is no manifest in it; pipe what `helm template` prints";
        return Err(Failure::Unreadable(message.to_owned()));
    }
    let mut names = BTreeSet::new();
    for document in &documents {
        for embedded in embedded::objects(document) {
            let kind = Kind::of(embedded.object.value());
            if kind.is_some_and(|kind| kind == Kind::Service || kind.is_route()) {
                names.extend(embedded.object.name().map(str::to_owned));
            }
        }
    }
    let names: Vec<String> = names.into_iter().collect();
    let text = match arguments.output {
        _ if names.is_empty() => String::new(),
        Format::Lines => names.join("\n") + "\n",
        Format::Csv => names.join(",") + "\n",
    };
    stdout::pieces([text.as_bytes()].into_iter())?;
    Ok(Exit::Clean)
}
