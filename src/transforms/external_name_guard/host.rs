//! What a target's name is, from its labels alone (rules.md 4.8).

use crate::rules::is_dns_subdomain;

/// Names of metadata servers that clouds serve to whoever runs on them. Google: metadata.google.internal, metadata.goog;
/// Azure's SDKs use metadata.azure.internal, older ones metadata.azure.com; AWS: instance-data.ec2.internal; Tencent:
/// metadata.tencentyun.com; Equinix Metal: metadata.platformequinix.com, metadata.packet.net; IBM Cloud:
/// api.metadata.cloud.ibm.com; Rancher: rancher-metadata.rancher.internal. The first rule in [`is_metadata`] covers those
/// below `internal`.
const METADATA_HOSTS: [&str; 6] = [
    "metadata.goog",
    "metadata.azure.com",
    "metadata.tencentyun.com",
    "metadata.platformequinix.com",
    "metadata.packet.net",
    "metadata.cloud.ibm.com",
];

/// What may admit a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// A Service in the cluster: only its namespace.
    InCluster {
        /// The Service's namespace.
        namespace: String,
    },
    /// A host outside: a suffix.
    Outside(String),
    /// Two labels, which a resolver might complete to a Service: only a suffix that is equal.
    Short(String),
    /// Nothing, and why: reads on after "it".
    Never(&'static str),
}

/// Reads `spec.externalName`.
pub(super) fn read(target: &str, cluster_domain: &str) -> Host {
    let name = normalise(target);
    if let Some(reason) = never(&name) {
        return Host::Never(reason);
    }
    let domain = normalise(cluster_domain);
    if is_below(&name, &domain) {
        let inner = name
            .strip_suffix(&domain)
            .and_then(|inner| inner.strip_suffix('.'));
        return match inner.and_then(service_namespace) {
            Some(namespace) => Host::InCluster { namespace },
            None => Host::Never("is in the cluster's domain and no Service"),
        };
    }
    if let Some(namespace) = service_namespace(&name) {
        return Host::InCluster { namespace };
    }
    match name.split('.').collect::<Vec<_>>().as_slice() {
        [.., "svc" | "pod"] => Host::Never("is a name in the cluster and no Service"),
        [_] => Host::Never("has one label, which a resolver completes with its search path"),
        [_, _] => Host::Short(name),
        _ => Host::Outside(name),
    }
}

/// Lower-case, without one trailing dot.
pub(super) fn normalise(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Whether `name` is `domain` or below it, by whole labels; both are normalised.
pub(super) fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Why no setting admits a normalised name, whatever the cluster's domain is.
pub(super) fn never(name: &str) -> Option<&'static str> {
    if is_address(name) {
        return Some("is an IP address");
    }
    if !is_dns_subdomain(name) {
        return Some("is not a DNS name");
    }
    if is_below(name, "localhost") || is_below(name, "localhost.localdomain") {
        return Some("is the caller itself");
    }
    if is_api_server(name) {
        return Some("leads to the API server");
    }
    is_metadata(name).then_some("leads to a cloud's metadata server")
}

/// `<service>.<namespace>.svc`.
fn service_namespace(name: &str) -> Option<String> {
    match name.split('.').collect::<Vec<_>>().as_slice() {
        [_, namespace, "svc"] => Some((*namespace).to_owned()),
        _ => None,
    }
}

/// IPv6, or anything a resolver reads as IPv4: its last label is a number, decimal, octal or hexadecimal. No top-level
/// domain is one, so this is how the URL standard tells them apart too ("ends in a number").
fn is_address(name: &str) -> bool {
    if name.contains([':', '[', ']']) {
        return true;
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
}

/// `kubernetes.default`, `kubernetes.default.svc` and `kubernetes.default.svc.<any domain>`: another cluster's
/// domain may be this cluster's alias.
fn is_api_server(name: &str) -> bool {
    matches!(
        name.split('.').collect::<Vec<_>>().as_slice(),
        ["kubernetes", "default"] | ["kubernetes", "default", "svc", ..]
    )
}

fn is_metadata(name: &str) -> bool {
    let below_internal = || {
        let mut labels = name.split('.');
        labels.next_back() == Some("internal")
            && labels.any(|label| matches!(label, "metadata" | "instance-data" | "rancher-metadata"))
    };
    matches!(name, "metadata" | "instance-data" | "rancher-metadata")
        || below_internal()
        || METADATA_HOSTS.iter().any(|host| is_below(name, host))
}
