//! Files and directories that arguments name.
//!
//! Directories are walked in order of names. Hidden entries (`.git`) are skipped; a link counts when it leads to a file
//! inside the directory that is not read anyway, as in a mounted ConfigMap, and is not followed out of it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use boltrope::engine::world::snapshot::{Origin, Snapshot};
use boltrope::resource::Catalog;
use boltrope::rules::load::Source;
use boltrope_yaml::Limits;
use serde_json::Value;

use super::exit::Failure;

/// A file that was read.
#[derive(Debug)]
pub(crate) struct File {
    /// Its path as people wrote it, with `/`.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

impl File {
    /// The file as one of rules.
    pub(crate) fn source(&self) -> Source<'_> {
        Source {
            name: &self.name,
            bytes: &self.bytes,
        }
    }
}

/// A path that could not be read, and why.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) name: String,
    pub(crate) error: io::Error,
}

/// Rules files: each path itself, or the YAML files directly in it.
pub(crate) fn rules(paths: &[PathBuf]) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let refuse = |error: io::Error| cannot_read("rules", &path.display().to_string(), &error);
        let mut found = Vec::new();
        if path.is_dir() {
            for entry in fs::read_dir(path).map_err(refuse)? {
                found.push(entry.map_err(refuse)?.path());
            }
            found.retain(|path| !is_hidden(path) && has_extension(path, &["yaml", "yml"]) && path.is_file());
            found.sort();
            if found.is_empty() {
                let message = format!("--rules {}: no *.yaml or *.yml file in it", path.display());
                return Err(Failure::Arguments(message));
            }
        } else {
            found.push(path.clone());
        }
        for path in found {
            files.push(read(&path).map_err(|refused| cannot_read("rules", &refused.name, &refused.error))?);
        }
    }
    Ok(files)
}

/// Everything that the manifests of `--world` say.
pub(crate) fn world(paths: &[PathBuf]) -> Result<Snapshot, Failure> {
    let mut snapshot = Snapshot::new();
    each_of_world(paths, &mut |manifest| snapshot.add(manifest, Origin::World))?;
    Ok(snapshot)
}

/// The kinds that the manifests of `--world` define.
pub(crate) fn catalog(paths: &[PathBuf]) -> Result<Catalog, Failure> {
    let mut catalog = Catalog::new();
    each_of_world(paths, &mut |manifest| catalog.learn(manifest))?;
    Ok(catalog)
}

fn each_of_world(paths: &[PathBuf], take: &mut dyn FnMut(&Value)) -> Result<(), Failure> {
    let (files, refused) = manifests(paths);
    if let Some(refused) = refused.first() {
        return Err(cannot_read("--world", &refused.name, &refused.error));
    }
    let limits = Limits::default();
    for file in &files {
        let broken = |error: boltrope_yaml::Error| {
            let position = error.position();
            Failure::Arguments(format!(
                "--world: {}:{}:{}: {}; {}",
                file.name,
                position.line,
                position.column,
                error.message(),
                error.remedy()
            ))
        };
        for document in boltrope_yaml::split(&file.bytes, &limits).map_err(broken)? {
            let tree = document.read(&limits).map_err(broken)?;
            take(tree.value());
        }
    }
    Ok(())
}

/// All manifests at and below some paths, and what could not be read. A file that two of the paths lead to is read once.
pub(crate) fn manifests(paths: &[PathBuf]) -> (Vec<File>, Vec<Refused>) {
    let mut files = Vec::new();
    let mut refused = Vec::new();
    let mut known = BTreeSet::new();
    for path in paths {
        let mut walk = Walk::new(is_manifest);
        if path.is_dir() {
            walk.directory(path);
            walk.links(path);
        } else {
            walk.files.push(path.clone());
        }
        refused.append(&mut walk.refused);
        walk.files.sort();
        for path in walk.files {
            let mut is_new = |path: &Path| path.canonicalize().is_ok_and(|real| known.insert(real));
            if paths.len() > 1 && path.exists() && !is_new(&path) {
                continue;
            }
            match read(&path) {
                Ok(file) => files.push(file),
                Err(error) => refused.push(error),
            }
        }
    }
    (files, refused)
}

/// The Markdown files below some paths. Documentation that cannot be read says nothing.
pub(crate) fn pages(paths: &[PathBuf]) -> Vec<File> {
    let mut walk = Walk::new(|path| has_extension(path, &["md", "markdown"]));
    for path in paths.iter().filter(|path| path.is_dir()) {
        walk.directory(path);
    }
    walk.files.sort();
    walk.files.iter().filter_map(|path| read(path).ok()).collect()
}

/// Reads a file; a path that names no file is an error too.
pub(crate) fn read(path: &Path) -> Result<File, Refused> {
    let name = name(path);
    match fs::read(path) {
        Ok(bytes) => Ok(File {
            name,
            path: path.to_owned(),
            bytes,
        }),
        Err(error) => Err(Refused { name, error }),
    }
}

/// What the operating system says, without the number of the error.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text.get(..end).unwrap_or(&text).to_lowercase()
}

fn cannot_read(what: &str, name: &str, error: &io::Error) -> Failure {
    Failure::Arguments(format!("{what}: cannot read `{name}`: {}", reason(error)))
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// A directory on its way down.
#[derive(Debug)]
struct Walk {
    is_wanted: fn(&Path) -> bool,
    files: Vec<PathBuf>,
    found_links: Vec<PathBuf>,
    refused: Vec<Refused>,
}

impl Walk {
    fn new(is_wanted: fn(&Path) -> bool) -> Self {
        Self {
            is_wanted,
            files: Vec::new(),
            found_links: Vec::new(),
            refused: Vec::new(),
        }
    }

    fn directory(&mut self, directory: &Path) {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => return self.refuse(directory, error),
        };
        for entry in entries {
            let found = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)));
            match found {
                Err(error) => self.refuse(directory, error),
                Ok((path, _)) if is_hidden(&path) => {}
                Ok((path, kind)) if kind.is_dir() => self.directory(&path),
                Ok((path, _)) if !(self.is_wanted)(&path) => {}
                Ok((path, kind)) if kind.is_symlink() => self.found_links.push(path),
                Ok((path, kind)) if kind.is_file() => self.files.push(path),
                Ok(_) => {}
            }
        }
    }

    fn links(&mut self, root: &Path) {
        let Ok(inside) = root.canonicalize() else { return };
        let mut known: BTreeSet<PathBuf> = self
            .files
            .iter()
            .filter_map(|path| path.canonicalize().ok())
            .collect();
        for link in std::mem::take(&mut self.found_links) {
            match link.canonicalize() {
                Ok(target) if target.starts_with(&inside) && target.is_file() => {
                    if known.insert(target) {
                        self.files.push(link);
                    }
                }
                Ok(_) => {}
                Err(error) => self.refuse(&link, error),
            }
        }
    }

    fn refuse(&mut self, path: &Path, error: io::Error) {
        let name = name(path);
        self.refused.push(Refused { name, error });
    }
}

/// Whether a name starts with a dot.
pub(crate) fn is_hidden(path: &Path) -> bool {
    let starts_with_dot = |name: &OsStr| name.to_string_lossy().starts_with('.');
    path.file_name().is_some_and(starts_with_dot)
}

/// `Kustomization` is the one name without an extension that kustomize knows.
fn is_manifest(path: &Path) -> bool {
    has_extension(path, &["yaml", "yml", "json"]) || path.file_name() == Some(OsStr::new("Kustomization"))
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|extension| known.contains(&extension))
}
