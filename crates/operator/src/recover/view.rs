//! What was read of a cluster at one moment, so that every release can be judged from it.

use std::collections::{BTreeMap, BTreeSet};

use boltrope::recovery::storage::StorageRecord;
use boltrope::recovery::{Inventory, ReleaseState, Storage, Timestamp};
use serde_json::Value;

/// Namespace and name of a HelmRelease.
pub(crate) type Key = (String, String);

/// Releases, sources, the records that were read, and the controllers.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(super) inventory: Inventory,
    /// By release, as far as they were looked for. Not in the inventory: it takes one Secret of a namespace as all of them.
    records: BTreeMap<Key, Vec<StorageRecord>>,
    /// The Deployments of helm-controller, and whether each is available.
    pub(super) controllers: Vec<(String, bool)>,
}

impl View {
    /// What is known of one release.
    pub(crate) fn state(&self, key: &Key, now: Timestamp) -> Option<ReleaseState<'_>> {
        let state = self.inventory.state(&key.0, &key.1, Some(now))?;
        Some(self.with_records(state))
    }

    /// What is known of every release, ordered by namespace and name.
    pub(crate) fn states(&self, now: Timestamp) -> impl Iterator<Item = ReleaseState<'_>> {
        self.inventory
            .states(Some(now))
            .map(|state| self.with_records(state))
    }

    /// The namespaces that have releases, each once.
    pub(crate) fn namespaces(&self) -> Vec<String> {
        let releases = self.inventory.states(None).map(|state| key_of(state.release).0);
        let namespaces: BTreeSet<String> = releases.collect();
        namespaces.into_iter().collect()
    }

    /// Takes the records of a release; `None` if nobody can say which there are.
    pub(super) fn set_records(&mut self, key: Key, records: Option<Vec<StorageRecord>>) {
        match records {
            Some(records) => self.records.insert(key, records),
            None => self.records.remove(&key),
        };
    }

    fn with_records<'v>(&'v self, state: ReleaseState<'v>) -> ReleaseState<'v> {
        let storage = match self.records.get(&key_of(state.release)) {
            Some(records) => Storage::Read(records.iter().collect()),
            None => Storage::NotRead,
        };
        ReleaseState { storage, ..state }
    }
}

/// Namespace and name of an object.
pub(crate) fn key_of(object: &Value) -> Key {
    let text = |pointer: &str| {
        let found = object.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    (text("/metadata/namespace"), text("/metadata/name"))
}
