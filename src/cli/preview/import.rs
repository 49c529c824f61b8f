//! `boltrope preview import`: kube-external-sync's annotations and rules as rules of ours.

use std::path::PathBuf;

use boltrope::preview::import::import;

use super::cluster;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{stdout, text};

const HELP: &str = "\
Reads Services, Ingresses and IngressRoutes with annotations `kube-external-sync.io/...` (version 1) and ExternalSyncRules
(version 0), and prints a rules file that does the same. What it does differently, on purpose, stands in comments: first what
holds for every rule, then above each rule what is about it. Read them before the rules are used.

Exit codes: 0 the rules were printed, 1 some need a person first (they are paused), 2 bad arguments, 3 something could not be
read, or there is nothing to import.

Examples:
  kubectl get services,ingresses -A -o yaml > dump.yaml
  boltrope preview import -f dump.yaml > previews.yaml
  kubectl get externalsyncrules,ingresses -A -o yaml | boltrope preview import -f -";

/// Turn kube-external-sync's annotations and rules into rules
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// Dumps: files, directories, or `-` for stdin
    #[arg(long = "file", short = 'f', value_name = "PATH", required = true, num_args = 1..)]
    files: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let imported = import(&cluster::documents(&arguments.files)?);
    if imported.rules.is_empty() {
        let message = format!(
            "{}: nothing of kube-external-sync in it: no annotation `kube-external-sync.io/replicate-to` or \
             `replicate-to-matching`, no ExternalSyncRule",
            cluster::named(&arguments.files)
        );
        return Err(Failure::Unreadable(message));
    }
    let mut printed = String::new();
    for difference in imported.general() {
        printed.push_str(&format!("# {difference}\n"));
    }
    printed.push_str("apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: previews}\nspec:\n");
    if let Some(domain) = &imported.cluster_domain {
        printed.push_str(&format!("  clusterDomain: {domain}\n"));
    }
    printed.push_str("  rules:\n");
    for rule in &imported.rules {
        for difference in &rule.differences {
            printed.push_str(&format!("    # {difference}\n"));
        }
        let yaml = boltrope_yaml::write(&serde_json::Value::from(vec![rule.rule.clone()]));
        for line in yaml.lines() {
            printed.push_str(&format!("    {line}\n"));
        }
    }
    stdout::pieces([printed.as_bytes()].into_iter())?;
    let paused: Vec<&str> = imported.paused().collect();
    for name in &paused {
        text::hint(&format!(
            "rule {name} is paused (`action: ignore`): read the comments above it first"
        ));
    }
    Ok(if paused.is_empty() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}
