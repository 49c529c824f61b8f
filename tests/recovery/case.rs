//! Case folders: a cluster as a person writes it down, and what must be said about it.

use std::fs;
use std::path::{Path, PathBuf};

use boltrope::recovery::controller::ControllerVersion;
use boltrope::recovery::storage::{Body, SECRET_TYPE};
use boltrope::recovery::{Inventory, Timestamp};
use boltrope_yaml::{Limits, split};
use serde_json::{Map, Value, json};

/// What stands in every record of every case and may appear in no text.
pub(crate) const CANARY: &str = "canary-5ecret";

/// One case.
pub(crate) struct Case {
    pub(crate) folder: PathBuf,
    /// The objects as an API server would give them.
    pub(crate) objects: Vec<Value>,
    pub(crate) options: Options,
    pub(crate) expected: Value,
}

/// The document of kind `RecoveryCase`.
pub(crate) struct Options {
    pub(crate) now: Timestamp,
    pub(crate) controller: Option<ControllerVersion>,
    pub(crate) read: Vec<String>,
    pub(crate) allow_deploy: bool,
    pub(crate) max: Option<u64>,
    /// Of the compatible mode.
    pub(crate) threshold: Option<String>,
}

/// All cases of the diagnosis, sorted by name.
pub(crate) fn all() -> Vec<Case> {
    all_in("src/recovery/cases")
}

/// All cases of a folder, sorted by name.
pub(crate) fn all_in(folder: &str) -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(root.join(folder)).expect("cases");
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders.iter().map(|folder| Case::read(root, folder)).collect()
}

/// A value as YAML.
pub(crate) fn yaml(value: &Value) -> String {
    yaml_serde::to_string(value).expect("JSON is YAML")
}

impl Case {
    fn read(root: &Path, folder: &Path) -> Self {
        let what = folder.display();
        let input =
            fs::read_to_string(folder.join("input.yaml")).unwrap_or_else(|error| panic!("{what}: {error}"));
        let mut objects = documents(&input, &what.to_string());
        let options = objects
            .iter()
            .position(|object| object["kind"] == "RecoveryCase")
            .map(|index| objects.remove(index))
            .unwrap_or_else(|| panic!("{what}: no RecoveryCase"));
        let expected = fs::read_to_string(folder.join("expected.yaml")).unwrap_or_default();
        let expected = documents(&expected, &what.to_string());
        Self {
            folder: folder.strip_prefix(root).expect("below the root").to_owned(),
            objects: objects.into_iter().map(encoded).collect(),
            options: Options::decode(&options, &what.to_string()),
            expected: expected.into_iter().next().unwrap_or(Value::Null),
        }
    }

    pub(crate) fn inventory(&self) -> Inventory {
        let mut inventory = Inventory::new();
        for object in &self.objects {
            inventory.add(object);
        }
        if let Some(version) = self.options.controller {
            inventory.set_controller(version);
        }
        for namespace in &self.options.read {
            inventory.mark_storage_read(namespace);
        }
        inventory
    }

    /// The name of the only release that the case acts on.
    pub(crate) fn name(&self) -> &str {
        let release = self.expected["releases"][0]["release"].as_str().expect("a name");
        release.rsplit('/').next().expect("a name")
    }

    pub(crate) fn write_expected(&self, found: &Value) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(&self.folder)
            .join("expected.yaml");
        fs::write(&path, yaml(found)).expect("a writable case");
    }
}

impl Options {
    fn decode(value: &Value, what: &str) -> Self {
        for key in value.as_object().expect("a mapping").keys() {
            let known = [
                "apiVersion",
                "kind",
                "about",
                "at",
                "controller",
                "read",
                "allowDeploy",
                "max",
                "threshold",
            ];
            assert!(known.contains(&key.as_str()), "{what}: unknown key `{key}`");
        }
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        assert!(text("about").is_some(), "{what}: say what it is about");
        Self {
            now: text("at")
                .and_then(Timestamp::parse)
                .unwrap_or_else(|| panic!("{what}: `at` is a time")),
            controller: text("controller").map(|version| {
                ControllerVersion::parse(version).unwrap_or_else(|| panic!("{what}: {version}"))
            }),
            read: value
                .get("read")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|name| name.as_str().expect("a namespace").to_owned())
                .collect(),
            allow_deploy: value.get("allowDeploy") == Some(&Value::Bool(true)),
            max: value.get("max").and_then(Value::as_u64),
            threshold: text("threshold").map(str::to_owned),
        }
    }
}

fn documents(text: &str, what: &str) -> Vec<Value> {
    let limits = Limits::default();
    let documents = split(text.as_bytes(), &limits).unwrap_or_else(|error| panic!("{what}: {error}"));
    documents
        .into_iter()
        .map(|document| {
            document
                .read(&limits)
                .unwrap_or_else(|error| panic!("{what}: {error}"))
                .into_value()
        })
        .filter(|value| !value.is_null())
        .collect()
}

/// A readable record becomes the Secret that Helm would have written: `release:` is packed into `data.release`.
fn encoded(mut object: Value) -> Value {
    let map = object.as_object_mut().expect("an object");
    let Some(release) = map.shift_remove("release") else {
        return object;
    };
    let pad = map.shift_remove("padTo").and_then(|bytes| bytes.as_u64());
    let name = map["metadata"]["name"].as_str().expect("a name").to_owned();
    let (release_name, version) = name
        .strip_prefix("sh.helm.release.v1.")
        .and_then(|rest| rest.rsplit_once(".v"))
        .expect("the name of a record");
    let status = release["info"]["status"]
        .as_str()
        .unwrap_or("deployed")
        .to_owned();
    let mut full = json!({
        "name": release_name,
        "info": {"first_deployed": "2026-05-18T07:00:00.5Z", "description": CANARY, "notes": "status: deployed"},
        "chart": {"metadata": {"name": "web", "version": "1.2.3"}, "values": {"big": 1e300, "password": CANARY}},
        "config": {"password": CANARY},
        "manifest": format!("---\nkind: Secret\nstringData: {{password: {CANARY}}}\n"),
        "version": version.parse::<u64>().expect("a revision"),
        "namespace": map["metadata"]["namespace"].clone(),
        "apply_method": "ssa",
    });
    merge(&mut full, &release);
    if let Some(bytes) = pad {
        full["manifest"] = noise(usize::try_from(bytes).expect("small")).into();
    }
    let body = Body::of_json(serde_json::to_vec(&full).expect("JSON"));
    let mut labels = json!({"owner": "helm", "name": release_name, "status": status, "version": version});
    merge(&mut labels, map["metadata"].get("labels").unwrap_or(&json!({})));
    map["metadata"]["labels"] = labels;
    map.insert("type".to_owned(), SECRET_TYPE.into());
    map.insert(
        "data".to_owned(),
        json!({"release": body.encode().expect("packs")}),
    );
    object
}

/// Text that gzip can do little about, so that the packed record has about this size.
fn noise(bytes: usize) -> String {
    let mut seed = 1_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'!' + u8::try_from((seed >> 16) % 90).expect("small"))
    };
    // 90 characters carry 6.5 bits, and base64 takes 8 bits for 6 of them.
    (0..bytes * 9 / 10).map(|_| next()).collect()
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(
                    into.entry(key.clone()).or_insert(Value::Object(Map::new())),
                    value,
                );
            }
        }
        (into, from) => *into = from.clone(),
    }
}
