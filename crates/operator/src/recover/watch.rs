//! `boltrope-operator recover run`: repairs again and again, or once for a CronJob.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;

use super::apply::{finish, held, listen};
use super::guard::duration;
use super::journal::Journal;
use super::names::Names;
use super::options::{Options, unasked};
use super::round::Rounds;
use crate::cluster::lease::{Leadership, Lease};
use crate::cluster::own_namespace;
use crate::command::{Exit, Failure, exit_codes, output};
use crate::server::{Health, answer};
use crate::stop::Stop;

/// The Lease of which one replica holds the right to act.
const LEASE: &str = "boltrope-recover";
/// How much longer than its interval a run may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(600);
const BEAT: Duration = Duration::from_secs(5);
/// Namespaces whose old backups are looked at in one run.
const CLEANED: usize = 20;

const HELP: &str = concat!(
    "\
Stays until SIGTERM, which ends it between two steps; with --once it ends after one run, for a CronJob. In a cluster one of
several replicas acts (Lease `boltrope-recover`). /metrics, /healthz and /readyz are at --metrics-address. Backups in Secrets
are deleted after 14 days.

",
    exit_codes!("nothing is stuck any more (--once), or it was asked to end", "something is (--once), a guardrail held"),
    "

Examples:
  boltrope-operator recover run --interval 2m
  boltrope-operator recover run --once -n shop
  boltrope-operator recover run --interval 5m --max 20 --max-percent 5"
);

/// Repair what is stuck, again and again
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// The pause from one run to the next
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration, conflicts_with = "once")]
    interval: i64,
    /// Run once and end
    #[arg(long)]
    once: bool,
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
    let stop = listen()?;
    if arguments.once {
        let mut rounds = arguments.options.rounds(Names::default(), unasked()).await?;
        return once(&mut rounds, &stop).await;
    }
    let interval = Duration::from_secs(arguments.interval.unsigned_abs().max(1));
    let health = Arc::new(Health::new(interval + PATIENCE));
    let mut rounds = arguments
        .options
        .rounds(Names::default(), Arc::clone(&health))
        .await?;
    let mut registry = Registry::default();
    rounds.metrics.register(&mut registry);
    answer(arguments.metrics_address, registry, &health, &stop).await?;
    // A replica that waits for its turn is ready: a rolling update waits for it, and the Lease for the update.
    health.set_ready(true);
    let Some(leadership) = lead(&rounds, &health, &stop).await? else {
        return Ok(Exit::Clean);
    };
    tokio::select! {
        () = stay(&mut rounds, interval, &stop) => {}
        () = lost(leadership.as_ref()) => {
            return Err(Failure::Unreadable(format!(
                "the Lease `{LEASE}` could not be renewed in time; another replica may act now"
            )));
        }
    }
    if let Some(leadership) = leadership {
        leadership.release().await;
    }
    Ok(Exit::Clean)
}

async fn once(rounds: &mut Rounds, stop: &Stop) -> Result<Exit, Failure> {
    let planned = rounds.plan().await?;
    for (key, why) in &planned.left {
        output::progress(&format!("{}/{}: nothing: {why}", key.0, key.1));
    }
    let is_held = held(&planned);
    let namespaces = planned.view.namespaces();
    let done = rounds.act(planned, stop).await?;
    clean(rounds, &namespaces).await;
    let stuck = super::plan::stuck(&done.diagnoses);
    output::progress(&format!(
        "{} HelmReleases, {stuck} stuck, {} tried",
        done.diagnoses.len(),
        done.endings.len()
    ));
    Ok(finish(&done, is_held))
}

async fn stay(rounds: &mut Rounds, interval: Duration, stop: &Stop) {
    while !stop.is_asked() {
        let ran = once(rounds, stop).await;
        rounds.health.set_ready(ran.is_ok());
        if let Err(failure) = ran {
            output::failure(&failure);
        }
        stop.sleep(interval).await;
    }
}

/// The right to act; without a namespace of our own there is nobody to share it with. `None` if the end came first.
async fn lead(rounds: &Rounds, health: &Health, stop: &Stop) -> Result<Option<Option<Leadership>>, Failure> {
    let Some(namespace) = own_namespace() else {
        return Ok(Some(None));
    };
    let identity = std::env::var("HOSTNAME").unwrap_or_default();
    let lease = Lease {
        cluster: rounds.reader.cluster.clone(),
        namespace,
        name: LEASE.to_owned(),
        identity: format!("{identity}_{}", std::process::id()),
    };
    let beats = async {
        loop {
            health.beat();
            tokio::time::sleep(BEAT).await;
        }
    };
    tokio::select! {
        acquired = lease.acquire(stop) => Ok(acquired?.map(Some)),
        () = beats => Ok(None),
    }
}

async fn lost(leadership: Option<&Leadership>) {
    match leadership {
        Some(leadership) => leadership.lost().await,
        None => std::future::pending().await,
    }
}

/// Deletes backups that were kept long enough: of some namespaces in each run, of other ones in the next.
async fn clean(rounds: &Rounds, namespaces: &[String]) {
    if !matches!(rounds.journal, Journal::Secrets(_)) || namespaces.is_empty() {
        return;
    }
    let now = rounds.clock.now();
    let start = usize::try_from(now.unix().unsigned_abs()).unwrap_or_default() % namespaces.len();
    for namespace in namespaces
        .iter()
        .cycle()
        .skip(start)
        .take(CLEANED.min(namespaces.len()))
    {
        if let Err(error) = rounds.journal.clean(namespace, now).await {
            output::warning(&format!("old backups in `{namespace}` stay: {error}"));
        }
    }
}
