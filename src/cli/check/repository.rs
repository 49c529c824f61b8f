//! The tree that is checked, for questions about how its files belong together.

use std::path::{Path, PathBuf};

use boltrope::engine::Program;
use boltrope::engine::world::snapshot::Snapshot;
use boltrope::render::Located;
use boltrope::repository::layout::{Layout, Question};
use boltrope::repository::scopes::Definitions;
use boltrope::repository::{self, Routes, templates};
use boltrope::rules::load::Source;
use boltrope_yaml::Limits;

use crate::cli::exit::Failure;
use crate::cli::files::{self, File, reason};
use crate::cli::output::paths;

/// The paths of some files from the root of the file system, as text with `/`.
pub(super) fn paths(files: &[File]) -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    files.iter().map(|file| plain(&here.join(&file.path))).collect()
}

/// The files as the library knows them, those of `contents` with their new content.
pub(super) fn tree<'a>(
    files: &'a [File],
    paths: &'a [String],
    contents: &'a [Option<Vec<u8>>],
) -> Vec<repository::File<'a>> {
    let file = |(index, (file, path)): (usize, (&'a File, &'a String))| repository::File {
        path,
        name: &file.name,
        bytes: contents
            .get(index)
            .and_then(Option::as_deref)
            .unwrap_or(&file.bytes),
    };
    files.iter().zip(paths).enumerate().map(file).collect()
}

/// A layout and the folder that it is about.
#[derive(Debug)]
pub(super) struct LaidOut {
    layout: Layout,
    root: String,
}

impl LaidOut {
    /// Reads the settings.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let file = files::read(path).map_err(|refused| {
            let (name, reason) = (refused.name, reason(&refused.error));
            Failure::Arguments(format!("--layout: cannot read `{name}`: {reason}"))
        })?;
        let source = Source {
            name: &file.name,
            bytes: &file.bytes,
        };
        let layout = Layout::load(&source).map_err(Failure::Rules)?;
        let here = std::env::current_dir().unwrap_or_default();
        let folder = here.join(path).parent().map(Path::to_owned).unwrap_or_default();
        let root = plain(&folder.join(&layout.root));
        Ok(Self { layout, root })
    }
}

/// The rules, and the namespace of objects that name none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) program: &'a Program,
    pub(super) namespace: Option<&'a str>,
}

/// What there is to say of a tree besides what the rules say of its objects.
pub(super) fn findings(
    tree: &[repository::File<'_>],
    routes: &Routes,
    world: &Snapshot,
    layout: Option<&LaidOut>,
    paths: &[PathBuf],
    asked: Asked<'_>,
) -> Vec<Located> {
    let limits = Limits::default();
    let definitions = Definitions::find(tree, world, &limits);
    let mut found = Vec::new();
    if !definitions.is_empty() {
        let pages = files::pages(paths);
        let names: Vec<String> = pages.iter().map(|page| page.name.clone()).collect();
        let pages = self::tree(&pages, &names, &[]);
        found = definitions.compare(tree, routes, &pages, &limits);
    }
    if let Some(LaidOut { layout, root }) = layout {
        let question = Question {
            files: tree,
            routes,
            world: definitions.world(),
            exists: &|path| Path::new(path).exists(),
            limits: &limits,
        };
        found.extend(layout.check(root, &question));
    }
    let Asked { program, namespace } = asked;
    found.extend(templates::check(
        tree,
        program,
        definitions.world(),
        namespace,
        &limits,
    ));
    found
}

/// On which ways the files reach clusters.
pub(super) fn routes(tree: &[repository::File<'_>]) -> repository::Routes {
    repository::find_routes(tree, &Limits::default())
}

/// As kustomizations name files.
fn plain(path: &Path) -> String {
    paths::slashed(&paths::plain(path))
}
