//! Which controllers take a Service of type ExternalName as a backend: knowledge, as a table.
//!
//! A copy whose backends are mirrors works only where its controller follows them. One that is known to refuse holds the
//! copy; one that needs to be told, and one that nobody knows, is a warning.

use serde_json::Value;

use super::gateway::gateways;
use super::ingress::CLASS;
use crate::preview::kind::Kind;
use crate::preview::snapshot::Snapshot;
use crate::preview::source::Source;
use crate::selector::Glob;

/// What a controller does with an ExternalName backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::preview) enum Verdict {
    /// It follows it.
    Follows,
    /// It follows it when told to.
    Depends,
    /// It never does.
    Refuses,
    /// Nobody here knows.
    Unknown,
}

/// A controller, as far as a route tells which it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::preview) struct Controller {
    pub(in crate::preview) verdict: Verdict,
    /// A sentence about it.
    pub(in crate::preview) words: String,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// A glob on the controller's name in an IngressClass or GatewayClass.
    pub controller: &'static str,
    /// The name that its class usually has, where no IngressClass says more.
    pub class: &'static str,
    /// What people call it.
    pub name: &'static str,
    verdict: Verdict,
    /// What it does.
    pub words: &'static str,
    /// Where that is written, by those who make it: a URL. Empty if nobody here knows.
    pub source: &'static str,
}

impl Row {
    /// `follows`, `when told to`, `refuses` or `unknown`.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match self.verdict {
            Verdict::Follows => "follows",
            Verdict::Depends => "when told to",
            Verdict::Refuses => "refuses",
            Verdict::Unknown => "unknown",
        }
    }
}

/// What is known. A row whose source is empty is one of which nothing is known.
///
/// Gateway API itself says that implementations should not support such backends (`BackendObjectReference.kind`).
pub const CONTROLLERS: [Row; 14] = [
    Row {
        controller: "k8s.io/ingress-nginx",
        class: "nginx",
        name: "ingress-nginx",
        verdict: Verdict::Follows,
        words: "dials `targetPort`; off with `--disable-svc-external-name`",
        source: "https://kubernetes.github.io/ingress-nginx/user-guide/cli-arguments/",
    },
    Row {
        controller: "traefik.io/ingress-controller",
        class: "traefik",
        name: "Traefik",
        verdict: Verdict::Depends,
        words: "needs `allowExternalNameServices: true` for `kubernetesIngress` and `kubernetesCRD`, else it drops the route \
                with a line in its log",
        source: "https://github.com/traefik/traefik/issues/8462",
    },
    Row {
        controller: "traefik.io/gateway-controller",
        class: "",
        name: "Traefik, Gateway API",
        verdict: Verdict::Refuses,
        words: "its Gateway provider has no ExternalName backends",
        source: "https://github.com/traefik/traefik/issues/12950",
    },
    Row {
        controller: "haproxy.org/ingress-controller*",
        class: "haproxy",
        name: "HAProxy",
        verdict: Verdict::Follows,
        words: "dials `port`; off with `--disable-service-external-name`",
        source: "https://github.com/haproxytech/kubernetes-ingress/blob/master/pkg/service/endpoints.go",
    },
    Row {
        controller: "ingress.k8s.aws/alb",
        class: "alb",
        name: "AWS Load Balancer Controller",
        verdict: Verdict::Refuses,
        words: "finds no targets and answers 503",
        source: "https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/3505",
    },
    Row {
        controller: "k8s.io/ingress-gce*",
        class: "gce*",
        name: "GKE Ingress",
        verdict: Verdict::Refuses,
        words: "takes NodePort and LoadBalancer Services only, because of CVE-2021-25740",
        source: "https://github.com/kubernetes/ingress-gce/issues/1169",
    },
    Row {
        controller: "azure/application-gateway*",
        class: "azure/application-gateway",
        name: "Azure Application Gateway (AGIC)",
        verdict: Verdict::Refuses,
        words: "does not support it",
        source: "https://github.com/Azure/application-gateway-kubernetes-ingress/issues/1119",
    },
    Row {
        controller: "nginx.org/ingress-controller",
        class: "",
        name: "F5 NGINX Ingress Controller",
        verdict: Verdict::Refuses,
        words: "has it in NGINX Plus only",
        source: "https://github.com/nginx/kubernetes-ingress/pull/485",
    },
    Row {
        controller: "projectcontour.io/*",
        class: "contour",
        name: "Contour",
        verdict: Verdict::Depends,
        words: "needs `enableExternalNameService: true`, which is off because it exposes what a user has no access to",
        source: "https://projectcontour.io/docs/1.30/config/external-service-routing/",
    },
    Row {
        controller: "gateway.envoyproxy.io/*",
        class: "",
        name: "Envoy Gateway",
        verdict: Verdict::Refuses,
        words: "refuses by design and points to ReferenceGrant",
        source: "https://github.com/envoyproxy/gateway/issues/5817",
    },
    Row {
        controller: "gateway.nginx.org/nginx-gateway-controller",
        class: "",
        name: "NGINX Gateway Fabric",
        verdict: Verdict::Depends,
        words: "needs a DNS resolver in its NginxProxy",
        source: "https://github.com/nginx/nginx-gateway-fabric/pull/4218",
    },
    Row {
        controller: "networking.gke.io/gateway",
        class: "",
        name: "GKE Gateway",
        verdict: Verdict::Unknown,
        words: "not known: its documentation says nothing of ExternalName Services",
        source: "",
    },
    Row {
        controller: "gateway.k8s.aws/*",
        class: "",
        name: "AWS Load Balancer Controller, Gateway API",
        verdict: Verdict::Refuses,
        words: "registers the Service's endpoints as targets, and an ExternalName Service has none",
        source: "https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/backend/endpoint_resolver.go",
    },
    Row {
        controller: "haproxy-ingress.github.io/controller*",
        class: "haproxy-ingress",
        name: "HAProxy Ingress",
        verdict: Verdict::Follows,
        words: "resolves the name and dials `port`; off with `--disable-external-name`",
        source: "https://github.com/jcmoraisjr/haproxy-ingress/blob/master/pkg/converters/utils/services.go",
    },
];

/// The controllers that serve a route.
pub(super) fn of(source: &Source<'_>, snapshot: &Snapshot) -> Vec<Controller> {
    match source.kind {
        Kind::Ingress => vec![of_ingress(source, snapshot)],
        Kind::IngressRoute | Kind::LegacyIngressRoute => vec![by_name("traefik.io/ingress-controller")],
        _ => of_gateways(source, snapshot),
    }
}

fn of_ingress(source: &Source<'_>, snapshot: &Snapshot) -> Controller {
    let object = source.object();
    let named = object.text("/spec/ingressClassName").or(object.annotation(CLASS));
    let is_default = |value: &Value| {
        let annotations = value.pointer("/metadata/annotations");
        annotations.and_then(|map| map.get("ingressclass.kubernetes.io/is-default-class"))
            == Some(&"true".into())
    };
    let mut classes = snapshot.all(Kind::IngressClass);
    let class = match named {
        Some(name) => snapshot.get(Kind::IngressClass, "", name),
        None => classes
            .find(|(_, _, class)| is_default(&class.value))
            .map(|(_, _, class)| class),
    };
    if let Some(controller) = class.and_then(|class| class.object().text("/spec/controller")) {
        return by_name(controller);
    }
    let Some(name) = named else {
        return unknown("the Ingress names no class, and no IngressClass is the default".to_owned());
    };
    let row = CONTROLLERS
        .iter()
        .find(|row| !row.class.is_empty() && Glob::new(row.class).matches(name));
    row.map_or_else(|| unknown(format!("the class `{name}` is not known")), of_row)
}

fn of_gateways(source: &Source<'_>, snapshot: &Snapshot) -> Vec<Controller> {
    let own = source.object().namespace().unwrap_or_default();
    let mut found = Vec::new();
    for (_, gateway) in gateways(&source.stored.value, own, snapshot) {
        let class = gateway
            .object()
            .text("/spec/gatewayClassName")
            .unwrap_or_default();
        let class = snapshot.get(Kind::GatewayClass, "", class);
        match class.and_then(|class| class.object().text("/spec/controllerName")) {
            Some(controller) => found.push(by_name(controller)),
            None => found.push(unknown("its Gateway's class is not known".to_owned())),
        }
    }
    if found.is_empty() {
        found.push(unknown("its Gateway is not known".to_owned()));
    }
    found
}

fn by_name(controller: &str) -> Controller {
    let row = CONTROLLERS
        .iter()
        .find(|row| Glob::new(row.controller).matches(controller));
    row.map_or_else(
        || unknown(format!("the controller `{controller}` is not known")),
        of_row,
    )
}

fn of_row(row: &Row) -> Controller {
    Controller {
        verdict: row.verdict,
        words: format!("{} {}", row.name, row.words),
    }
}

fn unknown(words: String) -> Controller {
    Controller {
        verdict: Verdict::Unknown,
        words,
    }
}
