//! The tree that is checked, for questions about how its files belong together.

use std::path::{Component, Path, PathBuf};

use boltrope::repository;
use boltrope_yaml::Limits;

use crate::cli::files::File;

/// The paths of some files from the root of the file system, as text with `/`.
pub(super) fn paths(files: &[File]) -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    files.iter().map(|file| plain(&here.join(&file.path))).collect()
}

/// The files as the library knows them.
pub(super) fn tree<'a>(files: &'a [File], paths: &'a [String]) -> Vec<repository::File<'a>> {
    let file = |(file, path): (&'a File, &'a String)| repository::File {
        path,
        name: &file.name,
        bytes: &file.bytes,
    };
    files.iter().zip(paths).map(file).collect()
}

/// On which ways the files reach clusters.
pub(super) fn routes(tree: &[repository::File<'_>]) -> repository::Routes {
    repository::find_routes(tree, &Limits::default())
}

/// Without `.` and `..`; links are not followed, because kustomizations name files as they are written.
fn plain(path: &Path) -> String {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}
