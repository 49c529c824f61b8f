//! `boltrope preview render`: the copies of one preview as manifests.

use boltrope::preview::plan;

use super::cluster::PlanFlags;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{stdout, text};

const HELP: &str = "\
Prints all copies, whether they are in the dump already or not. What is held back, and why, goes to stderr. Grants, which live
in the source namespace, come along.

Exit codes: 0 all copies were printed, 1 some are held back, 2 bad rules or arguments, 3 something could not be read.

Examples:
  kubectl get namespaces,services,ingresses -A -o yaml > dump.yaml
  boltrope preview render --rules rules.yaml -f dump.yaml --namespace feature-login
  boltrope preview render --rules rules.yaml -f dump.yaml --namespace not-there-yet | kubectl diff -f -";

/// Print the copies of a preview namespace as YAML
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    flags: PlanFlags,
    /// The preview; one that is not in the dump is taken to be there
    #[arg(long, short, value_name = "NAMESPACE", required = true)]
    namespace: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let rules = arguments.flags.rules()?;
    let mut snapshot = arguments.flags.snapshot(Some(&arguments.namespace))?;
    snapshot.forget_copies(&arguments.namespace);
    let mut plan = plan(&rules, &snapshot);
    plan.only(&arguments.namespace);
    let manifests: Vec<String> = plan
        .apply
        .iter()
        .map(|apply| format!("---\n{}", boltrope_yaml::write(&apply.object)))
        .collect();
    stdout::pieces(manifests.iter().map(String::as_bytes))?;
    for rule in &plan.rules {
        if let Some(waiting) = &rule.waiting {
            text::hint(&format!("rule {}: {waiting}", rule.rule));
        }
    }
    for selection in plan.namespaces.iter().filter(|selection| !selection.selected) {
        text::hint(&format!(
            "rule {} leaves `{}` out: {}",
            selection.rule, selection.namespace, selection.reason
        ));
    }
    for held in &plan.held {
        text::hint(&format!(
            "{} is held back ({}): {}",
            text::object(&held.object),
            held.code,
            held.reason
        ));
    }
    for conflict in &plan.conflicts {
        text::hint(&format!(
            "{} cannot be: {}",
            text::object(&conflict.object),
            conflict.reason
        ));
    }
    Ok(if plan.needs_attention() {
        Exit::Findings
    } else {
        Exit::Clean
    })
}
