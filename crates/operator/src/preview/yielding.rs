//! `boltrope-operator preview yield`: asks the operator to get out of the way before a release brings objects of its own.
//!
//! `helm install` refuses a name that exists, before any event could reach the operator. So it is asked first, by an
//! annotation of the Namespace, and the answer is that the names are free.

use std::collections::BTreeSet;
use std::time::Duration;

use boltrope::preview::Kind;
use boltrope::preview::marks::{MANAGED_BY, MANAGER, ORIGIN, YIELD};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::served::Served;
use super::stream::first_line;
use crate::cluster::{CallError, Cluster, Connection, Resource};
use crate::command::{Exit, Failure, exit_codes, output};

/// How often somebody else may write the Namespace in between.
const ATTEMPTS: usize = 10;
const PAUSE: Duration = Duration::from_millis(200);

const HELP: &str = concat!(
    "\
Adds the names to the annotation `boltrope.dev/yield` of the Namespace; `boltrope preview yield-list` prints the names that a
chart brings. A name comes back when no other object holds it and it is taken off the list with --undo.

",
    exit_codes!("the names are on the list, and free (with --wait)", "copies are still there after --timeout"),
    "

Examples:
  boltrope-operator preview yield feature-login api web --wait
  helm template shop ./shop | boltrope preview yield-list | xargs boltrope-operator preview yield feature-login --wait
  boltrope-operator preview yield feature-login api --undo"
);

/// Leave names of a namespace to a release that is about to bring them
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    #[command(flatten)]
    connection: Connection,
    /// The preview namespace
    #[arg(value_name = "NAMESPACE")]
    namespace: String,
    /// Names of Services and routes
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// Wait until no copy has any of these names
    #[arg(long, conflicts_with = "undo")]
    wait: bool,
    /// Seconds to wait
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    timeout: u64,
    /// Take the names off the list: what no release holds is mirrored again
    #[arg(long)]
    undo: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let names: BTreeSet<&str> = arguments
        .names
        .iter()
        .flat_map(|name| name.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if let Some(wrong) = names.iter().find(|name| !is_name(name)) {
        return Err(Failure::Arguments(format!(
            "`{wrong}` is no name of an object: write lower-case letters, digits, `-` and `.`"
        )));
    }
    let cluster = arguments.connection.open().await?;
    annotate(&cluster, &arguments.namespace, &names, arguments.undo).await?;
    if !arguments.wait {
        return Ok(Exit::Clean);
    }
    let left = wait(&cluster, arguments, &names).await?;
    if left.is_empty() {
        return Ok(Exit::Clean);
    }
    Err(Failure::Held(format!(
        "after {} s there are still copies: {}; see whether the operator runs (boltrope-operator preview status)",
        arguments.timeout,
        left.join(", ")
    )))
}

/// Writes the annotation, over exactly what was read.
async fn annotate(
    cluster: &Cluster,
    namespace: &str,
    names: &BTreeSet<&str>,
    undo: bool,
) -> Result<(), Failure> {
    for _ in 0..ATTEMPTS {
        let found = cluster.get(&Resource::NAMESPACES, None, namespace).await?;
        let Some(found) = found else {
            return Err(Failure::Arguments(format!(
                "there is no Namespace `{namespace}`; create it first"
            )));
        };
        let annotations = found.pointer("/metadata/annotations");
        let text = annotations.and_then(|annotations| annotations.get(YIELD)?.as_str());
        let before: BTreeSet<&str> = text
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        let after: BTreeSet<&str> = if undo {
            before.difference(names).copied().collect()
        } else {
            before.union(names).copied().collect()
        };
        if before == after {
            return Ok(());
        }
        let mut operations = vec![json!({
            "op": "replace", "path": "/metadata/resourceVersion",
            "value": found.pointer("/metadata/resourceVersion"),
        })];
        if annotations.is_none() {
            operations.push(json!({"op": "add", "path": "/metadata/annotations", "value": {}}));
        }
        let path = "/metadata/annotations/boltrope.dev~1yield";
        operations.push(if after.is_empty() {
            json!({"op": "remove", "path": path})
        } else {
            let list: Vec<&str> = after.into_iter().collect();
            json!({"op": "add", "path": path, "value": list.join(",")})
        });
        match cluster
            .patch_cluster_scoped(&Resource::NAMESPACES, namespace, operations)
            .await
        {
            Ok(_) => return Ok(()),
            Err(CallError::Conflict { .. }) => sleep(PAUSE).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::Held(format!(
        "Namespace `{namespace}` is written by somebody else all the time; try again"
    )))
}

/// Waits until no copy has any of the names; gives those that have one still.
async fn wait(
    cluster: &Cluster,
    arguments: &Arguments,
    names: &BTreeSet<&str>,
) -> Result<Vec<String>, Failure> {
    let end = Instant::now() + Duration::from_secs(arguments.timeout);
    let served = Served::discover(cluster).await?;
    let written: Vec<(&str, &Resource)> = served
        .iter()
        .filter(|(row, _)| Kind::WRITTEN.contains(&row.kind))
        .map(|(row, resource)| (row.name, resource))
        .collect();
    loop {
        let mut left = Vec::new();
        for (kind, resource) in &written {
            for name in names {
                match cluster.get(resource, Some(&arguments.namespace), name).await {
                    Ok(Some(found)) if is_ours(&found) => left.push(format!("{kind} `{name}`")),
                    Ok(_) => {}
                    // Whoever may not look at a kind still hears about the others.
                    Err(error @ CallError::Forbidden { .. }) if *kind != "Service" => {
                        output::hint(&first_line(&error));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        if left.is_empty() || Instant::now() >= end {
            return Ok(left);
        }
        sleep(PAUSE).await;
    }
}

fn is_ours(object: &Value) -> bool {
    let labels = object.pointer("/metadata/labels");
    labels.is_some_and(|labels| {
        labels.get(MANAGED_BY).and_then(Value::as_str) == Some(MANAGER) && labels.get(ORIGIN).is_some()
    })
}

fn is_name(name: &str) -> bool {
    name.len() <= 253
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
}
