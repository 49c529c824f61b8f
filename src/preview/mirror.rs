//! The mirror of a Service: an ExternalName Service that leads to it, with ports that work (rules.md section 4).
//!
//! What it leads to and what its ports are is the transform `externalName`'s business. A headless source is dialled at its
//! pods, so there the mirror's `port` is the container's too, and routes that name the source's port follow ([`PortMap`]).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::copy::{Copy, Origin, head};
use super::kind::Kind;
use super::rules::PreviewRule;
use super::snapshot::Snapshot;
use super::source::Source;
use crate::engine::world::snapshot::{Origin as Where, Snapshot as Manifests};
use crate::engine::world::{ContainerPort, ScopeSource};
use crate::engine::{Answer, World};
use crate::transforms::external_name::planned::{self, Mirror, Unmirrored};

/// A mirror, ready for every preview.
#[derive(Clone, Debug)]
pub(super) struct Mirrored {
    pub(super) copy: Copy,
    pub(super) ports: PortMap,
    external_name: String,
    is_alias: bool,
}

/// What becomes of the ports of a source where its mirror has others.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PortMap {
    numbers: BTreeMap<u64, u64>,
    names: BTreeMap<String, String>,
}

impl PortMap {
    /// The number that a route names instead.
    pub(super) fn number(&self, port: u64) -> Option<u64> {
        self.numbers.get(&port).copied()
    }

    /// The name that a route names instead.
    pub(super) fn name(&self, port: &str) -> Option<&str> {
        self.names.get(port).map(String::as_str)
    }
}

impl Mirrored {
    /// The mirror of a source.
    ///
    /// # Errors
    /// What keeps it from having one.
    pub(super) fn of(
        source: &Source<'_>,
        rule: &PreviewRule,
        snapshot: &Snapshot,
        cluster_domain: &str,
    ) -> Result<Self, Unmirrored> {
        let namespace = rule.settings.source.as_str();
        let world = Pods { snapshot };
        let mut mirror = planned::mirror(
            &source.stored.value,
            (namespace, source.name),
            &world,
            cluster_domain,
        )?;
        let ports = if mirror.is_headless {
            dial_pods(&mut mirror.ports)
        } else {
            PortMap::default()
        };
        let Mirror {
            external_name,
            is_alias,
            ports: list,
            ..
        } = mirror;
        let mut spec = Map::from_iter([
            ("type".to_owned(), json!("ExternalName")),
            ("externalName".to_owned(), json!(external_name)),
        ]);
        if !list.is_empty() {
            spec.insert("ports".to_owned(), list.into());
        }
        let mut value = head(source.object(), rule);
        value.insert("spec".to_owned(), spec.into());
        let origin = Origin {
            namespace,
            kind: "Service",
            name: source.name,
        };
        Ok(Self {
            copy: Copy::new(Value::Object(value), origin, &rule.name),
            ports,
            external_name,
            is_alias,
        })
    }

    /// Whether the mirror of this name in this namespace would lead back to itself: its source is an alias of it.
    pub(super) fn leads_back(&self, name: &str, namespace: &str, cluster_domain: &str) -> bool {
        self.is_alias && planned::leads_to(&self.external_name, name, namespace, cluster_domain)
    }
}

/// Makes each `port` what its `targetPort` is. Two ports that become one leave the first.
fn dial_pods(ports: &mut Vec<Value>) -> PortMap {
    let mut map = PortMap::default();
    let mut kept: Vec<Value> = Vec::new();
    for port in std::mem::take(ports) {
        let number = |key: &str| port.get(key).and_then(Value::as_u64);
        let (Some(from), Some(to)) = (number("port"), number("targetPort")) else {
            kept.push(port);
            continue;
        };
        map.numbers.entry(from).or_insert(to);
        let same = |other: &&Value| {
            other.get("port").and_then(Value::as_u64) == Some(to)
                && other.get("protocol") == port.get("protocol")
        };
        let name = |port: &Value| port.get("name").and_then(Value::as_str).map(str::to_owned);
        if let Some(first) = kept.iter().find(same) {
            if let (Some(gone), Some(stays)) = (name(&port), name(first)) {
                map.names.insert(gone, stays);
            }
            continue;
        }
        let mut port = port;
        if let Some(place) = port.get_mut("port") {
            *place = to.into();
        }
        kept.push(port);
    }
    map.numbers.retain(|from, to| from != to);
    *ports = kept;
    map
}

/// Container ports behind a Service, from EndpointSlices or from what makes its pods.
struct Pods<'a> {
    snapshot: &'a Snapshot,
}

impl Pods<'_> {
    /// An EndpointSlice names its ports as the Service does; the Service says which container port that is.
    fn named_by_slices(&self, namespace: &str, service: &str) -> Vec<ContainerPort> {
        let Some(stored) = self.snapshot.get(Kind::Service, namespace, service) else {
            return Vec::new();
        };
        let mut numbers = BTreeMap::new();
        for (_, slice) in self.snapshot.within(Kind::EndpointSlice, namespace) {
            if slice.object().label("kubernetes.io/service-name") != Some(service) {
                continue;
            }
            let ports = slice.value.get("ports").and_then(Value::as_array);
            for port in ports.into_iter().flatten() {
                let name = port.get("name").and_then(Value::as_str).unwrap_or_default();
                if let Some(number) = port.get("port").and_then(Value::as_u64) {
                    numbers.insert(name.to_owned(), number);
                }
            }
        }
        let ports = stored.value.pointer("/spec/ports").and_then(Value::as_array);
        let resolved = |port: &Value| {
            let name = port.get("name").and_then(Value::as_str).unwrap_or_default();
            Some(ContainerPort {
                name: port.get("targetPort")?.as_str()?.to_owned(),
                port: u16::try_from(*numbers.get(name)?).ok()?,
            })
        };
        ports.into_iter().flatten().filter_map(resolved).collect()
    }
}

impl World for Pods<'_> {
    fn namespace(&self, _: &str) -> Answer<Value> {
        Answer::Unavailable("no mirror depends on it".to_owned())
    }

    fn scope(&self, _: &str, _: &str) -> Answer<Vec<ScopeSource>> {
        Answer::Unavailable("no mirror depends on it".to_owned())
    }

    fn service(&self, namespace: &str, name: &str) -> Answer<Value> {
        let found = self.snapshot.get(Kind::Service, namespace, name);
        found.map_or(Answer::Absent, |found| Answer::Known(found.value.clone()))
    }

    fn container_ports(&self, namespace: &str, service: &str) -> Answer<Vec<ContainerPort>> {
        let slices = self.named_by_slices(namespace, service);
        if !slices.is_empty() {
            return Answer::Known(slices);
        }
        let mut manifests = Manifests::new();
        if let Some(service) = self.snapshot.get(Kind::Service, namespace, service) {
            manifests.add(&service.value, Where::World);
        }
        for (_, workload) in self.snapshot.within(Kind::Workload, namespace) {
            manifests.add(&workload.value, Where::World);
        }
        manifests.container_ports(namespace, service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headless_mirror_listens_where_the_pods_do_and_routes_follow() {
        let mut ports = vec![
            json!({"name": "http", "port": 80, "targetPort": 8080}),
            json!({"name": "alt", "port": 81, "targetPort": 8080}),
            json!({"name": "grpc", "port": 9000, "targetPort": 9000}),
            json!({"name": "dns", "port": 53, "targetPort": 8080, "protocol": "UDP"}),
        ];
        let map = dial_pods(&mut ports);
        assert_eq!(
            ports,
            [
                json!({"name": "http", "port": 8080, "targetPort": 8080}),
                json!({"name": "grpc", "port": 9000, "targetPort": 9000}),
                json!({"name": "dns", "port": 8080, "targetPort": 8080, "protocol": "UDP"}),
            ]
        );
        let numbers = [80, 81, 9000, 53].map(|port| map.number(port));
        assert_eq!(numbers, [Some(8080), Some(8080), None, Some(8080)]);
        assert_eq!([map.name("alt"), map.name("http")], [Some("http"), None]);
    }
}
