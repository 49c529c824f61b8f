//! The catalog layout of the Open Service Portal: where the file of an order stands says what is in it.
//!
//! ```text
//! <cluster>/{system|<namespace>|cluster-scoped}/<Kind>/<name>.yaml      an order
//! <cluster>/kustomization.yaml                                          lists all of them: what it does not list is never applied
//! ```
//!
//! Portals write such files by template, and people move and copy them. This check reads the path as a claim and holds
//! kind, name, namespace, scope and the kustomization's list against it.

mod order;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use boltrope_yaml::Limits;

use self::order::{Order, Place};
pub use self::settings::{Layout, RawLayout};
use super::documents::{Found, Said, find};
use super::kustomization::is_name;
use super::{File, Routes, path};
use crate::engine::Severity;
use crate::engine::world::World;
use crate::object::Object;
use crate::render::Located;

/// What a check of the layout needs to know.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The tree.
    pub files: &'a [File<'a>],
    /// How its kustomizations belong together.
    pub routes: &'a Routes,
    /// Where kinds live.
    pub world: &'a dyn World,
    /// Whether there is a file or folder at a path, also one that is not among the files.
    pub exists: &'a dyn Fn(&str) -> bool,
    /// Bounds of what is read.
    pub limits: &'a Limits,
}

impl std::fmt::Debug for Question<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Question")
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

impl Layout {
    /// Holds the orders below the folder `root` against the layout.
    #[must_use]
    pub fn check(&self, root: &str, question: &Question<'_>) -> Vec<Located> {
        let wanted = |group: &str, kind: &str| self.is_order(group, kind);
        let found = find(question.files, question.limits, &wanted);
        let mut checked = Vec::new();
        let mut clusters: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let routes = question.routes.of(question.files);
        for found in &found {
            let Some(file) = question.files.get(found.file) else {
                continue;
            };
            let Some(below) = file
                .path
                .strip_prefix(root)
                .and_then(|rest| rest.strip_prefix('/'))
            else {
                continue;
            };
            let route = routes.get(found.file);
            if is_name(path::name(file.path)) || route.is_some_and(|route| route.is_part) {
                continue;
            }
            let transformed = route.and_then(|route| match route.ways.as_slice() {
                [Some(way)] => Some(way.namespace),
                _ => None,
            });
            let cluster = below
                .split_once('/')
                .map(|(cluster, _)| format!("{root}/{cluster}"));
            for (pointer, object) in found.objects(&wanted) {
                let is_first = seen.insert(found.file);
                let order = Order {
                    place: Place::new(below),
                    object,
                    namespace: transformed.or(object.namespace()),
                    world: question.world,
                };
                let mut problems = order.problems(self, is_first);
                if let Some(cluster) = cluster.as_deref().filter(|_| is_first && self.listed)
                    && let Some(problem) = not_listed(cluster, file, question, &mut clusters)
                {
                    problems.push(problem);
                }
                for problem in problems {
                    checked.push(found.finding(object, problem.said(&pointer, &self.name)));
                }
            }
        }
        let lists = question
            .files
            .iter()
            .filter(|file| is_name(path::name(file.path)));
        for cluster in lists.filter_map(|list| path::parent(list.path)) {
            if self.listed && path::parent(cluster) == Some(root) {
                self.check_list(cluster, question, &mut checked);
            }
        }
        checked
    }

    /// Entries of a cluster's kustomization that lead nowhere.
    fn check_list(&self, cluster: &str, question: &Question<'_>, checked: &mut Vec<Located>) {
        let Some(layer) = question.routes.layer(cluster) else {
            return;
        };
        let Some(file) = question.files.get(layer.file) else {
            return;
        };
        let Some((document, tree)) = boltrope_yaml::split(file.bytes, question.limits)
            .unwrap_or_default()
            .into_iter()
            .find_map(|document| Some((document, document.read(question.limits).ok()?)))
        else {
            return;
        };
        let list = Found {
            file: layer.file,
            document,
            tree,
        };
        for (index, entry) in layer.own.resources.iter().enumerate() {
            let is_remote =
                ["://", "?", "@"].iter().any(|sign| entry.contains(sign)) || entry.starts_with("github.com/");
            let path = path::join(cluster, entry).filter(|_| !is_remote);
            if path.is_none_or(|path| (question.exists)(&path)) {
                continue;
            }
            let problem = Problem {
                slug: "layout/missing-file",
                pointer: format!("/resources/{index}"),
                message: format!("`{entry}` is listed, but there is no such file."),
                remedy:
                    "Remove the entry, or bring the file back; until then nothing of this cluster is applied."
                        .to_owned(),
            };
            checked.push(list.finding(Object::new(list.tree.value()), problem.said("", &self.name)));
        }
    }
}

/// A file that the kustomization of its cluster does not take in. A cluster without one is taken whole by Flux.
fn not_listed<'a>(
    cluster: &str,
    file: &File<'_>,
    question: &Question<'a>,
    clusters: &mut BTreeMap<String, BTreeSet<&'a str>>,
) -> Option<Problem> {
    let layer = question.routes.layer(cluster)?;
    let taken = clusters
        .entry(cluster.to_owned())
        .or_insert_with(|| question.routes.taken(cluster));
    if taken.contains(file.path) {
        return None;
    }
    let list = question.files.get(layer.file).map_or("", |file| file.name);
    let entry = file.path.strip_prefix(cluster)?.trim_start_matches('/');
    Some(Problem {
        slug: "layout/not-listed",
        pointer: String::new(),
        message: format!("`{list}` does not list this file, so it is never applied."),
        remedy: format!("Add `- {entry}` to `resources` there."),
    })
}

/// What is wrong with one order, in its own terms.
struct Problem {
    slug: &'static str,
    pointer: String,
    message: String,
    remedy: String,
}

impl Problem {
    fn said<'a>(self, at: &str, rule: &'a str) -> Said<'a> {
        Said {
            code: self.slug,
            severity: Severity::Error,
            rule,
            pointer: format!("{at}{}", self.pointer),
            message: self.message,
            remedy: self.remedy,
        }
    }
}

#[cfg(test)]
mod tests;
