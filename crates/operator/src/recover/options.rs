//! What all commands that repair can be told, and what a run is made from.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use boltrope::recovery::compat::Settings;
use clap::ValueEnum;

use super::announce::Announcer;
use super::clock::Clock;
use super::guard::Guard;
use super::journal::{Folder, Journal, Secrets};
use super::metrics::Metrics;
use super::names::Names;
use super::reader::Reader;
use super::round::Rounds;
use super::selection::Selection;
use super::writer::Writer;
use crate::cluster::Cluster;
use crate::command::Failure;
use crate::server::Health;

/// How repairs are made.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(super) selection: Selection,
    #[command(flatten)]
    pub(super) guard: Guard,
    #[command(flatten)]
    compat: Compat,
    #[command(flatten)]
    backup: Backup,
}

/// Where backups are kept.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Backup {
    /// Keep what is changed in files of this folder (for you alone) instead of in Secrets `boltrope-backup-*` beside the
    /// HelmReleases
    #[arg(long, value_name = "FOLDER")]
    backup_dir: Option<PathBuf>,
}

#[derive(Clone, Debug, clap::Args)]
struct Compat {
    /// Repair as openova's bp-flux does, without its harm: docs/recovery-openova.md
    #[arg(long, value_name = "WHOSE")]
    compat: Option<Whose>,
    /// With --compat: how long Ready is Unknown before a release counts as stuck
    #[arg(long, value_name = "DURATION", requires = "compat", value_parser = threshold)]
    stuck_threshold: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Whose {
    /// The recovery CronJob of openova's bp-flux
    Openova,
}

impl Options {
    /// Connects, and puts everything together.
    pub(crate) async fn rounds(self, names: Names, health: Arc<Health>) -> Result<Rounds, Failure> {
        let cluster = self.selection.connection.open().await?;
        let journal = self.backup.journal(&cluster)?;
        let compat = self.compat.compat.map(|Whose::Openova| {
            let default = Settings::default();
            Settings {
                threshold: self.compat.stuck_threshold.unwrap_or(default.threshold),
                max: self.guard.max,
            }
        });
        let reader = Reader::open(cluster.clone(), self.selection).await?;
        Ok(Rounds {
            writer: Writer::new(cluster, reader.releases.clone()),
            reader,
            journal,
            guard: self.guard,
            compat,
            names,
            clock: Clock::system(),
            metrics: Metrics::default(),
            health,
            announcer: Announcer::default(),
        })
    }
}

impl Backup {
    /// Opens the place.
    pub(crate) fn journal(&self, cluster: &Cluster) -> Result<Journal, Failure> {
        Ok(match &self.backup_dir {
            Some(path) => {
                let folder = Folder::open(path);
                Journal::Folder(folder.map_err(|error| Failure::Arguments(format!("--backup-dir: {error}")))?)
            }
            None => Journal::Secrets(Secrets::new(cluster.clone())),
        })
    }
}

/// The health of a command that ends by itself: nobody asks.
pub(crate) fn unasked() -> Arc<Health> {
    Arc::new(Health::new(Duration::MAX))
}

fn threshold(text: &str) -> Result<i64, String> {
    let read = Settings::default().with_threshold(text);
    read.map(|settings| settings.threshold)
        .ok_or_else(|| "write seconds or a duration: 90, 5m, 1h30m".to_owned())
}
