//! Reads what judgements need: one list per kind for the whole cluster, or one per namespace; Helm's records by exact name,
//! and only of releases that are not obviously well.

use std::collections::{BTreeMap, BTreeSet};

use boltrope::recovery::identity::{self, Wanted};
use boltrope::recovery::storage::{Status, StorageRecord, secret_name};
use boltrope::recovery::{ReleaseState, Timestamp, Verdict, Waiting, diagnose};
use serde_json::Value;
use tokio::task::JoinSet;

use super::selection::Selection;
use super::view::{Key, View, key_of};
use crate::cluster::{CallError, Cluster, Content, Resource};
use crate::command::Failure;

const HELM: &str = "helm.toolkit.fluxcd.io";
const SOURCE: &str = "source.toolkit.fluxcd.io";
const SOURCES: [&str; 3] = ["helmcharts", "ocirepositories", "externalartifacts"];
/// Helm's Secrets: `owner=helm`, and a type that nothing else has.
const RECORDS: &str = "labelSelector=owner%3Dhelm&fieldSelector=type%3Dhelm.sh%2Frelease.v1";
const MARKS: &str = "boltrope.dev/";
/// Requests at a time.
const AT_ONCE: usize = 8;
/// Revisions that are not there before nobody looks further.
const MISSES: u64 = 3;

/// A cluster, and the kinds of it that matter.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) cluster: Cluster,
    pub(crate) releases: Resource,
    sources: Vec<Resource>,
    selection: Selection,
}

impl Reader {
    /// Finds out which kinds the cluster serves.
    pub(crate) async fn open(cluster: Cluster, selection: Selection) -> Result<Self, Failure> {
        let releases = cluster.discover(HELM, &["helmreleases"]).await?;
        let Some(releases) = releases.into_iter().next().flatten() else {
            return Err(Failure::Unreadable(format!(
                "the cluster serves no HelmReleases ({HELM}): is Flux installed, and is this the right cluster?"
            )));
        };
        let sources = cluster.discover(SOURCE, &SOURCES).await?;
        Ok(Self {
            cluster,
            releases,
            sources: sources.into_iter().flatten().collect(),
            selection,
        })
    }

    /// The same for other namespaces.
    #[cfg(test)]
    pub(crate) fn in_namespaces(&self, namespaces: &[&str]) -> Self {
        let mut other = self.clone();
        other.selection.namespaces = namespaces.iter().map(|name| (*name).to_owned()).collect();
        other
    }

    /// The same with lists of Secrets.
    #[cfg(test)]
    pub(crate) fn listing_secrets(&self) -> Self {
        let mut other = self.clone();
        other.selection.list_secrets = true;
        other
    }

    /// Everything, as it is now.
    pub(crate) async fn read(&self, now: Timestamp) -> Result<View, CallError> {
        let mut view = View::default();
        for place in self.selection.places() {
            for resource in std::iter::once(&self.releases).chain(&self.sources) {
                let add = |mut object: Value| {
                    slim(&mut object);
                    view.inventory.add(&object);
                };
                self.cluster
                    .list(resource, place, "", Content::Objects, add)
                    .await?;
            }
        }
        self.read_controllers(&mut view).await?;
        if self.selection.list_secrets {
            self.list_records(&mut view, now).await?;
        } else {
            let unclear: Vec<Value> = view
                .inventory
                .states(Some(now))
                .filter(is_unclear)
                .map(|state| state.release.clone())
                .collect();
            self.fetch_records(&mut view, unclear).await?;
        }
        Ok(view)
    }

    /// The namespaces that have releases.
    pub(crate) async fn namespaces(&self) -> Result<Vec<String>, CallError> {
        let mut found = BTreeSet::new();
        let add = |object: Value| {
            found.insert(key_of(&object).0);
        };
        self.cluster
            .list(&self.releases, None, "", Content::Metadata, add)
            .await?;
        Ok(found.into_iter().collect())
    }

    /// Where Flux's controllers are looked for.
    pub(crate) fn flux_namespace(&self) -> &str {
        &self.selection.flux_namespace
    }

    /// Whether somebody said which helm-controller it is, and so that there is one.
    pub(crate) fn vouches_for_controller(&self) -> bool {
        self.selection.controller_version.is_some()
    }

    /// One release, whole and with its newest record, into the view. `false` if it is gone.
    pub(crate) async fn read_one(&self, view: &mut View, key: &Key) -> Result<bool, CallError> {
        let found = self.cluster.get(&self.releases, Some(&key.0), &key.1).await?;
        let Some(release) = found else {
            return Ok(false);
        };
        view.inventory.add(&release);
        let known = match self.selection.list_secrets {
            true => find_record(&self.cluster, &release).await?,
            false => fetch_record(&self.cluster, &release).await?,
        };
        view.set_records(key.clone(), known);
        Ok(true)
    }

    /// The Deployments of helm-controller. Which version works on the releases is worth knowing, and not a condition.
    async fn read_controllers(&self, view: &mut View) -> Result<(), CallError> {
        let namespace = Some(self.selection.flux_namespace.as_str());
        let each = |deployment: Value| {
            if is_helm_controller(&deployment) {
                let (_, name) = key_of(&deployment);
                let available = deployment
                    .pointer("/status/availableReplicas")
                    .and_then(Value::as_u64);
                view.controllers.push((name, available.unwrap_or(0) > 0));
                view.inventory.add(&deployment);
            }
        };
        let listed = self
            .cluster
            .list(&Resource::DEPLOYMENTS, namespace, "", Content::Objects, each)
            .await;
        if let Some(version) = self.selection.controller_version {
            view.inventory.set_controller(version);
            return Ok(());
        }
        listed
    }

    async fn fetch_records(&self, view: &mut View, releases: Vec<Value>) -> Result<(), CallError> {
        let mut releases = releases.into_iter();
        let mut running = JoinSet::new();
        loop {
            while running.len() < AT_ONCE
                && let Some(release) = releases.next()
            {
                let cluster = self.cluster.clone();
                running.spawn(async move { (key_of(&release), fetch_record(&cluster, &release).await) });
            }
            match running.join_next().await {
                None => return Ok(()),
                Some(Ok((key, records))) => view.set_records(key, records?),
                // A task that panicked has said so; its release stays unread.
                Some(Err(_)) => {}
            }
        }
    }

    /// The metadata of all records, one list per place; then the bodies of those that may be the matter.
    async fn list_records(&self, view: &mut View, now: Timestamp) -> Result<(), CallError> {
        let mut listed: BTreeMap<Key, Vec<StorageRecord>> = BTreeMap::new();
        let releases: Vec<Value> = view
            .inventory
            .states(Some(now))
            .map(|state| state.release.clone())
            .collect();
        let storage: BTreeSet<String> = releases
            .iter()
            .map(|release| identity::current(release).storage_namespace)
            .collect();
        let places: Vec<Option<&str>> = match self.selection.namespaces.is_empty() {
            true => vec![None],
            false => storage.iter().map(|namespace| Some(namespace.as_str())).collect(),
        };
        for place in places {
            let add = |object: Value| {
                if let Some(record) = as_secret(object).and_then(StorageRecord::new) {
                    let key = (record.namespace().to_owned(), record.release().to_owned());
                    listed.entry(key).or_default().push(record);
                }
            };
            self.cluster
                .list(&Resource::SECRETS, place, RECORDS, Content::Metadata, add)
                .await?;
        }
        let mut unclear = Vec::new();
        for release in releases {
            let identity = identity::current(&release);
            let records = listed
                .remove(&(identity.storage_namespace, identity.release))
                .unwrap_or_default();
            let newest = records.iter().max_by_key(|record| record.version());
            let is_settled = newest.is_none_or(|newest| newest.label_status() == Some(Status::Deployed));
            let key = key_of(&release);
            let name = newest.map(|newest| (newest.namespace().to_owned(), newest.name().to_owned()));
            view.set_records(key.clone(), Some(records));
            let state = view.state(&key, now);
            if let Some(name) = name.filter(|_| !is_settled || state.is_some_and(|state| is_unclear(&state)))
            {
                unclear.push((key, name));
            }
        }
        for (key, (namespace, name)) in unclear {
            let secret = self
                .cluster
                .get(&Resource::SECRETS, Some(&namespace), &name)
                .await?;
            view.set_records(
                key,
                Some(secret.and_then(StorageRecord::new).into_iter().collect()),
            );
        }
        Ok(())
    }
}

/// Whether Helm's records could change the judgement of a release.
fn is_unclear(state: &ReleaseState<'_>) -> bool {
    !matches!(
        diagnose(state).verdict,
        Verdict::Healthy
            | Verdict::Deleting
            | Verdict::Remote
            | Verdict::InFlight
            | Verdict::Waiting(Waiting::Suspended)
    )
}

/// The newest record by exact name; `None` if nobody can say whether there is one.
async fn fetch_record(cluster: &Cluster, release: &Value) -> Result<Option<Vec<StorageRecord>>, CallError> {
    let Wanted {
        namespace,
        names,
        open,
    } = identity::wanted_records(release);
    let get = async |name: &str| -> Result<Option<StorageRecord>, CallError> {
        let secret = cluster.get(&Resource::SECRETS, Some(&namespace), name).await?;
        Ok(secret.and_then(StorageRecord::new))
    };
    if !open {
        for name in names.iter().rev() {
            if let Some(record) = get(name).await? {
                return Ok(Some(vec![record]));
            }
        }
        return Ok(Some(Vec::new()));
    }
    // Without a history the revisions are followed upward. Where the first ones were pruned, only a list finds the rest.
    let release = identity::current(release).release;
    let mut newest: Option<StorageRecord> = None;
    let mut version = 1;
    while version <= newest.as_ref().map_or(0, StorageRecord::version) + MISSES {
        newest = get(&secret_name(&release, version)).await?.or(newest);
        version += 1;
    }
    Ok(newest.map(|record| vec![record]))
}

/// The newest record by a list of one release's metadata.
async fn find_record(cluster: &Cluster, release: &Value) -> Result<Option<Vec<StorageRecord>>, CallError> {
    let identity = identity::current(release);
    let namespace = Some(identity.storage_namespace.as_str());
    let selectors = format!("labelSelector=owner%3Dhelm%2Cname%3D{}", identity.release);
    let mut newest: Option<(u64, String)> = None;
    let each = |object: Value| {
        if let Some(record) = as_secret(object).and_then(StorageRecord::new) {
            newest = newest
                .take()
                .max(Some((record.version(), record.name().to_owned())));
        }
    };
    cluster
        .list(&Resource::SECRETS, namespace, &selectors, Content::Metadata, each)
        .await?;
    let Some((_, name)) = newest else {
        return Ok(Some(Vec::new()));
    };
    let secret = cluster.get(&Resource::SECRETS, namespace, &name).await?;
    Ok(Some(secret.and_then(StorageRecord::new).into_iter().collect()))
}

/// The metadata of a Secret, as a Secret without data.
fn as_secret(mut object: Value) -> Option<Value> {
    let map = object.as_object_mut()?;
    map.insert("apiVersion".to_owned(), "v1".into());
    map.insert("kind".to_owned(), "Secret".into());
    Some(object)
}

fn is_helm_controller(deployment: &Value) -> bool {
    let is_named = |text: &str| text.contains("helm-controller");
    let containers = deployment
        .pointer("/spec/template/spec/containers")
        .and_then(Value::as_array);
    let mut images = containers
        .into_iter()
        .flatten()
        .filter_map(|container| container.get("image")?.as_str());
    is_named(&key_of(deployment).1) || images.any(is_named)
}

/// Leaves out what no judgement reads and what makes up most of a release: thousands of them are kept at once. Whoever
/// writes one reads it whole before ([`Reader::read_one`]).
///
/// Who owns a field is kept where openova's branches left a mark: it tells whether they are to go on.
fn slim(object: &mut Value) {
    let annotations = object.pointer("/metadata/annotations").and_then(Value::as_object);
    let is_marked = annotations.is_some_and(|map| map.keys().any(|key| key.starts_with(MARKS)));
    const BULK: [(&str, &str); 5] = [
        ("/metadata", "managedFields"),
        (
            "/metadata/annotations",
            "kubectl.kubernetes.io/last-applied-configuration",
        ),
        ("/spec", "values"),
        ("/spec", "postRenderers"),
        ("/status", "inventory"),
    ];
    for (parent, key) in BULK
        .into_iter()
        .filter(|(_, key)| !is_marked || *key != "managedFields")
    {
        if let Some(map) = object.pointer_mut(parent).and_then(Value::as_object_mut) {
            map.shift_remove(key);
        }
    }
}
