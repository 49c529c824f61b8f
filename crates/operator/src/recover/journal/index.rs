//! Which backups a namespace has, and until when: one more Secret, because to list Secrets is to read them all, and that
//! right is not asked for.

use std::collections::{BTreeMap, BTreeSet};

use boltrope::recovery::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::secret::{call, data, secret, version_of};
use super::{JournalError, pack};
use crate::cluster::{CallError, Cluster, Resource};
use crate::recover::view::Key;

const NAME: &str = "boltrope-backup.index";
const CONTENT: &str = "index.json";
/// Others write it, too.
const ATTEMPTS: usize = 5;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Index(BTreeMap<String, Kept>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// The HelmRelease's name.
    release: String,
    expires: Timestamp,
}

/// Notes backups of a release.
pub(super) async fn note(
    cluster: &Cluster,
    key: &Key,
    names: &[String],
    expires: Timestamp,
) -> Result<(), JournalError> {
    change(cluster, key, |index| {
        for name in names {
            let release = key.1.clone();
            index.0.insert(name.clone(), Kept { release, expires });
        }
    })
    .await
}

/// Strikes out a backup that is deleted.
pub(super) async fn forget(cluster: &Cluster, key: &Key, name: &str) -> Result<(), JournalError> {
    change(cluster, key, |index| {
        index.0.remove(name);
    })
    .await
}

/// The releases that there are backups of.
pub(super) async fn releases(cluster: &Cluster, namespace: &str) -> Result<Vec<String>, JournalError> {
    let (index, _) = read(cluster, namespace).await?;
    let releases: BTreeSet<String> = index.0.into_values().map(|kept| kept.release).collect();
    Ok(releases.into_iter().collect())
}

/// The backups that were kept long enough, each with its release.
pub(super) async fn expired(
    cluster: &Cluster,
    namespace: &str,
    now: Timestamp,
) -> Result<Vec<(String, String)>, JournalError> {
    let (index, _) = read(cluster, namespace).await?;
    let expired = index.0.into_iter().filter(|(_, kept)| kept.expires < now);
    Ok(expired.map(|(name, kept)| (name, kept.release)).collect())
}

async fn change(cluster: &Cluster, key: &Key, edit: impl Fn(&mut Index)) -> Result<(), JournalError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let (mut index, found) = read(cluster, &key.0).await?;
        edit(&mut index);
        let text = serde_json::to_string(&index).map_err(|error| super::broken(key, &error))?;
        let version = found.as_ref().and_then(version_of);
        let object = secret(
            &(key.0.clone(), "*".to_owned()),
            NAME,
            &json!({CONTENT: pack::plain(&text)}),
            version.as_deref(),
        );
        let written = match found {
            None => cluster.create(&Resource::SECRETS, Some(&key.0), &object).await,
            Some(_) => cluster.replace(&Resource::SECRETS, &key.0, NAME, &object).await,
        };
        match written {
            Ok(_) => return Ok(()),
            Err(CallError::Conflict { .. }) if attempts < ATTEMPTS => {}
            Err(error) => return Err(call(key, error)),
        }
    }
}

/// An index that nobody can read any more counts as empty: the backups themselves are found by name.
async fn read(cluster: &Cluster, namespace: &str) -> Result<(Index, Option<Value>), JournalError> {
    let found = cluster.get(&Resource::SECRETS, Some(namespace), NAME).await;
    let found = found.map_err(|error| call(&(namespace.to_owned(), NAME.to_owned()), error))?;
    let text = found
        .as_ref()
        .and_then(|found| pack::unplain(data(found, CONTENT)?));
    let index = text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    Ok((index, found))
}
