//! external-dns' DNSEndpoint: `endpoints[].dnsName`.
//!
//! Source: external-dns `endpoint/endpoint.go`: two records are the same if name, type and set identifier are. A wildcard
//! record answers for any depth (RFC 4592). Targets are where a name leads, not what it claims.

use super::{Sites, below, items, name_at, text_of, with_text_of};
use crate::object::Object;
use crate::transforms::host_rewrite::host::Reach;

pub(super) fn read<'a>(object: Object<'a>, sites: &mut Sites<'a>) {
    for (at, endpoint) in items("", object.value(), "/spec/endpoints") {
        if let Some(name) = name_at(endpoint, "/dnsName") {
            let place = sites.push_host(below(&at, "/dnsName"), name, Reach::ManyLabels, None);
            let parts = ["/recordType", "/setIdentifier"];
            let key = with_text_of("DNS ".to_owned(), endpoint, &parts);
            sites.push_route(place, Some(key), text_of(endpoint, &["/targets"]));
        }
    }
}
