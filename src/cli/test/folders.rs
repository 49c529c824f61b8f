//! Where cases are.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use boltrope::cases::{Case, FILES};

use crate::cli::exit::Failure;
use crate::cli::files::{is_hidden, reason};

const EXPECTED: &str = "expected.yaml";
/// Either makes a folder a case: rules alone may be those of the cases below.
const MARKS: [&str; 2] = ["input.yaml", EXPECTED];
/// Folders in folders; a link may lead back to where it is.
const MAX_DEPTH: usize = 32;

/// The folder of a case.
#[derive(Debug)]
pub(super) struct Folder {
    /// Its path as people wrote it.
    pub(super) name: String,
    path: PathBuf,
}

/// All cases at and below some directories, in order of their paths.
pub(super) fn find(directories: &[PathBuf]) -> Result<Vec<Folder>, Failure> {
    let mut found = Vec::new();
    for directory in directories {
        let before = found.len();
        search(directory, 0, &mut found)?;
        if found.len() == before {
            return Err(Failure::Arguments(format!(
                "no case in `{}`: a case is a folder with input.yaml and, beside it, {}; `boltrope test --help` tells more",
                directory.display(),
                FILES
                    .iter()
                    .filter(|name| **name != "input.yaml")
                    .copied()
                    .collect::<Vec<_>>()
                    .join(", ")
            )));
        }
    }
    Ok(found)
}

fn search(directory: &Path, depth: usize, found: &mut Vec<Folder>) -> Result<(), Failure> {
    let refuse = |error: io::Error| {
        Failure::Arguments(format!(
            "cannot read `{}`: {}",
            directory.display(),
            reason(&error)
        ))
    };
    let mut below = Vec::new();
    let mut is_case = false;
    for entry in fs::read_dir(directory).map_err(refuse)? {
        let path = entry.map_err(refuse)?.path();
        if path.is_dir() {
            below.push(path);
        } else {
            is_case |= MARKS
                .iter()
                .any(|mark| path.file_name().is_some_and(|name| name == *mark));
        }
    }
    if is_case {
        found.push(Folder {
            name: directory.display().to_string(),
            path: directory.to_owned(),
        });
    }
    below.sort();
    for path in below.iter().filter(|path| !is_hidden(path) && depth < MAX_DEPTH) {
        search(path, depth + 1, found)?;
    }
    Ok(())
}

impl Folder {
    /// The case, or why it is none.
    pub(super) fn case(&self) -> Result<Case, String> {
        let files = self
            .files()
            .map_err(|error| format!("{}: {}", self.name, reason(&error)))?;
        Case::read(&self.name, &files).map_err(|error| error.to_string())
    }

    /// Writes `expected.yaml`.
    pub(super) fn write_expected(&self, text: &str) -> Result<(), Failure> {
        let path = self.path.join(EXPECTED);
        fs::write(&path, text).map_err(|error| {
            Failure::Arguments(format!("cannot write `{}`: {}", path.display(), reason(&error)))
        })
    }

    fn files(&self) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            if let Some(name) = name.filter(|_| path.is_file() && !is_hidden(&path)) {
                files.insert(name, fs::read(&path)?);
            }
        }
        Ok(files)
    }
}
