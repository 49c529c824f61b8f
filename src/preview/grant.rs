//! ReferenceGrants: the source lets the routes of a preview in, one grant per preview and sixteen Services.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::copy::{Copy, Origin};
use super::kind::Kind;

/// Gateway API's limit for `spec.to` (`maxItems` of the CRD).
const LIMIT: usize = 16;

/// Who leads into a source.
#[derive(Clone, Debug, Default)]
pub(super) struct Grants<'a> {
    /// By source and preview.
    wanted: BTreeMap<(&'a str, &'a str), Wanted<'a>>,
}

/// What one preview needs.
#[derive(Clone, Debug)]
struct Wanted<'a> {
    rule: &'a str,
    kinds: BTreeSet<&'static str>,
    services: BTreeSet<String>,
}

impl<'a> Grants<'a> {
    /// A route of `kind` in `preview` leads to these Services of `source`.
    pub(super) fn add(
        &mut self,
        rule: &'a str,
        (source, preview): (&'a str, &'a str),
        kind: Kind,
        services: &[String],
    ) {
        if services.is_empty() {
            return;
        }
        let wanted = self.wanted.entry((source, preview)).or_insert_with(|| Wanted {
            rule,
            kinds: BTreeSet::new(),
            services: BTreeSet::new(),
        });
        wanted.rule = wanted.rule.min(rule);
        wanted.kinds.insert(kind.api().1);
        wanted.services.extend(services.iter().cloned());
    }

    /// The grants, each with its rule, its namespace and its name.
    pub(super) fn written(&self) -> Vec<(&'a str, &'a str, String, Copy)> {
        let mut written = Vec::new();
        for ((source, preview), wanted) in &self.wanted {
            let services: Vec<&String> = wanted.services.iter().collect();
            for (index, part) in services.chunks(LIMIT).enumerate() {
                let name = match index {
                    0 => format!("boltrope-preview-{preview}"),
                    index => format!("boltrope-preview-{preview}.{}", index + 1),
                };
                let copy = grant(&name, (source, preview), wanted, part);
                written.push((wanted.rule, *source, name, copy));
            }
        }
        written
    }
}

fn grant(name: &str, (source, preview): (&str, &str), wanted: &Wanted<'_>, services: &[&String]) -> Copy {
    let (api_version, kind) = Kind::ReferenceGrant.api();
    let from = wanted
        .kinds
        .iter()
        .map(|kind| json!({"group": "gateway.networking.k8s.io", "kind": kind, "namespace": preview}));
    let to = services
        .iter()
        .map(|name| json!({"group": "", "kind": "Service", "name": name}));
    let value = json!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": source, "labels": {}, "annotations": {}},
        "spec": {"from": from.collect::<Vec<Value>>(), "to": to.collect::<Vec<Value>>()},
    });
    let origin = Origin {
        namespace: source,
        kind,
        name: preview,
    };
    Copy::new(value, origin, wanted.rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_services_are_one_grant_and_more_are_two() {
        let mut grants = Grants::default();
        let services: Vec<String> = (0..17).map(|number| format!("s{number:02}")).collect();
        grants.add("previews", ("base", "feature-x"), Kind::HttpRoute, &services);
        grants.add("previews", ("base", "feature-x"), Kind::GrpcRoute, &services);
        grants.add("previews", ("base", "feature-y"), Kind::GrpcRoute, &[]);
        let written = grants.written();
        let names: Vec<&str> = written.iter().map(|(_, _, name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["boltrope-preview-feature-x", "boltrope-preview-feature-x.2"]
        );
        let value = written[1].3.within("base");
        assert_eq!(
            value["spec"]["to"],
            json!([{"group": "", "kind": "Service", "name": "s16"}])
        );
        assert_eq!(value["spec"]["from"].as_array().map(Vec::len), Some(2));
    }
}
