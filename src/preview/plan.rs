//! What the planner says: a list for each thing that can become of an object, each with its reason.

use serde::Serialize;
use serde_json::Value;

use crate::object::{Object, ObjectRef};

/// What is to be done, and why whatever is not done is not. Each list is sorted by namespace, kind and name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Objects to create, or to write again because they are not as rendered.
    pub apply: Vec<Apply>,
    /// Objects of ours that must go.
    pub delete: Vec<Delete>,
    /// Objects of ours that another has taken over: our fields and marks leave, the object stays.
    pub released: Vec<Released>,
    /// Copies that cannot be because something else has their name.
    pub conflicts: Vec<Conflict>,
    /// Copies that are wanted and held back.
    pub held: Vec<Held>,
    /// Sources that no preview gets.
    pub skipped: Vec<Skipped>,
    /// Copies that are made and may not work as their source does.
    pub warnings: Vec<Warning>,
    /// How each rule stands.
    pub rules: Vec<RuleStatus>,
    /// Which namespaces each rule looked at, and by which key it took them or left them.
    pub namespaces: Vec<Selection>,
    /// How many copies are as they should be.
    pub in_step: usize,
}

/// An object to write.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Apply {
    /// The whole of what we say about it, for a server-side apply.
    pub object: Value,
    /// The rule that wants it.
    pub rule: String,
    /// Why it is written.
    pub reason: String,
    /// The object that is there, which is ours; without one it is created, and must not be there yet.
    #[serde(skip)]
    pub existing: Option<Identity>,
}

/// An object to delete, on condition that it is still this one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Delete {
    /// Which.
    pub object: Identity,
    /// The rule that wanted it once.
    pub rule: String,
    /// Why it goes.
    pub reason: String,
}

/// An object to take our hands off, on condition that it is still this one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Released {
    /// Which.
    pub object: Identity,
    /// The rule that wanted it once.
    pub rule: String,
    /// Who has it now.
    pub reason: String,
    /// JSON Pointers of what is removed: all that is there of `type`, `externalName` and our marks.
    pub remove: Vec<String>,
}

/// One version of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`, which manifests in files may lack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// `metadata.resourceVersion`, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
}

/// A copy that cannot be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conflict {
    /// The copy.
    pub object: ObjectRef,
    /// The rule that wants it, or the first of them.
    pub rule: String,
    /// `exists` (an object that is not ours has the name) or `two-sources`.
    pub code: &'static str,
    /// In words.
    pub reason: String,
}

/// A copy that is held back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// The copy.
    pub object: ObjectRef,
    /// The rule that wants it.
    pub rule: String,
    /// A word for it: `local-reference`, `host-rewrite/host-taken`, `yielded`.
    pub code: String,
    /// In words, with what would help.
    pub reason: String,
}

/// A source that no preview gets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skipped {
    /// The source.
    pub object: ObjectRef,
    /// The rule that looked at it.
    pub rule: String,
    /// A word for it: `off`, `no-consent`, `mirror`, `excluded`, `kind`.
    pub code: &'static str,
    /// In words.
    pub reason: String,
}

/// A copy that may not work as its source does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Warning {
    /// The copy; a source, when all its copies have the same.
    pub object: ObjectRef,
    /// The rule.
    pub rule: String,
    /// A word for it.
    pub code: String,
    /// In words.
    pub message: String,
}

/// How a rule stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleStatus {
    /// The rule.
    pub rule: String,
    /// Its base namespace.
    pub source: String,
    /// Namespaces that it serves.
    pub namespaces: usize,
    /// Namespaces that it selects and does not serve, because they are more than `maxNamespaces`.
    pub over: usize,
    /// Why nothing is written or deleted for it: it is paused, its source is missing, something is not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<String>,
}

/// What a rule says about a namespace.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Selection {
    /// The rule.
    pub rule: String,
    /// The namespace.
    pub namespace: String,
    /// Whether it is a preview.
    pub selected: bool,
    /// By which key, or why not.
    pub reason: String,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.apply.is_empty() && self.delete.is_empty() && self.released.is_empty()
    }

    /// Whether a person should look: something is held back, has two sources or waits, a source does not agree. Names that are left to a release
    /// or are taken by what a preview brings itself are as they should be.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        self.held.iter().any(|held| held.code != "yielded")
            || self.conflicts.iter().any(|conflict| conflict.code != "exists")
            || self
                .skipped
                .iter()
                .any(|skipped| skipped.object.kind == "Namespace")
            || self
                .rules
                .iter()
                .any(|rule| rule.waiting.is_some() || rule.over > 0)
    }

    /// Leaves only what is about one preview: its objects, the grants for it, and what all previews have in common.
    pub fn only(&mut self, namespace: &str) {
        let is_here = |object: &ObjectRef| object.namespace.as_deref() == Some(namespace);
        let grant = format!("boltrope-preview-{namespace}");
        let is_grant = |kind: &str, name: &str| {
            kind == "ReferenceGrant"
                && name
                    .strip_prefix(&grant)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let is_meant = |object: &ObjectRef| is_here(object) || is_grant(&object.kind, &object.name);
        let is_identity =
            |identity: &Identity| identity.namespace == namespace || is_grant(&identity.kind, &identity.name);
        self.apply
            .retain(|apply| is_meant(&Object::new(&apply.object).reference()));
        self.delete.retain(|delete| is_identity(&delete.object));
        self.released.retain(|released| is_identity(&released.object));
        self.conflicts.retain(|conflict| is_meant(&conflict.object));
        let sources: Vec<String> = self.rules.iter().map(|rule| rule.source.clone()).collect();
        let is_common = |object: &ObjectRef| {
            object
                .namespace
                .as_ref()
                .is_none_or(|namespace| sources.contains(namespace))
        };
        self.held
            .retain(|held| is_here(&held.object) || is_common(&held.object));
        self.skipped.retain(|skipped| is_common(&skipped.object));
        self.warnings
            .retain(|warning| is_here(&warning.object) || is_common(&warning.object));
        self.namespaces
            .retain(|selection| selection.namespace == namespace);
    }

    /// Puts every list in order, so that equal clusters give equal plans.
    pub(super) fn sort(&mut self) {
        self.apply.sort_by_cached_key(|apply| {
            let ObjectRef {
                kind,
                namespace,
                name,
                ..
            } = Object::new(&apply.object).reference();
            (namespace, kind, name)
        });
        let by = |identity: &Identity| {
            (
                identity.namespace.clone(),
                identity.kind.clone(),
                identity.name.clone(),
            )
        };
        self.delete.sort_by_cached_key(|delete| by(&delete.object));
        self.released.sort_by_cached_key(|released| by(&released.object));
        let by = |object: &ObjectRef| (object.namespace.clone(), object.kind.clone(), object.name.clone());
        self.conflicts
            .sort_by_cached_key(|conflict| (by(&conflict.object), conflict.rule.clone()));
        self.held
            .sort_by_cached_key(|held| (by(&held.object), held.rule.clone(), held.code.clone()));
        self.skipped
            .sort_by_cached_key(|skipped| (by(&skipped.object), skipped.rule.clone()));
        self.warnings
            .sort_by_cached_key(|warning| (by(&warning.object), warning.rule.clone(), warning.code.clone()));
    }
}
