//! What a diagnosis is made from. Whoever asks reads the cluster (or a dump of it); nothing here does.

use std::fmt;

use serde_json::Value;

use super::Timestamp;
use super::conditions::name_of;
use super::controller::ControllerVersion;
use super::storage::StorageRecord;

/// One HelmRelease and everything that bears on it.
#[derive(Clone)]
pub struct ReleaseState<'a> {
    /// The HelmRelease as the API server gives it.
    pub release: &'a Value,
    /// Its records in Helm's storage.
    pub storage: Storage<'a>,
    /// The version of the helm-controller that works on it, if that is known.
    pub controller: Option<ControllerVersion>,
    /// What it waits for, as far as that is known.
    pub prerequisites: Vec<Prerequisite>,
    /// The moment of the state: for a dump the moment it was taken.
    pub now: Option<Timestamp>,
}

/// The records of one release, in any order.
#[derive(Clone, Debug)]
pub enum Storage<'a> {
    /// Nobody looked, or nobody was allowed to.
    NotRead,
    /// All that there are.
    Read(Vec<&'a StorageRecord>),
}

/// Something that has to be there before the controller touches the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prerequisite {
    /// What kind of thing it is.
    pub kind: PrerequisiteKind,
    /// `HelmRelease flux-system/cert-manager`.
    pub name: String,
    /// Where the HelmRelease names it, as a JSON Pointer.
    pub pointer: String,
    /// Why it is not ready; `None` if it is.
    pub problem: Option<String>,
}

/// The kinds of [`Prerequisite`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrerequisiteKind {
    /// An entry of `spec.dependsOn`.
    Dependency,
    /// The chart's source.
    Source,
}

// A HelmRelease carries values, and values carry what should be in Secrets.
impl fmt::Debug for ReleaseState<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReleaseState")
            .field("release", &name_of(self.release))
            .field("storage", &self.storage)
            .field("controller", &self.controller)
            .field("prerequisites", &self.prerequisites)
            .field("now", &self.now)
            .finish()
    }
}
