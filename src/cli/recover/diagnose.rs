//! `boltrope recover diagnose`: the verdict on every HelmRelease of a dump.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use boltrope::recovery::controller::ControllerVersion;
use boltrope::recovery::report::{Report, ReportError, explain};
use boltrope::recovery::{Diagnosis, Inventory, Timestamp, diagnose};
use boltrope::rules::nearest;
use boltrope_yaml::Limits;
use clap::ValueEnum;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{stdout, text};
use crate::cli::{files, input};

const HELP: &str = "\
Reads what kubectl printed and writes to nothing. A dump that can tell most holds HelmReleases, Secrets, the sources
(HelmCharts, OCIRepositories) and the Deployment of helm-controller, whose image tells its version. Of Helm's records only
status, revision and size are ever printed. Which Secrets a namespace has is known only if the dump holds one of them.

Exit codes: 0 nothing is stuck, 1 something is, 2 bad arguments, 3 something could not be read.

Examples:
  kubectl get helmreleases,secrets,helmcharts,ocirepositories -A -o yaml > dump.yaml
  kubectl get deployment -n flux-system helm-controller -o yaml > controller.yaml
  boltrope recover diagnose -f dump.yaml controller.yaml
  boltrope recover diagnose -f dump.yaml --explain shop/web
  boltrope recover diagnose -f must-gather/ --at 2026-05-18T10:00:00Z --controller-version v1.6.2 -o json";

/// Say why each HelmRelease of a dump is stuck, and what would be done about it
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// Dumps: files, directories, or `-` for stdin
    #[arg(long = "file", short = 'f', value_name = "PATH", required = true, num_args = 1..)]
    files: Vec<PathBuf>,
    /// Only HelmReleases of this namespace
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// When the dump was taken, such as 2026-05-18T10:00:00Z; without it, now
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Timestamp>,
    /// The version of helm-controller, such as v1.6.2, if the dump does not show its Deployment
    #[arg(long, value_name = "VERSION", value_parser = version)]
    controller_version: Option<ControllerVersion>,
    /// How to print the verdicts
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    output: Format,
    /// Print everything about one release instead: NAME or NAMESPACE/NAME; repeat for several
    #[arg(long, value_name = "NAME")]
    explain: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One line for each release
    Table,
    /// Everything, for programs
    Json,
    /// Everything, for programs and people
    Yaml,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.output != Format::Table && !arguments.explain.is_empty() {
        let message =
            "--explain is text for people; -o json and -o yaml hold the evidence of every release anyway";
        return Err(Failure::Arguments(message.to_owned()));
    }
    let (inventory, unreadable) = read(arguments)?;
    let at = arguments.at.unwrap_or_else(now);
    let is_asked = |found: &Diagnosis| {
        arguments
            .namespace
            .as_deref()
            .is_none_or(|asked| asked == found.namespace)
    };
    let found = Report {
        diagnoses: inventory
            .states(Some(at))
            .map(|state| diagnose(&state))
            .filter(is_asked)
            .collect(),
        controller: inventory.controller(),
        at,
        failures: unreadable,
    };
    if found.diagnoses.is_empty() && found.failures.is_empty() {
        return Err(nothing(arguments, &inventory));
    }
    let printed = match arguments.output {
        Format::Json => found.json().map_err(broken)?,
        Format::Yaml => found.yaml().map_err(broken)?,
        Format::Table if arguments.explain.is_empty() => found.table(),
        Format::Table => chosen(&found.diagnoses, &arguments.explain)?
            .into_iter()
            .map(explain)
            .collect::<Vec<_>>()
            .join("\n"),
    };
    stdout::styled(printed.as_bytes())?;
    for (place, why) in &found.failures {
        text::failure(&Failure::Unreadable(format!("{place}: {why}")));
    }
    if found.controller.is_none() && found.stuck() > 0 {
        text::hint(
            "which helm-controller it is, is not known: add its Deployment to the dump, or pass --controller-version",
        );
    }
    Ok(exit(&found))
}

/// All objects of all files, and what could not be read of them.
fn read(arguments: &Arguments) -> Result<(Inventory, Vec<(String, String)>), Failure> {
    let mut inventory = Inventory::new();
    let mut unreadable = Vec::new();
    let stdin = Path::new("-");
    if arguments.files.iter().any(|path| path == stdin) {
        add(&mut inventory, &input::stdin()?, "stdin", &mut unreadable);
    }
    let paths: Vec<PathBuf> = arguments
        .files
        .iter()
        .filter(|path| *path != stdin)
        .cloned()
        .collect();
    let (files, refused) = files::manifests(&paths);
    for file in files {
        add(&mut inventory, &file.bytes, &file.name, &mut unreadable);
    }
    for refused in refused {
        unreadable.push((refused.name, files::reason(&refused.error)));
    }
    if let Some(version) = arguments.controller_version {
        inventory.set_controller(version);
    }
    Ok((inventory, unreadable))
}

fn add(inventory: &mut Inventory, bytes: &[u8], name: &str, unreadable: &mut Vec<(String, String)>) {
    let limits = Limits::default();
    let mut refuse = |error: &boltrope_yaml::Error| unreadable.push((name.to_owned(), error.to_string()));
    let documents = match boltrope_yaml::split(bytes, &limits) {
        Ok(documents) => documents,
        Err(error) => return refuse(&error),
    };
    for document in documents {
        match document.read(&limits) {
            Ok(tree) => inventory.add(tree.value()),
            Err(error) => refuse(&error),
        }
    }
}

/// Silence about nothing would be taken for "nothing is stuck".
fn nothing(arguments: &Arguments, inventory: &Inventory) -> Failure {
    let paths: Vec<String> = arguments
        .files
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    let paths = paths.join(", ");
    let message = match (&arguments.namespace, inventory.len(), inventory.manifests()) {
        (Some(namespace), 1.., _) => format!("{paths}: no HelmRelease in namespace `{namespace}`"),
        (_, _, 0) => format!("{paths}: no HelmRelease in it; did kubectl fail?"),
        (_, _, manifests) => format!(
            "{paths}: {} of a repository, without uid and status; dump them from the cluster: kubectl get \
             helmreleases,secrets -A -o yaml",
            text::count(manifests, "manifest")
        ),
    };
    Failure::Unreadable(message)
}

fn chosen<'d>(diagnoses: &'d [Diagnosis], names: &[String]) -> Result<Vec<&'d Diagnosis>, Failure> {
    let mut chosen = Vec::new();
    for name in names {
        let is_named = |found: &&Diagnosis| found.full_name() == *name || found.name == *name;
        let before = chosen.len();
        chosen.extend(diagnoses.iter().filter(is_named));
        if chosen.len() == before {
            let known: Vec<String> = diagnoses.iter().map(Diagnosis::full_name).collect();
            let known: Vec<&str> = known
                .iter()
                .map(String::as_str)
                .chain(diagnoses.iter().map(|found| &*found.name))
                .collect();
            let hint = nearest(name, &known)
                .map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
            return Err(Failure::Arguments(format!(
                "--explain: no HelmRelease is called `{name}`{hint}"
            )));
        }
    }
    Ok(chosen)
}

fn exit(found: &Report) -> Exit {
    match found.exit_code() {
        0 => Exit::Clean,
        1 => Exit::Findings,
        _ => Exit::Unreadable,
    }
}

fn broken(error: ReportError) -> Failure {
    Failure::Internal(error.to_string())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "write a time like 2026-05-18T10:00:00Z".to_owned())
}

fn version(text: &str) -> Result<ControllerVersion, String> {
    ControllerVersion::parse(text).ok_or_else(|| "write a version like v1.6.2".to_owned())
}
