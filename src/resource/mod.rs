//! What kinds are called in URLs: webhooks and admission requests name resources (`deployments`), manifests name kinds
//! (`Deployment`), and only the API server knows both for sure.
//!
//! A [`Catalog`] knows the kinds of Kubernetes and of the projects that transforms know, learns from CRDs and XRDs, and
//! is told the rest. Nothing is guessed: a wrong plural would be a webhook that is never called.

mod declared;
mod known;

use serde_json::Value;

use crate::engine::world::{Scope, builtin};
use crate::object::embedded::{self, Wrapper};
use crate::selector::KindPattern;

/// One kind as the API server serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The API group; the core group is the empty string.
    pub group: String,
    /// The served versions, the preferred one first.
    pub versions: Vec<String>,
    /// The kind.
    pub kind: String,
    /// The kind in URLs.
    pub plural: String,
    /// Where its objects live; `None` when that depends on the cluster.
    pub scope: Option<Scope>,
}

/// All kinds whose plural is known.
///
/// ```
/// use boltrope::resource::Catalog;
/// let mut catalog = Catalog::new();
/// assert_eq!(catalog.find("networking.k8s.io", "Ingress").unwrap().plural, "ingresses");
/// assert_eq!(catalog.find("example.org", "Policy"), None);
/// catalog.learn(&serde_json::json!({
///     "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
///     "spec": {
///         "group": "example.org", "scope": "Namespaced", "names": {"kind": "Policy", "plural": "policies"},
///         "versions": [{"name": "v1", "served": true}],
///     },
/// }));
/// assert_eq!(catalog.find("example.org", "Policy").unwrap().plural, "policies");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// What was learnt and told; it wins over what is built in.
    learnt: Vec<Resource>,
}

impl Catalog {
    /// The built-in kinds alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every known kind, what was learnt first.
    #[must_use]
    pub fn all(&self) -> Vec<Resource> {
        self.learnt.iter().cloned().chain(built_in()).collect()
    }

    /// Takes in what a CRD or XRD defines, also one inside a list; any other document says nothing.
    pub fn learn(&mut self, document: &Value) {
        for found in embedded::objects(document) {
            if found.wrapper != Wrapper::CrossplaneObject {
                self.learnt.extend(declared::resources(found.object));
            }
        }
    }

    /// Takes in one kind that somebody told. It wins over everything else.
    pub fn tell(&mut self, resource: Resource) {
        self.learnt.insert(0, resource);
    }

    /// A kind; the core group is the empty string.
    #[must_use]
    pub fn find(&self, group: &str, kind: &str) -> Option<Resource> {
        let is_meant = |resource: &&Resource| resource.group == group && resource.kind == kind;
        let learnt = self.learnt.iter().find(is_meant).cloned();
        learnt.or_else(|| built_in().find(|resource| is_meant(&resource)))
    }

    /// Every known kind that a pattern of a rule is about, with the versions that it is about.
    #[must_use]
    pub fn matching(&self, pattern: &KindPattern) -> Vec<Resource> {
        let mut found: Vec<Resource> = Vec::new();
        for mut resource in self.learnt.iter().cloned().chain(built_in()) {
            let is_there = found
                .iter()
                .any(|other| (&other.group, &other.kind) == (&resource.group, &resource.kind));
            let (group, kind) = (&resource.group, &resource.kind);
            resource
                .versions
                .retain(|version| pattern.matches(group, version, kind));
            if !is_there && !resource.versions.is_empty() {
                found.push(resource);
            }
        }
        found
    }
}

fn built_in() -> impl Iterator<Item = Resource> {
    let kubernetes = builtin::kinds().map(|(group, kind, scope)| Resource {
        group: group.to_owned(),
        versions: owned(known::kubernetes_versions(group, kind)),
        kind: kind.to_owned(),
        plural: known::kubernetes_plural(kind),
        scope: Some(scope),
    });
    let others = known::OTHERS.iter().flat_map(|family| {
        family.kinds.iter().map(|(kind, plural)| Resource {
            group: family.group.to_owned(),
            versions: owned(family.versions),
            kind: (*kind).to_owned(),
            plural: (*plural).to_owned(),
            scope: family.scope,
        })
    });
    kubernetes.chain(others)
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[cfg(test)]
mod tests;
