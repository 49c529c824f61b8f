//! From kustomizations to routes: each is followed from where it is built, with the namespace that wins there.

use std::collections::{BTreeMap, BTreeSet};

use boltrope_yaml::{Limits, Scan};

use super::flux::FluxKustomization;
use super::kustomization::{Kustomization, is_name};
use super::{File, path};
use crate::engine::Transformer;
use crate::object::embedded;
use crate::render::Route;

/// Kustomizations within kustomizations deeper than this are not followed.
const MAX_DEPTH: usize = 64;

/// On which ways each file reaches clusters.
#[derive(Debug, Default)]
pub struct Routes {
    /// By file.
    ways: BTreeMap<usize, Vec<Option<Setter>>>,
    parts: BTreeSet<usize>,
    /// The kustomizations by folder.
    layers: BTreeMap<String, Layer>,
}

/// What sets a namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Setter {
    namespace: String,
    field: &'static str,
    /// The file that says so.
    file: usize,
}

impl Routes {
    /// The routes of these files, which must be those that were asked about, for [`crate::render::Options::routes`].
    #[must_use]
    pub fn of<'a>(&'a self, files: &[File<'a>]) -> Vec<Route<'a>> {
        let transformer = |setter: &'a Setter| Transformer {
            namespace: &setter.namespace,
            field: setter.field,
            file: files.get(setter.file).map_or("", |file| file.name),
        };
        let route = |index: usize| {
            let ways = self.ways.get(&index).map(Vec::as_slice).unwrap_or_default();
            Route {
                ways: ways.iter().map(|way| way.as_ref().map(transformer)).collect(),
                is_part: self.parts.contains(&index),
            }
        };
        (0..files.len()).map(route).collect()
    }

    /// The kustomization in a folder.
    pub(super) fn layer(&self, folder: &str) -> Option<&Layer> {
        self.layers.get(folder)
    }

    /// The paths that the kustomization in a folder takes in, those of kustomizations in it included.
    pub(super) fn taken<'s>(&'s self, folder: &str) -> BTreeSet<&'s str> {
        let mut taken = BTreeSet::new();
        let start = self.layers.get_key_value(folder);
        let mut open: Vec<&str> = start.iter().map(|(folder, _)| folder.as_str()).collect();
        while let Some(folder) = open.pop() {
            let Some(layer) = self.layers.get(folder) else {
                continue;
            };
            open.extend(
                layer
                    .taken
                    .iter()
                    .map(String::as_str)
                    .filter(|path| taken.insert(*path)),
            );
        }
        taken
    }
}

pub(super) fn find(files: &[File<'_>], limits: &Limits) -> Routes {
    let mut tree = Tree::read(files, limits);
    let flux = std::mem::take(&mut tree.flux);
    let mut built = BTreeSet::new();
    for (file, flux) in &flux {
        tree.follow_flux(*file, flux, &mut built);
    }
    let inner: BTreeSet<String> = tree
        .routes
        .layers
        .values()
        .flat_map(|layer| layer.taken.iter().cloned())
        .collect();
    let outermost: Vec<String> = tree
        .routes
        .layers
        .iter()
        .filter(|(folder, layer)| {
            !layer.own.is_component && !inner.contains(*folder) && !built.contains(*folder)
        })
        .map(|(folder, _)| folder.clone())
        .collect();
    for folder in outermost {
        tree.follow(&folder, None, 0);
    }
    tree.finish()
}

/// A kustomization in its folder.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) file: usize,
    pub(super) own: Kustomization,
    /// The paths that it takes in, from the root.
    taken: BTreeSet<String>,
}

/// The files by path, and what is known about them so far.
#[derive(Default)]
struct Tree<'a> {
    files: BTreeMap<&'a str, usize>,
    flux: Vec<(usize, FluxKustomization)>,
    paths: Vec<&'a str>,
    routes: Routes,
    /// Folders that were followed, with the namespace that won there.
    seen: BTreeSet<(String, Option<Setter>)>,
}

impl<'a> Tree<'a> {
    fn read(files: &[File<'a>], limits: &Limits) -> Self {
        let mut tree = Self::default();
        for (index, file) in files.iter().enumerate() {
            tree.files.insert(file.path, index);
            tree.paths.push(file.path);
        }
        for (index, file) in files.iter().enumerate() {
            tree.read_file(index, file, limits);
        }
        tree
    }

    /// A file that cannot be read says nothing here; whoever judges it reports that.
    fn read_file(&mut self, index: usize, file: &File<'_>, limits: &Limits) {
        let is_kustomization = is_name(path::name(file.path));
        let Ok(documents) = boltrope_yaml::split(file.bytes, limits) else {
            return;
        };
        for document in documents {
            let may_tell = is_kustomization
                || match document.scan() {
                    Scan::Empty => false,
                    Scan::Object { api_version, kind } => {
                        kind == "Kustomization" || embedded::may_hold_objects(api_version, kind)
                    }
                    _ => true,
                };
            let Some(tree) = may_tell.then(|| document.read(limits).ok()).flatten() else {
                continue;
            };
            if is_kustomization {
                self.add_layer(index, file.path, Kustomization::new(tree.value()));
                return;
            }
            let found = embedded::objects(tree.value()).into_iter();
            let found = found.filter_map(|embedded| FluxKustomization::new(embedded.object));
            self.flux.extend(found.map(|flux| (index, flux)));
        }
    }

    fn add_layer(&mut self, file: usize, at: &str, own: Kustomization) {
        let Some(folder) = path::parent(at) else { return };
        self.routes.parts.insert(file);
        let taken = own.resources.iter().chain(&own.components);
        let taken = taken.filter_map(|entry| path::join(folder, entry)).collect();
        self.routes
            .layers
            .insert(folder.to_owned(), Layer { file, own, taken });
    }

    /// What a Flux Kustomization builds: the kustomization at its path, or every file below.
    fn follow_flux(&mut self, file: usize, flux: &FluxKustomization, built: &mut BTreeSet<String>) {
        let Some(folder) = self.source_folder(file, flux) else {
            return;
        };
        let setter = flux.target_namespace.clone().map(|namespace| Setter {
            namespace,
            field: "spec.targetNamespace",
            file,
        });
        if self.routes.layers.contains_key(&folder) {
            self.follow(&folder, setter.clone(), 0);
            built.insert(folder.clone());
        } else {
            self.follow_files(&folder, &setter, built);
        }
        let setter = setter.or_else(|| self.own(&folder, 0));
        for component in flux
            .components
            .iter()
            .filter_map(|component| path::join(&folder, component))
        {
            self.follow(&component, setter.clone(), 0);
        }
    }

    /// Where `spec.path` leads. The root of the source is some folder around the file; the outermost where the path is
    /// there, because a repository's own folders are named from its root.
    fn source_folder(&self, file: usize, flux: &FluxKustomization) -> Option<String> {
        let at = self.paths.get(file).copied()?;
        let roots = path::ancestors(at).into_iter();
        let mut candidates =
            roots.filter_map(|root| path::join(root, &flux.path).map(|folder| (root, folder)));
        candidates
            .find(|(root, folder)| folder != root && self.below(folder).next().is_some())
            .map(|(_, folder)| folder)
    }

    /// The files below a folder.
    fn below(&self, folder: &str) -> impl Iterator<Item = (&'a str, usize)> {
        let start = format!("{folder}/");
        let end = format!("{folder}0");
        self.files
            .range::<str, _>((
                std::ops::Bound::Included(start.as_str()),
                std::ops::Bound::Excluded(end.as_str()),
            ))
            .map(|(path, index)| (*path, *index))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// All files below a folder, but folders with a kustomization of their own as that says.
    fn follow_files(&mut self, folder: &str, setter: &Option<Setter>, built: &mut BTreeSet<String>) {
        let found: Vec<(&str, usize)> = self.below(folder).collect();
        for (at, file) in found {
            let inner = path::ancestors(at)
                .into_iter()
                .find(|around| around.len() > folder.len() && self.routes.layers.contains_key(*around))
                .map(str::to_owned);
            match inner {
                None => self.arrive(file, setter.clone()),
                Some(inner) => {
                    if built.insert(inner.clone()) || setter.is_some() {
                        self.follow(&inner, setter.clone(), 0);
                    }
                }
            }
        }
    }

    /// A kustomization as it is built: with the namespace of what is around it, else its own.
    fn follow(&mut self, folder: &str, around: Option<Setter>, depth: usize) {
        let wins = around.or_else(|| self.own(folder, 0));
        if depth > MAX_DEPTH || !self.seen.insert((folder.to_owned(), wins.clone())) {
            return;
        }
        let Some(layer) = self.routes.layers.get(folder) else {
            return;
        };
        let parts: Vec<usize> = layer
            .own
            .parts
            .iter()
            .filter_map(|part| self.files.get(path::join(folder, part)?.as_str()).copied())
            .collect();
        let taken: Vec<String> = layer.taken.iter().cloned().collect();
        self.routes.parts.extend(parts);
        for entry in taken {
            match self.files.get(entry.as_str()) {
                Some(file) => self.arrive(*file, wins.clone()),
                None => self.follow(&entry, wins.clone(), depth + 1),
            }
        }
    }

    /// The namespace that a kustomization sets itself, or the last of its components that sets one.
    fn own(&self, folder: &str, depth: usize) -> Option<Setter> {
        let layer = self.routes.layers.get(folder).filter(|_| depth <= MAX_DEPTH)?;
        let own = layer.own.namespace.clone().map(|namespace| Setter {
            namespace,
            field: "namespace",
            file: layer.file,
        });
        own.or_else(|| {
            let mut components = layer.own.components.iter().rev();
            components.find_map(|component| self.own(&path::join(folder, component)?, depth + 1))
        })
    }

    fn arrive(&mut self, file: usize, setter: Option<Setter>) {
        let ways = self.routes.ways.entry(file).or_default();
        if !ways.contains(&setter) {
            ways.push(setter);
        }
    }

    /// A file that somebody takes in as a resource holds objects, whatever else it is used for.
    fn finish(mut self) -> Routes {
        let Routes { ways, parts, layers } = &mut self.routes;
        let layers: BTreeSet<usize> = layers.values().map(|layer| layer.file).collect();
        parts.retain(|file| layers.contains(file) || !ways.contains_key(file));
        self.routes
    }
}
