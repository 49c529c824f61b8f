//! The kinds that the planner looks at, and what Kubernetes calls them.

use serde_json::Value;

use crate::object::{Object, template};

/// The kinds that the planner looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Which namespaces there are, and what they say.
    Namespace,
    /// Sources, mirrors, and who else has a name.
    Service,
    /// Container ports behind a headless source with named ports.
    EndpointSlice,
    /// The same, from what makes pods. Any kind with a pod template.
    Workload,
    /// Routes.
    Ingress,
    /// Which controller serves an Ingress.
    IngressClass,
    /// Routes of Traefik 3.
    IngressRoute,
    /// Routes of Traefik 2, group `traefik.containo.us`.
    LegacyIngressRoute,
    /// Routes.
    HttpRoute,
    /// Routes.
    GrpcRoute,
    /// What routes attach to.
    Gateway,
    /// Which controller serves a Gateway.
    GatewayClass,
    /// Grants that let routes of previews lead into the source.
    ReferenceGrant,
    /// What Flux installs, and the names it brings.
    HelmRelease,
    /// The same.
    Kustomization,
    /// Other objects that claim hosts: TLSRoute, IngressRouteTCP, VirtualService, DNSEndpoint, OpenShift's Route.
    OtherRoute,
}

/// Group, version to write, kind.
const KINDS: [(Kind, &str, &str, &str); 14] = [
    (Kind::Namespace, "", "v1", "Namespace"),
    (Kind::Service, "", "v1", "Service"),
    (Kind::EndpointSlice, "discovery.k8s.io", "v1", "EndpointSlice"),
    (Kind::Ingress, "networking.k8s.io", "v1", "Ingress"),
    (Kind::IngressClass, "networking.k8s.io", "v1", "IngressClass"),
    (Kind::IngressRoute, "traefik.io", "v1alpha1", "IngressRoute"),
    (
        Kind::LegacyIngressRoute,
        "traefik.containo.us",
        "v1alpha1",
        "IngressRoute",
    ),
    (Kind::HttpRoute, GATEWAY_API, "v1", "HTTPRoute"),
    (Kind::GrpcRoute, GATEWAY_API, "v1", "GRPCRoute"),
    (Kind::Gateway, GATEWAY_API, "v1", "Gateway"),
    (Kind::GatewayClass, GATEWAY_API, "v1", "GatewayClass"),
    (Kind::ReferenceGrant, GATEWAY_API, "v1beta1", "ReferenceGrant"),
    (Kind::HelmRelease, "helm.toolkit.fluxcd.io", "v2", "HelmRelease"),
    (
        Kind::Kustomization,
        "kustomize.toolkit.fluxcd.io",
        "v1",
        "Kustomization",
    ),
];

/// Other kinds with hosts that answer for them.
const OTHER_ROUTES: [(&str, &str); 6] = [
    (GATEWAY_API, "TLSRoute"),
    ("traefik.io", "IngressRouteTCP"),
    ("traefik.containo.us", "IngressRouteTCP"),
    ("externaldns.k8s.io", "DNSEndpoint"),
    ("networking.istio.io", "VirtualService"),
    ("route.openshift.io", "Route"),
];

const GATEWAY_API: &str = "gateway.networking.k8s.io";

impl Kind {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Namespace,
        Self::Service,
        Self::EndpointSlice,
        Self::Workload,
        Self::Ingress,
        Self::IngressClass,
        Self::IngressRoute,
        Self::LegacyIngressRoute,
        Self::HttpRoute,
        Self::GrpcRoute,
        Self::Gateway,
        Self::GatewayClass,
        Self::ReferenceGrant,
        Self::HelmRelease,
        Self::Kustomization,
        Self::OtherRoute,
    ];
    /// Those of which previews get copies.
    pub const ROUTES: [Self; 5] = [
        Self::Ingress,
        Self::IngressRoute,
        Self::LegacyIngressRoute,
        Self::HttpRoute,
        Self::GrpcRoute,
    ];
    /// Those that are written.
    pub const WRITTEN: [Self; 7] = [
        Self::Service,
        Self::Ingress,
        Self::IngressRoute,
        Self::LegacyIngressRoute,
        Self::HttpRoute,
        Self::GrpcRoute,
        Self::ReferenceGrant,
    ];

    /// What an object is to the planner; `None` when it is nothing.
    #[must_use]
    pub fn of(object: &Value) -> Option<Self> {
        let view = Object::new(object);
        let (group, kind) = (view.group(), view.kind());
        let known = KINDS.iter().find(|known| (known.1, known.3) == (group, kind));
        if let Some((known, ..)) = known {
            return Some(*known);
        }
        if OTHER_ROUTES.contains(&(group, kind)) {
            return Some(Self::OtherRoute);
        }
        template::pod(view).map(|_| Self::Workload)
    }

    /// `apiVersion` and `kind` of this kind; empty for [`Kind::Workload`] and [`Kind::OtherRoute`], which are many.
    #[must_use]
    pub fn api(self) -> (String, &'static str) {
        let Some((_, group, version, kind)) = KINDS.iter().find(|known| known.0 == self) else {
            return (String::new(), "");
        };
        let api_version = if group.is_empty() {
            (*version).to_owned()
        } else {
            format!("{group}/{version}")
        };
        (api_version, kind)
    }

    /// Whether previews get copies of it.
    #[must_use]
    pub fn is_route(self) -> bool {
        Self::ROUTES.contains(&self)
    }
}
