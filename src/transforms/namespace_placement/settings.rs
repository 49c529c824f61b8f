//! Settings of `namespacePlacement`: as written, and validated.

use serde_json::Value;

use crate::engine::world::Scope;
use crate::rules::{Mistake, Mistakes, decode_settings, is_dns_label, record, words};
use crate::selector::Glob;

/// `namespacePlacement` as written.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawPlacement {
    /// Globs of the namespaces an object may live in; all but `denied` when absent. At least one of `allowed` and
    /// `denied` is given.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub allowed: Option<Vec<String>>,
    /// Globs of the namespaces an object may not live in; they win over `allowed`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub denied: Option<Vec<String>>,
    /// The namespace to write where none is set. When absent, the one entry of `allowed`, if that has exactly one
    /// and no wildcard.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub default: Option<String>,
    /// Where the kinds live: looked up, or known.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub scope: RawScope,
    /// Fields that name the object's namespace once more.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub fields_agree: Vec<RawField>,
}

record!(
    RawPlacement,
    required {},
    optional {
        "allowed" => allowed,
        "denied" => denied,
        "default" => default,
        "scope" => scope,
        "fieldsAgree" => fields_agree,
    }
);

/// Where the kinds of a rule live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum RawScope {
    /// As the request, a CRD, an XRD or Kubernetes itself says.
    #[default]
    #[cfg_attr(feature = "schema", schemars(rename = "auto"))]
    Auto,
    /// In namespaces.
    Namespaced,
    /// In the cluster itself.
    Cluster,
}

words!(RawScope { "auto" => Auto, "Namespaced" => Namespaced, "Cluster" => Cluster });

/// A field that must name the object's namespace.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawField {
    /// The field, as a JSON Pointer.
    pub path: String,
    /// Write the namespace where the field is absent.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub write: bool,
}

record!(RawField, required { "path" => path }, optional { "write" => write });

/// Validated settings.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placement {
    pub(super) allowed: Option<Vec<Glob>>,
    pub(super) denied: Vec<Glob>,
    pub(super) default: Option<String>,
    pub(super) scope: Option<Scope>,
    pub(super) fields: Vec<RawField>,
}

impl Placement {
    /// Decodes and validates.
    ///
    /// # Errors
    /// Every mistake, with pointers below the settings.
    pub(super) fn decode(settings: &Value) -> Result<Self, Mistakes> {
        decode_settings(settings, Self::validate)
    }

    fn validate(raw: RawPlacement, mistakes: &mut Mistakes) -> Self {
        if raw.allowed.is_none() && raw.denied.as_ref().is_none_or(Vec::is_empty) {
            let message = "neither `allowed` nor `denied` is given";
            mistakes.push(Mistake::new(
                "",
                message,
                "add `allowed:` with the namespaces to live in",
            ));
        }
        if raw.allowed.as_ref().is_some_and(Vec::is_empty) {
            let remedy = "list at least one namespace, or remove it to allow all but `denied`";
            mistakes.push(Mistake::new(
                "/allowed",
                "`allowed` is empty: nothing may live anywhere",
                remedy,
            ));
        }
        let allowed = raw.allowed.map(|texts| globs(texts, "/allowed", mistakes));
        let denied = globs(raw.denied.unwrap_or_default(), "/denied", mistakes);
        let only = match allowed.as_deref() {
            Some([only]) if only.is_literal() => Some(only.as_str().to_owned()),
            _ => None,
        };
        let at = if raw.default.is_some() {
            "/default"
        } else {
            "/allowed/0"
        };
        let placement = Self {
            allowed,
            denied,
            default: raw.default.or(only),
            scope: match raw.scope {
                RawScope::Auto => None,
                RawScope::Namespaced => Some(Scope::Namespaced),
                RawScope::Cluster => Some(Scope::Cluster),
            },
            fields: raw.fields_agree,
        };
        placement.check_default(at, mistakes);
        check_fields(&placement.fields, mistakes);
        placement
    }

    fn check_default(&self, at: &str, mistakes: &mut Mistakes) {
        let Some(default) = self.default.as_deref() else {
            return;
        };
        if at == "/default" && !is_dns_label(default) {
            let message = format!("`{default}` is not the name of a namespace");
            let remedy = "use lower-case letters, digits and `-`, without wildcards";
            mistakes.push(Mistake::new(at, message, remedy));
        } else if !self.allows(default) {
            let message =
                format!("`{default}` is what to write when no namespace is set, but it is not allowed");
            mistakes.push(Mistake::new(
                at,
                message,
                "allow it, or set `default` to a namespace that is allowed",
            ));
        }
    }

    /// Whether an object may live in a namespace: `denied` wins.
    pub(super) fn allows(&self, namespace: &str) -> bool {
        let any = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(namespace));
        !any(&self.denied) && self.allowed.as_deref().is_none_or(any)
    }

    /// What to write in `field`, as the remedy of a finding.
    pub(super) fn advice(&self, field: &str) -> String {
        let list = |globs: &[Glob]| {
            let quoted: Vec<String> = globs.iter().map(|glob| format!("`{glob}`")).collect();
            quoted.join(", ")
        };
        let denied = list(&self.denied);
        let except = if denied.is_empty() {
            denied.clone()
        } else {
            format!(" but not {denied}")
        };
        match (self.allowed.as_deref(), self.default.as_deref()) {
            (_, Some(default)) => format!("Set {field} to `{default}`."),
            (Some([only]), None) => {
                format!("Set {field} to a name that matches `{only}`{except}.")
            }
            (Some(several), None) => {
                format!("Set {field} to one of {}{except}.", list(several))
            }
            (None, None) => format!("Set {field} to any namespace but {denied}."),
        }
    }
}

fn globs(texts: Vec<String>, at: &str, mistakes: &mut Mistakes) -> Vec<Glob> {
    for (index, text) in texts.iter().enumerate() {
        let possible = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '*' | '?');
        if text.is_empty() || !text.chars().all(possible) {
            let message = format!("`{text}` matches no namespace");
            let remedy = "use lower-case letters, digits and `-`; `*` is any run of characters, `?` is one";
            mistakes.push(Mistake::new(format!("{at}/{index}"), message, remedy));
        }
    }
    texts.into_iter().map(Glob::new).collect()
}

fn check_fields(fields: &[RawField], mistakes: &mut Mistakes) {
    for (index, field) in fields.iter().enumerate() {
        let at = format!("/fieldsAgree/{index}/path");
        let path = field.path.as_str();
        let is_pointer =
            path.starts_with('/') && path.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        let in_list = path
            .split('/')
            .any(|key| key == "-" || !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_pointer {
            let message = format!("`{path}` is not a JSON Pointer");
            mistakes.push(Mistake::new(at, message, "write it like `/spec/namespace`"));
        } else if path == "/metadata/namespace" || path.starts_with("/metadata/namespace/") {
            let message = "`/metadata/namespace` is what the other fields must agree with";
            mistakes.push(Mistake::new(at, message, "name another field, or remove it"));
        } else if field.write && in_list {
            let message = format!("`{path}` points into a list, where nothing can be filled in");
            mistakes.push(Mistake::new(at, message, "remove `write: true`"));
        } else if fields.iter().take(index).any(|earlier| earlier.path == path) {
            mistakes.push(Mistake::new(
                at,
                format!("`{path}` is listed twice"),
                "keep one of them",
            ));
        }
    }
}
