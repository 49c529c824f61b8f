//! What a transform sees of one object while its phase runs.

use super::world::World;
use super::world::scope::is_cluster_wide;
use super::{Operation, Request, Stage};
use crate::object::Object;
use crate::object::embedded::Wrapper;

/// The namespace an object will live in (rules.md 1.11, 1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// This one. For a Namespace: its own name.
    Namespace(&'a str),
    /// None: the object is cluster-scoped.
    Cluster,
    /// Nothing says which.
    Unknown,
}

impl<'a> Target<'a> {
    /// The namespace, if there is one and it is known.
    #[must_use]
    pub fn name(self) -> Option<&'a str> {
        match self {
            Self::Namespace(name) => Some(name),
            Self::Cluster | Self::Unknown => None,
        }
    }
}

/// One object, in one phase, of one request.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The object as the phase before left it.
    pub object: Object<'a>,
    /// The object before an UPDATE; never for an embedded one.
    pub old: Option<Object<'a>>,
    /// The request.
    pub request: &'a Request<'a>,
    /// What wraps the object in its document.
    pub wrapper: Wrapper,
    /// The namespace it will live in.
    pub target: Target<'a>,
    /// The cluster's DNS domain.
    pub cluster_domain: &'a str,
    /// The rest of the cluster.
    pub world: &'a dyn World,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Context")
            .field("object", &self.object.reference())
            .finish_non_exhaustive()
    }
}

impl Context<'_> {
    /// Whether the object is at the API server.
    #[must_use]
    pub fn is_admission(&self) -> bool {
        self.request.stage == Stage::Admission
    }

    /// Whether the object exists already and is being changed.
    #[must_use]
    pub fn is_update(&self) -> bool {
        self.request.operation == Operation::Update
    }
}

/// The namespace of an object in a document of this request.
pub(super) fn target<'a>(
    object: Object<'a>,
    wrapper: Wrapper,
    request: &Request<'a>,
    world: &dyn World,
) -> Target<'a> {
    let transformed = request.transformed(wrapper);
    // A kustomization with a namespace renames the Namespaces in it, too.
    if object.group().is_empty() && object.kind() == "Namespace" {
        let name = transformed.or(object.name());
        return name.map_or(Target::Unknown, Target::Namespace);
    }
    if matches!(wrapper, Wrapper::CrossplaneObject | Wrapper::CompositionBase) {
        return object
            .namespace()
            .map_or_else(|| cluster_or(object, world, Target::Unknown), Target::Namespace);
    }
    if request.stage == Stage::Admission {
        let none = || Target::Cluster;
        return request
            .namespace
            .filter(|namespace| !namespace.is_empty())
            .map_or_else(none, Target::Namespace);
    }
    let given = transformed
        .or(object.namespace())
        .or(request.namespace.filter(|namespace| !namespace.is_empty()));
    cluster_or(object, world, given.map_or(Target::Unknown, Target::Namespace))
}

fn cluster_or<'a>(object: Object<'a>, world: &dyn World, otherwise: Target<'a>) -> Target<'a> {
    if is_cluster_wide(world, object.group(), object.kind()) {
        Target::Cluster
    } else {
        otherwise
    }
}
