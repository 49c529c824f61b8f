//! HTTPRoute, GRPCRoute and TLSRoute: `hostnames`. Without them a route serves every host of its Gateway's listeners. A route whose
//! parents are all Services (a mesh) has no hosts: Gateway API ignores `hostnames` there.

use serde_json::Value;

use super::{Duty, Item, Leave, Open, Route, Sites, items, path_key, route_key, text_of};
use crate::object::Object;
use crate::transforms::host_rewrite::host::Reach;

/// What to write instead of a route for every host.
const GIVE_HOST: &str = "Write `hostnames` in the route, or set `catchAll: keep`.";

pub(super) fn read<'a>(object: Object<'a>, sites: &mut Sites<'a>) {
    let value = object.value();
    let hostnames = items(value, "/spec/hostnames");
    if hostnames.is_empty()
        && value
            .pointer("/spec/hostnames")
            .is_none_or(|list| list.is_null() || list.is_array())
        && !is_mesh(value)
    {
        let what = "the route has no `hostnames`, so it serves every host of its Gateway".to_owned();
        sites.open.push(Open {
            pointer: "/spec/hostnames".into(),
            what,
            remedy: GIVE_HOST,
        });
    }
    let keys = routes(value, object.kind());
    let list = sites.begin_list();
    for (pointer, host) in hostnames {
        let Some(host) = host.as_str() else { continue };
        if matches!(host, "*" | "") {
            let what = format!("the host `{host}` stands for every host");
            sites.open.push(Open {
                pointer,
                what,
                remedy: GIVE_HOST,
            });
            continue;
        }
        let item = Item {
            list,
            leave: Leave::Item,
        };
        let place = sites.push_whole(pointer, host, Reach::ManyLabels, Duty::Match, Some(item));
        let route = |(key, backend): &(String, String)| Route {
            place,
            key: Some(key.clone()),
            backend: backend.clone(),
        };
        sites.routes.extend(keys.iter().map(route));
    }
}

fn is_mesh(route: &Value) -> bool {
    let parents = items(route, "/spec/parentRefs");
    let service = |parent: &Value| parent.get("kind").and_then(Value::as_str) == Some("Service");
    !parents.is_empty() && parents.iter().all(|(_, parent)| service(parent))
}

/// The matches of all rules with where they lead.
fn routes(route: &Value, kind: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (_, rule) in items(route, "/spec/rules") {
        let backend = text_of(&[rule.get("backendRefs"), rule.get("filters")]);
        let matches = items(rule, "/matches");
        found.extend(matches.iter().map(|(_, part)| (key(part, kind), backend.clone())));
        if matches.is_empty() {
            found.push((key(&Value::Null, kind), backend));
        }
    }
    if found.is_empty() {
        found.push((key(&Value::Null, kind), String::new()));
    }
    found
}

/// What one match takes. A TLSRoute has no matches: it takes the connection.
fn key(part: &Value, kind: &str) -> String {
    if kind == "TLSRoute" {
        return "TLS".to_owned();
    }
    if kind == "GRPCRoute" {
        return format!("gRPC {}", text_of(&[part.get("method"), part.get("headers")]));
    }
    let text = |pointer: &str, default| {
        part.pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or(default)
            .to_owned()
    };
    let path_type = match text("/path/type", "PathPrefix").as_str() {
        "PathPrefix" => "Prefix".to_owned(),
        other => other.to_owned(),
    };
    let path = path_key(&path_type, &text("/path/value", "/"));
    route_key(
        path,
        &["method", "headers", "queryParams"].map(|field| part.get(field)),
    )
}
