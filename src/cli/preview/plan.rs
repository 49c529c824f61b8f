//! `boltrope preview plan`: what would be written and deleted, and why.

use boltrope::preview::{Plan, plan};
use clap::ValueEnum;

use super::cluster::PlanFlags;
use super::table;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::stdout;

const HELP: &str = "\
Reads what kubectl printed and writes to nothing. What is not in the dump is taken not to be in the cluster, so dump all that
plays a part: namespaces, services and ingresses of all namespaces, and what you use of ingressroutes, httproutes, grpcroutes,
gateways, gatewayclasses, referencegrants, ingressclasses, helmreleases, kustomizations. Workloads or endpointslices of the
source tell the container ports of headless Services.

Exit codes: 0 all is as it should be or would become so, 1 something is held back, has two sources or waits, 2 bad rules or
arguments, 3 something could not be read.

Examples:
  kubectl get namespaces,services,ingresses,ingressclasses -A -o yaml > dump.yaml
  boltrope preview plan --rules rules.yaml -f dump.yaml
  boltrope preview plan --rules rules.yaml -f dump.yaml --namespace feature-login
  boltrope preview plan --rules rules.yaml -f dump/ -o json | jq '.apply[] | {name: .object.metadata.name, reason}'";

/// Say what previews would get, object by object, with the reason
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    flags: PlanFlags,
    /// Only this namespace; one that is not in the dump is taken to be there
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// How to print the plan
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line for each object
    Table,
    /// Everything, for programs and people
    Yaml,
    /// Everything, for programs
    Json,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let rules = arguments.flags.rules()?;
    let asked = arguments.namespace.as_deref();
    let mut plan = plan(&rules, &arguments.flags.snapshot(asked)?);
    if let Some(namespace) = asked {
        plan.only(namespace);
    }
    match arguments.output {
        Format::Table => stdout::styled(table::table(&plan).as_bytes())?,
        Format::Json => stdout::json(&plan)?,
        Format::Yaml => {
            let value = serde_json::to_value(&plan)
                .map_err(|error| Failure::Internal(format!("the plan cannot be written: {error}")))?;
            stdout::pieces([boltrope_yaml::write(&value).as_bytes()].into_iter())?;
        }
    }
    Ok(exit(&plan))
}

fn exit(plan: &Plan) -> Exit {
    if plan.needs_attention() {
        Exit::Findings
    } else {
        Exit::Clean
    }
}
