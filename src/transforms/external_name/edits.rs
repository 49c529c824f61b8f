//! The smallest edits that make a Service a mirror (rules.md 4.3, 4.4, 4.6, 4.7), so that its text keeps comments and order.

use serde_json::{Map, Value};

use super::source::{Destination, PORT_KEYS, effective_target};
use crate::edit::Edit;
use crate::object::{Object, pointer};
use crate::selector::Glob;

/// Annotations that must not stay on a mirror: load balancers' (the API server refuses one of them for ever on anything
/// but a load balancer) and external-dns' (it would publish the cluster-internal name as a CNAME).
pub(crate) const FOREIGN_ANNOTATIONS: [&str; 8] = [
    "service.beta.kubernetes.io/*",
    "*.beta.kubernetes.io/load-balancer*",
    "cloud.google.com/*",
    "networking.gke.io/*",
    "service.kubernetes.io/*",
    "metallb.*/*",
    "external-dns.alpha.kubernetes.io/*",
    "external-dns.kubernetes.io/*",
];

/// What to do to `spec`; nothing when it is right already.
pub(super) fn spec(object: Object<'_>, destination: &Destination) -> Vec<Edit> {
    let mut edits = vec![
        Edit::set("/spec/type", "ExternalName"),
        Edit::set("/spec/externalName", destination.external_name.as_str()),
    ];
    let spec = object.value().get("spec").and_then(Value::as_object);
    for key in spec.into_iter().flat_map(Map::keys) {
        if !["type", "externalName", "ports"].contains(&key.as_str()) {
            edits.push(Edit::remove(pointer::push("/spec", key)));
        }
    }
    match &destination.ports {
        Some(ports) => edits.push(Edit::set("/spec/ports", ports.clone())),
        None => edits.extend(ports(spec, &destination.target_ports)),
    }
    edits.retain(|edit| !edit.is_done(object.value()));
    // The API server adds this default to every Service; taking it away again would never end.
    let is_default = |edit: &Edit| edit.pointer() == "/spec/sessionAffinity";
    let affinity = spec.and_then(|spec| spec.get("sessionAffinity")?.as_str());
    if affinity == Some("None") && edits.iter().all(is_default) {
        edits.clear();
    }
    edits
}

fn ports(spec: Option<&Map<String, Value>>, targets: &[Option<Value>]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let ports = spec.and_then(|spec| spec.get("ports")?.as_array());
    for (index, port) in ports.into_iter().flatten().enumerate() {
        let at = pointer::push_index("/spec/ports", index);
        let wanted = targets.get(index).and_then(Option::as_ref);
        if let Some(wanted) = wanted.filter(|wanted| effective_target(port) != Some(wanted)) {
            edits.push(Edit::set(format!("{at}/targetPort"), wanted.clone()));
        }
        for key in port.as_object().into_iter().flat_map(Map::keys) {
            if key != "targetPort" && !PORT_KEYS.contains(&key.as_str()) {
                edits.push(Edit::remove(pointer::push(&at, key)));
            }
        }
    }
    edits
}

/// Keys of the annotations to remove.
pub(super) fn foreign_annotations(object: Object<'_>) -> Vec<&str> {
    let globs = FOREIGN_ANNOTATIONS.map(Glob::new);
    let keys = object.annotations().into_iter().flat_map(Map::keys);
    keys.map(String::as_str)
        .filter(|key| globs.iter().any(|glob| glob.matches(key)))
        .collect()
}
