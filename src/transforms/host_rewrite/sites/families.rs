//! Every kind with hosts: one line each. `host_rewrite/mod.rs` names the same kinds to users; a test compares the two.

use super::{Sites, certificate, dns_endpoint, gateway, ingress, istio_gateway, listeners, openshift};
use super::{traefik, virtual_service};
use crate::object::Object;

/// One kind with hosts.
pub(super) struct Family {
    group: &'static str,
    kind: &'static str,
    pub(super) read: Read,
    /// Whether its objects answer for the hosts they name. A Gateway and a Certificate only stand ready for what routes
    /// name, so a host of theirs is not taken.
    pub(super) answers: bool,
}

type Read = for<'a> fn(Object<'a>, &mut Sites<'a>);

const GATEWAY_API: &str = "gateway.networking.k8s.io";
const ISTIO: &str = "networking.istio.io";

const FAMILIES: [Family; 14] = [
    answering("networking.k8s.io", "Ingress", ingress::read),
    answering(GATEWAY_API, "HTTPRoute", gateway::read),
    answering(GATEWAY_API, "GRPCRoute", gateway::read),
    answering(GATEWAY_API, "TLSRoute", gateway::read),
    standing_ready(GATEWAY_API, "Gateway", listeners::read),
    answering("traefik.io", "IngressRoute", traefik::read),
    answering("traefik.io", "IngressRouteTCP", traefik::read),
    answering("traefik.containo.us", "IngressRoute", traefik::read),
    answering("traefik.containo.us", "IngressRouteTCP", traefik::read),
    standing_ready("cert-manager.io", "Certificate", certificate::read),
    answering("externaldns.k8s.io", "DNSEndpoint", dns_endpoint::read),
    standing_ready(ISTIO, "Gateway", istio_gateway::read),
    answering(ISTIO, "VirtualService", virtual_service::read),
    answering("route.openshift.io", "Route", openshift::read),
];

const fn answering(group: &'static str, kind: &'static str, read: Read) -> Family {
    Family {
        group,
        kind,
        read,
        answers: true,
    }
}

const fn standing_ready(group: &'static str, kind: &'static str, read: Read) -> Family {
    Family {
        group,
        kind,
        read,
        answers: false,
    }
}

/// How objects of this kind say hosts, if they do.
pub(super) fn find(group: &str, kind: &str) -> Option<&'static Family> {
    FAMILIES
        .iter()
        .find(|family| family.group == group && family.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_that_users_read_are_the_kinds_that_are_read() {
        let read: Vec<String> = FAMILIES
            .iter()
            .map(|family| format!("{}/{}", family.group, family.kind))
            .collect();
        assert_eq!(read, super::super::super::META.kinds);
    }
}
