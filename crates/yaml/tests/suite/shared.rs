//! Access to the shared material beside the project: truth tables and corpora.
#![expect(clippy::disallowed_methods, reason = "tests read the shared files")]

use std::path::{Path, PathBuf};

/// `../shared` from the project's root.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    assert!(
        root.is_dir(),
        "the shared material is missing: these tests need the directory `shared` beside the project's root ({})",
        root.display()
    );
    root
}

/// The rows of a truth table.
pub(crate) fn table(path: &str) -> Vec<serde_json::Value> {
    let path = root().join(path);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    serde_json::from_slice(&text)
        .unwrap_or_else(|error| panic!("{} is no JSON list: {error}", path.display()))
}

/// All YAML files below a directory of the shared material, in order, with their path below it.
pub(crate) fn yaml_files(path: &str) -> Vec<(String, Vec<u8>)> {
    let root = root().join(path);
    let mut files = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        let entries = std::fs::read_dir(&directory)
            .unwrap_or_else(|error| panic!("cannot list {}: {error}", directory.display()));
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "yaml" || extension == "yml")
            {
                let name = path
                    .strip_prefix(&root)
                    .expect("below the root")
                    .display()
                    .to_string();
                files.push((name, std::fs::read(&path).expect("a readable file")));
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no YAML file in {}", root.display());
    files
}
