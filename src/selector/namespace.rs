//! Which namespaces a rule is about (rules.md 1.7): the include and exclude keys of kube-external-sync, done right.

use serde_json::Value;

use super::{Glob, LabelSelector, Pattern, RawLabelSelector};
use crate::object::Object;
use crate::object::pointer::{push, push_index};
use crate::rules::{Mistake, Mistakes, record};

/// A namespace selector as written. An exclude that matches wins; else any include key decides; else all match.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawNamespaceSelector {
    /// Globs on the namespace's name.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub include: Option<Vec<String>>,
    /// Globs on the namespace's name; one that matches takes the namespace out.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub exclude: Vec<String>,
    /// Regular expressions on the namespace's name, anchored at both ends.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub include_regex: Option<Vec<String>>,
    /// Regular expressions, anchored at both ends; one that matches takes the namespace out.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub exclude_regex: Vec<String>,
    /// A selector on the Namespace's labels.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Option<RawLabelSelector>,
    /// Conditions on the Namespace's annotations; one that holds is enough.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub annotations: Option<Vec<RawAnnotation>>,
}

record!(
    RawNamespaceSelector,
    required {},
    optional {
        "include" => include,
        "exclude" => exclude,
        "includeRegex" => include_regex,
        "excludeRegex" => exclude_regex,
        "labels" => labels,
        "annotations" => annotations,
    }
);

/// A condition on one annotation. Without `value` and `valueRegex` the key must exist.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawAnnotation {
    /// The annotation's key.
    pub key: String,
    /// The exact value.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub value: Option<String>,
    /// A regular expression on the value, anchored at both ends.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub value_regex: Option<String>,
}

record!(
    RawAnnotation,
    required { "key" => key },
    optional { "value" => value, "valueRegex" => value_regex }
);

/// A namespace selector that can be asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamespaceSelector {
    include: Option<Vec<Glob>>,
    exclude: Vec<Glob>,
    include_regex: Option<Vec<Pattern>>,
    exclude_regex: Vec<Pattern>,
    labels: Option<LabelSelector>,
    annotations: Option<Vec<Annotation>>,
}

/// What an annotation must be; anything when neither is given.
#[derive(Clone, Debug, PartialEq)]
struct Annotation {
    key: String,
    value: Option<String>,
    pattern: Option<Pattern>,
}

/// What a selector says about a namespace from its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByName {
    Yes,
    No,
    /// Only the Namespace's labels or annotations can tell.
    AskNamespace,
}

impl NamespaceSelector {
    /// Compiles what was written; mistakes carry pointers below `pointer`.
    pub fn validate(raw: RawNamespaceSelector, pointer: &str, mistakes: &mut Mistakes) -> Self {
        let labels = raw
            .labels
            .map(|labels| LabelSelector::validate(labels, &push(pointer, "labels"), mistakes));
        let include_regex = raw
            .include_regex
            .map(|texts| patterns(&texts, &push(pointer, "includeRegex"), mistakes));
        Self {
            include: raw.include.map(Glob::all),
            exclude: Glob::all(raw.exclude),
            include_regex,
            exclude_regex: patterns(&raw.exclude_regex, &push(pointer, "excludeRegex"), mistakes),
            labels,
            annotations: raw
                .annotations
                .map(|conditions| annotations(conditions, &push(pointer, "annotations"), mistakes)),
        }
    }

    /// Whether any include key is given.
    #[must_use]
    pub fn has_include(&self) -> bool {
        self.include.is_some()
            || self.include_regex.is_some()
            || self.labels.is_some()
            || self.annotations.is_some()
    }

    /// Whether the selector says nothing: every namespace matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_include() && self.exclude.is_empty() && self.exclude_regex.is_empty()
    }

    /// Whether `include` names the namespace literally, without a wildcard.
    #[must_use]
    pub fn names_literally(&self, namespace: &str) -> bool {
        let include = self.include.as_deref().unwrap_or_default();
        include
            .iter()
            .any(|glob| glob.is_literal() && glob.as_str() == namespace)
    }

    /// Whether an answer may need the Namespace object.
    #[must_use]
    pub fn asks_namespace(&self) -> bool {
        self.labels.is_some() || self.annotations.is_some()
    }

    pub(crate) fn by_name(&self, namespace: &str) -> ByName {
        let any = |globs: &[Glob], patterns: &[Pattern]| {
            Glob::any(globs, namespace) || patterns.iter().any(|pattern| pattern.matches(namespace))
        };
        if any(&self.exclude, &self.exclude_regex) {
            return ByName::No;
        }
        let included = any(
            self.include.as_deref().unwrap_or_default(),
            self.include_regex.as_deref().unwrap_or_default(),
        );
        match (included, self.asks_namespace()) {
            (true, _) => ByName::Yes,
            (false, true) => ByName::AskNamespace,
            (false, false) if self.has_include() => ByName::No,
            (false, false) => ByName::Yes,
        }
    }

    /// The rest of the answer when [`ByName::AskNamespace`]: whether the Namespace's labels or annotations match.
    pub(crate) fn by_namespace(&self, namespace: &Value) -> bool {
        let namespace = Object::new(namespace);
        self.labels
            .as_ref()
            .is_some_and(|labels| labels.matches(namespace.labels()))
            || self.annotations.as_ref().is_some_and(|conditions| {
                conditions
                    .iter()
                    .any(|condition| condition.holds(namespace.annotation(&condition.key)))
            })
    }
}

impl Annotation {
    fn holds(&self, found: Option<&str>) -> bool {
        found.is_some_and(|found| {
            self.value.as_ref().is_none_or(|value| found == value)
                && self.pattern.as_ref().is_none_or(|pattern| pattern.matches(found))
        })
    }
}

#[cfg(feature = "preview")]
impl NamespaceSelector {
    /// Whether a Namespace is selected, and by which key, for people who ask why.
    pub(crate) fn explain(&self, name: &str, namespace: &Value) -> (bool, String) {
        let selected = match self.by_name(name) {
            ByName::Yes => true,
            ByName::No => false,
            ByName::AskNamespace => self.by_namespace(namespace),
        };
        let glob = |globs: &[Glob]| {
            globs
                .iter()
                .find(|glob| glob.matches(name))
                .map(ToString::to_string)
        };
        let pattern = |patterns: &[Pattern]| {
            let found = patterns.iter().find(|pattern| pattern.matches(name));
            found.map(|pattern| pattern.as_str().to_owned())
        };
        let excluded = || {
            let glob = glob(&self.exclude).map(|glob| format!("`exclude` has `{glob}`"));
            glob.or_else(|| pattern(&self.exclude_regex).map(|text| format!("`excludeRegex` has `{text}`")))
        };
        let included = || {
            let glob = glob(self.include.as_deref().unwrap_or_default());
            let by_glob = glob.map(|glob| format!("`include` has `{glob}`"));
            let patterns = self.include_regex.as_deref().unwrap_or_default();
            by_glob.or_else(|| pattern(patterns).map(|text| format!("`includeRegex` has `{text}`")))
        };
        let by_labels = || {
            let labels = Object::new(namespace).labels();
            let matches = self
                .labels
                .as_ref()
                .is_some_and(|selector| selector.matches(labels));
            matches.then(|| "`labels` match".to_owned())
        };
        let reason = match selected {
            true => included().or_else(by_labels).unwrap_or_else(|| {
                let by_annotation = self.annotations.is_some();
                if by_annotation {
                    "`annotations` match"
                } else {
                    "no include key is given"
                }
                .to_owned()
            }),
            false => excluded().unwrap_or_else(|| "no include key takes it".to_owned()),
        };
        (selected, reason)
    }
}

fn patterns(texts: &[String], pointer: &str, mistakes: &mut Mistakes) -> Vec<Pattern> {
    let mut compiled = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        if let Some(pattern) = mistakes.pattern(text, push_index(pointer, index)) {
            compiled.push(pattern);
        }
    }
    compiled
}

fn annotations(conditions: Vec<RawAnnotation>, pointer: &str, mistakes: &mut Mistakes) -> Vec<Annotation> {
    let mut compiled = Vec::new();
    for (index, condition) in conditions.into_iter().enumerate() {
        let at = push_index(pointer, index);
        if condition.value.is_some() && condition.value_regex.is_some() {
            let message = "`value` and `valueRegex` exclude each other";
            mistakes.push(Mistake::new(at, message, "keep one of them"));
            continue;
        }
        let regex = condition.value_regex.as_deref();
        let pattern = regex.and_then(|regex| mistakes.pattern(regex, push(&at, "valueRegex")));
        if pattern.is_some() == regex.is_some() {
            compiled.push(Annotation {
                key: condition.key,
                value: condition.value,
                pattern,
            });
        }
    }
    compiled
}
