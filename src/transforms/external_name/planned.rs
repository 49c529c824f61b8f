//! A mirror made from its source alone, for the planner of preview namespaces: no object is there to be converted.

use serde_json::Value;

use super::source::{self, Class, Obstacle, Source};
use crate::engine::World;
use crate::rules::is_dns_subdomain;

/// What the spec of a mirror says, and what its source is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mirror {
    /// `spec.externalName`.
    pub(crate) external_name: String,
    /// `spec.ports`.
    pub(crate) ports: Vec<Value>,
    /// Clients reach the pods themselves.
    pub(crate) is_headless: bool,
    /// The source is an alias, followed by value.
    pub(crate) is_alias: bool,
}

/// Why a Service cannot be mirrored: the slug of a finding of `externalName`, and words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unmirrored {
    pub(crate) slug: &'static str,
    pub(crate) message: String,
    pub(crate) remedy: String,
}

/// The mirror of a Service that exists, as `lookupSource` makes it (rules.md 4.3 to 4.5).
///
/// # Errors
/// What keeps it from having one, the first problem first.
pub(crate) fn mirror(
    service: &Value,
    (namespace, name): (&str, &str),
    world: &dyn World,
    cluster_domain: &str,
) -> Result<Mirror, Unmirrored> {
    let external_name = format!("{name}.{namespace}.svc.{cluster_domain}");
    if !is_dns_subdomain(&external_name) {
        return Err(Unmirrored {
            slug: "bad-name",
            message: format!("`{external_name}` is not a DNS name of at most 253 characters."),
            remedy: "Shorten `clusterDomain`, or rename the Service.".to_owned(),
        });
    }
    let source = Source {
        world: Some(world),
        namespace,
        service: name,
        class: Class::of(service),
        ports: source::ports_of(service),
    };
    let destination = source
        .follow(external_name, (None, None, cluster_domain), &[])
        .map_err(unmirrored)?;
    Ok(Mirror {
        external_name: destination.external_name,
        ports: destination.ports.unwrap_or_default(),
        is_headless: source.class == Class::Headless,
        is_alias: matches!(source.class, Class::Alias(_)),
    })
}

/// Whether a DNS name is that of a Service of the cluster: a mirror of it with that name would lead back to itself.
pub(crate) fn leads_to(target: &str, name: &str, namespace: &str, cluster_domain: &str) -> bool {
    source::is_service(target, name, namespace, cluster_domain)
}

fn unmirrored(obstacle: Obstacle) -> Unmirrored {
    match obstacle {
        Obstacle::Problems(problems) => match problems.into_iter().next() {
            Some(problem) => Unmirrored {
                remedy: match problem.slug {
                    "unresolved-port" => {
                        "Write its number as `targetPort`, or let its EndpointSlices or workloads be read."
                            .to_owned()
                    }
                    _ => problem.remedy,
                },
                slug: problem.slug,
                message: problem.message,
            },
            None => unknown(String::new()),
        },
        Obstacle::Unavailable(reason) => unknown(reason),
    }
}

fn unknown(reason: String) -> Unmirrored {
    Unmirrored {
        slug: "source-unavailable",
        message: reason,
        remedy: "Wait until the source can be read.".to_owned(),
    }
}
