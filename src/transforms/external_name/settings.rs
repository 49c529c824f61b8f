//! Settings of `externalName`, as written and as validated.

use serde_json::Value;

use crate::rules::{Mistake, Mistakes, decode_settings, is_dns_label, is_dns_subdomain, record, words};
use crate::selector::Glob;

/// The Service of the API server, which nothing mirrors unless a rule names it.
const KUBERNETES: &str = "kubernetes";
/// What to write where names of Services are missing.
const LIST_THEM: &str = "list the names of the Services, such as `[web, api-*]`";

/// What stands under `externalName` in a rule.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawExternalName {
    /// The namespace whose Services are fallen back to.
    #[cfg_attr(feature = "schema", schemars(pattern("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")))]
    pub source: String,
    /// Which Services of the source namespace may be mirrored; by default all but `kubernetes`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub services: Option<RawServices>,
    /// Which Services are converted.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub convert: Convert,
    /// Convert a Service on UPDATE that has pods behind it too.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub convert_existing: bool,
    /// Read the source Service: it must exist and have the ports; headless and ExternalName sources are followed.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub lookup_source: bool,
    /// What follows `<service>.<source>.` instead of `svc.<clusterDomain>`: a mesh's domain, `traefik.mesh`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub suffix: Option<String>,
    /// Suffixes that a Service may ask for with the annotation `boltrope.dev/external-name-suffix`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub allowed_suffixes: Vec<String>,
}

record!(
    RawExternalName,
    required { "source" => source },
    optional {
        "services" => services,
        "convert" => convert,
        "convertExisting" => convert_existing,
        "lookupSource" => lookup_source,
        "suffix" => suffix,
        "allowedSuffixes" => allowed_suffixes,
    }
);

/// Globs on names of Services in the source namespace.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawServices {
    /// Names that may be mirrored; all but `kubernetes` when absent.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub include: Option<Vec<String>>,
    /// Names that may not be mirrored, whatever `include` says.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub exclude: Vec<String>,
}

record!(RawServices, required {}, optional { "include" => include, "exclude" => exclude });

/// What makes a Service one that is converted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "lowercase")
)]
pub enum Convert {
    /// Its annotation `boltrope.dev/mirror-of`.
    #[default]
    Annotated,
    /// Its name: it is in `services`.
    Listed,
}

words!(Convert { "annotated" => Annotated, "listed" => Listed });

/// Validated settings.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ExternalNameSettings {
    pub(super) source: String,
    services: Services,
    pub(super) convert: Convert,
    pub(super) convert_existing: bool,
    pub(super) lookup_source: bool,
    pub(super) suffix: Option<String>,
    pub(super) allowed_suffixes: Vec<String>,
}

/// Which Services of the source namespace may be mirrored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Services {
    include: Option<Vec<Glob>>,
    exclude: Vec<Glob>,
}

impl ExternalNameSettings {
    /// Decodes the value under `externalName`.
    ///
    /// # Errors
    /// Every mistake in it.
    pub(super) fn decode(value: &Value) -> Result<Self, Mistakes> {
        decode_settings(value, Self::validate)
    }

    fn validate(raw: RawExternalName, mistakes: &mut Mistakes) -> Self {
        if !is_dns_label(&raw.source) {
            let message = format!("`{}` cannot be the name of a namespace", raw.source);
            let remedy = "write the namespace that holds the Services, a DNS-1123 label such as `base`";
            mistakes.push(Mistake::new("/source", message, remedy));
        }
        let services = raw.services.unwrap_or_default();
        check_listed(services.include.as_deref(), raw.convert, mistakes);
        if let Some(suffix) = &raw.suffix {
            check_suffix(suffix, "/suffix", mistakes);
        }
        for (index, suffix) in raw.allowed_suffixes.iter().enumerate() {
            check_suffix(suffix, &format!("/allowedSuffixes/{index}"), mistakes);
        }
        Self {
            source: raw.source,
            services: Services::validate(services, mistakes),
            convert: raw.convert,
            convert_existing: raw.convert_existing,
            lookup_source: raw.lookup_source,
            suffix: raw.suffix,
            allowed_suffixes: raw.allowed_suffixes,
        }
    }

    /// Whether a Service of the source namespace may be mirrored.
    pub(super) fn exports(&self, service: &str) -> bool {
        self.services.exports(service)
    }

    /// `services` in words, for remedies.
    pub(super) fn exported(&self) -> String {
        let quoted = |globs: &[Glob]| {
            let texts: Vec<String> = globs.iter().map(|glob| format!("`{glob}`")).collect();
            texts.join(", ")
        };
        let include = match &self.services.include {
            Some(globs) => quoted(globs),
            None => "every Service but `kubernetes`".to_owned(),
        };
        if self.services.exclude.is_empty() {
            return include;
        }
        format!("{include} without {}", quoted(&self.services.exclude))
    }
}

impl Services {
    /// Compiles the globs; an empty list would let nothing through.
    pub(crate) fn validate(raw: RawServices, mistakes: &mut Mistakes) -> Self {
        if raw.include.as_deref().is_some_and(<[String]>::is_empty) {
            let message = "`include` is empty: no Service could be mirrored";
            mistakes.push(Mistake::new("/services/include", message, LIST_THEM));
        }
        let globs = |texts: Vec<String>| texts.into_iter().map(Glob::new).collect();
        Self {
            include: raw.include.map(globs),
            exclude: globs(raw.exclude),
        }
    }

    /// Whether a Service of the source namespace may be mirrored. `kubernetes` is the way to the API server: a
    /// wildcard does not open it, only its name does.
    pub(crate) fn exports(&self, service: &str) -> bool {
        if self.exclude.iter().any(|glob| glob.matches(service)) {
            return false;
        }
        let reaches = |glob: &Glob| glob.matches(service) && (service != KUBERNETES || glob.is_literal());
        match &self.include {
            Some(globs) => globs.iter().any(reaches),
            None => service != KUBERNETES,
        }
    }
}

/// A rule that converts by name must say which names: a bare `*` would turn every Service of a namespace into an alias.
fn check_listed(include: Option<&[String]>, convert: Convert, mistakes: &mut Mistakes) {
    if convert != Convert::Listed {
        return;
    }
    let Some(include) = include else {
        let message = "`convert: listed` needs `services.include`";
        mistakes.push(Mistake::new("/services", message, LIST_THEM));
        return;
    };
    for (index, glob) in include.iter().enumerate() {
        if !glob.is_empty() && glob.chars().all(|character| character == '*') {
            let message = format!("with `convert: listed`, `{glob}` would convert every Service");
            mistakes.push(Mistake::new(
                format!("/services/include/{index}"),
                message,
                LIST_THEM,
            ));
        }
    }
}

fn check_suffix(suffix: &str, at: &str, mistakes: &mut Mistakes) {
    if !is_dns_subdomain(suffix) {
        let message = format!("`{suffix}` is not a DNS domain");
        let remedy =
            "write what follows `<service>.<namespace>.`, without a dot at either end: `traefik.mesh`";
        mistakes.push(Mistake::new(at, message, remedy));
    }
}
