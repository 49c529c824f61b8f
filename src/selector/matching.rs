//! `match`: the keys that say which objects a rule is about (rules.md 1.5, 1.6).

use super::{Glob, KindPattern, LabelSelector, NamespaceSelector, RawLabelSelector, RawNamespaceSelector};
use crate::engine::Operation;
use crate::object::Object;
use crate::object::pointer::push;
use crate::rules::{Mistake, Mistakes, record};

/// `match` as written: every key that is given must hold, and `exclude` must not.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawMatch {
    /// `Kind`, `group/Kind` or `group/version/Kind`; `*` matches any part, `core` is the core group.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub kinds: Option<Vec<String>>,
    /// Globs on `metadata.name`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub names: Option<Vec<String>>,
    /// A selector on the object's labels.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Option<RawLabelSelector>,
    /// Which namespaces the rule is about.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub namespaces: Option<RawNamespaceSelector>,
    /// Operations at admission; both by default.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub operations: Option<Vec<Operation>>,
    /// An object that matches all of these keys is out.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub exclude: Option<RawMatchKeys>,
}

record!(
    RawMatch,
    required {},
    optional {
        "kinds" => kinds,
        "names" => names,
        "labels" => labels,
        "namespaces" => namespaces,
        "operations" => operations,
        "exclude" => exclude,
    }
);

/// The keys of `match` and of its `exclude`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawMatchKeys {
    /// `Kind`, `group/Kind` or `group/version/Kind`; `*` matches any part, `core` is the core group.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub kinds: Option<Vec<String>>,
    /// Globs on `metadata.name`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub names: Option<Vec<String>>,
    /// A selector on the object's labels.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Option<RawLabelSelector>,
    /// Namespaces.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub namespaces: Option<RawNamespaceSelector>,
    /// Operations at admission.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub operations: Option<Vec<Operation>>,
}

record!(
    RawMatchKeys,
    required {},
    optional {
        "kinds" => kinds,
        "names" => names,
        "labels" => labels,
        "namespaces" => namespaces,
        "operations" => operations,
    }
);

impl RawMatchKeys {
    fn is_empty(&self) -> bool {
        self.kinds.is_none()
            && self.names.is_none()
            && self.labels.is_none()
            && self.namespaces.is_none()
            && self.operations.is_none()
    }
}

/// A match that can be asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Match {
    pub(crate) keys: Keys,
    pub(crate) exclude: Option<Keys>,
}

/// One set of keys, all of which must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Keys {
    pub(crate) kinds: Vec<KindPattern>,
    pub(crate) names: Option<Vec<Glob>>,
    pub(crate) labels: LabelSelector,
    pub(crate) namespaces: NamespaceSelector,
    pub(crate) operations: Option<Vec<Operation>>,
}

impl Match {
    /// Compiles what was written; `default_kinds` are the transform's own. Mistakes carry pointers below `pointer`.
    pub fn validate(raw: RawMatch, default_kinds: &[String], pointer: &str, mistakes: &mut Mistakes) -> Self {
        let RawMatch {
            kinds,
            names,
            labels,
            namespaces,
            operations,
            exclude,
        } = raw;
        let keys = RawMatchKeys {
            kinds,
            names,
            labels,
            namespaces,
            operations,
        };
        let exclude = exclude.map(|raw| {
            let at = push(pointer, "exclude");
            if raw.is_empty() {
                let remedy = "give it keys, or remove it: an empty exclude would take every object out";
                mistakes.push(Mistake::new(&at, "`exclude` is empty", remedy));
            }
            Keys::validate(raw, &["*".to_owned()], &at, mistakes)
        });
        Self {
            keys: Keys::validate(keys, default_kinds, pointer, mistakes),
            exclude,
        }
    }

    /// The namespaces the rule is about.
    #[must_use]
    pub fn namespaces(&self) -> &NamespaceSelector {
        &self.keys.namespaces
    }

    /// The kinds the rule is about.
    #[must_use]
    pub fn kinds(&self) -> &[KindPattern] {
        &self.keys.kinds
    }

    /// The label keys that decide whether the rule applies.
    #[must_use]
    pub fn label_keys(&self) -> Vec<&str> {
        let mut keys = Vec::new();
        self.keys.labels.add_keys(&mut keys);
        if let Some(exclude) = &self.exclude {
            exclude.labels.add_keys(&mut keys);
        }
        keys
    }
}

impl Keys {
    fn validate(raw: RawMatchKeys, default_kinds: &[String], pointer: &str, mistakes: &mut Mistakes) -> Self {
        let kinds = match raw.kinds {
            Some(texts) => kinds(&texts, pointer, mistakes),
            // A transform's own are patterns.
            None => kinds(default_kinds, pointer, &mut Mistakes::new()),
        };
        let labels = raw.labels.unwrap_or_default();
        let namespaces = raw.namespaces.unwrap_or_default();
        Self {
            kinds,
            names: raw.names.map(Glob::all),
            labels: LabelSelector::validate(labels, &push(pointer, "labels"), mistakes),
            namespaces: NamespaceSelector::validate(namespaces, &push(pointer, "namespaces"), mistakes),
            operations: raw.operations,
        }
    }

    /// Every key but `namespaces`: what the object and the request alone can tell.
    pub(crate) fn match_object(&self, object: Object<'_>, operation: Operation) -> bool {
        let (group, version, kind) = (object.group(), object.version(), object.kind());
        self.kinds
            .iter()
            .any(|pattern| pattern.matches(group, version, kind))
            && self
                .operations
                .as_ref()
                .is_none_or(|operations| operations.contains(&operation))
            && self
                .names
                .as_ref()
                .is_none_or(|globs| object.name().is_some_and(|name| Glob::any(globs, name)))
            && self.labels.matches(object.labels())
    }
}

fn kinds(texts: &[String], pointer: &str, mistakes: &mut Mistakes) -> Vec<KindPattern> {
    let mut kinds = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match KindPattern::parse(text) {
            Ok(kind) => kinds.push(kind),
            Err(message) => mistakes.push(Mistake::plain(format!("{pointer}/kinds/{index}"), message)),
        }
    }
    kinds
}
