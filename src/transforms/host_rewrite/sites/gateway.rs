//! HTTPRoute, GRPCRoute and TLSRoute: `hostnames`. Without them a route serves every host of its Gateway's listeners. A route
//! whose parents are all Services (a mesh) has no hosts: Gateway API ignores `hostnames` there.

use serde_json::Value;

use super::{Matches, Sites, items, name_at, path_key, with_text_of};
use crate::object::{Object, pointer};
use crate::transforms::host_rewrite::host::Reach;

/// What to write instead of a route for every host.
const GIVE_HOST: &str = "Write `hostnames` in the route, or set `catchAll: keep`.";

pub(super) fn read<'a>(object: Object<'a>, sites: &mut Sites<'a>) {
    let value = object.value();
    let hostnames = items("", value, "/spec/hostnames");
    let is_list = |hostnames: &Value| hostnames.is_null() || hostnames.is_array();
    if hostnames.is_empty() && pointer::get(value, "/spec/hostnames").is_none_or(is_list) && !is_mesh(value) {
        let what = "the route has no `hostnames`, so it serves every host of its Gateway";
        sites.push_open("/spec/hostnames", what, GIVE_HOST);
    }
    let matches = Matches {
        routes: "/spec/rules",
        matches: "/matches",
        targets: &["/backendRefs", "/filters"],
        key: match object.kind() {
            "GRPCRoute" => |part| with_text_of("gRPC ".to_owned(), part, &["/method", "/headers"]),
            // It has no matches: it takes the connection.
            "TLSRoute" => |_| "TLS".to_owned(),
            _ => key,
        },
    };
    let mut keys = matches.read(value);
    if keys.is_empty() {
        keys.push(((matches.key)(&Value::Null), String::new()));
    }
    let list = sites.begin_list();
    for (pointer, host) in hostnames {
        let Some(host) = host.as_str() else { continue };
        if matches!(host, "*" | "") {
            let what = format!("the host `{host}` stands for every host");
            sites.push_open(&pointer, &what, GIVE_HOST);
            continue;
        }
        let place = sites.push_host(pointer, host, Reach::ManyLabels, Some(list));
        sites.push_routes(place, &keys);
    }
}

fn is_mesh(route: &Value) -> bool {
    let mut parents = items("", route, "/spec/parentRefs");
    let service = |parent: &Value| name_at(parent, "/kind") == Some("Service");
    !parents.is_empty() && parents.all(|(_, parent)| service(parent))
}

/// What one match of an HTTPRoute takes. One that looks at the path alone has the key of an Ingress path, so that the two
/// kinds can collide.
fn key(part: &Value) -> String {
    let path_type = match name_at(part, "/path/type").unwrap_or("PathPrefix") {
        "PathPrefix" => "Prefix",
        other => other,
    };
    let path = path_key(path_type, name_at(part, "/path/value").unwrap_or("/"));
    with_text_of(path, part, &["/method", "/headers", "/queryParams"])
}
