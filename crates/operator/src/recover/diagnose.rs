//! `boltrope-operator recover diagnose`: the verdict on every HelmRelease of a cluster.

use boltrope::recovery::report::{Report, ReportError, explain};
use boltrope::recovery::{Diagnosis, diagnose};
use clap::ValueEnum;

use super::names::{is_named, unknown};
use super::reader::Reader;
use super::selection::Selection;
use crate::command::{Exit, Failure, exit_codes, output};

const HELP: &str = concat!(
    "\
Reads, and writes to nothing. Of Helm's records only status, revision and size are ever printed. Records of releases that
are Ready, suspended, remote, being deleted or at work are not read at all.

",
    exit_codes!("nothing is stuck", "something is"),
    "

Examples:
  boltrope-operator recover diagnose
  boltrope-operator recover diagnose -n shop -n crm
  boltrope-operator recover diagnose --explain shop/web
  boltrope-operator recover diagnose --context staging -o json"
);

/// Say why each HelmRelease of a cluster is stuck, and what would be done about it
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// How to print the verdicts
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    output: Format,
    /// Print everything about one release instead: NAME or NAMESPACE/NAME; repeat for several
    #[arg(long, value_name = "NAME")]
    explain: Vec<String>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One line for each release
    Table,
    /// Everything, for programs
    Json,
    /// Everything, for programs and people
    Yaml,
}

pub(super) async fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.output != Format::Table && !arguments.explain.is_empty() {
        let message =
            "--explain is text for people; -o json and -o yaml hold the evidence of every release anyway";
        return Err(Failure::Arguments(message.to_owned()));
    }
    let selection = &arguments.selection;
    let reader = Reader::open(selection.connection.open().await?, selection.clone()).await?;
    let now = super::now();
    let view = reader.read(now).await?;
    let report = Report {
        diagnoses: view.states(now).map(|state| diagnose(&state)).collect(),
        controller: view.inventory.controller(),
        at: now,
        failures: Vec::new(),
    };
    let text = match arguments.output {
        Format::Json => report.json().map_err(broken)?,
        Format::Yaml => report.yaml().map_err(broken)?,
        Format::Table if arguments.explain.is_empty() => report.table(),
        Format::Table => explained(&report.diagnoses, &arguments.explain)?,
    };
    output::result(&text)?;
    if report.controller.is_none() && report.stuck() > 0 {
        output::hint(&format!(
            "which helm-controller it is, is not known: no Deployment in `{}` tells; pass --flux-namespace or \
             --controller-version",
            selection.flux_namespace
        ));
    }
    Ok(match report.stuck() {
        0 => Exit::Clean,
        _ => Exit::Remains,
    })
}

pub(super) fn broken(error: ReportError) -> Failure {
    Failure::Internal(error.to_string())
}

/// Everything about the releases of these names.
pub(super) fn explained(diagnoses: &[Diagnosis], names: &[String]) -> Result<String, Failure> {
    let mut texts = Vec::new();
    for name in names {
        let before = texts.len();
        let named = diagnoses.iter().filter(|found| is_named(found, name));
        texts.extend(named.map(explain));
        if texts.len() == before {
            return Err(unknown("--explain: ", name));
        }
    }
    Ok(texts.join("\n"))
}
