//! Which Service of the source namespace an object stands for, if any (rules.md 4.1, 4.2).

use serde_json::Value;

use super::Problem;
use super::settings::{Convert, ExternalNameSettings};
use crate::object::{Object, compact};
use crate::rules::{is_dns_label, is_dns_subdomain};

/// The annotation that asks for a conversion: `<service>` or `<source>/<service>`.
pub(super) const MIRROR_OF: &str = "boltrope.dev/mirror-of";
/// The annotation that asks for another suffix than the rule's.
pub(super) const SUFFIX: &str = "boltrope.dev/external-name-suffix";
/// Where [`MIRROR_OF`] stands.
const AT: &str = "/metadata/annotations/boltrope.dev~1mirror-of";
/// Where [`SUFFIX`] stands.
const SUFFIX_AT: &str = "/metadata/annotations/boltrope.dev~1external-name-suffix";

/// What [`MIRROR_OF`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// The namespace in front of the slash.
    pub(super) namespace: Option<&'a str>,
    service: &'a str,
}

impl<'a> Reference<'a> {
    /// Reads the annotation; `None` when there is none, the problem when it is no reference.
    pub(super) fn read(object: Object<'a>) -> Option<Result<Self, Problem>> {
        let text = match object.annotations()?.get(MIRROR_OF)? {
            Value::Null => return None,
            Value::String(text) => text,
            other => return Some(Err(bad_name(AT, &compact(other)))),
        };
        let (namespace, service) = match text.split_once('/') {
            Some((namespace, service)) => (Some(namespace), service),
            None => (None, text.as_str()),
        };
        if !is_dns_label(service) || !namespace.is_none_or(is_dns_label) {
            return Some(Err(bad_name(AT, text)));
        }
        Some(Ok(Self { namespace, service }))
    }
}

/// What a rule decides about one object.
#[derive(Debug, PartialEq)]
pub(super) enum Decision<'a> {
    /// It is none of the rule's business.
    Leave,
    /// It stands for this Service.
    Mirror(&'a str),
    /// It wants what the rule does not allow.
    Refuse(Problem),
}

/// Decides for a Service that will live in `namespace`. `elsewhere`: the reference names the source of another
/// rule that is about this object too, so it is that rule's to judge.
pub(super) fn decide<'a>(
    settings: &ExternalNameSettings,
    object: Object<'a>,
    reference: Option<&Result<Reference<'a>, Problem>>,
    namespace: &str,
    elsewhere: bool,
) -> Decision<'a> {
    if settings.convert == Convert::Listed {
        return match object.name().filter(|name| settings.exports(name)) {
            Some(_) if namespace == settings.source => Decision::Leave,
            Some(name) if !is_dns_label(name) => Decision::Refuse(bad_name("/metadata/name", name)),
            Some(name) => Decision::Mirror(name),
            None => Decision::Leave,
        };
    }
    match reference {
        None => Decision::Leave,
        Some(Err(problem)) => Decision::Refuse(problem.clone()),
        Some(Ok(_)) if elsewhere => Decision::Leave,
        Some(Ok(reference)) => annotated(settings, *reference, namespace),
    }
}

fn annotated<'a>(settings: &ExternalNameSettings, reference: Reference<'a>, namespace: &str) -> Decision<'a> {
    let source = &settings.source;
    let service = reference.service;
    if namespace == source {
        return Decision::Refuse(Problem::new(
            "self-mirror",
            AT,
            format!("this Service lives in `{source}` itself, so it cannot fall back to it."),
            format!("Remove the annotation `{MIRROR_OF}`, or leave `{source}` out of `match.namespaces`."),
        ));
    }
    if let Some(other) = reference.namespace.filter(|other| other != source) {
        return Decision::Refuse(Problem::new(
            "source-not-allowed",
            AT,
            format!("Services of `{other}` may not be mirrored."),
            format!("Write `{MIRROR_OF}: {source}/{service}`; this rule mirrors `{source}` alone."),
        ));
    }
    if !settings.exports(service) {
        return Decision::Refuse(Problem::new(
            "service-not-exported",
            AT,
            format!("the Service `{service}` of `{source}` may not be mirrored."),
            format!(
                "Name one that may be: {}; or add it to `services.include` of the rule.",
                settings.exported()
            ),
        ));
    }
    Decision::Mirror(service)
}

/// The name that a mirror of `service` leads to, when its source has an address of its own.
///
/// # Errors
/// `suffix-not-allowed` when the object asks for a suffix the rule does not allow, `bad-name` when the whole is
/// longer than DNS allows.
pub(super) fn target(
    settings: &ExternalNameSettings,
    object: Object<'_>,
    service: &str,
    cluster_domain: &str,
) -> Result<String, Problem> {
    let in_cluster = format!("svc.{cluster_domain}");
    let own = settings.suffix.as_deref().unwrap_or(&in_cluster);
    let suffix = object.annotation(SUFFIX).unwrap_or(own);
    if suffix != own && !settings.allowed_suffixes.iter().any(|allowed| allowed == suffix) {
        let allowed: Vec<String> = std::iter::once(own)
            .chain(settings.allowed_suffixes.iter().map(String::as_str))
            .map(|allowed| format!("`{allowed}`"))
            .collect();
        return Err(Problem::new(
            "suffix-not-allowed",
            SUFFIX_AT,
            format!("the suffix `{suffix}` is not allowed."),
            format!(
                "Write one of {}, or add it to `allowedSuffixes` of the rule.",
                allowed.join(", ")
            ),
        ));
    }
    let name = format!("{service}.{}.{suffix}", settings.source);
    if is_dns_subdomain(&name) {
        return Ok(name);
    }
    Err(Problem::new(
        "bad-name",
        "/spec/externalName",
        format!("`{name}` is not a DNS name of at most 253 characters."),
        "Shorten `suffix` or `clusterDomain`.",
    ))
}

fn bad_name(at: &str, text: &str) -> Problem {
    Problem::new(
        "bad-name",
        at,
        format!("`{text}` does not name a Service."),
        "Write `<service>` or `<namespace>/<service>`: lower-case letters, digits and `-`, at most 63 characters each.",
    )
}
