//! A Git tree as what it is for: files that kustomizations put together and Flux brings to clusters.
//!
//! ```text
//! files --kustomization.yaml, Flux Kustomizations--> Repository --> a Route per file --> render
//! ```
//!
//! Pure: paths and bytes in, answers out. What cannot be known from the tree (remote resources, plugins, variables that
//! Flux fills in) is not guessed: such a file arrives as it is.

mod documents;
mod flux;
mod kustomization;
pub mod layout;
mod path;
mod routes;
pub mod scopes;
pub mod templates;

use boltrope_yaml::Limits;

pub use self::routes::Routes;

/// The codes of findings about a tree, with a sentence each.
pub const CODES: &[(&str, &str)] = &[
    (
        "layout/file-name",
        "The file of an order is not called after the order.",
    ),
    (
        "layout/kind-folder",
        "An order stands in the folder of another kind.",
    ),
    (
        "layout/missing-file",
        "A kustomization lists a file that is not there, so nothing of it is applied.",
    ),
    (
        "layout/namespace-folder",
        "An order stands in the folder of another namespace than its own.",
    ),
    (
        "layout/not-listed",
        "The cluster's kustomization does not list an order, so it is never applied.",
    ),
    (
        "layout/place",
        "An order does not stand at `<cluster>/<namespace>/<Kind>/<name>.yaml`.",
    ),
    (
        "layout/scope-folder",
        "An order of a cluster-scoped kind stands in the folder of a namespace.",
    ),
    ("layout/several-orders", "A file holds more than one order."),
    (
        "repository/scope-disagrees",
        "The definition of a kind, the orders of it and the examples in the documentation disagree on its scope.",
    ),
];

/// A file of the tree.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its path from the root of the file system, with `/` and without `.` and `..`: files refer to each other.
    pub path: &'a str,
    /// What people call it, in messages.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// Finds out on which ways the objects of each file reach clusters, and with which namespaces (rules.md 3.10).
///
/// As kustomize does it: `namespace` of a kustomization replaces the namespace of everything that its `resources`, `bases`
/// and `components` bring in; of several around each other the outermost wins; one in a component counts for the
/// kustomization that uses it. A Flux Kustomization's `spec.targetNamespace` replaces the `namespace` of the kustomization
/// at its `spec.path`, and where there is none, Flux takes every file below. (Seen with kustomize 5.8.2; fluxcd/pkg
/// `kustomize/kustomize_generator.go`.)
///
/// ```
/// use boltrope::repository::{File, find_routes};
/// let file = |path, bytes| File { path, name: path, bytes };
/// let files = [
///     file("/shop/kustomization.yaml", b"namespace: shop\nresources: [service.yaml]\n".as_slice()),
///     file("/shop/service.yaml", b"apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"),
/// ];
/// let routes = find_routes(&files, &boltrope_yaml::Limits::default());
/// let way = routes.of(&files)[1].ways[0].unwrap();
/// assert_eq!((way.namespace, way.field, way.file), ("shop", "namespace", "/shop/kustomization.yaml"));
/// ```
#[must_use]
pub fn find_routes(files: &[File<'_>], limits: &Limits) -> Routes {
    routes::find(files, limits)
}

#[cfg(test)]
mod tests;
