//! Every kind with hosts: one line each. `host_rewrite/mod.rs` names the same kinds to users; a test compares the two.

use super::{Sites, certificate, dns_endpoint, gateway, ingress, istio_gateway, listeners, openshift};
use super::{traefik, virtual_service};
use crate::object::Object;

/// One kind with hosts.
pub(super) struct Family {
    /// `group/Kind`.
    name: &'static str,
    pub(super) read: Read,
    /// Whether its objects answer for the hosts they name. A Gateway and a Certificate only stand ready for what routes
    /// name, so a host of theirs is not taken.
    pub(super) answers: bool,
}

type Read = for<'a> fn(Object<'a>, &mut Sites<'a>);

const FAMILIES: [Family; 14] = [
    answering("networking.k8s.io/Ingress", ingress::read),
    answering("gateway.networking.k8s.io/HTTPRoute", gateway::read),
    answering("gateway.networking.k8s.io/GRPCRoute", gateway::read),
    answering("gateway.networking.k8s.io/TLSRoute", gateway::read),
    standing_ready("gateway.networking.k8s.io/Gateway", listeners::read),
    answering("traefik.io/IngressRoute", traefik::read),
    answering("traefik.io/IngressRouteTCP", traefik::read),
    answering("traefik.containo.us/IngressRoute", traefik::read),
    answering("traefik.containo.us/IngressRouteTCP", traefik::read),
    standing_ready("cert-manager.io/Certificate", certificate::read),
    answering("externaldns.k8s.io/DNSEndpoint", dns_endpoint::read),
    standing_ready("networking.istio.io/Gateway", istio_gateway::read),
    answering("networking.istio.io/VirtualService", virtual_service::read),
    answering("route.openshift.io/Route", openshift::read),
];

const fn answering(name: &'static str, read: Read) -> Family {
    Family {
        name,
        read,
        answers: true,
    }
}

const fn standing_ready(name: &'static str, read: Read) -> Family {
    Family {
        name,
        read,
        answers: false,
    }
}

/// How objects of this kind say hosts, if they do.
pub(super) fn find(group: &str, kind: &str) -> Option<&'static Family> {
    let is_meant = |family: &&Family| {
        let rest = family.name.strip_prefix(group);
        rest.and_then(|rest| rest.strip_prefix('/')) == Some(kind)
    };
    FAMILIES.iter().find(is_meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_that_users_read_are_the_kinds_that_are_read() {
        let read = FAMILIES.map(|family| family.name);
        assert_eq!(read, super::super::super::META.kinds);
    }
}
