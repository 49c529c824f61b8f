//! Settings of `dnsSearch`, as written and as validated.

use serde_json::Value;

use crate::rules::{Mistake, Mistakes, decode_settings, is_dns_label, record};

/// What stands under `dnsSearch` in a rule.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawDnsSearch {
    /// The namespace whose Services pods find by their short names.
    #[cfg_attr(feature = "schema", schemars(pattern("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")))]
    pub source: String,
}

record!(RawDnsSearch, required { "source" => source }, optional {});

/// Validated settings.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DnsSearchSettings {
    pub(super) source: String,
}

impl DnsSearchSettings {
    /// Decodes the value under `dnsSearch`.
    ///
    /// # Errors
    /// Every mistake in it.
    pub(super) fn decode(value: &Value) -> Result<Self, Mistakes> {
        decode_settings(value, Self::validate)
    }

    fn validate(raw: RawDnsSearch, mistakes: &mut Mistakes) -> Self {
        if !is_dns_label(&raw.source) {
            let message = format!("`{}` cannot be the name of a namespace", raw.source);
            let remedy = "write the namespace that holds the Services, a DNS-1123 label such as `base`";
            mistakes.push(Mistake::new("/source", message, remedy));
        }
        Self { source: raw.source }
    }
}
