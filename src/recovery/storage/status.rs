//! The statuses that Helm writes into a release record.
//! Source: `pkg/release/common/status.go` of Helm 4.2.4, the same words as in Helm 3.

use std::fmt;

use serde::Serialize;

/// What Helm believes about one revision of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Helm does not know.
    Unknown,
    /// The revision in use.
    Deployed,
    /// Uninstalled with its history kept.
    Uninstalled,
    /// A later revision took over.
    Superseded,
    /// The action failed.
    Failed,
    /// Written before Helm deletes; stays when a deletion fails.
    Uninstalling,
    /// An install began.
    PendingInstall,
    /// An upgrade began.
    PendingUpgrade,
    /// A rollback began.
    PendingRollback,
}

/// Which action left a release pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pending {
    /// `pending-install`
    Install,
    /// `pending-upgrade`
    Upgrade,
    /// `pending-rollback`
    Rollback,
}

impl Status {
    const ALL: [Self; 9] = [
        Self::Unknown,
        Self::Deployed,
        Self::Uninstalled,
        Self::Superseded,
        Self::Failed,
        Self::Uninstalling,
        Self::PendingInstall,
        Self::PendingUpgrade,
        Self::PendingRollback,
    ];

    /// The status that Helm writes as `text`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// As Helm writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Deployed => "deployed",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Uninstalling => "uninstalling",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
        }
    }

    /// Which action is pending, if one is.
    #[must_use]
    pub fn pending(self) -> Option<Pending> {
        match self {
            Self::PendingInstall => Some(Pending::Install),
            Self::PendingUpgrade => Some(Pending::Upgrade),
            Self::PendingRollback => Some(Pending::Rollback),
            _ => None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Pending {
    /// The name of the action, as in `spec.install`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
        }
    }
}
