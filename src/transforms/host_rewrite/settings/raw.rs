//! What users write under `hostRewrite`, and the source of its JSON Schema.

use serde_json::Value;

use crate::rules::{At, Decode, Mistakes, decode_part, record, words};

/// `hostRewrite` as written.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawHostRewrite {
    /// What hosts become; the first entry whose `from` takes a host decides.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub(crate) hosts: Vec<RawEntry>,
    /// Globs on hosts that no entry may give.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) reserved: Vec<String>,
    /// What to do with a host that no `from` takes.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) unmatched: Leftover,
    /// What to do with a route that serves every host.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) catch_all: Leftover,
    /// What happens to TLS besides its hosts.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) tls: RawTls,
    /// What happens to annotations.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) annotations: RawAnnotations,
    /// Hosts in other kinds.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) fields: Vec<RawField>,
}

record!(
    RawHostRewrite,
    required { "hosts" => hosts },
    optional {
        "reserved" => reserved,
        "unmatched" => unmatched,
        "catchAll" => catch_all,
        "tls" => tls,
        "annotations" => annotations,
        "fields" => fields,
    }
);

/// One entry of `hosts`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawEntry {
    /// A host; the leftmost label may be `*` (one label) or `**` (one or more).
    pub(crate) from: String,
    /// What it becomes: text with `{namespace}`, `{name}`, `{release}`, `{host}`, `{first}` or `{wildcard}`.
    pub(crate) to: String,
    /// The same host for all namespaces is meant, so `to` needs no `{namespace}`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) shared: bool,
}

record!(RawEntry, required { "from" => from, "to" => to }, optional { "shared" => shared });

/// What to do with what no entry covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

words!(Leftover { "deny" => Deny, "keep" => Keep });

/// `tls`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawTls {
    /// The Secret of the certificate: `keep`, `{set: name}` or `{template: "{secret}-{namespace}"}`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) secret_name: RawSecretName,
}

record!(RawTls, required {}, optional { "secretName" => secret_name });

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "lowercase")
)]
pub(crate) enum KeepWord {
    /// Stays.
    Keep,
}

words!(KeepWord { "keep" => Keep });

/// How a Secret's name changes: one of the two.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawReplacement {
    /// This name.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) set: Option<String>,
    /// Text with `{namespace}`, `{name}`, `{release}`, `{secret}`, and `{host}` or `{first}` of the first host after the rewrite.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) template: Option<String>,
}

record!(RawReplacement, required {}, optional { "set" => set, "template" => template });

/// `annotations`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawAnnotations {
    /// Globs on the keys of annotations that a copy must not have.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) remove: Vec<String>,
    /// Which annotations hold hosts: `known`, `none` or a list of keys.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) rewrite: RawRewrite,
}

record!(RawAnnotations, required {}, optional { "remove" => remove, "rewrite" => rewrite });

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

words!(RewriteWord { "known" => Known, "none" => None });

/// One entry of `fields`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub(crate) struct RawField {
    /// Objects of this kind: `Kind`, `group/Kind` or `group/version/Kind`.
    pub(crate) kind: String,
    /// JSON Pointer of a host or a list of hosts.
    pub(crate) path: String,
}

record!(RawField, required { "kind" => kind, "path" => path }, optional {});

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

impl Decode for RawSecretName {
    fn blank() -> Self {
        Self::default()
    }

    fn fill(&mut self, value: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
        *self = match value {
            Value::Object(_) => Self::Replace(decode_part(value, at, mistakes)),
            word => Self::Keep(decode_part(word, at, mistakes)),
        };
    }
}

impl Decode for RawRewrite {
    fn blank() -> Self {
        Self::default()
    }

    fn fill(&mut self, value: &Value, at: &At<'_>, mistakes: &mut Mistakes) {
        *self = match value {
            Value::Array(_) => Self::Keys(decode_part(value, at, mistakes)),
            word => Self::Word(decode_part(word, at, mistakes)),
        };
    }
}
