//! What users write under `hostRewrite`, and the source of its JSON Schema.

use deserr::{Deserr, IntoValue, ValuePointerRef};

use crate::rules::Mistakes;

/// `hostRewrite` as written.
#[derive(Clone, Debug, PartialEq, Deserr)]
#[deserr(error = Mistakes, rename_all = camelCase, deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawHostRewrite {
    /// What hosts become; the first entry whose `from` takes a host decides.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub(super) hosts: Vec<RawEntry>,
    /// Globs on hosts that no entry may give.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) reserved: Vec<String>,
    /// What to do with a host that no `from` takes.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) unmatched: Leftover,
    /// What to do with a route that serves every host.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) catch_all: Leftover,
    /// What happens to TLS besides its hosts.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) tls: RawTls,
    /// What happens to annotations.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) annotations: RawAnnotations,
    /// Hosts in other kinds.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) fields: Vec<RawField>,
}

/// One entry of `hosts`.
#[derive(Clone, Debug, PartialEq, Deserr)]
#[deserr(error = Mistakes, rename_all = camelCase, deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawEntry {
    /// A host; the leftmost label may be `*` (one label) or `**` (one or more).
    pub(super) from: String,
    /// What it becomes: text with `{namespace}`, `{name}`, `{release}`, `{host}`, `{first}` or `{wildcard}`.
    pub(super) to: String,
    /// The same host for all namespaces is meant, so `to` needs no `{namespace}`.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) shared: bool,
}

/// What to do with what no entry covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserr)]
#[deserr(error = Mistakes, rename_all = lowercase)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "lowercase")
)]
pub(crate) enum Leftover {
    /// Refuse the object.
    #[default]
    Deny,
    /// Leave it as it is.
    Keep,
}

/// `tls`.
#[derive(Clone, Debug, Default, PartialEq, Deserr)]
#[deserr(error = Mistakes, rename_all = camelCase, deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawTls {
    /// The Secret of the certificate: `keep`, `{set: name}` or `{template: "{secret}-{namespace}"}`.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) secret_name: RawSecretName,
}

/// `tls.secretName`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(untagged))]
pub(crate) enum RawSecretName {
    /// The Secret stays.
    Keep(KeepWord),
    /// The Secret changes.
    Replace(RawReplacement),
}

/// The word `keep`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserr)]
#[deserr(error = Mistakes, rename_all = lowercase)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "lowercase")
)]
pub(crate) enum KeepWord {
    /// Stays.
    Keep,
}

/// How a Secret's name changes: one of the two.
#[derive(Clone, Debug, PartialEq, Deserr)]
#[deserr(error = Mistakes, rename_all = camelCase, deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawReplacement {
    /// This name.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) set: Option<String>,
    /// Text with `{namespace}`, `{name}`, `{release}`, `{secret}`, and `{host}` or `{first}` of the first host after the rewrite.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) template: Option<String>,
}

/// `annotations`.
#[derive(Clone, Debug, Default, PartialEq, Deserr)]
#[deserr(error = Mistakes, rename_all = camelCase, deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawAnnotations {
    /// Globs on the keys of annotations that a copy must not have.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) remove: Vec<String>,
    /// Which annotations hold hosts: `known`, `none` or a list of keys.
    #[deserr(default)]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(super) rewrite: RawRewrite,
}

/// `annotations.rewrite`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(untagged))]
pub(crate) enum RawRewrite {
    /// A word.
    Word(RewriteWord),
    /// These keys.
    Keys(Vec<String>),
}

/// Which annotations hold hosts, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserr)]
#[deserr(error = Mistakes, rename_all = lowercase)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "lowercase")
)]
pub(crate) enum RewriteWord {
    /// Those of external-dns, cert-manager and ingress-nginx.
    Known,
    /// None.
    None,
}

/// One entry of `fields`.
#[derive(Clone, Debug, PartialEq, Deserr)]
#[deserr(error = Mistakes, rename_all = camelCase, deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawField {
    /// Objects of this kind: `Kind`, `group/Kind` or `group/version/Kind`.
    pub(super) kind: String,
    /// JSON Pointer of a host or a list of hosts.
    pub(super) path: String,
}

impl Default for RawSecretName {
    fn default() -> Self {
        Self::Keep(KeepWord::Keep)
    }
}

impl Default for RawRewrite {
    fn default() -> Self {
        Self::Word(RewriteWord::Known)
    }
}

impl Deserr<Mistakes> for RawSecretName {
    fn deserialize_from_value<V: IntoValue>(
        value: deserr::Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Mistakes> {
        match value {
            deserr::Value::Map(_) => {
                RawReplacement::deserialize_from_value(value, location).map(Self::Replace)
            }
            word => KeepWord::deserialize_from_value(word, location).map(Self::Keep),
        }
    }
}

impl Deserr<Mistakes> for RawRewrite {
    fn deserialize_from_value<V: IntoValue>(
        value: deserr::Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Mistakes> {
        match value {
            deserr::Value::Sequence(_) => Deserr::deserialize_from_value(value, location).map(Self::Keys),
            word => RewriteWord::deserialize_from_value(word, location).map(Self::Word),
        }
    }
}
