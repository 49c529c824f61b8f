//! What is there: the objects of a cluster, or of a dump of one, and how much of it is known.
//!
//! A caller puts objects in and takes them out as they come and go. Bodies are needed of sources, of routes and of our own
//! copies; of everything else `metadata` is enough. Status and the list of managed fields are let go here, after what
//! they say has been taken note of.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::marks::MANAGER;
use super::plan::Identity;
use super::planner::ours;
use crate::object::Object;
use crate::object::embedded::{self, Wrapper};
use crate::object::template;

/// The kinds that the planner looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Which namespaces there are, and what they say.
    Namespace,
    /// Sources, mirrors, and who else has a name.
    Service,
    /// Container ports behind a headless source with named ports.
    EndpointSlice,
    /// The same, from what makes pods. Any kind with a pod template.
    Workload,
    /// Routes.
    Ingress,
    /// Which controller serves an Ingress.
    IngressClass,
    /// Routes of Traefik 3.
    IngressRoute,
    /// Routes of Traefik 2, group `traefik.containo.us`.
    LegacyIngressRoute,
    /// Routes.
    HttpRoute,
    /// Routes.
    GrpcRoute,
    /// What routes attach to.
    Gateway,
    /// Which controller serves a Gateway.
    GatewayClass,
    /// Grants that let routes of previews lead into the source.
    ReferenceGrant,
    /// What Flux installs, and the names it brings.
    HelmRelease,
    /// The same.
    Kustomization,
    /// Other objects that claim hosts: TLSRoute, IngressRouteTCP, VirtualService, DNSEndpoint, OpenShift's Route.
    OtherRoute,
}

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

/// Group, version to write, kind.
const KINDS: [(Kind, &str, &str, &str); 14] = [
    (Kind::Namespace, "", "v1", "Namespace"),
    (Kind::Service, "", "v1", "Service"),
    (Kind::EndpointSlice, "discovery.k8s.io", "v1", "EndpointSlice"),
    (Kind::Ingress, "networking.k8s.io", "v1", "Ingress"),
    (Kind::IngressClass, "networking.k8s.io", "v1", "IngressClass"),
    (Kind::IngressRoute, "traefik.io", "v1alpha1", "IngressRoute"),
    (
        Kind::LegacyIngressRoute,
        "traefik.containo.us",
        "v1alpha1",
        "IngressRoute",
    ),
    (Kind::HttpRoute, GATEWAY_API, "v1", "HTTPRoute"),
    (Kind::GrpcRoute, GATEWAY_API, "v1", "GRPCRoute"),
    (Kind::Gateway, GATEWAY_API, "v1", "Gateway"),
    (Kind::GatewayClass, GATEWAY_API, "v1", "GatewayClass"),
    (Kind::ReferenceGrant, GATEWAY_API, "v1beta1", "ReferenceGrant"),
    (Kind::HelmRelease, "helm.toolkit.fluxcd.io", "v2", "HelmRelease"),
    (
        Kind::Kustomization,
        "kustomize.toolkit.fluxcd.io",
        "v1",
        "Kustomization",
    ),
];

/// Other kinds with hosts that answer for them.
const OTHER_ROUTES: [(&str, &str); 6] = [
    (GATEWAY_API, "TLSRoute"),
    ("traefik.io", "IngressRouteTCP"),
    ("traefik.containo.us", "IngressRouteTCP"),
    ("externaldns.k8s.io", "DNSEndpoint"),
    ("networking.istio.io", "VirtualService"),
    ("route.openshift.io", "Route"),
];

const GATEWAY_API: &str = "gateway.networking.k8s.io";

impl Kind {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Namespace,
        Self::Service,
        Self::EndpointSlice,
        Self::Workload,
        Self::Ingress,
        Self::IngressClass,
        Self::IngressRoute,
        Self::LegacyIngressRoute,
        Self::HttpRoute,
        Self::GrpcRoute,
        Self::Gateway,
        Self::GatewayClass,
        Self::ReferenceGrant,
        Self::HelmRelease,
        Self::Kustomization,
        Self::OtherRoute,
    ];
    /// Those of which previews get copies.
    pub const ROUTES: [Self; 5] = [
        Self::Ingress,
        Self::IngressRoute,
        Self::LegacyIngressRoute,
        Self::HttpRoute,
        Self::GrpcRoute,
    ];
    /// Those that are written.
    pub const WRITTEN: [Self; 7] = [
        Self::Service,
        Self::Ingress,
        Self::IngressRoute,
        Self::LegacyIngressRoute,
        Self::HttpRoute,
        Self::GrpcRoute,
        Self::ReferenceGrant,
    ];

    /// What an object is to the planner; `None` when it is nothing.
    #[must_use]
    pub fn of(object: &Value) -> Option<Self> {
        let view = Object::new(object);
        let (group, kind) = (view.group(), view.kind());
        let known = KINDS.iter().find(|known| (known.1, known.3) == (group, kind));
        if let Some((known, ..)) = known {
            return Some(*known);
        }
        if OTHER_ROUTES.contains(&(group, kind)) {
            return Some(Self::OtherRoute);
        }
        template::pod(view).map(|_| Self::Workload)
    }

    /// `apiVersion` and `kind` of this kind; empty for [`Kind::Workload`] and [`Kind::OtherRoute`], which are many.
    #[must_use]
    pub fn api(self) -> (String, &'static str) {
        let Some((_, group, version, kind)) = KINDS.iter().find(|known| known.0 == self) else {
            return (String::new(), "");
        };
        let api_version = if group.is_empty() {
            (*version).to_owned()
        } else {
            format!("{group}/{version}")
        };
        (api_version, kind)
    }

    /// Whether previews get copies of it.
    #[must_use]
    pub fn is_route(self) -> bool {
        Self::ROUTES.contains(&self)
    }
}

/// Objects of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    objects: BTreeMap<Kind, BTreeMap<String, BTreeMap<Id, Stored>>>,
    states: BTreeMap<Kind, State>,
}

/// The name of an object, and for kinds that are many also which of them.
type Id = (String, String);

/// An object without its status and managed fields.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) value: Value,
    pub(super) managers: Managers,
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
        let id = (name, id_of(kind, view));
        let managers = Managers::take(&mut object);
        if let Some(map) = object.as_object_mut() {
            map.shift_remove("status");
        }
        self.objects
            .entry(kind)
            .or_default()
            .entry(namespace)
            .or_default()
            .insert(
                id,
                Stored {
                    value: object,
                    managers,
                },
            );
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
        let id = (name.to_owned(), id_of(kind, view));
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
                    let marks = ours(stored);
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
        let objects = self.objects.get(&kind)?.get(namespace)?;
        // The second half is empty for every kind that is one.
        objects.get(&(name.to_owned(), String::new()))
    }

    /// Objects of a kind in a namespace, by name.
    pub(super) fn within(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = (&str, &Stored)> {
        let objects = self.objects.get(&kind).and_then(|all| all.get(namespace));
        objects
            .into_iter()
            .flatten()
            .map(|((name, _), stored)| (name.as_str(), stored))
    }

    /// Objects of a kind with their namespaces, by namespace and name.
    pub(super) fn all(&self, kind: Kind) -> impl Iterator<Item = (&str, &str, &Stored)> {
        let namespaces = self.objects.get(&kind).into_iter().flatten();
        namespaces.flat_map(|(namespace, objects)| {
            objects
                .iter()
                .map(move |((name, _), stored)| (namespace.as_str(), name.as_str(), stored))
        })
    }
}

fn id_of(kind: Kind, object: Object<'_>) -> String {
    match kind {
        Kind::Workload | Kind::OtherRoute => format!("{}/{}", object.group(), object.kind()),
        _ => String::new(),
    }
}

impl Stored {
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
