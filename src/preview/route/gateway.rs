//! HTTPRoute and GRPCRoute: their backends, their Gateways, and whether those take a copy from another namespace.

use serde_json::{Value, json};

use super::Reading;
use super::backend::{Backend, places, text};
use crate::object::Object;
use crate::preview::kind::Kind;
use crate::preview::snapshot::{Snapshot, Stored};
use crate::rules::{Mistakes, decode_whole};
use crate::selector::{LabelSelector, RawLabelSelector};

/// Reads a route and names the namespace of its Gateways, which stay where they are.
pub(super) fn read(copy: &mut Value, namespace: &str) -> Reading {
    let mut reading = Reading::default();
    for parent in places(copy, "/spec/parentRefs") {
        let kind = text(copy, &parent, "/kind").unwrap_or("Gateway").to_owned();
        if kind == "Service" {
            let name = text(copy, &parent, "/name").unwrap_or_default();
            reading.local.push(format!("its parent, Service `{name}`"));
            continue;
        }
        if let Some(Value::Object(parent)) = copy.pointer_mut(&parent) {
            parent.entry("namespace").or_insert_with(|| json!(namespace));
        }
    }
    for rule in places(copy, "/spec/rules") {
        read_filters(copy, &rule, namespace, &mut reading);
        for backend in places(copy, &format!("{rule}/backendRefs")) {
            read_filters(copy, &backend, namespace, &mut reading);
            reading
                .backends
                .extend(read_backend(copy, backend, namespace, &mut reading.local));
        }
    }
    reading
}

fn read_filters(copy: &mut Value, holder: &str, namespace: &str, reading: &mut Reading) {
    for filter in places(copy, &format!("{holder}/filters")) {
        if let Some(kind) = text(copy, &filter, "/extensionRef/kind") {
            let name = text(copy, &filter, "/extensionRef/name").unwrap_or_default();
            reading.local.push(format!("{kind} `{name}`"));
        }
        let mirror = format!("{filter}/requestMirror/backendRef");
        if let Some(mut backend) = read_backend(copy, mirror, namespace, &mut reading.local) {
            backend.is_mirrored_traffic = true;
            reading.backends.push(backend);
        }
    }
}

fn read_backend(copy: &mut Value, at: String, namespace: &str, local: &mut Vec<String>) -> Option<Backend> {
    let name = text(copy, &at, "/name")?.to_owned();
    let kind = text(copy, &at, "/kind").unwrap_or("Service");
    if kind != "Service" || text(copy, &at, "/group").is_some() {
        local.push(format!("{kind} `{name}`"));
        return None;
    }
    match text(copy, &at, "/namespace") {
        Some(other) if other != namespace => {
            local.push(format!(
                "Service `{other}/{name}`, which lets in `{namespace}` alone"
            ));
            return None;
        }
        Some(_) => {
            if let Some(Value::Object(backend)) = copy.pointer_mut(&at) {
                backend.shift_remove("namespace");
            }
        }
        None => {}
    }
    Backend::read(copy, at, "/port")
}

/// The Gateways of a route that are known, each with the parent reference.
pub(super) fn gateways<'a>(
    route: &'a Value,
    own: &'a str,
    snapshot: &'a Snapshot,
) -> Vec<(String, &'a Stored)> {
    let parents = places(route, "/spec/parentRefs").into_iter();
    parents
        .filter(|at| text(route, at, "/kind").unwrap_or("Gateway") == "Gateway")
        .filter_map(|at| {
            let namespace = text(route, &at, "/namespace").unwrap_or(own);
            let gateway = snapshot.get(Kind::Gateway, namespace, text(route, &at, "/name")?)?;
            Some((at, gateway))
        })
        .collect()
}

/// Why no listener of a known Gateway takes the route from this namespace, if none does.
pub(super) fn refusal(route: &Value, target: &str, snapshot: &Snapshot) -> Option<String> {
    let found = gateways(route, target, snapshot);
    let refusals: Vec<String> = found
        .iter()
        .filter_map(|(at, gateway)| refused_by(route, at, gateway, target, snapshot))
        .collect();
    // With one Gateway that takes it the route serves somebody; where not, its status says so.
    (!refusals.is_empty() && refusals.len() == found.len()).then(|| refusals.join("; "))
}

fn refused_by(
    route: &Value,
    parent: &str,
    gateway: &Stored,
    target: &str,
    snapshot: &Snapshot,
) -> Option<String> {
    let object = gateway.object();
    let name = format!(
        "{}/{}",
        object.namespace().unwrap_or_default(),
        object.name().unwrap_or_default()
    );
    let listeners = places(&gateway.value, "/spec/listeners");
    let is_asked = |at: &String| {
        let section = text(route, parent, "/sectionName");
        let port = route.pointer(&format!("{parent}/port"));
        section.is_none_or(|section| text(&gateway.value, at, "/name") == Some(section))
            && port.is_none_or(|port| gateway.value.pointer(&format!("{at}/port")) == Some(port))
    };
    let asked: Vec<String> = listeners.into_iter().filter(is_asked).collect();
    let open: Vec<&String> = asked
        .iter()
        .filter(|at| lets_in(&gateway.value, at, target, snapshot))
        .collect();
    let kind = Object::new(route).kind();
    if open.is_empty() {
        return Some(format!(
            "no listener of Gateway `{name}` takes routes of namespace `{target}`; write `allowedRoutes.namespaces` there"
        ));
    }
    let fits: Vec<&String> = open
        .into_iter()
        .filter(|at| takes_kind(&gateway.value, at, kind))
        .collect();
    if fits.is_empty() {
        return Some(format!("no listener of Gateway `{name}` takes a {kind}"));
    }
    let serves = |at: &&String| serves_host(route, text(&gateway.value, at, "/hostname"));
    if fits.iter().any(serves) {
        return None;
    }
    Some(format!(
        "no listener of Gateway `{name}` has a `hostname` for any host of the copy"
    ))
}

/// `allowedRoutes.namespaces`, by default the Gateway's own.
fn lets_in(gateway: &Value, listener: &str, target: &str, snapshot: &Snapshot) -> bool {
    let at = format!("{listener}/allowedRoutes/namespaces");
    match text(gateway, &at, "/from").unwrap_or("Same") {
        "All" => true,
        "Selector" => {
            let selector = gateway.pointer(&format!("{at}/selector")).unwrap_or(&Value::Null);
            let Ok(raw) = decode_whole::<RawLabelSelector>(selector) else {
                return false;
            };
            let selector = LabelSelector::validate(raw, "", &mut Mistakes::new());
            let namespace = snapshot.get(Kind::Namespace, "", target);
            namespace.is_some_and(|namespace| selector.matches(namespace.object().labels()))
        }
        _ => Object::new(gateway).namespace() == Some(target),
    }
}

/// `allowedRoutes.kinds`, by default what the protocol carries.
fn takes_kind(gateway: &Value, listener: &str, kind: &str) -> bool {
    let kinds = places(gateway, &format!("{listener}/allowedRoutes/kinds"));
    let protocol = text(gateway, listener, "/protocol").unwrap_or("HTTP");
    if kinds.is_empty() {
        return !matches!(protocol, "TLS" | "TCP" | "UDP");
    }
    kinds.iter().any(|at| text(gateway, at, "/kind") == Some(kind))
}

/// Whether a listener's hostname and one of the route's meet: equal, or one below the other's wildcard.
fn serves_host(route: &Value, listener: Option<&str>) -> bool {
    let Some(listener) = listener else { return true };
    let hosts = route.pointer("/spec/hostnames").and_then(Value::as_array);
    let mut hosts = hosts.into_iter().flatten().filter_map(Value::as_str).peekable();
    if hosts.peek().is_none() {
        return true;
    }
    let below = |wildcard: &str, host: &str| {
        let suffix = wildcard.strip_prefix('*');
        suffix.is_some_and(|suffix| host.strip_suffix(suffix).is_some_and(|head| !head.is_empty()))
    };
    let listener = listener.to_ascii_lowercase();
    hosts.any(|host| host == listener || below(&listener, host) || below(host, &listener))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_meet_when_one_is_below_the_other() {
        let route = |host: &str| json!({"spec": {"hostnames": [host]}});
        for (listener, host, meets) in [
            (None, "a.example.com", true),
            (Some("*.example.com"), "a.example.com", true),
            (Some("*.example.com"), "a.b.example.com", true),
            (Some("*.example.com"), "example.com", false),
            (Some("a.example.com"), "*.example.com", true),
            (Some("a.example.com"), "b.example.com", false),
            (Some("*.example.org"), "*.example.com", false),
        ] {
            assert_eq!(serves_host(&route(host), listener), meets, "{listener:?} {host}");
        }
        assert!(serves_host(&json!({"spec": {}}), Some("a.example.com")));
    }

    #[test]
    fn gateways_stay_where_they_are_and_local_references_are_named() {
        let mut copy = json!({"kind": "HTTPRoute", "spec": {
            "parentRefs": [{"name": "public"}, {"name": "edge", "namespace": "infra"}],
            "rules": [{
                "filters": [{"type": "ExtensionRef", "extensionRef": {"group": "x.io", "kind": "Auth", "name": "sso"}}],
                "backendRefs": [
                    {"name": "api", "port": 80},
                    {"name": "pool", "kind": "InferencePool", "group": "inference.networking.k8s.io"},
                    {"name": "far", "namespace": "other", "port": 80},
                ],
            }],
        }});
        let reading = read(&mut copy, "base");
        assert_eq!(copy["spec"]["parentRefs"][0]["namespace"], "base");
        assert_eq!(copy["spec"]["parentRefs"][1]["namespace"], "infra");
        let local = [
            "Auth `sso`",
            "InferencePool `pool`",
            "Service `other/far`, which lets in `base` alone",
        ];
        assert_eq!(reading.local, local);
        assert_eq!(reading.backends.len(), 1);
    }
}
