//! Gateway API's Gateway: `listeners[].hostname`, and the Secrets in `tls.certificateRefs`.
//!
//! Source: the CRD gateway.networking.k8s.io_gateways: a listener without `hostname` takes all hosts, TCP and UDP have none,
//! and port, protocol and hostname together are unique. A reference into another namespace is not the preview's and stays.

use std::ops::Range;

use serde_json::Value;

use super::{Certificate, Set, Sites, below, has_only, items, name_at, with_text_of};
use crate::object::Object;
use crate::transforms::host_rewrite::host::Reach;

/// Protocols with host names; TCP and UDP have none, and what another one means is its implementation's business.
const NAMED: [&str; 3] = ["HTTP", "HTTPS", "TLS"];
/// What to write instead of a listener for every host.
const GIVE_HOST: &str = "Write a `hostname` in the listener, or set `catchAll: keep`.";

pub(super) fn read<'a>(object: Object<'a>, sites: &mut Sites<'a>) {
    for (at, listener) in items("", object.value(), "/spec/listeners") {
        match name_at(listener, "/hostname") {
            None | Some("*") => {
                if name_at(listener, "/protocol").is_some_and(|protocol| NAMED.contains(&protocol)) {
                    let what = "the listener has no `hostname`, so it takes every host";
                    sites.push_open(&at, what, GIVE_HOST);
                }
            }
            Some(host) => {
                let place = sites.push_host(below(&at, "/hostname"), host, Reach::ManyLabels, None);
                let parts = ["/port", "/protocol"];
                let key = with_text_of("listener ".to_owned(), listener, &parts);
                sites.push_route(place, Some(key), at.clone());
                read_secrets(object, &at, listener, place..place + 1, sites);
            }
        }
    }
}

fn read_secrets<'a>(
    object: Object<'a>,
    at: &str,
    listener: &'a Value,
    hosts: Range<usize>,
    sites: &mut Sites<'a>,
) {
    for (pointer, reference) in items(at, listener, "/tls/certificateRefs") {
        let is_secret = name_at(reference, "/kind").is_none_or(|kind| kind == "Secret")
            && name_at(reference, "/group").is_none();
        let namespace = name_at(reference, "/namespace");
        if !is_secret || namespace.is_some() && namespace != object.namespace() {
            continue;
        }
        sites.push_certificate(Certificate {
            pointer,
            field: "/name",
            secret: name_at(reference, "/name"),
            set: Set::Replace,
            hosts: Some(hosts.clone()),
            mergeable: has_only(reference, &["group", "kind", "name", "namespace"]),
        });
    }
}
