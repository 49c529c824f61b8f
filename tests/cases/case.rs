//! Case folders as data: what `tests/README.md` describes, read from `src/**/cases/*/`.

use std::fs;
use std::path::{Path, PathBuf};

use boltrope::engine::Operation;
use boltrope_yaml::{Limits, split};
use serde_json::Value;

/// One case folder.
pub(crate) struct Case {
    /// The folder, from the project's root.
    pub(crate) folder: PathBuf,
    /// `rules.yaml` as text.
    pub(crate) rules: String,
    /// `input.yaml` as text.
    pub(crate) input: Option<String>,
    /// `request.yaml`.
    pub(crate) request: CaseRequest,
    /// `world.yaml`, one value a document; `None` when the file is absent.
    pub(crate) world: Option<Vec<Value>>,
    /// `expected.yaml`.
    pub(crate) expected: Value,
}

/// `request.yaml`: what is known besides the object.
#[derive(Default)]
pub(crate) struct CaseRequest {
    pub(crate) namespace: Option<String>,
    pub(crate) release: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) operation: Operation,
    pub(crate) old: Option<Value>,
}

/// All cases, sorted by path.
pub(crate) fn all() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = Vec::new();
    find_folders(&root.join("src"), &mut folders);
    folders.sort();
    folders.iter().map(|folder| Case::read(root, folder)).collect()
}

/// Every document of a stream, as Kubernetes reads it; empty documents are left out.
pub(crate) fn documents(text: &str, what: &Path) -> Vec<Value> {
    let limits = Limits::default();
    let documents =
        split(text.as_bytes(), &limits).unwrap_or_else(|error| panic!("{}: {error}", what.display()));
    let read = |document: boltrope_yaml::Document<'_>| {
        let tree = document
            .read(&limits)
            .unwrap_or_else(|error| panic!("{}: {error}", what.display()));
        tree.into_value()
    };
    documents
        .into_iter()
        .map(read)
        .filter(|value| !value.is_null())
        .collect()
}

impl Case {
    fn read(root: &Path, folder: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(folder.join(name)).ok();
        let one = |name: &str| text(name).map(|text| single(&text, &folder.join(name)));
        let required =
            |name: &str| text(name).unwrap_or_else(|| panic!("{} has no {name}", folder.display()));
        let known = [
            "rules.yaml",
            "input.yaml",
            "request.yaml",
            "world.yaml",
            "expected.yaml",
            "expected.txt",
        ];
        for entry in fs::read_dir(folder).expect("a case is a folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(
                known.contains(&name.as_str()),
                "{}: `{name}` is not a file of a case",
                folder.display()
            );
        }
        Self {
            folder: folder.strip_prefix(root).expect("below the root").to_owned(),
            rules: required("rules.yaml"),
            input: text("input.yaml"),
            request: one("request.yaml")
                .map(|value| CaseRequest::decode(&value, folder))
                .unwrap_or_default(),
            world: text("world.yaml").map(|text| documents(&text, &folder.join("world.yaml"))),
            expected: one("expected.yaml").unwrap_or(Value::Null),
        }
    }

    /// The documents of `input.yaml`.
    pub(crate) fn inputs(&self) -> Vec<Value> {
        self.input
            .as_deref()
            .map(|text| documents(text, &self.folder.join("input.yaml")))
            .unwrap_or_default()
    }

    /// Whether `input.yaml` holds one object, so that both stages can be asked.
    pub(crate) fn is_single(&self) -> bool {
        self.inputs().len() == 1
    }

    /// The numbers of `covers`.
    pub(crate) fn covers(&self) -> Vec<String> {
        let covers = self.expected.get("covers").and_then(Value::as_array);
        let covers =
            covers.unwrap_or_else(|| panic!("{}: expected.yaml has no `covers`", self.folder.display()));
        let number = |value: &Value| {
            let text = value
                .as_str()
                .unwrap_or_else(|| panic!("{}: numbers are strings", self.folder.display()));
            text.to_owned()
        };
        covers.iter().map(number).collect()
    }
}

impl CaseRequest {
    fn decode(value: &Value, folder: &Path) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        for key in value.as_object().expect("request.yaml is a mapping").keys() {
            let known = ["namespace", "release", "user", "operation", "old"];
            assert!(
                known.contains(&key.as_str()),
                "{}: unknown key `{key}` in request.yaml",
                folder.display()
            );
        }
        let operation = match text("operation").as_deref() {
            None | Some("CREATE") => Operation::Create,
            Some("UPDATE") => Operation::Update,
            Some(other) => panic!("{}: unknown operation `{other}`", folder.display()),
        };
        Self {
            namespace: text("namespace"),
            release: text("release"),
            user: text("user"),
            operation,
            old: value.get("old").cloned(),
        }
    }
}

fn single(text: &str, path: &Path) -> Value {
    let mut documents = documents(text, path);
    assert!(documents.len() == 1, "{} must hold one document", path.display());
    documents.remove(0)
}

fn find_folders(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a readable directory").flatten() {
        let path = entry.path();
        if !path.is_dir() {
            continue;
        }
        if directory.file_name().is_some_and(|name| name == "cases") {
            found.push(path);
        } else {
            find_folders(&path, found);
        }
    }
}
