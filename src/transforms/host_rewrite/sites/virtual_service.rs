//! Istio's VirtualService: `hosts`, and `sniHosts` of its TLS routes, which must be among them.
//!
//! Source: istio/api `networking/v1alpha3/virtual_service.proto` and istio `pkg/config/validation`. One that no gateway but `mesh`
//! uses is about Services inside the mesh and names no host; names of Services are skipped everywhere.

use serde_json::Value;

use super::{Matches, Sites, items, name_at, path_key, text_of, texts, with_text_of};
use crate::object::Object;
use crate::transforms::host_rewrite::host::Reach;

/// What to write instead of a service for every host.
const GIVE_HOST: &str = "Write the hosts in `hosts`, or set `catchAll: keep`.";
/// What tells two matches of one path apart.
const MORE: [&str; 9] = [
    "/method",
    "/headers",
    "/withoutHeaders",
    "/queryParams",
    "/authority",
    "/scheme",
    "/port",
    "/sourceLabels",
    "/gateways",
];
const HTTP: Matches = Matches {
    routes: "/spec/http",
    matches: "/match",
    targets: &["/route", "/redirect", "/directResponse", "/rewrite", "/delegate"],
    key,
};

pub(super) fn read<'a>(object: Object<'a>, sites: &mut Sites<'a>) {
    let value = object.value();
    let mut gateways = texts("", value, "/spec/gateways");
    if gateways.all(|(_, gateway)| gateway == "mesh") {
        return;
    }
    let routes = HTTP.read(value);
    let tls = items("", value, "/spec/tls");
    let names_hosts = !routes.is_empty() || !tls.is_empty();
    let list = sites.begin_list();
    for (pointer, host) in texts("", value, "/spec/hosts") {
        if host == "*" && names_hosts {
            sites.push_open(&pointer, "the host `*` stands for every host", GIVE_HOST);
        } else if !sites.is_internal(host) {
            let place = sites.push_host(pointer, host, Reach::ManyLabels, Some(list));
            sites.push_routes(place, &routes);
            if routes.is_empty() {
                sites.push_route(place, None, String::new());
            }
        }
    }
    for (at, route) in tls {
        read_tls(&at, route, sites);
    }
}

fn key(part: &Value) -> String {
    let uri = |form: &str| name_at(part, form);
    let path = match (uri("/uri/exact"), uri("/uri/regex")) {
        (Some(path), _) => path_key("Exact", path),
        (None, Some(path)) => path_key("Regex", path),
        (None, None) => path_key("Prefix", uri("/uri/prefix").unwrap_or_default()),
    };
    with_text_of(path, part, &MORE)
}

fn read_tls<'a>(at: &str, route: &'a Value, sites: &mut Sites<'a>) {
    let backend = text_of(route, &["/route"]);
    for (pointer, part) in items(at, route, "/match") {
        let parts = ["/port", "/gateways", "/sourceLabels", "/destinationSubnets"];
        let key = with_text_of("TLS ".to_owned(), part, &parts);
        let list = sites.begin_list();
        for (item, host) in texts(&pointer, part, "/sniHosts") {
            if !sites.is_internal(host) {
                let place = sites.push_host(item, host, Reach::ManyLabels, Some(list));
                sites.push_route(place, Some(key.clone()), backend.clone());
            }
        }
    }
}
