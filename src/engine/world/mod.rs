//! What a rule may ask about the rest of the cluster, and how sure the answer is.

pub mod builtin;
pub(crate) mod declared;
mod ports;
pub mod scope;
pub mod snapshot;

use serde_json::Value;

/// An answer of the World.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// This is so.
    Known(T),
    /// There is no such thing, for certain.
    Absent,
    /// Nobody can tell here, and why: "no --world was given".
    Unavailable(String),
}

/// Whether objects of a kind live in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// In a namespace.
    Namespaced,
    /// In the cluster itself.
    Cluster,
}

/// One source's word on a kind's scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeSource {
    /// What it says.
    pub scope: Scope,
    /// What it is: "CustomResourceDefinition `managednamespaces.openportal.dev`".
    pub source: String,
}

/// A named port of a container behind a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// The port's name.
    pub name: String,
    /// The port's number.
    pub port: u16,
}

/// The four questions. Render answers from files, the admission guest from host calls.
pub trait World {
    /// The Namespace object.
    fn namespace(&self, name: &str) -> Answer<Value>;
    /// What CRDs and XRDs say about a kind; the core group is the empty string. Never an empty list.
    fn scope(&self, group: &str, kind: &str) -> Answer<Vec<ScopeSource>>;
    /// Whether [`World::scope`] has an answer: asked for every object, so it should cost nothing.
    fn tells_scope(&self, group: &str, kind: &str) -> bool {
        matches!(self.scope(group, kind), Answer::Known(_))
    }
    /// A Service object.
    fn service(&self, namespace: &str, name: &str) -> Answer<Value>;
    /// The named container ports of the pods behind a Service.
    fn container_ports(&self, namespace: &str, service: &str) -> Answer<Vec<ContainerPort>>;
}

/// A World that knows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWorld;

impl NoWorld {
    fn nothing<T>() -> Answer<T> {
        Answer::Unavailable("nothing is known about the cluster here".to_owned())
    }
}

impl World for NoWorld {
    fn namespace(&self, _: &str) -> Answer<Value> {
        Self::nothing()
    }

    fn scope(&self, _: &str, _: &str) -> Answer<Vec<ScopeSource>> {
        Self::nothing()
    }

    fn service(&self, _: &str, _: &str) -> Answer<Value> {
        Self::nothing()
    }

    fn container_ports(&self, _: &str, _: &str) -> Answer<Vec<ContainerPort>> {
        Self::nothing()
    }
}

#[cfg(test)]
mod tests;
