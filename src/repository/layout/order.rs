//! One order against its path.

use super::{Layout, Problem};
use crate::engine::world::scope::{KnownScope, scope_of};
use crate::engine::world::{Scope, World};
use crate::object::Object;

/// What a path below the root claims.
pub(super) struct Place<'a> {
    path: &'a str,
    parts: Vec<&'a str>,
}

impl<'a> Place<'a> {
    pub(super) fn new(path: &'a str) -> Self {
        let parts = path.split('/').collect();
        Self { path, parts }
    }
}

pub(super) struct Order<'a> {
    pub(super) place: Place<'a>,
    pub(super) object: Object<'a>,
    /// Its own, or what a kustomization sets.
    pub(super) namespace: Option<&'a str>,
    pub(super) world: &'a dyn World,
}

impl Order<'_> {
    pub(super) fn problems(&self, layout: &Layout, is_first: bool) -> Vec<Problem> {
        if !is_first {
            let message = "a second order in one file.".to_owned();
            let remedy = format!("Move it to `{}`.", self.due(layout, self.cluster()));
            return vec![problem("layout/several-orders", "", message, remedy)];
        }
        let [cluster, folder, kind, file] = *self.place.parts.as_slice() else {
            let message = format!(
                "an order stands at `{}`, which is not `<cluster>/<namespace>/<Kind>/<name>.yaml`.",
                self.place.path
            );
            let remedy = format!("Move it to `{}`.", self.due(layout, self.cluster()));
            return vec![problem("layout/place", "", message, remedy)];
        };
        let due = self.due(layout, cluster);
        let mut problems = Vec::new();
        if kind != self.object.kind() {
            let message = format!(
                "the folder is `{kind}`, but the kind is `{}`.",
                self.object.kind()
            );
            let remedy = format!("Move the file to `{due}`, or correct `kind`.");
            problems.push(problem("layout/kind-folder", "/kind", message, remedy));
        }
        let name = self.object.name().unwrap_or_default();
        if file.strip_suffix(".yaml") != Some(name) {
            let message = format!("the file is called `{file}`, but the order `{name}`.");
            let remedy = format!("Rename the file to `{name}.yaml`, or correct `metadata.name`.");
            problems.push(problem("layout/file-name", "/metadata/name", message, remedy));
        }
        problems.extend(self.folder_problem(layout, folder, &due));
        problems
    }

    fn folder_problem(&self, layout: &Layout, folder: &str, due: &str) -> Option<Problem> {
        let for_cluster = layout.cluster_scoped.iter().any(|known| known == folder);
        let kind = self.object.kind();
        match (self.scope(), self.namespace) {
            (Some(Scope::Cluster), _) if for_cluster => None,
            (Some(Scope::Cluster), _) => {
                let message =
                    format!("`{kind}` is cluster-scoped, but the order stands in the folder `{folder}`.");
                Some(problem(
                    "layout/scope-folder",
                    "/kind",
                    message,
                    format!("Move the file to `{due}`."),
                ))
            }
            (_, Some(namespace)) if namespace == folder => None,
            (_, Some(namespace)) => {
                let message = format!("the folder is `{folder}`, but the namespace is `{namespace}`.");
                let remedy = format!("Move the file to `{due}`, or correct `metadata.namespace`.");
                Some(problem(
                    "layout/namespace-folder",
                    "/metadata/namespace",
                    message,
                    remedy,
                ))
            }
            (None, None) if for_cluster => None,
            (_, None) => {
                let message = format!("the folder is `{folder}`, but the order names no namespace.");
                let remedy = if for_cluster && !layout.is_namespace(folder) {
                    format!("`{kind}` is namespaced: write its namespace, and move the file to that folder.")
                } else {
                    format!("Write `namespace: {folder}` under `metadata`.")
                };
                Some(problem(
                    "layout/namespace-folder",
                    "/metadata/namespace",
                    message,
                    remedy,
                ))
            }
        }
    }

    fn scope(&self) -> Option<Scope> {
        match scope_of(self.world, self.object.group(), self.object.kind()) {
            KnownScope::Known(source) => Some(source.scope),
            KnownScope::Disagree(..) | KnownScope::Unknown => None,
        }
    }

    /// The cluster as far as the path says.
    fn cluster(&self) -> &str {
        match self.place.parts.as_slice() {
            [cluster, _, ..] => cluster,
            _ => "<cluster>",
        }
    }

    /// Where the order should stand.
    fn due(&self, layout: &Layout, cluster: &str) -> String {
        let for_cluster = layout
            .cluster_scoped
            .first()
            .map_or("cluster-scoped", String::as_str);
        let folder = match (self.scope(), self.namespace) {
            (Some(Scope::Cluster), _) | (None, None) => for_cluster,
            (_, Some(namespace)) => namespace,
            (Some(Scope::Namespaced), None) => "<namespace>",
        };
        let name = self.object.name().unwrap_or("<name>");
        format!("{cluster}/{folder}/{}/{name}.yaml", self.object.kind())
    }
}

fn problem(slug: &'static str, pointer: &str, message: String, remedy: String) -> Problem {
    Problem {
        slug,
        pointer: pointer.to_owned(),
        message,
        remedy,
    }
}
