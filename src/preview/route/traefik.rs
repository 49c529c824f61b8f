//! Traefik's IngressRoute, of both groups: `routes[].services[]`. Middlewares, TLS options and stores, transports and
//! TraefikServices are objects of its namespace.

use serde_json::Value;

use super::Reading;
use super::backend::{Backend, places, text};
use super::ingress::secret_is_local;

pub(super) fn read(copy: &mut Value, namespace: &str) -> Reading {
    let mut reading = Reading::default();
    for route in places(copy, "/spec/routes") {
        refer(copy, &format!("{route}/middlewares"), "Middleware", &mut reading);
        for service in places(copy, &format!("{route}/services")) {
            read_service(copy, service, namespace, &mut reading);
        }
    }
    refer(copy, "/spec/parentRefs", "IngressRoute", &mut reading);
    for (at, kind) in [
        ("/spec/tls/options", "TLSOption"),
        ("/spec/tls/store", "TLSStore"),
    ] {
        if let Some(name) = text(copy, at, "/name") {
            reading.local.push(format!("{kind} `{name}`"));
        }
    }
    if let Some(secret) = text(copy, "/spec/tls", "/secretName") {
        reading.warnings.push(("secret", secret_is_local(secret)));
    }
    // A resolver would order a certificate for each preview.
    if let Some(Value::Object(tls)) = copy.pointer_mut("/spec/tls")
        && tls.shift_remove("certResolver").is_some()
    {
        let message = "copies have no `tls.certResolver`: each would order a certificate of its own; name a wildcard in \
                       `routes.tls.secretName`";
        reading.warnings.push(("no-resolver", message.to_owned()));
    }
    reading
}

fn read_service(copy: &mut Value, at: String, namespace: &str, reading: &mut Reading) {
    let name = text(copy, &at, "/name").unwrap_or_default().to_owned();
    if let Some(kind) = text(copy, &at, "/kind").filter(|kind| *kind != "Service") {
        reading.local.push(format!("{kind} `{name}`"));
        return;
    }
    if let Some(transport) = text(copy, &at, "/serversTransport") {
        reading.local.push(format!("ServersTransport `{transport}`"));
    }
    refer(copy, &format!("{at}/middlewares"), "Middleware", reading);
    match text(copy, &at, "/namespace") {
        Some(other) if other != namespace => {
            reading.local.push(format!("Service `{other}/{name}`"));
            return;
        }
        // Written out in the source it means the same as nothing; in a copy it would not.
        Some(_) => {
            if let Some(Value::Object(service)) = copy.pointer_mut(&at) {
                service.shift_remove("namespace");
            }
        }
        None => {}
    }
    reading.backends.extend(Backend::read(copy, at, "/port"));
}

/// References to objects of the route's namespace, by name.
fn refer(copy: &Value, at: &str, kind: &str, reading: &mut Reading) {
    for place in places(copy, at) {
        let name = text(copy, &place, "/name").unwrap_or_default();
        reading.local.push(format!("{kind} `{name}`"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_only_its_namespace_has_is_named() {
        let mut copy = json!({"spec": {
            "routes": [{
                "middlewares": [{"name": "strip"}],
                "services": [
                    {"name": "api", "port": 80, "namespace": "base"},
                    {"name": "far", "namespace": "other"},
                    {"name": "split", "kind": "TraefikService"},
                    {"name": "tls", "serversTransport": "skip"},
                ],
            }],
            "tls": {"options": {"name": "modern"}, "certResolver": "le", "secretName": "web"},
        }});
        let reading = read(&mut copy, "base");
        let local = [
            "Middleware `strip`",
            "Service `other/far`",
            "TraefikService `split`",
            "ServersTransport `skip`",
            "TLSOption `modern`",
        ];
        assert_eq!(reading.local, local);
        assert_eq!(
            copy["spec"]["routes"][0]["services"][0],
            json!({"name": "api", "port": 80})
        );
        assert_eq!(
            copy["spec"]["tls"],
            json!({"options": {"name": "modern"}, "secretName": "web"})
        );
        assert_eq!(reading.backends.len(), 2);
    }
}
