//! An API server in memory: objects with versions, JSON Patch with preconditions, and faults to order.

use std::collections::BTreeMap;

use boltrope::recovery::controller::ControllerVersion;
use boltrope::recovery::episode::{Attempt, FIELD_MANAGER, Write};
use boltrope::recovery::{Inventory, Timestamp, compat};
use serde_json::{Value, json};

use crate::case::Case;
use crate::controller::{self, Habit};

/// Kind, namespace and name.
pub(crate) type Key = (String, String, String);

/// What goes wrong at a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Somebody else writes the same object just before.
    Conflict,
    /// The write is made and its answer lost.
    Unheard,
    /// The write is lost, and nobody says so.
    Lost,
    /// No permission.
    Forbidden,
}

#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) objects: BTreeMap<Key, Value>,
    pub(crate) now: Timestamp,
    pub(crate) allow_deploy: bool,
    pub(crate) settings: compat::Settings,
    /// Every write that was made: where to, and its patch.
    pub(crate) writes: Vec<(String, Vec<Value>)>,
    /// The fault of the n-th write; `None` in front: of all writes.
    pub(crate) fault: Option<(Option<usize>, Fault)>,
    /// The fault of the n-th write and of all after it.
    pub(crate) fault_from: Option<(usize, Fault)>,
    /// The fault of every write to a status.
    pub(crate) fault_status: Option<Fault>,
    controller: Option<ControllerVersion>,
    read: Vec<String>,
    habit: Habit,
    version: u64,
    attempts: usize,
}

impl Cluster {
    pub(crate) fn of(case: &Case, habit: Habit) -> Self {
        let mut cluster = Self {
            objects: BTreeMap::new(),
            now: case.options.now,
            allow_deploy: case.options.allow_deploy,
            settings: settings(case),
            writes: Vec::new(),
            fault: None,
            fault_from: None,
            fault_status: None,
            controller: case.options.controller,
            read: case.options.read.clone(),
            habit,
            version: 100,
            attempts: 0,
        };
        for object in &case.objects {
            cluster.put(object.clone());
        }
        cluster
    }

    pub(crate) fn inventory(&self) -> Inventory {
        let mut inventory = Inventory::new();
        for object in self.objects.values() {
            inventory.add(object);
        }
        if let Some(version) = self.controller {
            inventory.set_controller(version);
        }
        for namespace in &self.read {
            inventory.mark_storage_read(namespace);
        }
        inventory
    }

    /// Stores an object under a new version.
    pub(crate) fn put(&mut self, mut object: Value) {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        self.objects.insert(key(&object), object);
    }

    /// Lets time pass and the controller work.
    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now = Timestamp::from_unix(self.now.unix() + seconds);
        for object in controller::reconcile(self, self.habit) {
            self.put(object);
        }
    }

    pub(crate) fn send(&mut self, write: &Write) -> Attempt {
        let number = self.attempts;
        self.attempts += 1;
        let place = (write.kind.clone(), write.namespace.clone(), write.name.clone());
        let fault = self
            .fault
            .filter(|(at, _)| at.is_none_or(|at| at == number))
            .map(|(_, fault)| fault)
            .or(self
                .fault_from
                .filter(|(from, _)| number >= *from)
                .map(|(_, fault)| fault))
            .or(self.fault_status.filter(|_| write.to_status));
        match fault {
            Some(Fault::Conflict) => {
                let mut other = self.objects[&place].clone();
                other["metadata"]["annotations"]["someone"] = format!("else-{number}").into();
                self.put(other);
            }
            Some(Fault::Forbidden) => {
                let missing = format!("patch {} in {}", write.kind, write.namespace);
                return Attempt::Forbidden { missing };
            }
            Some(Fault::Lost) => return unheard(),
            Some(Fault::Unheard) | None => {}
        }
        let Some(object) = self.objects.get(&place) else {
            return Attempt::Gone;
        };
        let Some(patched) = patched(object, &write.json_patch()) else {
            assert!(write.apply(object).is_err(), "PUT and PATCH agree");
            return Attempt::Conflict;
        };
        assert_eq!(write.apply(object).as_ref(), Ok(&patched), "PUT and PATCH agree");
        let status = if write.to_status { "/status" } else { "" };
        self.writes.push((
            format!("{} {}/{}{status}", write.kind, write.namespace, write.name),
            write.json_patch(),
        ));
        // The subresource takes nothing but the status, the resource everything else.
        let mut stored = object.clone();
        for part in ["spec", "metadata", "data", "status"] {
            if (part == "status") == write.to_status && patched.get(part).is_some() {
                stored[part] = patched[part].clone();
            }
        }
        assert_eq!(
            stored, patched,
            "nothing is written to a place that does not take it"
        );
        self.put(managed(object, stored));
        if fault == Some(Fault::Unheard) {
            return unheard();
        }
        Attempt::Done {
            resource_version: self.version.to_string(),
        }
    }
}

/// What the API server adds to a write: a generation for another spec, an owner for `spec.suspend`.
fn managed(before: &Value, mut after: Value) -> Value {
    if before.get("spec") == after.get("spec") {
        return after;
    }
    let generation = before["metadata"]["generation"].as_u64().unwrap_or(0) + 1;
    after["metadata"]["generation"] = generation.into();
    after["metadata"]["managedFields"] = json!([{
        "manager": FIELD_MANAGER, "operation": "Update", "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {"f:suspend": {}}},
    }]);
    after
}

fn settings(case: &Case) -> compat::Settings {
    let mut settings = compat::Settings::default();
    if let Some(threshold) = &case.options.threshold {
        settings = settings.with_threshold(threshold).expect("a duration");
    }
    if let Some(max) = case.options.max {
        settings.max = usize::try_from(max).expect("small");
    }
    settings
}

/// The key of an object.
pub(crate) fn key(object: &Value) -> Key {
    let text = |at: &str| {
        object
            .pointer(at)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    (text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
}

fn unheard() -> Attempt {
    Attempt::Unheard {
        why: "connection reset".to_owned(),
    }
}

/// RFC 6902, as much of it as is used here. `None` if a test fails.
fn patched(object: &Value, patch: &[Value]) -> Option<Value> {
    let mut object = object.clone();
    for operation in patch {
        let path = operation["path"].as_str().expect("a path");
        let value = operation.get("value").cloned().unwrap_or(Value::Null);
        let (parent, last) = path.rsplit_once('/').expect("no path is empty");
        let last = last.replace("~1", "/").replace("~0", "~");
        match operation["op"].as_str().expect("an operation") {
            "test" => {
                if object.pointer(path) != Some(&value) {
                    return None;
                }
            }
            "replace" => {
                *object
                    .pointer_mut(path)
                    .unwrap_or_else(|| panic!("{path} is there")) = value
            }
            "add" => match object
                .pointer_mut(parent)
                .unwrap_or_else(|| panic!("{parent} is there"))
            {
                Value::Object(map) => {
                    map.insert(last, value);
                }
                Value::Array(items) if last == "-" => items.push(value),
                other => panic!("{path}: {other}"),
            },
            "remove" => match object
                .pointer_mut(parent)
                .unwrap_or_else(|| panic!("{parent} is there"))
            {
                Value::Object(map) => {
                    map.shift_remove(&last).expect("removed what is there");
                }
                Value::Array(items) => {
                    items.remove(last.parse().expect("an index"));
                }
                other => panic!("{path}: {other}"),
            },
            other => panic!("{other}: {}", json!(patch)),
        }
    }
    Some(object)
}
