//! Settings of `metadata`: as written, and validated.

use serde_json::Value;

use super::syntax;
use crate::object::pointer;
use crate::rules::{Keyed, Mistake, Mistakes, decode_settings, record, words};
use crate::selector::Pattern;

/// `metadata` as written.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawRequirements {
    /// What is asked of labels, by key.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Keyed<RawRequirement>,
    /// What is asked of annotations, by key.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub annotations: Keyed<RawRequirement>,
    /// Where else the labels and annotations belong.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub propagate: Propagate,
}

record!(
    RawRequirements,
    required {},
    optional { "labels" => labels, "annotations" => annotations, "propagate" => propagate }
);

/// What is asked of one label or annotation.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawRequirement {
    /// An object without it is refused.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub required: bool,
    /// The value to write where there is none.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub default: Option<String>,
    /// The values that are allowed.
    #[cfg_attr(feature = "schema", schemars(rename = "enum", default))]
    pub allowed: Option<Vec<String>>,
    /// A regular expression, anchored at both ends, that the value matches.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub pattern: Option<String>,
    /// Where the value comes from before `default` is taken.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub from: Option<Source>,
}

record!(
    RawRequirement,
    required {},
    optional {
        "required" => required,
        "default" => default,
        "enum" => allowed,
        "pattern" => pattern,
        "from" => from,
    }
);

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase")
)]
pub enum Source {
    /// The label or annotation of the same key on the Namespace that the object lives in.
    Namespace,
}

words!(Source { "namespace" => Namespace });

/// Where else labels and annotations belong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase")
)]
pub enum Propagate {
    /// Nowhere.
    #[default]
    None,
    /// On the pods that a workload makes.
    PodTemplates,
}

words!(Propagate { "none" => None, "podTemplates" => PodTemplates });

/// Validated settings.
#[derive(Clone, Debug)]
pub(super) struct Requirements {
    pub(super) keys: Vec<Requirement>,
    pub(super) to_templates: bool,
}

/// Labels and annotations differ in where they stand and what they may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Label,
    Annotation,
}

/// What is asked of one key.
#[derive(Clone, Debug)]
pub(super) struct Requirement {
    pub(super) field: Field,
    pub(super) key: String,
    pub(super) required: bool,
    pub(super) default: Option<String>,
    pub(super) from_namespace: bool,
    pub(super) allowed: Option<Vec<String>>,
    pub(super) pattern: Option<Pattern>,
}

impl Field {
    /// What findings call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Annotation => "annotation",
        }
    }

    /// Where it stands in an object.
    pub(super) fn place(self) -> &'static str {
        match self {
            Self::Label => "/metadata/labels",
            Self::Annotation => "/metadata/annotations",
        }
    }

    /// Its key in `metadata`.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::Label => "labels",
            Self::Annotation => "annotations",
        }
    }
}

impl Requirements {
    /// Decodes and validates.
    ///
    /// # Errors
    /// Every mistake, with pointers below the settings.
    pub(super) fn decode(settings: &Value) -> Result<Self, Mistakes> {
        decode_settings(settings, Self::validate)
    }

    fn validate(raw: RawRequirements, mistakes: &mut Mistakes) -> Self {
        if raw.labels.0.is_empty() && raw.annotations.0.is_empty() {
            let message = "neither `labels` nor `annotations` is given";
            mistakes.push(Mistake::new(
                "",
                message,
                "add `labels:` with what is asked of each key",
            ));
        }
        let mut keys = Vec::new();
        for (field, raws) in [
            (Field::Label, raw.labels.0),
            (Field::Annotation, raw.annotations.0),
        ] {
            for (key, raw) in raws {
                keys.extend(Requirement::validate(field, key, raw, mistakes));
            }
        }
        let to_templates = raw.propagate == Propagate::PodTemplates;
        Self { keys, to_templates }
    }
}

impl Requirement {
    fn validate(field: Field, key: String, raw: RawRequirement, mistakes: &mut Mistakes) -> Option<Self> {
        let at = pointer::push(&format!("/{}", field.plural()), &key);
        if let Err(message) = syntax::check_key(field, &key) {
            mistakes.push(Mistake::plain(&at, message));
        }
        if raw == RawRequirement::default() {
            let message = format!("nothing is asked of `{key}`");
            let remedy = "give it `required: true`, `default`, `enum`, `pattern` or `from`";
            mistakes.push(Mistake::new(&at, message, remedy));
        }
        if raw.allowed.as_ref().is_some_and(Vec::is_empty) {
            let remedy = "list at least one value, or remove it";
            mistakes.push(Mistake::new(
                format!("{at}/enum"),
                "`enum` is empty: no value is allowed",
                remedy,
            ));
        }
        let pattern = match raw.pattern {
            Some(text) => Some(mistakes.pattern(&text, format!("{at}/pattern"))?),
            None => None,
        };
        let requirement = Self {
            field,
            key,
            required: raw.required,
            default: raw.default,
            from_namespace: raw.from.is_some(),
            allowed: raw.allowed,
            pattern,
        };
        requirement.check_values(&at, mistakes);
        Some(requirement)
    }

    /// Values in the rules must be values that the rules allow.
    fn check_values(&self, at: &str, mistakes: &mut Mistakes) {
        for (index, value) in self.allowed.iter().flatten().enumerate() {
            if let Err(why) = self.check_syntax(value).and_then(|()| self.check_pattern(value)) {
                let message = format!("`{value}` can never be allowed: {why}");
                mistakes.push(Mistake::new(
                    format!("{at}/enum/{index}"),
                    message,
                    "correct or remove it",
                ));
            }
        }
        if let Some(default) = &self.default
            && let Err(why) = self
                .check_syntax(default)
                .and_then(|()| self.check_allowed(default))
        {
            let message = format!("the default `{default}` is not allowed: {why}");
            mistakes.push(Mistake::new(
                format!("{at}/default"),
                message,
                "use a default that is allowed",
            ));
        }
    }

    /// Whether the API server accepts the value.
    ///
    /// # Errors
    /// Why it does not, as the end of a sentence.
    pub(super) fn check_syntax(&self, value: &str) -> Result<(), String> {
        match self.field {
            Field::Label => syntax::check_label_value(value),
            Field::Annotation => Ok(()),
        }
    }

    /// Whether `enum` and `pattern` allow the value.
    ///
    /// # Errors
    /// What is allowed, as the end of a sentence.
    pub(super) fn check_allowed(&self, value: &str) -> Result<(), String> {
        match &self.allowed {
            Some(allowed) if !allowed.iter().any(|allowed| allowed == value) => {
                let list: Vec<String> = allowed.iter().map(|value| format!("`{value}`")).collect();
                Err(match list.as_slice() {
                    [only] => format!("it must be {only}"),
                    several => format!("it must be one of {}", several.join(", ")),
                })
            }
            _ => self.check_pattern(value),
        }
    }

    fn check_pattern(&self, value: &str) -> Result<(), String> {
        match &self.pattern {
            Some(pattern) if !pattern.matches(value) => Err(format!("it must match `{pattern}`")),
            _ => Ok(()),
        }
    }

    /// Where the key stands in an object, or in the pod template at `place`.
    pub(super) fn pointer(&self, place: &str) -> String {
        pointer::push(&[place, self.field.place()].concat(), &self.key)
    }

    /// What to write for a key that is missing or wrong, as the remedy of a finding.
    pub(super) fn advice(&self, place: &str) -> String {
        let under = format!("under `{}`", self.parent(place));
        match (self.allowed.as_deref(), &self.pattern) {
            (Some([only]), _) => format!("Write `{}` {under}, with the value `{only}`.", self.key),
            (Some(allowed), _) => {
                let list: Vec<String> = allowed.iter().map(|value| format!("`{value}`")).collect();
                format!("Write `{}` {under}, with one of {}.", self.key, list.join(", "))
            }
            (None, Some(pattern)) => {
                format!(
                    "Write `{}` {under}, with a value that matches `{pattern}`.",
                    self.key
                )
            }
            (None, None) => format!("Write `{}` {under}.", self.key),
        }
    }

    /// The mapping that holds the key, as people write it: `metadata.labels`.
    pub(super) fn parent(&self, place: &str) -> String {
        let place = place.replace('/', ".");
        let path = format!("{place}.metadata.{}", self.field.plural());
        path.trim_start_matches('.').to_owned()
    }
}
