//! A case: `rules.yaml` and `cluster.yaml`, and the plan that must come of them in `expected.yaml`. Without `rules.yaml` the
//! case is about importing the cluster. Each can be piped into the tool:
//! `boltrope preview plan --rules rules.yaml -f cluster.yaml -o yaml`.

use std::fs;
use std::path::{Path, PathBuf};

use boltrope::preview::import::import;
use boltrope::preview::{Kind, Plan, Rules, Snapshot, State, plan};
use boltrope::rules::load::{Source, load};
use boltrope::transforms::TRANSFORMS;
use boltrope_yaml::Limits;
use serde_json::{Map, Value, json};

pub(crate) struct Case {
    pub(crate) folder: PathBuf,
    rules: Option<String>,
    cluster: Vec<Value>,
    expected: Value,
    text: String,
}

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/preview/cases");
    let entries = fs::read_dir(root).expect("the cases");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    folders.into_iter().map(Case::read).collect()
}

pub(crate) fn documents(text: &str) -> Vec<Value> {
    let limits = Limits::default();
    let documents = boltrope_yaml::split(text.as_bytes(), &limits).expect("a stream");
    let read =
        |document: boltrope_yaml::Document<'_>| document.read(&limits).expect("a document").into_value();
    documents
        .into_iter()
        .map(read)
        .filter(|value| !value.is_null())
        .collect()
}

impl Case {
    fn read(folder: PathBuf) -> Self {
        let text = |name: &str| fs::read_to_string(folder.join(name)).ok();
        let expected = text("expected.yaml").unwrap_or_default();
        Self {
            rules: text("rules.yaml"),
            cluster: documents(&text("cluster.yaml").expect("cluster.yaml")),
            expected: documents(&expected).pop().unwrap_or_default(),
            text: expected,
            folder,
        }
    }

    pub(crate) fn name(&self) -> String {
        self.folder
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    }

    /// The rows that the case is about.
    pub(crate) fn covers(&self) -> Vec<String> {
        let covers = self.expected["covers"]
            .as_array()
            .unwrap_or_else(|| panic!("{}: no `covers`", self.name()));
        covers
            .iter()
            .map(|row| row.as_str().expect("text").to_owned())
            .collect()
    }

    pub(crate) fn rules(&self) -> Option<Rules> {
        let text = self.rules.as_ref()?;
        let source = Source {
            name: "rules.yaml",
            bytes: text.as_bytes(),
        };
        Some(Rules::of(
            &load(&[source], TRANSFORMS).unwrap_or_else(|error| panic!("{}: {error}", self.name())),
        ))
    }

    /// The cluster; a kind that `expected.yaml` names under `unavailable` is not completely known.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::new();
        for kind in Kind::ALL {
            let is_unavailable = |name: &Value| *name == format!("{kind:?}");
            let named = self.expected["unavailable"].as_array();
            let state = match named.is_some_and(|named| named.iter().any(is_unavailable)) {
                true => State::Unavailable("the list was refused".to_owned()),
                false => State::Complete,
            };
            snapshot.set_state(kind, state);
        }
        for document in &self.cluster {
            snapshot.put_document(document);
        }
        snapshot
    }

    /// The objects of the cluster, those in lists too.
    pub(crate) fn objects(&self) -> Vec<&Value> {
        self.cluster
            .iter()
            .flat_map(boltrope::object::embedded::objects)
            .map(|embedded| embedded.object.value())
            .collect()
    }

    /// What comes of the case, in the words of `expected.yaml`.
    pub(crate) fn answer(&self) -> Value {
        let Some(rules) = self.rules() else {
            let imported = import(&self.cluster);
            let rules = imported
                .rules
                .iter()
                .map(|rule| json!({"rule": rule.rule, "differences": rule.differences}));
            return json!({"imported": rules.collect::<Vec<_>>(), "clusterDomain": imported.cluster_domain});
        };
        brief(&plan(&rules, &self.snapshot()))
    }

    pub(crate) fn check(&self) {
        let found = self.answer();
        if std::env::var_os("BLESS").is_some() {
            self.bless(&found);
            return;
        }
        let mut expected = self.expected.clone();
        let map = expected.as_object_mut().expect("a mapping");
        map.shift_remove("covers");
        map.shift_remove("unavailable");
        assert_eq!(
            expected,
            found,
            "{}: `BLESS=1 cargo test --test preview` writes what was found",
            self.name()
        );
    }

    fn bless(&self, found: &Value) {
        let mut text: String = self
            .text
            .lines()
            .take_while(|line| line.starts_with('#'))
            .map(|line| format!("{line}\n"))
            .collect();
        text.push_str(&format!("covers: [{}]\n", self.covers().join(", ")));
        if let Some(names) = self.expected["unavailable"].as_array() {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            text.push_str(&format!("unavailable: [{}]\n", names.join(", ")));
        }
        text.push_str(&boltrope_yaml::write(found));
        fs::write(self.folder.join("expected.yaml"), text).expect("expected.yaml");
    }
}

/// A plan without what is empty, and namespaces in a line each.
fn brief(plan: &Plan) -> Value {
    let value = serde_json::to_value(plan).expect("a plan");
    let mut brief = Map::new();
    for (key, part) in value.as_object().expect("a mapping") {
        let is_empty = part.as_array().is_some_and(Vec::is_empty) || *part == json!(0);
        if !is_empty {
            brief.insert(key.clone(), part.clone());
        }
    }
    let word = |selected: bool| if selected { "in" } else { "out" };
    let selections = plan.namespaces.iter();
    let lines: Vec<String> = selections
        .map(|one| {
            format!(
                "{} {} ({}): {}",
                one.namespace,
                word(one.selected),
                one.rule,
                one.reason
            )
        })
        .collect();
    brief.insert("namespaces".to_owned(), json!(lines));
    Value::Object(brief)
}
