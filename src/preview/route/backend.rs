//! What a route leads to, wherever its kind writes that.

use serde_json::Value;

use super::super::mirror::PortMap;
use crate::object::{Object, pointer};

/// One reference to a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::preview) struct Backend {
    /// The mapping that holds the name.
    at: String,
    /// Where the port's number stands below it, or its name.
    port: &'static str,
    /// The Service.
    pub(in crate::preview) name: String,
    /// Traffic that is only copied there: a route works without it.
    pub(in crate::preview) is_mirrored_traffic: bool,
}

impl Backend {
    /// The backend at a place, if it names a Service.
    pub(super) fn read(route: &Value, at: String, port: &'static str) -> Option<Self> {
        let name = Object::new(pointer::get(route, &at)?).text("/name")?.to_owned();
        Some(Self {
            at,
            port,
            name,
            is_mirrored_traffic: false,
        })
    }

    /// Follows the ports of a mirror that has others than its source.
    pub(super) fn map_port(&self, route: &mut Value, ports: &PortMap) {
        let Some(place) = route.pointer_mut(&format!("{}{}", self.at, self.port)) else {
            return;
        };
        let mapped = match &*place {
            Value::Number(number) => number
                .as_u64()
                .and_then(|port| ports.number(port))
                .map(Value::from),
            // An Ingress has the number and the name at two places, Traefik at one.
            Value::String(name) => ports.name(name).map(Value::from),
            Value::Object(port) => {
                let number = port.get("number").and_then(Value::as_u64);
                if let Some(to) = number.and_then(|port| ports.number(port)) {
                    Some(serde_json::json!({"number": to}))
                } else {
                    let name = port.get("name").and_then(Value::as_str);
                    name.and_then(|name| ports.name(name))
                        .map(|to| serde_json::json!({"name": to}))
                }
            }
            _ => None,
        };
        if let Some(mapped) = mapped {
            *place = mapped;
        }
    }

    /// Leads into the source instead of to a Service of the same namespace.
    pub(super) fn qualify(&self, route: &mut Value, namespace: &str) {
        if let Some(Value::Object(backend)) = route.pointer_mut(&self.at) {
            backend.insert("namespace".to_owned(), namespace.into());
        }
    }
}

/// The items of a list at a place, with their places.
pub(super) fn places(value: &Value, at: &str) -> Vec<String> {
    let length = pointer::get(value, at)
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    (0..length).map(|index| pointer::push_index(at, index)).collect()
}

/// Text below a place; empty counts as absent.
pub(super) fn text<'v>(value: &'v Value, at: &str, below: &str) -> Option<&'v str> {
    Object::new(value).text(&format!("{at}{below}"))
}
