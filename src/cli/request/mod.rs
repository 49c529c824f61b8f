//! `boltrope request`: a manifest as the admission request that an API server would send about it.

mod build;
mod connect;

use std::path::PathBuf;

use boltrope::rules::is_dns_label;
use clap::ValueEnum;

use self::build::{Build, Operation};
use super::exit::{Exit, Failure};
use super::output::stdout;
use super::{files, input};

const HELP: &str = "\
The result is an AdmissionReview, which kwctl, policy servers and `boltrope eval` read. UPDATE needs the object as it
was (--old); DELETE has only that; CONNECT is about a sub-resource, for example --sub-resource exec of a Pod.
The plural of a kind comes from the CRDs and XRDs of --world or is built in; --resource says it otherwise.

Examples:
  boltrope request --operation CREATE --namespace shop service.yaml > request.json
  boltrope request --operation UPDATE --old before.yaml after.yaml | boltrope eval --rules rules.yaml -
  boltrope request --operation DELETE --user alice --group developers service.yaml
  boltrope request --operation CONNECT --sub-resource exec pod.yaml
  boltrope request --operation CREATE --resource widgets widget.yaml";

/// Write the admission request for an object
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// What is done with the object
    #[arg(long, value_name = "OPERATION")]
    operation: OperationFlag,
    /// The object; `-` is stdin
    #[arg(value_name = "OBJECT")]
    object: PathBuf,
    /// The object before an UPDATE
    #[arg(long, value_name = "FILE")]
    old: Option<PathBuf>,
    /// Namespace of the request, for an object that names none
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Who asks [default: kubernetes-admin]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Group of who asks; repeat for several [default: those that an API server gives the user]
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// Sub-resource of the object: status, scale, exec
    #[arg(long, value_name = "NAME")]
    sub_resource: Option<String>,
    /// Mark the request as a dry run
    #[arg(long)]
    dry_run: bool,
    /// Plural of the object's kind, where nothing else says it
    #[arg(long, value_name = "PLURAL")]
    resource: Option<String>,
    /// Manifests that describe the cluster, files or directories: CRDs, XRDs; repeat for several
    #[arg(long, value_name = "PATH")]
    world: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "UPPER")]
enum OperationFlag {
    /// The object is new
    Create,
    /// The object exists and changes
    Update,
    /// The object goes
    Delete,
    /// Somebody connects to it
    Connect,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let operation = match arguments.operation {
        OperationFlag::Create => Operation::Create,
        OperationFlag::Update => Operation::Update,
        OperationFlag::Delete => Operation::Delete,
        OperationFlag::Connect => Operation::Connect,
    };
    if matches!(operation, Operation::Update) != arguments.old.is_some() {
        let message = match operation {
            Operation::Update => "--operation UPDATE needs the object as it was: pass --old FILE",
            _ => "--old is the object before an UPDATE; leave it out, or say --operation UPDATE",
        };
        return Err(Failure::Arguments(message.to_owned()));
    }
    if let Some(namespace) = arguments.namespace.as_deref().filter(|name| !is_dns_label(name)) {
        let message = format!(
            "--namespace: `{namespace}` is not the name of a namespace: use at most 63 lower-case letters, digits and `-`"
        );
        return Err(Failure::Arguments(message));
    }
    let catalog = files::catalog(&arguments.world)?;
    let (name, object) = input::object(&arguments.object)?;
    let old = arguments.old.as_deref().map(input::object).transpose()?;
    let build = Build {
        operation,
        namespace: arguments.namespace.as_deref(),
        user: arguments.user.as_deref(),
        groups: &arguments.group,
        sub_resource: arguments.sub_resource.as_deref(),
        dry_run: arguments.dry_run,
        plural: arguments.resource.as_deref(),
        catalog: &catalog,
    };
    let review = build
        .review(object, old.map(|(_, old)| old))
        .map_err(|message| Failure::Arguments(format!("{name}: {message}")))?;
    stdout::json(&review)?;
    Ok(Exit::Clean)
}
