//! Settings of `externalNameGuard`, as written and as validated.

use serde_json::Value;

use super::host::{never, normalise};
use crate::rules::{Mistake, Mistakes, decode_settings, record};
use crate::selector::{NamespaceSelector, RawNamespaceSelector};

/// What stands under `externalNameGuard` in a rule.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawExternalNameGuard {
    /// Domains outside the cluster: a host equal to one or below one is admitted.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub allowed_suffixes: Vec<String>,
    /// Namespaces whose Services are admitted; none when absent.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub allowed_namespaces: Option<RawNamespaceSelector>,
}

record!(
    RawExternalNameGuard,
    required {},
    optional { "allowedSuffixes" => allowed_suffixes, "allowedNamespaces" => allowed_namespaces }
);

/// Validated settings.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GuardSettings {
    /// Lower-case, without a trailing dot.
    pub(super) allowed_suffixes: Vec<String>,
    pub(super) allowed_namespaces: Option<NamespaceSelector>,
    /// What is admitted, in words that follow "Point `spec.externalName` at".
    pub(super) allowed: Option<String>,
}

impl GuardSettings {
    /// Decodes the value under `externalNameGuard`.
    ///
    /// # Errors
    /// Every mistake in it.
    pub(super) fn decode(value: &Value) -> Result<Self, Mistakes> {
        decode_settings(value, Self::validate)
    }

    fn validate(raw: RawExternalNameGuard, mistakes: &mut Mistakes) -> Self {
        for (index, suffix) in raw.allowed_suffixes.iter().enumerate() {
            check_suffix(suffix, &format!("/allowedSuffixes/{index}"), mistakes);
        }
        let allowed = describe(&raw);
        let allowed_namespaces = raw
            .allowed_namespaces
            .map(|raw| NamespaceSelector::validate(raw, "/allowedNamespaces", mistakes));
        Self {
            allowed_suffixes: raw
                .allowed_suffixes
                .iter()
                .map(|suffix| normalise(suffix))
                .collect(),
            allowed_namespaces,
            allowed,
        }
    }
}

/// An entry that no host can meet is a mistake: its author would believe that it admits something. The cluster's domain
/// is not known here; a host under it is refused when it is judged.
fn check_suffix(suffix: &str, at: &str, mistakes: &mut Mistakes) {
    let bare = suffix.trim_start_matches("*.").trim_start_matches('.');
    if bare != suffix {
        let message = format!("`{suffix}` is not a domain");
        let remedy = format!("write `{bare}`, which admits what is below it");
        mistakes.push(Mistake::new(at, message, remedy));
        return;
    }
    if let Some(reason) = never(&normalise(suffix)) {
        let message = format!("`{suffix}` admits nothing: it {reason}");
        let remedy = "write a domain outside the cluster, such as `example.com`; Services in the cluster are for \
                      `allowedNamespaces`";
        mistakes.push(Mistake::new(at, message, remedy));
    }
}

/// What a rule admits, for the remedy of its findings.
fn describe(raw: &RawExternalNameGuard) -> Option<String> {
    let quoted = |texts: &[String]| {
        let quoted: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
        quoted.join(", ")
    };
    let mut parts = Vec::new();
    if !raw.allowed_suffixes.is_empty() {
        parts.push(format!("a host under {}", quoted(&raw.allowed_suffixes)));
    }
    if let Some(selector) = &raw.allowed_namespaces {
        let names: Vec<String> = [&selector.include, &selector.include_regex]
            .into_iter()
            .flatten()
            .flatten()
            .cloned()
            .collect();
        let mut namespaces = match (
            names.is_empty(),
            selector.labels.is_some() || selector.annotations.is_some(),
        ) {
            (false, false) => format!("of {}", quoted(&names)),
            (false, true) => format!(
                "of {} or of a namespace with the allowed labels or annotations",
                quoted(&names)
            ),
            (true, true) => "of a namespace with the allowed labels or annotations".to_owned(),
            (true, false) => "of any namespace".to_owned(),
        };
        let out = [selector.exclude.as_slice(), selector.exclude_regex.as_slice()].concat();
        if !out.is_empty() {
            namespaces.push_str(&format!(" but {}", quoted(&out)));
        }
        parts.push(format!(
            "a Service {namespaces}, written `<service>.<namespace>.svc`"
        ));
    }
    (!parts.is_empty()).then(|| parts.join(", or at "))
}
