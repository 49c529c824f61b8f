//! The settings of a layout: a small document of its own, because a layout is about files, and rules are about objects.

use boltrope_yaml::Limits;

use crate::object::position::locate;
use crate::rules::load::{LoadError, Source};
use crate::rules::{API_VERSION, Mistake, Mistakes, RawMetadata, decode_settings, record};
use crate::selector::KindPattern;

const KIND: &str = "Layout";

/// A layout as written.
#[derive(Clone, Debug, PartialEq)]
pub struct RawLayout {
    /// `boltrope.dev/v1alpha1`.
    pub api_version: String,
    /// `Layout`.
    pub kind: String,
    /// Its name appears in every finding.
    pub metadata: RawMetadata,
    /// The settings.
    pub spec: RawLayoutSpec,
}

record!(
    RawLayout,
    required { "apiVersion" => api_version, "kind" => kind, "metadata" => metadata },
    optional { "spec" => spec }
);

/// The settings as written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawLayoutSpec {
    /// The folder that holds the clusters' folders, from the folder of this file; that folder by default.
    pub root: Option<String>,
    /// What is an order; `openportal.dev/*` by default.
    pub kinds: Option<Vec<String>>,
    /// The folders of orders of cluster-scoped kinds, the usual one first; `cluster-scoped` and `system` by default.
    pub cluster_scoped: Option<Vec<String>>,
    /// Whether the kustomization of the cluster must list every order, and nothing that is not there; `true` by default.
    /// `false` where a job writes the lists after a merge.
    pub listed: Option<bool>,
}

record!(
    RawLayoutSpec,
    required {},
    optional { "root" => root, "kinds" => kinds, "clusterScoped" => cluster_scoped, "listed" => listed }
);

/// A valid layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Its name.
    pub name: String,
    /// The folder of the clusters' folders, from the folder of the layout's file.
    pub root: String,
    kinds: Vec<KindPattern>,
    pub(super) cluster_scoped: Vec<String>,
    pub(super) listed: bool,
}

impl Layout {
    /// Reads a layout from the text of a file.
    ///
    /// ```
    /// use boltrope::repository::layout::Layout;
    /// use boltrope::rules::load::Source;
    /// let bytes = b"apiVersion: boltrope.dev/v1alpha1\nkind: Layout\nmetadata: {name: catalog-orders}\nspec: {root: ..}\n";
    /// let layout = Layout::load(&Source { name: "layout.yaml", bytes }).unwrap();
    /// assert_eq!((layout.name.as_str(), layout.root.as_str()), ("catalog-orders", ".."));
    /// ```
    ///
    /// # Errors
    /// Every mistake in the file, with its place.
    pub fn load(source: &Source<'_>) -> Result<Self, LoadError> {
        let mut error = LoadError::default();
        let limits = Limits::default();
        let document =
            boltrope_yaml::split(source.bytes, &limits).map(|documents| documents.into_iter().next());
        let tree = match document {
            Ok(Some(document)) => document.read(&limits),
            Ok(None) => {
                let remedy = format!("write `apiVersion: {API_VERSION}`, `kind: {KIND}` and `metadata`");
                error.about_file(source.name, "the file is empty", &remedy);
                return Err(error);
            }
            Err(found) => Err(found),
        };
        let tree = match tree {
            Ok(tree) => tree,
            Err(found) => {
                let mistake = Mistake::new("", found.message(), found.remedy());
                error.at(source.name, Some(found.position()), mistake);
                return Err(error);
            }
        };
        decode_settings(tree.value(), Self::validate).map_err(|mistakes| {
            for mistake in mistakes {
                error.at(source.name, locate(&tree, &mistake.pointer), mistake);
            }
            error
        })
    }

    fn validate(raw: RawLayout, mistakes: &mut Mistakes) -> Self {
        for (key, found, due) in [
            ("apiVersion", &raw.api_version, API_VERSION),
            ("kind", &raw.kind, KIND),
        ] {
            if found != due {
                let message = format!("`{key}` is `{found}`");
                mistakes.push(Mistake::new(
                    format!("/{key}"),
                    message,
                    format!("write `{key}: {due}`"),
                ));
            }
        }
        let kinds = raw
            .spec
            .kinds
            .unwrap_or_else(|| vec!["openportal.dev/*".to_owned()]);
        let mut patterns = Vec::new();
        for (index, kind) in kinds.iter().enumerate() {
            match KindPattern::parse(kind) {
                Ok(pattern) => patterns.push(pattern),
                Err(message) => mistakes.push(Mistake::plain(format!("/spec/kinds/{index}"), message)),
            }
        }
        let folders = raw
            .spec
            .cluster_scoped
            .unwrap_or_else(|| vec!["cluster-scoped".to_owned(), "system".to_owned()]);
        for (index, folder) in folders.iter().enumerate() {
            if folder.is_empty() || folder.contains('/') {
                let message = format!("`{folder}` is not the name of a folder");
                let remedy = "write one name, without `/`";
                mistakes.push(Mistake::new(
                    format!("/spec/clusterScoped/{index}"),
                    message,
                    remedy,
                ));
            }
        }
        let root = raw.spec.root.unwrap_or_else(|| ".".to_owned());
        if root.starts_with('/') {
            let message = format!("`{root}` is an absolute path");
            mistakes.push(Mistake::new(
                "/spec/root",
                message,
                "write it from the folder of this file, such as `..`",
            ));
        }
        Self {
            name: raw.metadata.name,
            root,
            kinds: patterns,
            cluster_scoped: folders,
            listed: raw.spec.listed.unwrap_or(true),
        }
    }

    /// Whether objects of this kind are orders, whatever their version.
    pub(super) fn is_order(&self, group: &str, kind: &str) -> bool {
        self.kinds
            .iter()
            .any(|pattern| pattern.matches_any_version(group, kind))
    }

    /// Whether a folder for cluster-scoped orders may be a namespace's, too: `system` is both.
    pub(super) fn is_namespace(&self, folder: &str) -> bool {
        self.cluster_scoped.first().is_none_or(|first| first != folder)
    }
}
