//! What is there: the objects of a cluster, or of a dump of one, and how much of it is known.
//!
//! A caller puts objects in and takes them out as they come and go. Bodies are needed of sources, of routes and of our own
//! copies; of everything else `metadata` is enough. Status and the list of managed fields are let go here, after what
//! they say has been taken note of.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::kind::Kind;
use super::marks::{MANAGER, Marks};
use super::plan::Identity;
use crate::object::Object;
use crate::object::embedded::{self, Wrapper};

/// How much of a kind is in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// All of it.
    Complete,
    /// There is no such kind in the cluster, or whoever runs this does not use it.
    Absent,
    /// Not all of it, and why. Nothing is deleted for what is missing, and what depends on it waits.
    Unavailable(String),
}

/// Objects of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    objects: BTreeMap<Kind, BTreeMap<String, BTreeMap<String, Stored>>>,
    states: BTreeMap<Kind, State>,
}

/// An object without its status and managed fields.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) value: Value,
    pub(super) managers: Managers,
    /// Its marks are ours: worth knowing once, because it takes a hash.
    is_ours: bool,
}

/// What `metadata.managedFields` say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Managers {
    /// There are any.
    pub(super) known: bool,
    /// We are among them.
    pub(super) ours: bool,
    /// Another has `spec.selector` or `spec.ports`.
    pub(super) other_spec: bool,
}

impl Snapshot {
    /// Nothing yet, and nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says how much of a kind is known. At first nothing is.
    pub fn set_state(&mut self, kind: Kind, state: State) {
        self.states.insert(kind, state);
    }

    /// Puts an object in, in place of the one that it is another version of. Gives `false` for an object that the planner
    /// has no use for.
    pub fn put(&mut self, mut object: Value) -> bool {
        let Some(kind) = Kind::of(&object) else {
            return false;
        };
        let view = Object::new(&object);
        let Some(name) = view.name().map(str::to_owned) else {
            return false;
        };
        let namespace = view.namespace().unwrap_or_default().to_owned();
        let id = id_of(kind, view, &name);
        let managers = Managers::take(&mut object);
        if let Some(map) = object.as_object_mut() {
            map.shift_remove("status");
        }
        self.objects
            .entry(kind)
            .or_default()
            .entry(namespace)
            .or_default()
            .insert(id, Stored::new(object, managers));
        true
    }

    /// Puts in a document of a dump: an object, or a list of them.
    pub fn put_document(&mut self, document: &Value) -> usize {
        embedded::objects(document)
            .into_iter()
            .filter(|embedded| embedded.wrapper != Wrapper::CrossplaneObject)
            .filter(|embedded| self.put(embedded.object.value().clone()))
            .count()
    }

    /// Takes an object out, known by its kind, namespace and name.
    pub fn remove(&mut self, object: &Value) -> bool {
        let view = Object::new(object);
        let (Some(kind), Some(name)) = (Kind::of(object), view.name()) else {
            return false;
        };
        let id = id_of(kind, view, name);
        let objects = self.objects.get_mut(&kind);
        let objects = objects.and_then(|all| all.get_mut(view.namespace().unwrap_or_default()));
        objects.is_some_and(|objects| objects.remove(&id).is_some())
    }

    /// Takes all objects of a kind out, as before listing it again.
    pub fn clear(&mut self, kind: Kind) {
        self.objects.remove(&kind);
    }

    /// Whether there is a Namespace of this name.
    #[must_use]
    pub fn knows_namespace(&self, name: &str) -> bool {
        self.get(Kind::Namespace, "", name).is_some()
    }

    /// Takes out the copies in a namespace, and the grants for it, as if none had been made yet.
    pub fn forget_copies(&mut self, namespace: &str) {
        for kind in Kind::WRITTEN {
            for objects in self
                .objects
                .get_mut(&kind)
                .into_iter()
                .flatten()
                .map(|(_, objects)| objects)
            {
                objects.retain(|_, stored| {
                    let marks = stored.marks();
                    let is_here = stored.object().namespace() == Some(namespace);
                    let is_grant = kind == Kind::ReferenceGrant;
                    !marks.is_some_and(|marks| is_here || is_grant && marks.name == namespace)
                });
            }
        }
    }

    /// How many objects of a kind there are.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.objects
            .get(&kind)
            .into_iter()
            .flatten()
            .map(|(_, objects)| objects.len())
            .sum()
    }

    /// How much of a kind is known.
    #[must_use]
    pub fn state(&self, kind: Kind) -> State {
        let unread = || State::Unavailable("it has not been read yet".to_owned());
        self.states.get(&kind).cloned().unwrap_or_else(unread)
    }

    /// Why a kind is not completely known, if it is not.
    pub(super) fn missing(&self, kind: Kind) -> Option<&str> {
        match self.states.get(&kind) {
            Some(State::Complete | State::Absent) => None,
            Some(State::Unavailable(reason)) => Some(reason),
            None => Some("it has not been read yet"),
        }
    }

    pub(super) fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Stored> {
        self.objects.get(&kind)?.get(namespace)?.get(name)
    }

    /// Objects of a kind in a namespace, by name.
    pub(super) fn within(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = (&str, &Stored)> {
        let objects = self.objects.get(&kind).and_then(|all| all.get(namespace));
        objects
            .into_iter()
            .flatten()
            .map(|(id, stored)| (name_of(id), stored))
    }

    /// Objects of a kind with their namespaces, by namespace and name.
    pub(super) fn all(&self, kind: Kind) -> impl Iterator<Item = (&str, &str, &Stored)> {
        let namespaces = self.objects.get(&kind).into_iter().flatten();
        namespaces.flat_map(|(namespace, objects)| {
            objects
                .iter()
                .map(move |(id, stored)| (namespace.as_str(), name_of(id), stored))
        })
    }
}

/// The name of an object, and for kinds that are many also which of them: no name holds a blank.
fn id_of(kind: Kind, object: Object<'_>, name: &str) -> String {
    match kind {
        Kind::Workload | Kind::OtherRoute => format!("{name} {}/{}", object.group(), object.kind()),
        _ => name.to_owned(),
    }
}

fn name_of(id: &str) -> &str {
    id.split_once(' ').map_or(id, |(name, _)| name)
}

impl Stored {
    fn new(value: Value, managers: Managers) -> Self {
        let is_ours = (!managers.known || managers.ours) && Marks::read(Object::new(&value)).is_some();
        Self {
            value,
            managers,
            is_ours,
        }
    }

    /// The marks of an object that is ours. Where its managers are known, we must be one of them: marks can be copied.
    pub(super) fn marks(&self) -> Option<Marks<'_>> {
        self.is_ours.then(|| Marks::written(self.object()))?
    }

    pub(super) fn object(&self) -> Object<'_> {
        Object::new(&self.value)
    }

    /// Which version of which object it is.
    pub(super) fn identity(&self) -> Identity {
        let object = self.object();
        let own = |text: Option<&str>| text.map(str::to_owned);
        Identity {
            api_version: object.api_version().to_owned(),
            kind: object.kind().to_owned(),
            namespace: object.namespace().unwrap_or_default().to_owned(),
            name: object.name().unwrap_or_default().to_owned(),
            uid: own(object.text("/metadata/uid")),
            resource_version: own(object.text("/metadata/resourceVersion")),
        }
    }
}

impl Managers {
    fn take(object: &mut Value) -> Self {
        let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
        let Some(Value::Array(entries)) =
            metadata.and_then(|metadata| metadata.shift_remove("managedFields"))
        else {
            return Self::default();
        };
        let mut managers = Self::default();
        for entry in &entries {
            managers.known = true;
            if entry.get("manager").and_then(Value::as_str) == Some(MANAGER) {
                managers.ours = true;
            } else {
                let spec = entry.pointer("/fieldsV1/f:spec").and_then(Value::as_object);
                let has = |spec: &Map<String, Value>| {
                    ["f:selector", "f:ports"]
                        .iter()
                        .any(|key| spec.contains_key(*key))
                };
                managers.other_spec |= spec.is_some_and(has);
            }
        }
        managers
    }
}
