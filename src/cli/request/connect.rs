//! What a CONNECT request is about: options of the connection instead of an object.

use boltrope::object::Object;
use boltrope::rules::suggest;
use serde_json::{Value, json};

/// Kind, sub-resource, kind of the options: all that Kubernetes has (k8s.io/api/core/v1).
const CONNECTIONS: [(&str, &str, &str); 6] = [
    ("Pod", "attach", "PodAttachOptions"),
    ("Pod", "exec", "PodExecOptions"),
    ("Pod", "portforward", "PodPortForwardOptions"),
    ("Pod", "proxy", "PodProxyOptions"),
    ("Node", "proxy", "NodeProxyOptions"),
    ("Service", "proxy", "ServiceProxyOptions"),
];

/// The kind of the request and its object.
pub(super) fn options(object: Object<'_>, sub_resource: Option<&str>) -> Result<(Value, Value), String> {
    let possible: Vec<(&str, &str)> = CONNECTIONS
        .into_iter()
        .filter(|(kind, ..)| object.api_version() == "v1" && *kind == object.kind())
        .map(|(_, name, options)| (name, options))
        .collect();
    if possible.is_empty() {
        return Err(format!(
            "nobody can connect to `{}`; CONNECT is about a Pod, a Service or a Node",
            object.kind()
        ));
    }
    let names: Vec<&str> = possible.iter().map(|(name, _)| *name).collect();
    let Some(wanted) = sub_resource else {
        return Err(format!(
            "CONNECT is about a sub-resource; pass --sub-resource, one of {}",
            names.join(", ")
        ));
    };
    let Some((_, options)) = possible.iter().find(|(name, _)| *name == wanted) else {
        return Err(format!(
            "nobody can connect to `{wanted}` of `{}`; {}",
            object.kind(),
            suggest(wanted, &names)
        ));
    };
    Ok((
        json!({"group": "", "version": "v1", "kind": options}),
        json!({"apiVersion": "v1", "kind": options}),
    ))
}
