//! A World made of manifests: the files of `--world`, the documents of the stream itself (rules.md section 9).
//!
//! A manifest that is there answers for certain; one that is not there proves little, because nobody promises
//! that the files are complete. So almost everything unseen is `Unavailable`, with the reason and what to pass;
//! only a Service of a namespace whose Services were given is `Absent`.

use serde_json::{Map, Value};

use super::{Answer, ContainerPort, ScopeSource, World, declared, ports};
use crate::object::Object;
use crate::object::embedded::{self, Wrapper};
use crate::object::template;

/// Where a manifest comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// It describes the cluster: `--world`. Without a namespace of its own a namespaced object is in `default`, as
    /// for kubectl.
    World,
    /// It is part of what is being evaluated, and newer than what describes the cluster.
    Stream {
        /// The namespace of objects that name none: `--namespace`, if it is given.
        namespace: Option<&'a str>,
    },
    /// It is part of what is being evaluated, and a kustomization puts it into a namespace, whatever it says itself.
    Transformed {
        /// That namespace.
        namespace: &'a str,
    },
}

/// Manifests that answer questions about the cluster.
///
/// ```
/// use boltrope::engine::world::{Answer, World, snapshot::{Origin, Snapshot}};
/// let mut world = Snapshot::new();
/// world.add(&serde_json::json!({
///     "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
/// }), Origin::World);
/// assert!(matches!(world.service("default", "web"), Answer::Known(_)));
/// assert_eq!(world.service("default", "api"), Answer::Absent);
/// assert!(matches!(world.service("shop", "web"), Answer::Unavailable(_)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Whether anything describes the cluster: it decides what the reasons recommend.
    has_world: bool,
    namespaces: Map<String, Value>,
    /// Services by name, by namespace.
    services: Map<String, Value>,
    /// Namespaces of which the World has Services: there, a Service that is missing is absent.
    surveyed: Map<String, Value>,
    /// What manifests say of a kind, by group and kind.
    scopes: Vec<((String, String), Vec<ScopeSource>)>,
    /// Lists of pods and pod templates by namespace.
    pods: Map<String, Value>,
}

impl Snapshot {
    /// Manifests of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one document; the items of a list each count. Kinds that answer nothing are let go. Manifests
    /// inside Crossplane Objects are not looked at: they may be meant for another cluster.
    pub fn add(&mut self, document: &Value, origin: Origin<'_>) {
        self.has_world |= origin == Origin::World;
        for embedded in embedded::objects(document) {
            if embedded.wrapper != Wrapper::CrossplaneObject {
                self.add_object(embedded.object, origin);
            }
        }
    }

    fn add_object(&mut self, object: Object<'_>, origin: Origin<'_>) {
        for (group, kind, source) in declared::scopes(object) {
            self.declare(group, kind, source);
        }
        let Some(name) = object.name() else { return };
        let is_core = object.group().is_empty();
        let namespace = match origin {
            Origin::World => object.namespace().or(Some("default")),
            Origin::Stream { namespace } => object.namespace().or(namespace),
            Origin::Transformed { namespace } => Some(namespace),
        };
        if is_core && object.kind() == "Namespace" {
            let name = match origin {
                Origin::Transformed { namespace } => namespace,
                _ => name,
            };
            put(&mut self.namespaces, name.to_owned(), object, origin);
            return;
        }
        let Some(namespace) = namespace else { return };
        if is_core && object.kind() == "Service" {
            if origin == Origin::World {
                self.surveyed.insert(namespace.to_owned(), Value::Null);
            }
            let services = self
                .services
                .entry(namespace)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(services) = services {
                put(services, name.to_owned(), object, origin);
            }
        } else if let Some(pod) = template::pod(object) {
            let pods = self
                .pods
                .entry(namespace)
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(pods) = pods {
                pods.push(pod.clone());
            }
        }
    }

    fn declare(&mut self, group: String, kind: String, source: ScopeSource) {
        match self.place_of(&group, &kind) {
            Err(place) => self.scopes.insert(place, ((group, kind), vec![source])),
            Ok(place) => {
                if let Some((_, sources)) = self.scopes.get_mut(place)
                    && !sources.contains(&source)
                {
                    sources.push(source);
                }
            }
        }
    }

    /// Where a kind is among those that manifests define, or where it belongs.
    fn place_of(&self, group: &str, kind: &str) -> Result<usize, usize> {
        self.scopes
            .binary_search_by(|((other, kind_of_other), _)| (&**other, &**kind_of_other).cmp(&(group, kind)))
    }

    fn sources(&self, group: &str, kind: &str) -> Option<&[ScopeSource]> {
        let place = self.place_of(group, kind).ok()?;
        self.scopes.get(place).map(|(_, sources)| sources.as_slice())
    }

    /// Whether any definition says where objects of some kind live.
    #[must_use]
    pub fn knows_scopes(&self) -> bool {
        !self.scopes.is_empty()
    }

    /// Why something that no manifest says is not known, and what to pass.
    fn advice(&self, what: &str) -> String {
        if self.has_world {
            format!("the manifests given with --world have no {what}")
        } else {
            format!("nothing describes the cluster; pass --world with the {what}")
        }
    }
}

/// The stream is newer than the World, and within one of them a later document than an earlier one.
fn put(map: &mut Map<String, Value>, key: String, object: Object<'_>, origin: Origin<'_>) {
    match origin {
        Origin::Stream { .. } | Origin::Transformed { .. } => {
            map.insert(key, object.value().clone());
        }
        Origin::World => {
            map.entry(key).or_insert_with(|| object.value().clone());
        }
    }
}

impl World for Snapshot {
    fn namespace(&self, name: &str) -> Answer<Value> {
        self.namespaces.get(name).map_or_else(
            || Answer::Unavailable(self.advice(&format!("Namespace `{name}`"))),
            |namespace| Answer::Known(namespace.clone()),
        )
    }

    fn scope(&self, group: &str, kind: &str) -> Answer<Vec<ScopeSource>> {
        match self.sources(group, kind) {
            Some(sources) => Answer::Known(sources.to_vec()),
            None => {
                let what = "CustomResourceDefinition or CompositeResourceDefinition";
                Answer::Unavailable(self.advice(&format!("{what} of `{kind}` in group `{group}`")))
            }
        }
    }

    fn tells_scope(&self, group: &str, kind: &str) -> bool {
        self.sources(group, kind).is_some()
    }

    fn service(&self, namespace: &str, name: &str) -> Answer<Value> {
        let services = self.services.get(namespace);
        match services.and_then(|services| services.get(name)) {
            Some(service) => Answer::Known(service.clone()),
            None if self.surveyed.contains_key(namespace) => Answer::Absent,
            None if self.has_world => Answer::Unavailable(format!(
                "the manifests given with --world have no Service at all in namespace `{namespace}`"
            )),
            None => Answer::Unavailable(self.advice(&format!("Services of namespace `{namespace}`"))),
        }
    }

    fn container_ports(&self, namespace: &str, service: &str) -> Answer<Vec<ContainerPort>> {
        let found = match self.service(namespace, service) {
            Answer::Known(found) => found,
            Answer::Absent => return Answer::Absent,
            Answer::Unavailable(reason) => return Answer::Unavailable(reason),
        };
        let Some(selector) = ports::selector(&found) else {
            return Answer::Unavailable(format!("Service `{namespace}/{service}` selects no pods"));
        };
        let pods = self.pods.get(namespace).and_then(Value::as_array);
        let pods = pods.into_iter().flatten();
        let behind: Vec<&Value> = pods.filter(|pod| ports::selects(selector, pod)).collect();
        if behind.is_empty() {
            let what = format!("pod or workload that Service `{namespace}/{service}` selects");
            return Answer::Unavailable(self.advice(&what));
        }
        ports::named(&behind).map_or_else(
            |two| Answer::Unavailable(format!("the pods behind Service `{namespace}/{service}` {two}")),
            Answer::Known,
        )
    }
}
