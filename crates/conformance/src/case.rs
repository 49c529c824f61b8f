//! Case folders as `tests/README.md` describes them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use boltrope::engine::world::snapshot::{Origin, Snapshot};
use boltrope_yaml::{Limits, split};
use serde_json::Value;

/// One case folder.
#[derive(Debug)]
pub(crate) struct Case {
    root: PathBuf,
    /// The folder.
    pub(crate) folder: PathBuf,
    /// `rules.yaml` as the command reads it; `None` when it is no YAML, which is a case of its own.
    pub(crate) rules: Option<Value>,
    /// The documents of `input.yaml`.
    pub(crate) inputs: Vec<Value>,
    /// `request.yaml`, null when absent.
    pub(crate) request: Value,
    /// The documents of `world.yaml`.
    pub(crate) world: Option<Vec<Value>>,
    /// `expected.yaml`.
    pub(crate) expected: Value,
}

/// Where an object is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Render,
    Admission,
}

impl Case {
    /// All cases below `src/`, sorted.
    pub(crate) fn all(root: &Path) -> anyhow::Result<Vec<Self>> {
        let mut folders = Vec::new();
        find(&root.join("src"), &mut folders)?;
        folders.sort();
        if folders.len() < 100 {
            bail!("only {} cases were found", folders.len());
        }
        folders.iter().map(|folder| Self::read(root, folder)).collect()
    }

    fn read(root: &Path, folder: &Path) -> anyhow::Result<Self> {
        let all = |name: &str| -> anyhow::Result<Option<Vec<Value>>> {
            let path = folder.join(name);
            if !path.exists() {
                return Ok(None);
            }
            documents(&std::fs::read(&path)?, &path).map(Some)
        };
        let one = |name: &str| all(name).map(|found| found.and_then(|found| found.into_iter().next()));
        Ok(Self {
            root: root.to_path_buf(),
            folder: folder.to_path_buf(),
            rules: one("rules.yaml").unwrap_or_default(),
            inputs: all("input.yaml")?.unwrap_or_default(),
            request: one("request.yaml")?.unwrap_or_default(),
            world: all("world.yaml")?,
            expected: one("expected.yaml")?.with_context(|| format!("`{}`", folder.display()))?,
        })
    }

    /// Its folder from the root.
    pub(crate) fn name(&self) -> String {
        let relative = self.folder.strip_prefix(&self.root).unwrap_or(&self.folder);
        relative.display().to_string()
    }

    /// The one object of the case, if both stages can be asked about it.
    pub(crate) fn object(&self) -> Option<&Value> {
        match self.inputs.as_slice() {
            [object] => Some(object),
            _ => None,
        }
    }

    /// What must come out at a stage.
    pub(crate) fn expected(&self, stage: Stage) -> Option<&Value> {
        let key = match stage {
            Stage::Render => "render",
            Stage::Admission => "admission",
        };
        let is_split = ["render", "admission"]
            .iter()
            .any(|key| self.expected.get(key).is_some());
        if is_split {
            self.expected.get(key)
        } else {
            Some(&self.expected)
        }
    }

    /// The mistakes in the rules, when the case is about them.
    pub(crate) fn errors(&self) -> Option<&[Value]> {
        Some(self.expected.get("errors")?.as_array()?.as_slice())
    }

    /// A text of `request.yaml`.
    pub(crate) fn told(&self, key: &str) -> Option<&str> {
        self.request.get(key).and_then(Value::as_str)
    }

    /// `world.yaml` as a World.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::new();
        for manifest in self.world.iter().flatten() {
            snapshot.add(manifest, Origin::World);
        }
        snapshot
    }
}

/// The documents of a stream that hold something.
pub(crate) fn documents(bytes: &[u8], path: &Path) -> anyhow::Result<Vec<Value>> {
    let limits = Limits::default();
    let shown = || format!("reading `{}`", path.display());
    let mut found = Vec::new();
    for document in split(bytes, &limits).with_context(shown)? {
        let value = document.read(&limits).with_context(shown)?.into_value();
        if !value.is_null() {
            found.push(value);
        }
    }
    Ok(found)
}

fn find(directory: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        if directory.ends_with("cases") {
            found.push(path);
        } else {
            find(&path, found)?;
        }
    }
    Ok(())
}
