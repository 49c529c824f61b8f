//! Backups as Secrets beside the HelmRelease: they hold what the records hold, so they are kept where those are, readable
//! for the same people.
//!
//! `boltrope-backup-<name>` is the last repair of a release, found by its name. It is replaced only at the version that
//! was read, so two runs never drive one repair. What does not fit goes into Secrets named after their content first.

use boltrope::recovery::Timestamp;
use boltrope::recovery::episode::Machine as _;
use serde_json::{Value, json};

use super::{Entry, JournalError, KEPT, broken, full_name, index, pack};
use crate::cluster::{CallError, Cluster, Resource};
use crate::recover::digest;
use crate::recover::view::Key;

const PREFIX: &str = "boltrope-backup-";
const TYPE: &str = "boltrope.dev/backup";
const TEXT: &str = "repair.json.gz";
const PARTS: &str = "parts.json";

/// Secrets of a cluster.
#[derive(Debug)]
pub(crate) struct Secrets {
    pub(super) cluster: Cluster,
}

impl Secrets {
    /// Keeps them in this cluster.
    pub(crate) fn new(cluster: Cluster) -> Self {
        Self { cluster }
    }

    pub(super) async fn load(&self, key: &Key) -> Result<Option<Entry>, JournalError> {
        let Some(secret) = self.get(key, &head(&key.1)).await? else {
            return Ok(None);
        };
        let unclear = || JournalError::Broken {
            release: full_name(key),
            why: format!(
                "the Secret `{}` does not hold what this program writes",
                head(&key.1)
            ),
        };
        let parts = parts_of(&secret);
        let mut pieces: Vec<String> = Vec::new();
        for part in &parts {
            let part = self.get(key, part).await?.ok_or_else(unclear)?;
            pieces.push(data(&part, TEXT).ok_or_else(unclear)?.to_owned());
        }
        pieces.extend(data(&secret, TEXT).map(str::to_owned));
        let text = pack::unpack(pieces.iter().map(String::as_str)).ok_or_else(unclear)?;
        let repair = serde_json::from_str(&text).map_err(|error| broken(key, &error))?;
        let mut entry = Entry::new(repair);
        entry.written = text;
        entry.version = version_of(&secret);
        entry.parts = parts;
        Ok(Some(entry))
    }

    pub(super) async fn save(&self, entry: &mut Entry, text: &str) -> Result<(), JournalError> {
        let key = entry.key();
        let mut pieces = pack::pack(text).map_err(|error| JournalError::File {
            path: head(&key.1),
            verb: "written",
            why: error.to_string(),
        })?;
        let last = pieces.pop().unwrap_or_default();
        let mut parts = Vec::new();
        for piece in &pieces {
            let name = format!("{}.{}", head(&key.1), digest(&[piece]));
            let part = secret(&key, &name, &json!({TEXT: piece}), None);
            match self.create(&key, &part).await {
                Ok(_) | Err(CallError::Conflict { .. }) => parts.push(name),
                Err(error) => return Err(call(&key, error)),
            }
        }
        let mut content = json!({TEXT: last});
        if let (false, Some(map)) = (parts.is_empty(), content.as_object_mut()) {
            map.insert(PARTS.to_owned(), pack::plain(&json!(parts).to_string()).into());
        }
        let object = secret(&key, &head(&key.1), &content, entry.version.as_deref());
        let written = match entry.version {
            None => self.create(&key, &object).await,
            Some(_) => {
                self.cluster
                    .replace(&Resource::SECRETS, &key.0, &head(&key.1), &object)
                    .await
            }
        };
        let written = written.map_err(|error| call(&key, error))?;
        entry.version = version_of(&written);
        let old = std::mem::replace(&mut entry.parts, parts);
        for part in old.iter().filter(|part| !entry.parts.contains(part)) {
            self.delete(&key.0, part).await?;
        }
        Ok(())
    }

    /// Keeps the last repair under another name, and notes what is to be deleted when.
    pub(super) async fn archive(
        &self,
        last: Option<&Entry>,
        key: &Key,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let mut names = vec![head(&key.1)];
        if let Some(last) = last.filter(|last| !last.repair.saved().is_empty()) {
            let name = format!("{}.{}", head(&key.1), digest(&[&key.0, &key.1, &last.written]));
            let pieces = pack::pack(&last.written).unwrap_or_default();
            // A release that needs several pieces is near Helm's own limit: its older backup goes with the newer one.
            if let [piece] = pieces.as_slice() {
                let kept = secret(key, &name, &json!({TEXT: piece}), None);
                match self.create(key, &kept).await {
                    Ok(_) | Err(CallError::Conflict { .. }) => names.push(name),
                    Err(error) => return Err(call(key, error)),
                }
            }
        }
        let expires = Timestamp::from_unix(now.unix() + KEPT);
        index::note(&self.cluster, key, &names, expires).await
    }

    pub(super) async fn known(&self, namespaces: &[String]) -> Result<Vec<Key>, JournalError> {
        let mut keys = Vec::new();
        for namespace in namespaces {
            for release in index::releases(&self.cluster, namespace).await? {
                keys.push((namespace.clone(), release));
            }
        }
        Ok(keys)
    }

    pub(super) async fn clean(&self, namespace: &str, now: Timestamp) -> Result<(), JournalError> {
        for (name, release) in index::expired(&self.cluster, namespace, now).await? {
            let key = (namespace.to_owned(), release);
            let parts = self.get(&key, &name).await?.as_ref().map(parts_of);
            for part in parts.iter().flatten() {
                self.delete(namespace, part).await?;
            }
            self.delete(namespace, &name).await?;
            index::forget(&self.cluster, &key, &name).await?;
        }
        Ok(())
    }

    async fn get(&self, key: &Key, name: &str) -> Result<Option<Value>, JournalError> {
        let found = self.cluster.get(&Resource::SECRETS, Some(&key.0), name).await;
        found.map_err(|error| call(key, error))
    }

    async fn create(&self, key: &Key, object: &Value) -> Result<Value, CallError> {
        self.cluster
            .create(&Resource::SECRETS, Some(&key.0), object)
            .await
    }

    /// Only what this program made: no other Secret is ever deleted.
    async fn delete(&self, namespace: &str, name: &str) -> Result<(), JournalError> {
        if !name.starts_with(PREFIX) {
            return Ok(());
        }
        let deleted = self.cluster.delete(&Resource::SECRETS, namespace, name).await;
        deleted.map_err(|error| call(&(namespace.to_owned(), name.to_owned()), error))
    }
}

/// `boltrope-backup-web`, shortened where a release's name fills a Secret's.
pub(super) fn head(release: &str) -> String {
    if release.len() <= 200 {
        return format!("{PREFIX}{release}");
    }
    let start: String = release.chars().take(180).collect();
    format!(
        "{PREFIX}{}-{}",
        start.trim_end_matches(['-', '.']),
        digest(&[release])
    )
}

pub(super) fn secret(key: &Key, name: &str, data: &Value, version: Option<&str>) -> Value {
    let annotations = json!({"boltrope.dev/backup-of": full_name(key)});
    let mut metadata = json!({
        "name": name, "namespace": key.0,
        "labels": {"app.kubernetes.io/managed-by": "boltrope"}, "annotations": annotations,
    });
    if let (Some(version), Some(map)) = (version, metadata.as_object_mut()) {
        map.insert("resourceVersion".to_owned(), version.into());
    }
    json!({"apiVersion": "v1", "kind": "Secret", "type": TYPE, "metadata": metadata, "data": data})
}

pub(super) fn data<'s>(secret: &'s Value, key: &str) -> Option<&'s str> {
    secret.get("data")?.get(key)?.as_str()
}

pub(super) fn version_of(object: &Value) -> Option<String> {
    let version = object.pointer("/metadata/resourceVersion")?.as_str()?;
    Some(version.to_owned())
}

fn parts_of(secret: &Value) -> Vec<String> {
    let text = data(secret, PARTS).and_then(pack::unplain);
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

pub(super) fn call(key: &Key, error: CallError) -> JournalError {
    let release = full_name(key);
    match error {
        CallError::Conflict { .. } => JournalError::Taken { release },
        error => JournalError::Call { release, error },
    }
}
