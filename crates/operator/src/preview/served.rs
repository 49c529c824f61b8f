//! Which of the kinds that previews need the cluster serves, and where. Definitions come and go while this runs.

use std::collections::{BTreeMap, BTreeSet};

use boltrope::preview::Kind;
use serde_json::Value;

use crate::cluster::{CallError, Cluster, Resource};

/// A kind of the API: group, plural name, kind, and what it is to the planner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) group: &'static str,
    pub(super) plural: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Served by every cluster, in version `v1`.
    is_built_in: bool,
    pub(super) is_namespaced: bool,
}

const GATEWAY: &str = "gateway.networking.k8s.io";

/// Everything that is looked at.
pub(super) const ROWS: [Row; 20] = [
    built_in("", "namespaces", "Namespace", Kind::Namespace).of_cluster(),
    built_in("", "services", "Service", Kind::Service),
    built_in(
        "discovery.k8s.io",
        "endpointslices",
        "EndpointSlice",
        Kind::EndpointSlice,
    ),
    built_in("networking.k8s.io", "ingresses", "Ingress", Kind::Ingress),
    built_in(
        "networking.k8s.io",
        "ingressclasses",
        "IngressClass",
        Kind::IngressClass,
    )
    .of_cluster(),
    defined("traefik.io", "ingressroutes", "IngressRoute", Kind::IngressRoute),
    defined(
        "traefik.containo.us",
        "ingressroutes",
        "IngressRoute",
        Kind::LegacyIngressRoute,
    ),
    defined(GATEWAY, "httproutes", "HTTPRoute", Kind::HttpRoute),
    defined(GATEWAY, "grpcroutes", "GRPCRoute", Kind::GrpcRoute),
    defined(GATEWAY, "gateways", "Gateway", Kind::Gateway),
    defined(GATEWAY, "gatewayclasses", "GatewayClass", Kind::GatewayClass).of_cluster(),
    defined(GATEWAY, "referencegrants", "ReferenceGrant", Kind::ReferenceGrant),
    defined(
        "helm.toolkit.fluxcd.io",
        "helmreleases",
        "HelmRelease",
        Kind::HelmRelease,
    ),
    defined(
        "kustomize.toolkit.fluxcd.io",
        "kustomizations",
        "Kustomization",
        Kind::Kustomization,
    ),
    defined(GATEWAY, "tlsroutes", "TLSRoute", Kind::OtherRoute),
    defined(
        "traefik.io",
        "ingressroutetcps",
        "IngressRouteTCP",
        Kind::OtherRoute,
    ),
    defined(
        "traefik.containo.us",
        "ingressroutetcps",
        "IngressRouteTCP",
        Kind::OtherRoute,
    ),
    defined(
        "externaldns.k8s.io",
        "dnsendpoints",
        "DNSEndpoint",
        Kind::OtherRoute,
    ),
    defined(
        "networking.istio.io",
        "virtualservices",
        "VirtualService",
        Kind::OtherRoute,
    ),
    defined("route.openshift.io", "routes", "Route", Kind::OtherRoute),
];

/// What of it is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Served {
    /// By position in [`ROWS`].
    found: BTreeMap<usize, Resource>,
}

const fn built_in(group: &'static str, plural: &'static str, name: &'static str, kind: Kind) -> Row {
    Row {
        is_built_in: true,
        ..defined(group, plural, name, kind)
    }
}

const fn defined(group: &'static str, plural: &'static str, name: &'static str, kind: Kind) -> Row {
    Row {
        group,
        plural,
        name,
        kind,
        is_built_in: false,
        is_namespaced: true,
    }
}

impl Row {
    const fn of_cluster(mut self) -> Self {
        self.is_namespaced = false;
        self
    }
}

impl Served {
    /// What every cluster serves; of anything else nothing is known.
    pub(super) fn built_in() -> Self {
        let rows = ROWS.iter().enumerate().filter(|(_, row)| row.is_built_in);
        let resource = |(index, row): (usize, &Row)| (index, Resource::new(row.group, "v1", row.plural));
        Self {
            found: rows.map(resource).collect(),
        }
    }

    /// Asks the API server.
    ///
    /// # Errors
    /// When it does not answer, and nobody may say that a kind is not there.
    pub(super) async fn discover(cluster: &Cluster) -> Result<Self, CallError> {
        let answer = cluster.look("/apis").await?;
        let answer: Value = serde_json::from_slice(&answer).map_err(|error| CallError::Unreadable {
            what: "GET /apis".to_owned(),
            line: error.line(),
            column: error.column(),
        })?;
        let groups = answer.get("groups").and_then(Value::as_array);
        let groups: Vec<&str> = groups
            .into_iter()
            .flatten()
            .filter_map(|group| group.get("name")?.as_str())
            .collect();
        let mut served = Self::built_in();
        let mut wanted: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
        for (index, row) in ROWS.iter().enumerate() {
            if !row.is_built_in && groups.contains(&row.group) {
                wanted.entry(row.group).or_default().push((index, row.plural));
            }
        }
        for (group, rows) in wanted {
            let plurals: Vec<&str> = rows.iter().map(|(_, plural)| *plural).collect();
            let found = cluster.discover(group, &plurals).await?;
            for ((index, _), resource) in rows.iter().zip(found) {
                if let Some(resource) = resource {
                    served.found.insert(*index, resource);
                }
            }
        }
        Ok(served)
    }

    /// Without kinds that are not to be looked at. Classes belong to what they are classes of.
    pub(super) fn only(mut self, kinds: Option<&BTreeSet<String>>) -> Self {
        let Some(kinds) = kinds else { return self };
        let has = |names: &[&str]| names.iter().any(|name| kinds.contains(*name));
        self.found.retain(|index, _| {
            ROWS.get(*index).is_some_and(|row| match row.kind {
                Kind::Namespace | Kind::Service | Kind::EndpointSlice => true,
                Kind::IngressClass => has(&["Ingress"]),
                Kind::Gateway | Kind::GatewayClass => has(&["HTTPRoute", "GRPCRoute"]),
                _ => has(&[row.name]),
            })
        });
        self
    }

    /// Whether all of it is in another, in the same versions.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.found
            .iter()
            .all(|(row, resource)| other.found.get(row) == Some(resource))
    }

    /// What is served, with what it is.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static Row, &Resource)> {
        let rows = self.found.iter();
        rows.filter_map(|(index, resource)| Some((ROWS.get(*index)?, resource)))
    }

    /// Where objects of a group and kind are written.
    pub(super) fn resource(&self, group: &str, name: &str) -> Option<&Resource> {
        let found = self
            .iter()
            .find(|(row, _)| (row.group, row.name) == (group, name));
        found.map(|(_, resource)| resource)
    }
}

/// The kinds that can be chosen.
pub(super) fn choices() -> BTreeSet<&'static str> {
    let chosen = |row: &&Row| {
        let implied = [
            Kind::Namespace,
            Kind::Service,
            Kind::EndpointSlice,
            Kind::IngressClass,
            Kind::Gateway,
            Kind::GatewayClass,
        ];
        !implied.contains(&row.kind)
    };
    ROWS.iter().filter(chosen).map(|row| row.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_is_not_chosen_is_not_looked_at_and_classes_come_along() {
        let names = |kinds: &[&str]| {
            let kinds: BTreeSet<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
            let mut served = Served::built_in();
            for (index, row) in ROWS.iter().enumerate() {
                served
                    .found
                    .insert(index, Resource::new(row.group, "v1", row.plural));
            }
            let served = served.only(Some(&kinds));
            served.iter().map(|(row, _)| row.name).collect::<Vec<_>>()
        };
        let always = ["Namespace", "Service", "EndpointSlice"];
        assert_eq!(names(&[]), always);
        assert_eq!(
            names(&["Ingress"]),
            [&always[..], &["Ingress", "IngressClass"]].concat()
        );
        assert_eq!(
            names(&["HTTPRoute", "HelmRelease"]),
            [
                &always[..],
                &["HTTPRoute", "Gateway", "GatewayClass", "HelmRelease"]
            ]
            .concat()
        );
        assert!(choices().contains("IngressRouteTCP") && !choices().contains("Service"));
    }

    #[test]
    fn the_chart_lets_choose_what_the_program_takes() {
        let schema = include_str!("../../../../charts/boltrope-operator/values.schema.json");
        let schema: Value = serde_json::from_str(schema).unwrap();
        let listed = schema
            .pointer("/properties/preview/properties/onlyKinds/items/enum")
            .unwrap();
        let listed: Vec<&str> = listed
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(listed, choices().into_iter().collect::<Vec<_>>());
    }
}
