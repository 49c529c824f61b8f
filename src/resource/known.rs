//! Plurals and versions of built-in kinds.
//!
//! Kubernetes' own follow one spelling rule with one exception; a test holds every one of them against `k8s-openapi`.
//! The others are from the definitions that the projects publish: `tests/admission/resources.rs` compares with the CRDs that are
//! at hand, the rest says where it is from.

use crate::engine::world::Scope;

/// Kinds of one group that have the same versions and scope.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) group: &'static str,
    /// The served versions, the preferred one first.
    pub(super) versions: &'static [&'static str],
    /// `None`: it differs from cluster to cluster.
    pub(super) scope: Option<Scope>,
    /// Kind and plural.
    pub(super) kinds: &'static [(&'static str, &'static str)],
}

/// The plural of a kind of Kubernetes: what `meta.UnsafeGuessKindToResource` (k8s.io/apimachinery) says, which is right
/// for every kind that Kubernetes itself serves.
pub(super) fn kubernetes_plural(kind: &str) -> String {
    let singular = kind.to_ascii_lowercase();
    if singular == "endpoints" {
        return singular;
    }
    match singular.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if singular.ends_with('s') => format!("{singular}es"),
        None => format!("{singular}s"),
    }
}

/// The served versions of a kind of Kubernetes 1.36. `v1` is all that is needed to be called for the other versions of a
/// kind, too: webhooks match equivalent resources by default.
pub(super) fn kubernetes_versions(group: &str, kind: &str) -> &'static [&'static str] {
    match (group, kind) {
        ("autoscaling", "HorizontalPodAutoscaler") => &["v2", "v1"],
        ("certificates.k8s.io", "ClusterTrustBundle") => &["v1beta1", "v1alpha1"],
        ("certificates.k8s.io", "PodCertificateRequest") => &["v1beta1"],
        ("coordination.k8s.io", "LeaseCandidate") => &["v1beta1", "v1alpha2"],
        ("internal.apiserver.k8s.io", "StorageVersion") => &["v1alpha1"],
        ("resource.k8s.io", "DeviceTaintRule" | "ResourcePoolStatusRequest") => &["v1alpha3"],
        ("scheduling.k8s.io", "PodGroup" | "Workload") => &["v1alpha2"],
        ("storagemigration.k8s.io", "StorageVersionMigration") => &["v1beta1"],
        _ => &["v1"],
    }
}

/// Kinds of other projects that rules are often about.
pub(super) const OTHERS: &[Family] = &[
    namespaced(
        "gateway.networking.k8s.io",
        &["v1", "v1beta1"],
        &[
            ("Gateway", "gateways"),
            ("HTTPRoute", "httproutes"),
            ("ReferenceGrant", "referencegrants"),
        ],
    ),
    namespaced(
        "gateway.networking.k8s.io",
        &["v1"],
        &[("GRPCRoute", "grpcroutes"), ("TLSRoute", "tlsroutes")],
    ),
    Family {
        group: "gateway.networking.k8s.io",
        versions: &["v1", "v1beta1"],
        scope: Some(Scope::Cluster),
        kinds: &[("GatewayClass", "gatewayclasses")],
    },
    namespaced(
        "traefik.io",
        &["v1alpha1"],
        &[
            ("IngressRoute", "ingressroutes"),
            ("IngressRouteTCP", "ingressroutetcps"),
            ("Middleware", "middlewares"),
            ("TraefikService", "traefikservices"),
        ],
    ),
    // Traefik 2 served the same kinds under its old name, and Traefik 3 does not.
    namespaced(
        "traefik.containo.us",
        &["v1alpha1"],
        &[
            ("IngressRoute", "ingressroutes"),
            ("IngressRouteTCP", "ingressroutetcps"),
        ],
    ),
    namespaced(
        "helm.toolkit.fluxcd.io",
        &["v2"],
        &[("HelmRelease", "helmreleases")],
    ),
    namespaced(
        "source.toolkit.fluxcd.io",
        &["v1"],
        &[
            ("Bucket", "buckets"),
            ("ExternalArtifact", "externalartifacts"),
            ("GitRepository", "gitrepositories"),
            ("HelmChart", "helmcharts"),
            ("HelmRepository", "helmrepositories"),
            ("OCIRepository", "ocirepositories"),
        ],
    ),
    // argoproj/argo-rollouts, manifests/crds/rollout-crd.yaml
    namespaced("argoproj.io", &["v1alpha1"], &[("Rollout", "rollouts")]),
    // cert-manager/cert-manager, CRD certificates.cert-manager.io
    namespaced("cert-manager.io", &["v1"], &[("Certificate", "certificates")]),
    // kubernetes-sigs/external-dns, CRD dnsendpoints.externaldns.k8s.io
    namespaced(
        "externaldns.k8s.io",
        &["v1alpha1"],
        &[("DNSEndpoint", "dnsendpoints")],
    ),
    // istio/istio, CRDs gateways.networking.istio.io and virtualservices.networking.istio.io
    namespaced(
        "networking.istio.io",
        &["v1", "v1beta1", "v1alpha3"],
        &[("Gateway", "gateways"), ("VirtualService", "virtualservices")],
    ),
    // openshift/api, route/v1
    namespaced("route.openshift.io", &["v1"], &[("Route", "routes")]),
    // crossplane-contrib/provider-kubernetes, package/crds
    Family {
        group: "kubernetes.crossplane.io",
        versions: &["v1alpha2", "v1alpha1"],
        scope: Some(Scope::Cluster),
        kinds: &[("Object", "objects")],
    },
    namespaced(
        "kubernetes.m.crossplane.io",
        &["v1alpha1"],
        &[("Object", "objects")],
    ),
    // Open Service Portal, whose XRDs have changed their scope before.
    Family {
        group: "openportal.dev",
        versions: &["v1alpha1"],
        scope: None,
        kinds: &[
            ("ManagedNamespace", "managednamespaces"),
            ("WhoAmIService", "whoamiservices"),
            ("WhoAmIApp", "whoamiapps"),
            ("CloudflareDNSRecord", "cloudflarednsrecords"),
            ("DNSRecord", "dnsrecords"),
            ("ExposedService", "exposedservices"),
            ("ValkeyInstance", "valkeyinstances"),
        ],
    },
];

const fn namespaced(
    group: &'static str,
    versions: &'static [&'static str],
    kinds: &'static [(&'static str, &'static str)],
) -> Family {
    Family {
        group,
        versions,
        scope: Some(Scope::Namespaced),
        kinds,
    }
}
