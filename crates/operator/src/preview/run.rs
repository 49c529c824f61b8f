//! `boltrope-operator preview run`: keeps previews as the rules say, for as long as it runs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;

use super::board::Board;
use super::book::Book;
use super::keeper::{Keeper, Options};
use super::metrics::Metrics;
use super::reach::Reach;
use super::stream::Patience;
use crate::cluster::lease::Lease;
use crate::cluster::{Cluster, Connection, own_namespace};
use crate::command::{Exit, Failure, exit_codes, output};
use crate::server::{Health, answer};
use crate::stop::Stop;

/// The Lease of which one replica holds the right to act.
const LEASE: &str = "boltrope-preview";
/// How long a part may take from one sign of life to the next before the program counts as hanging.
const PATIENCE: Duration = Duration::from_secs(600);
const BEAT: Duration = Duration::from_secs(5);

const HELP: &str = concat!(
    "\
Stays until SIGTERM; with --once it ends when everything is as it should be. In a cluster one of several replicas acts
(Lease `boltrope-preview`), and what it does stands in the ConfigMap `boltrope-preview-status`; both are in --namespace.
Rules are read again when their files change; broken ones leave those before in force, and boltrope_rules_valid is 0.
An object that is not ours is never written and never deleted. A list that is refused or not complete deletes nothing.

",
    exit_codes!("all copies are as they should be (--once), or it was asked to end", "something remains (--once)"),
    "

Examples:
  boltrope-operator preview run --rules /etc/boltrope
  boltrope-operator preview run --rules rules.yaml --once --context staging
  boltrope-operator preview run --rules rules.yaml --only feature-login --only feature-cart
  boltrope-operator preview run --rules rules.yaml --kind Ingress --kind HelmRelease"
);

/// Keep previews as the rules say
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    #[command(flatten)]
    connection: Connection,
    /// Rules files, or directories of them (*.yaml, *.yml); repeat for several
    #[arg(long, value_name = "PATH", required = true)]
    rules: Vec<PathBuf>,
    /// Where the Lease and the status are; without it the namespace of the Pod, and outside of a cluster there are none
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,
    #[command(flatten)]
    reach: Reach,
    /// End when everything is as it should be
    #[arg(long)]
    once: bool,
    /// Writes at a time
    #[arg(long, value_name = "NUMBER", default_value = "16", value_parser = clap::value_parser!(u16).range(1..=256))]
    parallel: u16,
    /// Seconds after which a watch that brings not even a bookmark is given up
    #[arg(long, value_name = "SECONDS", default_value = "150", value_parser = clap::value_parser!(u64).range(1..))]
    silence: u64,
    /// Where /metrics, /healthz and /readyz are answered
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "0.0.0.0:8080",
        conflicts_with = "once"
    )]
    metrics_address: SocketAddr,
}

pub(super) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let stop = Stop::on_signals()
        .map_err(|error| Failure::Internal(format!("nobody can listen for signals: {error}")))?;
    let book = Book::open(&arguments.rules)?;
    if book.rules.is_empty() {
        output::warning(
            "--rules: there is no `preview` rule, so every copy that an earlier one made is deleted",
        );
    }
    let cluster = arguments.connection.open().await?;
    let health = Arc::new(Health::new(PATIENCE));
    let metrics = Metrics::default();
    let namespace = arguments.namespace.clone().or_else(own_namespace);
    let lease = match (&namespace, arguments.once) {
        (Some(namespace), false) => Some(lease(&cluster, namespace)),
        _ => None,
    };
    if !arguments.once {
        let mut registry = Registry::default();
        metrics.register(&mut registry);
        metrics.set_rules_valid(true);
        answer(arguments.metrics_address, registry, &health, &stop).await?;
    }
    let work = async {
        let (board, announcer) = Board::open(&cluster, namespace).await;
        let options = arguments.options();
        let watched = (metrics, Arc::clone(&health), stop.clone());
        Keeper::new(cluster.clone(), options, book, (board, announcer), watched)
            .run()
            .await
    };
    let Some(lease) = lease else {
        return work.await;
    };
    // A replica that waits for its turn is ready: a rolling update waits for it, and the Lease for the update.
    health.set_ready(true);
    let leadership = tokio::select! {
        acquired = lease.acquire(&stop) => acquired?,
        () = beat(&health) => None,
    };
    let Some(leadership) = leadership else {
        return Ok(Exit::Clean);
    };
    health.set_ready(false);
    output::progress(&format!("this replica holds the Lease `{LEASE}`"));
    let exit = tokio::select! {
        exit = work => exit,
        () = leadership.lost() => {
            return Err(Failure::Unreadable(format!(
                "the Lease `{LEASE}` could not be renewed in time; another replica may act now"
            )));
        }
    };
    leadership.release().await;
    exit
}

impl Arguments {
    fn options(&self) -> Options {
        Options {
            only: self.reach.only(),
            kinds: self.reach.kinds(),
            once: self.once,
            parallel: self.parallel.into(),
            patience: Patience {
                silence: Duration::from_secs(self.silence),
                ..Patience::default()
            },
        }
    }
}

fn lease(cluster: &Cluster, namespace: &str) -> Lease {
    let identity = std::env::var("HOSTNAME").unwrap_or_default();
    Lease {
        cluster: cluster.clone(),
        namespace: namespace.to_owned(),
        name: LEASE.to_owned(),
        identity: format!("{identity}_{}", std::process::id()),
    }
}

/// Signs of life while there is nothing to do.
async fn beat(health: &Health) {
    loop {
        health.beat();
        tokio::time::sleep(BEAT).await;
    }
}
