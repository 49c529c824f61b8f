//! Istio's Gateway: `servers[].hosts`, each a name with an optional `namespace/` before it, and `tls.credentialName`.
//!
//! Source: istio/api `networking/v1alpha3/gateway.proto`. `*` takes every host of the VirtualServices of a namespace; a
//! server without TLS for bytes that carry no host name (TCP and databases) can say nothing else.

use serde_json::Value;

use super::{Certificate, Duty, Item, Leave, Place, Set, Sites, below, items, name_at, texts, with_text_of};
use crate::object::Object;
use crate::transforms::host_rewrite::host::Reach;

/// Protocols that carry no host name.
const NAMELESS: [&str; 5] = ["TCP", "UDP", "MONGO", "MYSQL", "REDIS"];
/// What to write instead of a server for every host.
const GIVE_HOST: &str = "Write the hosts in the server, or set `catchAll: keep`.";

pub(super) fn read<'a>(object: Object<'a>, sites: &mut Sites<'a>) {
    for (at, server) in items("", object.value(), "/spec/servers") {
        let first = sites.places.len();
        read_hosts(&at, server, sites);
        let hosts = first..sites.places.len();
        if let (Some(secret), false) = (name_at(server, "/tls/credentialName"), hosts.is_empty()) {
            sites.push_certificate(Certificate {
                pointer: below(&at, "/tls"),
                field: "/credentialName",
                secret: Some(secret),
                set: Set::Replace,
                hosts: Some(hosts),
                mergeable: false,
            });
        }
    }
}

fn read_hosts<'a>(at: &str, server: &'a Value, sites: &mut Sites<'a>) {
    let protocol = name_at(server, "/port/protocol").unwrap_or_default();
    let is_nameless = NAMELESS.iter().any(|known| known.eq_ignore_ascii_case(protocol));
    let parts = ["/port/number", "/port/protocol"];
    let key = with_text_of("Istio ".to_owned(), server, &parts);
    // The same host for two namespaces is not there twice.
    let mut lists: Vec<(&str, usize)> = Vec::new();
    for (pointer, text) in texts(at, server, "/hosts") {
        let (prefix, host) = text.rsplit_once('/').unwrap_or(("", text));
        if host == "*" {
            if !is_nameless {
                let what = format!("the host `{text}` stands for every host");
                sites.push_open(&pointer, &what, GIVE_HOST);
            }
            continue;
        }
        if sites.is_internal(host) {
            continue;
        }
        let known = lists.iter().find(|(known, _)| *known == prefix);
        let list = known.map_or_else(|| sites.begin_list(), |(_, list)| *list);
        lists.push((prefix, list));
        let leave = Leave::Item;
        let place = sites.push_place(Place {
            pointer,
            string: text,
            span: text.len() - host.len()..text.len(),
            host: host.to_owned(),
            reach: Reach::ManyLabels,
            duty: Duty::Match,
            item: Some(Item { list, leave }),
            rules: None,
        });
        sites.push_route(place, Some(key.clone()), at.to_owned());
    }
}
