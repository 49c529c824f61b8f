//! Which policies there are, and what no other file knows of them.

/// One policy.
#[derive(Debug)]
pub(super) struct Policy {
    /// Its folder, and its name wherever there is one.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) shape: Shape,
    /// Whether it may change objects. One that may not can share its webhook with other validating policies.
    pub(super) mutating: bool,
    pub(super) severity: &'static str,
    pub(super) category: &'static str,
    pub(super) keywords: &'static [&'static str],
    /// Kinds of the core group that it may look up, when its settings ask.
    pub(super) looks_up: &'static [&'static str],
    /// What it is registered for.
    pub(super) resources: &'static [Resources],
    /// What the API server does when the policy server does not answer: `Fail` where a request that slips through does
    /// lasting harm, `Ignore` where the policy is asked about what a cluster needs to come up.
    pub(super) failure: &'static str,
    /// Settings that work, as YAML.
    pub(super) example: &'static str,
}

/// How its settings look.
#[derive(Debug)]
pub(super) enum Shape {
    /// The `spec` of a rules file, with every transform.
    Spec,
    /// One rule of one transform.
    Rule {
        /// The transform's folder in `src/transforms`.
        module: &'static str,
        /// Its type in that module.
        type_name: &'static str,
        /// Its key in a rule.
        key: &'static str,
    },
}

/// Kinds of one group; the program knows their plurals and versions.
#[derive(Debug)]
pub(super) struct Resources {
    pub(super) group: &'static str,
    pub(super) kinds: &'static [&'static str],
    pub(super) operations: &'static [&'static str],
}

/// Never CREATE alone, unless an UPDATE cannot undo what it did.
const fn both(group: &'static str, kinds: &'static [&'static str]) -> Resources {
    Resources {
        group,
        kinds,
        operations: &["CREATE", "UPDATE"],
    }
}

const NAMESPACES: Resources = both("core", &["Namespace"]);
const SERVICES: Resources = both("core", &["Service"]);
const WORKLOADS: Resources = both("apps", &["Deployment", "StatefulSet", "DaemonSet"]);
const JOBS: Resources = both("batch", &["Job", "CronJob"]);
const ROLLOUTS: Resources = both("argoproj.io", &["Rollout"]);
const INGRESSES: Resources = both("networking.k8s.io", &["Ingress"]);
const GATEWAY_ROUTES: Resources = both(
    "gateway.networking.k8s.io",
    &["HTTPRoute", "Gateway", "GRPCRoute", "TLSRoute"],
);
const TRAEFIK_ROUTES: Resources = both("traefik.io", &["IngressRoute", "IngressRouteTCP"]);
const CERTIFICATES: Resources = both("cert-manager.io", &["Certificate"]);
const DNS_ENDPOINTS: Resources = both("externaldns.k8s.io", &["DNSEndpoint"]);
const ISTIO_ROUTES: Resources = both("networking.istio.io", &["Gateway", "VirtualService"]);
const OPENSHIFT_ROUTES: Resources = both("route.openshift.io", &["Route"]);
/// A Pod's DNS settings never change after it is made.
const PODS: Resources = Resources {
    group: "core",
    kinds: &["Pod"],
    operations: &["CREATE"],
};
const OPENPORTAL: Resources = both(
    "openportal.dev",
    &[
        "ManagedNamespace",
        "WhoAmIService",
        "WhoAmIApp",
        "CloudflareDNSRecord",
        "DNSRecord",
        "ExposedService",
        "ValkeyInstance",
    ],
);
const CROSSPLANE_OBJECTS: Resources = both("kubernetes.crossplane.io", &["Object"]);
const CROSSPLANE_NAMESPACED_OBJECTS: Resources = both("kubernetes.m.crossplane.io", &["Object"]);

/// All of them.
pub(super) const POLICIES: &[Policy] = &[
    Policy {
        id: "boltrope",
        title: "Boltrope",
        description: "A whole Boltrope rules file at admission: the same rules as in the post-renderer, with the same answers",
        shape: Shape::Spec,
        mutating: true,
        severity: "medium",
        category: "Platform",
        keywords: &["boltrope", "platform", "preview", "crossplane"],
        looks_up: &["Namespace", "Service"],
        resources: &[
            NAMESPACES,
            SERVICES,
            INGRESSES,
            GATEWAY_ROUTES,
            TRAEFIK_ROUTES,
            CERTIFICATES,
            DNS_ENDPOINTS,
            ISTIO_ROUTES,
            OPENSHIFT_ROUTES,
            WORKLOADS,
            JOBS,
            ROLLOUTS,
            PODS,
            OPENPORTAL,
            CROSSPLANE_OBJECTS,
            CROSSPLANE_NAMESPACED_OBJECTS,
        ],
        failure: "Ignore",
        example: "rules:\n\
                  - name: infrastructure-in-system\n\
                  \x20 namespacePlacement: {allowed: [system]}\n\
                  \x20 match: {kinds: [openportal.dev/ManagedNamespace]}\n\
                  - name: team\n\
                  \x20 metadata: {labels: {team: {required: true}}}\n",
    },
    Policy {
        id: "namespace-placement",
        title: "Namespace placement",
        description: "Refuses objects outside the namespaces that the platform gives their kind, with the namespace to write instead",
        shape: Shape::Rule {
            module: "namespace_placement",
            type_name: "NamespacePlacement",
            key: "namespacePlacement",
        },
        mutating: true,
        severity: "medium",
        category: "Platform",
        keywords: &["boltrope", "namespace", "crossplane"],
        looks_up: &["Namespace"],
        resources: &[OPENPORTAL],
        failure: "Fail",
        example: "match: {kinds: [openportal.dev/ManagedNamespace]}\nallowed: [system]\n",
    },
    Policy {
        id: "external-name",
        title: "ExternalName fallback",
        description: "Turns marked Services of preview namespaces into aliases of the same Services in a base namespace",
        shape: Shape::Rule {
            module: "external_name",
            type_name: "ExternalName",
            key: "externalName",
        },
        mutating: true,
        severity: "low",
        category: "Preview environments",
        keywords: &["boltrope", "service", "externalname", "preview"],
        looks_up: &["Namespace", "Service"],
        resources: &[SERVICES],
        failure: "Fail",
        example: "match: {namespaces: {include: [\"feature-*\"]}}\nsource: default\n",
    },
    Policy {
        id: "external-name-guard",
        title: "ExternalName guard",
        description: "Refuses ExternalName Services whose target is neither an allowed domain nor in an allowed namespace",
        shape: Shape::Rule {
            module: "external_name_guard",
            type_name: "ExternalNameGuard",
            key: "externalNameGuard",
        },
        mutating: false,
        severity: "high",
        category: "Security",
        keywords: &["boltrope", "service", "externalname", "CVE-2021-25740"],
        looks_up: &["Namespace"],
        resources: &[SERVICES],
        failure: "Fail",
        example: "allowedSuffixes: [partner.example]\nallowedNamespaces: {include: [default]}\n",
    },
    Policy {
        id: "host-rewrite",
        title: "Host rewrite",
        description: "Rewrites the hosts of a copied or preview route, so that it never claims the original's",
        shape: Shape::Rule {
            module: "host_rewrite",
            type_name: "HostRewrite",
            key: "hostRewrite",
        },
        mutating: true,
        severity: "medium",
        category: "Preview environments",
        keywords: &["boltrope", "ingress", "gateway", "preview"],
        looks_up: &["Namespace"],
        resources: &[
            INGRESSES,
            GATEWAY_ROUTES,
            TRAEFIK_ROUTES,
            CERTIFICATES,
            DNS_ENDPOINTS,
            ISTIO_ROUTES,
            OPENSHIFT_ROUTES,
        ],
        failure: "Fail",
        example: "match: {namespaces: {include: [\"feature-*\"]}}\n\
                  hosts: [{from: \"*.example.com\", to: \"{namespace}.example.com\"}]\n",
    },
    Policy {
        id: "dns-search",
        title: "DNS search",
        description: "Gives Pods of preview namespaces the search domain of a base namespace, so that they find its Services",
        shape: Shape::Rule {
            module: "dns_search",
            type_name: "DnsSearch",
            key: "dnsSearch",
        },
        mutating: true,
        severity: "low",
        category: "Preview environments",
        keywords: &["boltrope", "pod", "dns", "preview"],
        looks_up: &["Namespace"],
        resources: &[PODS],
        failure: "Ignore",
        example: "match: {namespaces: {include: [\"feature-*\"]}}\nsource: default\n",
    },
    Policy {
        id: "metadata",
        title: "Required metadata",
        description: "Writes, checks and passes on the labels and annotations that governance and cost accounting need",
        shape: Shape::Rule {
            module: "metadata",
            type_name: "Metadata",
            key: "metadata",
        },
        mutating: true,
        severity: "low",
        category: "Governance",
        keywords: &["boltrope", "labels", "annotations", "cost"],
        looks_up: &["Namespace"],
        resources: &[NAMESPACES, WORKLOADS, JOBS],
        failure: "Ignore",
        example: "labels:\n\
                  \x20 team: {required: true}\n\
                  \x20 stage: {default: dev, enum: [dev, prod]}\n",
    },
];
