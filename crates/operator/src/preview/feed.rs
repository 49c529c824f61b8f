//! What is listed and watched, and how narrowly: bodies only where the plan needs them.
//!
//! Of Services, those of source namespaces and our own copies come whole; of all others only metadata is asked for, so
//! that their names are known. The three never overlap, because selectors keep them apart at the API server.

use std::collections::BTreeSet;

use boltrope::preview::marks::ORIGIN;
use boltrope::preview::{Kind, Rules};
use serde_json::{Map, Value, json};

use super::served::{Row, Served};
use crate::cluster::watch::{Scope, encode};
use crate::cluster::{Content, Resource};

/// A list that is kept up to date by a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Feed {
    pub(super) row: &'static Row,
    pub(super) resource: Resource,
    class: Class,
    namespace: Option<String>,
    /// Source namespaces that have feeds of their own.
    except: Vec<String>,
}

/// Which objects of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    All,
    /// Those with our label.
    Copies,
    /// Those without.
    Others,
}

impl Feed {
    /// All feeds that a set of rules needs in a cluster. `only` narrows them to some namespaces, for an operator that may
    /// not look at others.
    pub(super) fn wanted(rules: &Rules, served: &Served, only: Option<&BTreeSet<String>>) -> Vec<Self> {
        let sources: Vec<String> = rules.sources().into_iter().map(str::to_owned).collect();
        let needs = rules.needs();
        let mut feeds = Vec::new();
        for (row, resource) in served.iter() {
            let mut add = |class, namespace: Option<&String>, except: &[String]| {
                feeds.push(Self {
                    row,
                    resource: resource.clone(),
                    class,
                    namespace: namespace.cloned(),
                    except: except.to_vec(),
                });
            };
            let is_written = Kind::WRITTEN.contains(&row.kind);
            if !row.is_namespaced {
                if needs.contains(&row.kind) {
                    add(Class::All, None, &[]);
                }
            } else if row.kind == Kind::EndpointSlice {
                sources
                    .iter()
                    .for_each(|source| add(Class::All, Some(source), &[]));
            } else if row.kind == Kind::Service {
                sources
                    .iter()
                    .for_each(|source| add(Class::All, Some(source), &[]));
                match only {
                    None => {
                        add(Class::Copies, None, &sources);
                        add(Class::Others, None, &sources);
                    }
                    Some(only) => {
                        for namespace in only.iter().filter(|namespace| !sources.contains(namespace)) {
                            add(Class::Copies, Some(namespace), &[]);
                            add(Class::Others, Some(namespace), &[]);
                        }
                    }
                }
            } else if needs.contains(&row.kind) || is_written {
                // What no rule needs any more may still have copies.
                let class = if needs.contains(&row.kind) {
                    Class::All
                } else {
                    Class::Copies
                };
                match only {
                    None => add(class, None, &[]),
                    Some(only) => {
                        let namespaces: BTreeSet<&String> = only.iter().chain(&sources).collect();
                        namespaces
                            .into_iter()
                            .for_each(|namespace| add(class, Some(namespace), &[]));
                    }
                }
            }
        }
        feeds
    }

    /// For logs and metrics: `services in default`, `services (others)`.
    pub(super) fn name(&self) -> String {
        let what = match self.class {
            Class::All => "",
            Class::Copies => " (copies)",
            Class::Others => " (others)",
        };
        let place = self
            .namespace
            .as_ref()
            .map(|namespace| format!(" in {namespace}"));
        format!("{}{what}{}", self.resource, place.unwrap_or_default())
    }

    /// The query that makes the API server leave out what belongs to other feeds.
    pub(super) fn selectors(&self) -> String {
        let mut selectors = Vec::new();
        match self.class {
            Class::All => {}
            Class::Copies => selectors.push(format!("labelSelector={}", encode(ORIGIN))),
            Class::Others => selectors.push(format!("labelSelector={}", encode(&format!("!{ORIGIN}")))),
        }
        if !self.except.is_empty() {
            let except: Vec<String> = self
                .except
                .iter()
                .map(|namespace| format!("metadata.namespace!={namespace}"))
                .collect();
            selectors.push(format!("fieldSelector={}", encode(&except.join(","))));
        }
        selectors.join("&")
    }

    /// What is asked for.
    pub(super) fn scope<'s>(&'s self, selectors: &'s str) -> Scope<'s> {
        Scope {
            resource: &self.resource,
            namespace: self.namespace.as_deref(),
            selectors,
            content: self.content(),
        }
    }

    fn content(&self) -> Content {
        if self.class == Class::Others || self.row.kind == Kind::Namespace {
            Content::Metadata
        } else {
            Content::Objects
        }
    }

    /// Whether an object of this kind is one of this feed's.
    pub(super) fn covers(&self, object: &Value) -> bool {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let namespace = text("/metadata/namespace").unwrap_or_default();
        let labels = object.pointer("/metadata/labels");
        let has_label = labels.is_some_and(|labels| labels.get(ORIGIN).is_some());
        let is_class = match self.class {
            Class::All => true,
            Class::Copies => has_label,
            Class::Others => !has_label,
        };
        is_class
            && self.namespace.as_deref().is_none_or(|own| own == namespace)
            && !self.except.iter().any(|except| except == namespace)
    }

    /// Leaves of an object what the plan asks about, and gives it its kind, which metadata alone does not say.
    pub(super) fn prune(&self, object: &mut Value) {
        let api_version = self.resource.api_version();
        let Some(map) = object.as_object_mut() else { return };
        map.insert("apiVersion".to_owned(), api_version.into());
        map.insert("kind".to_owned(), self.row.name.into());
        map.shift_remove("status");
        match self.row.kind {
            Kind::EndpointSlice => {
                map.shift_remove("endpoints");
            }
            Kind::HelmRelease | Kind::Kustomization => {
                let into = map.get("spec").and_then(|spec| spec.get("targetNamespace"));
                let spec = into.map(|into| json!({"targetNamespace": into}));
                map.insert("spec".to_owned(), spec.unwrap_or_else(|| json!({})));
            }
            _ => {}
        }
        if self.class == Class::Others
            && let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut)
        {
            let keep = ["name", "namespace", "uid", "resourceVersion", "deletionTimestamp"];
            let kept: Map<String, Value> = keep
                .iter()
                .filter_map(|key| Some(((*key).to_owned(), metadata.get(*key)?.clone())))
                .collect();
            *metadata = kept;
            map.retain(|key, _| ["apiVersion", "kind", "metadata"].contains(&key.as_str()));
        }
    }
}

#[cfg(test)]
mod tests {
    use boltrope::rules::RuleSet;
    use boltrope::transforms::TRANSFORMS;

    use super::*;

    fn rules(routes: bool) -> Rules {
        let mut settings = json!({"source": "base", "namespaces": {"include": ["feature-*"]}});
        if routes {
            settings["routes"] =
                json!({"hosts": [{"from": "*.example.com", "to": "{first}-{namespace}.example.com"}]});
        }
        let spec = json!({"rules": [{"name": "previews", "preview": settings}]});
        Rules::of(&RuleSet::from_spec(&spec, TRANSFORMS).unwrap())
    }

    #[test]
    fn bodies_of_services_are_asked_for_only_where_they_are_needed() {
        let feeds = Feed::wanted(&rules(false), &Served::built_in(), None);
        let services: Vec<(String, Content, String)> = feeds
            .iter()
            .filter(|feed| feed.row.kind == Kind::Service)
            .map(|feed| (feed.name(), feed.content(), feed.selectors()))
            .collect();
        let except = "fieldSelector=metadata.namespace%21%3Dbase";
        assert_eq!(
            services,
            [
                ("services in base".to_owned(), Content::Objects, String::new()),
                (
                    "services (copies)".to_owned(),
                    Content::Objects,
                    format!("labelSelector=boltrope.dev%2Forigin&{except}")
                ),
                (
                    "services (others)".to_owned(),
                    Content::Metadata,
                    format!("labelSelector=%21boltrope.dev%2Forigin&{except}")
                ),
            ]
        );
    }

    #[test]
    fn every_object_belongs_to_exactly_one_feed() {
        for only in [None, Some(BTreeSet::from(["feature-x".to_owned()]))] {
            let feeds = Feed::wanted(&rules(true), &Served::built_in(), only.as_ref());
            for (namespace, labels) in [
                ("base", json!({})),
                ("base", json!({ORIGIN: "0"})),
                ("feature-x", json!({})),
                ("feature-x", json!({ORIGIN: "0"})),
            ] {
                let object = json!({"metadata": {"namespace": namespace, "labels": labels}});
                let covering = feeds
                    .iter()
                    .filter(|feed| feed.row.kind == Kind::Service && feed.covers(&object));
                assert_eq!(covering.count(), 1, "{object}");
            }
        }
    }

    #[test]
    fn routes_that_no_rule_needs_are_still_watched_for_copies() {
        let name = |routes| {
            let feeds = Feed::wanted(&rules(routes), &Served::built_in(), None);
            let feed = feeds.iter().find(|feed| feed.row.kind == Kind::Ingress);
            feed.map(Feed::name)
        };
        assert_eq!(name(true).as_deref(), Some("ingresses.networking.k8s.io"));
        assert_eq!(
            name(false).as_deref(),
            Some("ingresses.networking.k8s.io (copies)")
        );
    }
}
