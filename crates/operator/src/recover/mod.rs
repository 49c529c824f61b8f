//! `boltrope-operator recover`: stuck HelmReleases of a cluster, diagnosed and repaired.
//!
//! The library judges and plans ([`boltrope::recovery`]); here is the driver: [`reader`] reads what a judgement needs,
//! with as few and as narrow requests as will do.

mod diagnose;
mod reader;
mod selection;
mod view;

use std::time::{SystemTime, UNIX_EPOCH};

use boltrope::recovery::Timestamp;
use clap::Subcommand;
use sha2::{Digest as _, Sha256};

use crate::command::{Exit, Failure};

/// Find out why HelmReleases are stuck, and repair them with the least harm
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Diagnose(diagnose::Arguments),
}

/// Runs a subcommand.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.command {
        Command::Diagnose(arguments) => diagnose::run(&arguments).await,
    }
}

/// The moment.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Sixteen hexadecimal digits that stand for some texts.
pub(crate) fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
