//! The case folders of the checkout, `src/**/cases/*/`, for every suite that runs them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use boltrope::cases::Case;

/// All cases below `src/`, sorted by path and named by it from the root.
pub(crate) fn all(root: &Path) -> Vec<Case> {
    let mut folders = Vec::new();
    find(&root.join("src"), &mut folders);
    folders.sort();
    assert!(folders.len() > 100, "only {} cases were found", folders.len());
    folders.iter().map(|folder| read(root, folder)).collect()
}

fn read(root: &Path, folder: &Path) -> Case {
    let name = folder.strip_prefix(root).expect("below the root");
    let files: BTreeMap<String, Vec<u8>> = fs::read_dir(folder)
        .expect("a case is a folder")
        .flatten()
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("a case's file"))
        })
        .collect();
    Case::read(&name.display().to_string(), &files).unwrap_or_else(|error| panic!("{error}"))
}

fn find(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a readable directory").flatten() {
        let path = entry.path();
        if !path.is_dir() {
            continue;
        }
        if directory.ends_with("recovery") || directory.ends_with("src/preview") {
            // Their cases are about states of a cluster; tests/recovery and tests/preview run them.
            continue;
        }
        if directory.ends_with("cases") {
            found.push(path);
        } else {
            find(&path, found);
        }
    }
}
