//! The closed set of verdicts, and what a diagnosis consists of.

use std::fmt;

use serde::Serialize;

use super::plan::Plan;
use super::storage::Pending;

/// What is the matter with a release. Exactly one holds; they are judged in the order of [`Verdict::ALL`], except that
/// suspended is judged before in-flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is being deleted.
    Deleting,
    /// It is installed in another cluster, and its storage is there.
    Remote,
    /// The controller is at work on it.
    InFlight,
    /// Records that must be there are not.
    StorageMissing,
    /// The newest record cannot be read.
    StorageUnreadable,
    /// The record is, or would be, too large for a Secret.
    StorageTooLarge,
    /// Helm's record is pending and nothing works on it.
    PendingStale(Pending),
    /// Helm's record says uninstalling, which the controller never clears.
    UninstallingStale,
    /// The release is deployed, Ready stays Unknown.
    DeployedUnknown,
    /// The controller gave up.
    RetriesExhausted,
    /// Something else has to come first.
    Waiting(Waiting),
    /// An honest failure: its message says what to repair.
    Failed,
    /// Nothing is the matter.
    Healthy,
    /// None of these; never acted on.
    Unknown,
}

/// What a release waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Somebody to resume it.
    Suspended,
    /// Another HelmRelease.
    Dependency,
    /// The chart's source.
    Source,
    /// Values from a ConfigMap or Secret.
    Values,
}

/// A fact, and where it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// `HelmRelease shop/web`, `Secret shop/sh.helm.release.v1.web.v3`.
    pub object: String,
    /// The JSON Pointer in it.
    pub pointer: String,
    /// What stands there.
    pub fact: String,
}

/// The answer to "why is it stuck?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The HelmRelease's namespace.
    pub namespace: String,
    /// The HelmRelease's name.
    pub name: String,
    /// What is the matter.
    pub verdict: Verdict,
    /// The same as one sentence about this release.
    pub summary: String,
    /// Why that is the verdict, and what else is worth knowing.
    pub evidence: Vec<Evidence>,
    /// What keeps the controller from the release.
    pub blockers: Vec<String>,
    /// What to do about it.
    pub plan: Plan,
}

impl Verdict {
    /// One of each, in the order in which they are judged.
    pub const ALL: [Self; 14] = [
        Self::Deleting,
        Self::Remote,
        Self::InFlight,
        Self::StorageMissing,
        Self::StorageUnreadable,
        Self::StorageTooLarge,
        Self::PendingStale(Pending::Upgrade),
        Self::UninstallingStale,
        Self::DeployedUnknown,
        Self::RetriesExhausted,
        Self::Waiting(Waiting::Dependency),
        Self::Failed,
        Self::Healthy,
        Self::Unknown,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deleting => "deleting",
            Self::Remote => "remote",
            Self::InFlight => "in-flight",
            Self::StorageMissing => "storage-missing",
            Self::StorageUnreadable => "storage-unreadable",
            Self::StorageTooLarge => "storage-too-large",
            Self::PendingStale(_) => "pending-stale",
            Self::UninstallingStale => "uninstalling-stale",
            Self::DeployedUnknown => "deployed-unknown",
            Self::RetriesExhausted => "retries-exhausted",
            Self::Waiting(_) => "waiting",
            Self::Failed => "failed",
            Self::Healthy => "healthy",
            Self::Unknown => "unknown",
        }
    }

    /// What exactly is pending or waited for.
    #[must_use]
    pub fn cause(self) -> Option<&'static str> {
        match self {
            Self::PendingStale(pending) => Some(pending.as_str()),
            Self::Waiting(Waiting::Suspended) => Some("suspended"),
            Self::Waiting(Waiting::Dependency) => Some("dependency"),
            Self::Waiting(Waiting::Source) => Some("source"),
            Self::Waiting(Waiting::Values) => Some("values"),
            _ => None,
        }
    }

    /// Whether somebody has to do something, and no controller will.
    #[must_use]
    pub fn is_stuck(self) -> bool {
        match self {
            Self::Deleting | Self::Remote | Self::InFlight | Self::Waiting(_) | Self::Healthy => false,
            Self::StorageMissing
            | Self::StorageUnreadable
            | Self::StorageTooLarge
            | Self::PendingStale(_)
            | Self::UninstallingStale
            | Self::DeployedUnknown
            | Self::RetriesExhausted
            | Self::Failed
            | Self::Unknown => true,
        }
    }

    /// What it means for anybody's release.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Deleting => "it is being deleted; whatever is written now can leave its resources behind",
            Self::Remote => {
                "spec.kubeConfig: Helm's storage is in another cluster, so nothing here can be judged by it"
            }
            Self::InFlight => "the controller is at work on it, and any write could cost it the result",
            Self::StorageMissing => {
                "a record that the controller has seen is gone; its next reconcile installs or upgrades"
            }
            Self::StorageUnreadable => "the newest record is broken; Helm cannot read it either",
            Self::StorageTooLarge => "the record does not fit into a Secret of 1 MiB, or hardly",
            Self::PendingStale(_) => {
                "an action was cut off; the controller unlocks it once nothing else keeps it away"
            }
            Self::UninstallingStale => {
                "an uninstall was cut off; the controller tries an upgrade for ever, which Helm refuses for ever"
            }
            Self::DeployedUnknown => {
                "the release works, but the write of its conditions was lost, and the controller never makes up for it"
            }
            Self::RetriesExhausted => {
                "the controller gave up; it starts again when something changes or when asked"
            }
            Self::Waiting(Waiting::Suspended) => "somebody suspended it; only they should resume it",
            Self::Waiting(_) => "the controller looks at the release only when what it waits for is ready",
            Self::Failed => "an honest failure: the message says what to repair",
            Self::Healthy => "nothing is the matter",
            Self::Unknown => "none of the known states; never acted on",
        }
    }
}

impl Diagnosis {
    /// `shop/web`
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())?;
        self.cause()
            .map_or(Ok(()), |cause| write!(formatter, " ({cause})"))
    }
}
