//! Objects of a cluster put in order, so that each HelmRelease finds its records, its dependencies and its source.
//!
//! `add` takes whatever `kubectl get -o yaml` prints, Lists too, and keeps what bears on a diagnosis.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::Timestamp;
use super::conditions::{condition, is_observed, name_of, short};
use super::controller::ControllerVersion;
use super::identity;
use super::state::{Prerequisite, PrerequisiteKind, ReleaseState, Storage};
use super::storage::StorageRecord;
use crate::object::{Object, embedded};

const HELM: &str = "helm.toolkit.fluxcd.io";
const SOURCE: &str = "source.toolkit.fluxcd.io";

/// Namespace and name.
type Key = (String, String);

/// What is known of a cluster.
#[derive(Clone, Default)]
pub struct Inventory {
    releases: BTreeMap<Key, Value>,
    records: BTreeMap<(String, String), Vec<StorageRecord>>,
    sources: BTreeMap<(String, Key), Value>,
    /// Namespaces whose Secrets were read.
    read: BTreeSet<String>,
    controllers: BTreeSet<ControllerVersion>,
    manifests: usize,
}

impl Inventory {
    /// Knows nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a document: an object or a List of objects. What was known under the same name is replaced.
    pub fn add(&mut self, document: &Value) {
        for found in embedded::objects(document) {
            self.add_object(found.object);
        }
    }

    /// Says that all of Helm's records in a namespace have been added, even if there was none. A dump that holds any
    /// Secret of a namespace counts as saying so.
    pub fn mark_storage_read(&mut self, namespace: &str) {
        self.read.insert(namespace.to_owned());
    }

    /// Says which helm-controller is at work.
    pub fn set_controller(&mut self, version: ControllerVersion) {
        self.controllers = BTreeSet::from([version]);
    }

    /// The helm-controller at work: the only one that was seen. Several (shards of different versions) count as unknown.
    #[must_use]
    pub fn controller(&self) -> Option<ControllerVersion> {
        let mut versions = self.controllers.iter();
        versions.next().copied().filter(|_| versions.next().is_none())
    }

    /// HelmReleases that are manifests from a repository and not a cluster's: without uid and status.
    #[must_use]
    pub fn manifests(&self) -> usize {
        self.manifests
    }

    /// How many HelmReleases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.releases.len()
    }

    /// Whether there is no HelmRelease.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.releases.is_empty()
    }

    /// The state of every HelmRelease, ordered by namespace and name.
    pub fn states(&self, now: Option<Timestamp>) -> impl Iterator<Item = ReleaseState<'_>> {
        self.releases
            .values()
            .map(move |release| self.state_of(release, now))
    }

    /// The state of one HelmRelease.
    #[must_use]
    pub fn state(&self, namespace: &str, name: &str, now: Option<Timestamp>) -> Option<ReleaseState<'_>> {
        let release = self.releases.get(&(namespace.to_owned(), name.to_owned()))?;
        Some(self.state_of(release, now))
    }

    fn add_object(&mut self, object: Object<'_>) {
        let key = || {
            let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
            (text(object.namespace()), text(object.name()))
        };
        match (object.group(), object.kind()) {
            (HELM, "HelmRelease")
                if object.text("/metadata/uid").is_none() && object.value().get("status").is_none() =>
            {
                self.manifests += 1;
            }
            (HELM, "HelmRelease") => {
                self.releases.insert(key(), object.value().clone());
            }
            (SOURCE, "HelmChart" | "OCIRepository" | "ExternalArtifact") => {
                let kind = object.kind().to_owned();
                self.sources.insert((kind, key()), object.value().clone());
            }
            ("", "Secret") => self.add_secret(object),
            ("apps", "Deployment") => self.add_images(object, "/spec/template/spec/containers"),
            ("", "Pod") => self.add_images(object, "/spec/containers"),
            _ => {}
        }
    }

    fn add_secret(&mut self, object: Object<'_>) {
        self.read
            .insert(object.namespace().unwrap_or_default().to_owned());
        if !StorageRecord::is_record(object.value()) {
            return;
        }
        if let Some(record) = StorageRecord::new(object.value().clone()) {
            let place = (record.namespace().to_owned(), record.release().to_owned());
            let records = self.records.entry(place).or_default();
            records.retain(|known| known.version() != record.version());
            records.push(record);
        }
    }

    fn add_images(&mut self, object: Object<'_>, containers: &str) {
        let containers = object.value().pointer(containers).and_then(Value::as_array);
        let images = containers
            .into_iter()
            .flatten()
            .filter_map(|container| container.get("image")?.as_str());
        self.controllers
            .extend(images.filter_map(ControllerVersion::of_image));
    }

    fn state_of<'a>(&'a self, release: &'a Value, now: Option<Timestamp>) -> ReleaseState<'a> {
        let identity = identity::current(release);
        let place = (identity.storage_namespace, identity.release);
        let records = self.records.get(&place);
        let storage = if records.is_some() || self.read.contains(&place.0) {
            Storage::Read(records.into_iter().flatten().collect())
        } else {
            Storage::NotRead
        };
        ReleaseState {
            release,
            storage,
            controller: self.controller(),
            prerequisites: self.dependencies(release).chain(self.source(release)).collect(),
            now,
        }
    }

    /// As `checkDependencies` of helm-controller judges. A `readyExpr` is CEL, which is not judged here.
    fn dependencies<'a>(&'a self, release: &'a Value) -> impl Iterator<Item = Prerequisite> + 'a {
        let own = Object::new(release).namespace().unwrap_or_default();
        let entries = release.pointer("/spec/dependsOn").and_then(Value::as_array);
        let judge = move |(index, entry): (usize, &Value)| {
            let text = |key: &str| {
                entry
                    .get(key)
                    .and_then(Value::as_str)
                    .filter(|text| !text.is_empty())
            };
            let key = (
                text("namespace").unwrap_or(own).to_owned(),
                text("name")?.to_owned(),
            );
            let name = format!("HelmRelease {}/{}", key.0, key.1);
            let problem = match self.releases.get(&key) {
                _ if text("readyExpr").is_some() => return None,
                None if self.releases.keys().any(|(namespace, _)| *namespace == key.0) => {
                    Some("it does not exist".to_owned())
                }
                None => return None,
                Some(found) => dependency_problem(found),
            };
            Some(Prerequisite {
                kind: PrerequisiteKind::Dependency,
                name,
                pointer: format!("/spec/dependsOn/{index}"),
                problem,
            })
        };
        entries.into_iter().flatten().enumerate().filter_map(judge)
    }

    /// As `isSourceReady` of helm-controller judges.
    fn source(&self, release: &Value) -> Option<Prerequisite> {
        let object = Object::new(release);
        let own = object.namespace().unwrap_or_default();
        let (kind, namespace, name, pointer) = match object.text("/spec/chartRef/kind") {
            Some(kind) => (
                kind,
                object.text("/spec/chartRef/namespace").unwrap_or(own),
                object.text("/spec/chartRef/name")?,
                "/spec/chartRef",
            ),
            None => {
                let (namespace, name) = object.text("/status/helmChart")?.split_once('/')?;
                ("HelmChart", namespace, name, "/status/helmChart")
            }
        };
        let found = self
            .sources
            .get(&(kind.to_owned(), (namespace.to_owned(), name.to_owned())))?;
        Some(Prerequisite {
            kind: PrerequisiteKind::Source,
            name: name_of(found),
            pointer: pointer.to_owned(),
            problem: source_problem(found),
        })
    }
}

impl fmt::Debug for Inventory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Inventory")
            .field("releases", &self.releases.keys())
            .field("records", &self.records)
            .field("sources", &self.sources.keys())
            .field("controllers", &self.controllers)
            .finish_non_exhaustive()
    }
}

fn dependency_problem(dependency: &Value) -> Option<String> {
    let ready = condition(dependency, "Ready");
    if !is_observed(dependency) {
        return Some("its newest generation has not been reconciled".to_owned());
    }
    match ready {
        Some(ready) if ready.is_true() => None,
        Some(ready) => Some(ready.to_string()),
        None => Some("it has no condition Ready".to_owned()),
    }
}

fn source_problem(source: &Value) -> Option<String> {
    let has_artifact = source.pointer("/status/artifact").is_some_and(Value::is_object);
    let stalled = condition(source, "Stalled").filter(super::conditions::Condition::is_true);
    let is_external = Object::new(source).kind() == "ExternalArtifact";
    if !is_external && !is_observed(source) {
        let ready = condition(source, "Ready").filter(super::conditions::Condition::is_false);
        let message = ready.map_or("latest generation has not been reconciled", |ready| ready.message);
        return Some(short(message));
    }
    if let Some(stalled) = stalled.filter(|_| !is_external) {
        return Some(stalled.to_string());
    }
    (!has_artifact).then(|| {
        let ready = condition(source, "Ready").filter(|ready| !ready.is_true());
        ready.map_or("it has no artifact".to_owned(), |ready| {
            format!("it has no artifact: {ready}")
        })
    })
}
