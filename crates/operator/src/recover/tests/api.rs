//! An API server in memory, and the helm-controller behind it: objects with versions, preconditions, and faults to order.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::controller::{self, Habit};
use crate::cluster::Cluster;

/// Plural, namespace, name.
pub(super) type Place = (String, String, String);

/// What goes wrong at a write to a release or a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Somebody else writes the same object just before.
    Conflict,
    /// The write is made, and the server fails before it says so.
    Unheard,
    /// The write is lost, and the server fails.
    Lost,
}

pub(super) struct World {
    pub(super) objects: BTreeMap<Place, Value>,
    /// Every request: `patch helmreleases/status shop/web`.
    pub(super) log: Vec<String>,
    /// Writes to releases and records that were made.
    pub(super) effects: Vec<String>,
    /// Verb and resource (with part) that are not allowed.
    pub(super) denied: Vec<(String, String)>,
    /// Access reviews say yes to everything.
    pub(super) lies: bool,
    pub(super) healthy: bool,
    pub(super) habit: Habit,
    /// At the n-th write; `None` in front: at all.
    pub(super) fault: Option<(Option<usize>, Fault)>,
    /// After how many requests and answers the asking process dies.
    pub(super) life: Option<usize>,
    version: u64,
    writes: usize,
}

#[derive(Clone)]
pub(super) struct Api {
    world: Arc<Mutex<World>>,
    dead: Arc<Notify>,
}

impl Api {
    pub(super) fn new(objects: impl IntoIterator<Item = Value>) -> Self {
        let world = World {
            objects: BTreeMap::new(),
            log: Vec::new(),
            effects: Vec::new(),
            denied: Vec::new(),
            lies: false,
            healthy: true,
            habit: Habit::Upstream,
            fault: None,
            life: None,
            version: 100,
            writes: 0,
        };
        let api = Self {
            world: Arc::new(Mutex::new(world)),
            dead: Arc::default(),
        };
        for object in objects {
            api.world().put(object);
        }
        api
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(super) fn cluster(&self) -> Cluster {
        Cluster::new(kube::Client::new(Service(self.clone()), "default"))
    }

    /// Ends when the asking process has died.
    pub(super) async fn died(&self) {
        self.dead.notified().await;
    }

    /// Whether the process lives through one more moment.
    fn lives(&self) -> bool {
        let mut world = self.world();
        match &mut world.life {
            Some(0) => {
                self.dead.notify_one();
                false
            }
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }
}

struct Service(Api);

impl tower::Service<Request<Body>> for Service {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let api = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            if !api.lives() {
                std::future::pending::<()>().await;
            }
            let accept = parts
                .headers
                .get("accept")
                .map(|value| value.to_str().unwrap().to_owned());
            let metadata_only = accept.unwrap_or_default().contains("PartialObjectMetadata");
            let (status, answer) =
                api.world()
                    .answer(&parts.method, &parts.uri.to_string(), &body, metadata_only);
            if !api.lives() {
                std::future::pending::<()>().await;
            }
            let answer = Full::new(Bytes::from(answer.to_string()));
            Ok(Response::builder().status(status).body(answer).unwrap())
        })
    }
}

/// A request as the API understands it.
struct Asked<'a> {
    verb: &'static str,
    plural: &'a str,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    part: Option<&'a str>,
}

impl World {
    pub(super) fn put(&mut self, mut object: Value) -> Value {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        self.objects.insert(place(&object), object.clone());
        object
    }

    pub(super) fn object(&self, plural: &str, namespace: &str, name: &str) -> &Value {
        &self.objects[&(plural.to_owned(), namespace.to_owned(), name.to_owned())]
    }

    pub(super) fn release(&self, name: &str) -> &Value {
        self.object("helmreleases", "shop", name)
    }

    fn answer(&mut self, method: &Method, uri: &str, body: &[u8], metadata_only: bool) -> (u16, Value) {
        let path = uri.split('?').next().unwrap();
        if let Some(answer) = self.discovery(path) {
            return answer;
        }
        let asked = asked(method, path);
        let resource = asked
            .part
            .map_or(asked.plural.to_owned(), |part| format!("{}/{part}", asked.plural));
        self.log.push(format!(
            "{} {resource} {}/{}",
            asked.verb,
            asked.namespace.unwrap_or("*"),
            asked.name.unwrap_or("*")
        ));
        if asked.plural == "selfsubjectaccessreviews" {
            return (201, self.review(&serde_json::from_slice(body).unwrap()));
        }
        if self.denied.contains(&(asked.verb.to_owned(), resource)) {
            // As the authorizer says it; admission's 403 is another one.
            let message = format!("User \"somebody\" cannot {} {}", asked.verb, asked.plural);
            return status(403, &message);
        }
        let Some(name) = asked.name else {
            return match asked.verb {
                "list" => (200, self.list(&asked, metadata_only)),
                _ => self.create(&asked, serde_json::from_slice(body).unwrap()),
            };
        };
        let place = (
            asked.plural.to_owned(),
            asked.namespace.unwrap_or_default().to_owned(),
            name.to_owned(),
        );
        let Some(object) = self.objects.get(&place).cloned() else {
            return status(404, "not found");
        };
        match asked.verb {
            "get" => (200, object),
            "delete" => {
                self.objects.remove(&place);
                status(200, "deleted")
            }
            "update" => {
                let new: Value = serde_json::from_slice(body).unwrap();
                if new["metadata"]["resourceVersion"] != object["metadata"]["resourceVersion"] {
                    return status(409, "conflict");
                }
                (200, self.put(new))
            }
            _ => self.patch(&asked, object, body),
        }
    }

    fn discovery(&self, path: &str) -> Option<(u16, Value)> {
        let version = |version: &str| json!({"version": version});
        let resources = |names: &[&str]| {
            let names: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
            json!({"resources": names})
        };
        Some(match path {
            "/readyz" if self.healthy => (200, json!("ok")),
            "/readyz" => status(500, "etcd failed: reason withheld"),
            "/apis/helm.toolkit.fluxcd.io" => (
                200,
                json!({"versions": [version("v2beta2"), version("v2")], "preferredVersion": version("v2")}),
            ),
            "/apis/helm.toolkit.fluxcd.io/v2" => (200, resources(&["helmreleases", "helmreleases/status"])),
            "/apis/source.toolkit.fluxcd.io" => (
                200,
                json!({"versions": [version("v1")], "preferredVersion": version("v1")}),
            ),
            "/apis/source.toolkit.fluxcd.io/v1" => (200, resources(&["helmcharts", "ocirepositories"])),
            _ => return None,
        })
    }

    fn review(&self, review: &Value) -> Value {
        let attributes = &review["spec"]["resourceAttributes"];
        let text = |key: &str| attributes[key].as_str().unwrap().to_owned();
        let resource = match text("subresource").as_str() {
            "" => text("resource"),
            part => format!("{}/{part}", text("resource")),
        };
        let allowed = self.lies || !self.denied.contains(&(text("verb"), resource));
        json!({"kind": "SelfSubjectAccessReview", "status": {"allowed": allowed}})
    }

    fn list(&self, asked: &Asked<'_>, metadata_only: bool) -> Value {
        let chosen = self.objects.iter().filter(|((plural, namespace, _), _)| {
            plural == asked.plural && asked.namespace.is_none_or(|asked| asked == namespace)
        });
        let items: Vec<Value> = chosen
            .map(|(_, object)| match metadata_only {
                true => json!({
                    "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": object["metadata"],
                }),
                false => {
                    let mut object = object.clone();
                    // As the real one does in lists of built-in kinds.
                    if asked.plural == "deployments" {
                        object.as_object_mut().unwrap().retain(|key, _| key != "kind" && key != "apiVersion");
                    }
                    object
                }
            })
            .collect();
        let (api_version, kind) = match asked.plural {
            "deployments" => ("apps/v1", "DeploymentList"),
            _ => ("v1", "List"),
        };
        json!({"kind": kind, "apiVersion": api_version, "metadata": {}, "items": items})
    }

    fn create(&mut self, asked: &Asked<'_>, object: Value) -> (u16, Value) {
        assert_eq!(
            object["metadata"]["namespace"].as_str(),
            asked.namespace,
            "{object}"
        );
        if self.objects.contains_key(&place(&object)) {
            return status(409, "exists");
        }
        (201, self.put(object))
    }

    fn patch(&mut self, asked: &Asked<'_>, mut object: Value, body: &[u8]) -> (u16, Value) {
        let number = self.writes;
        self.writes += 1;
        let fault = self
            .fault
            .filter(|(at, _)| at.is_none_or(|at| at == number))
            .map(|(_, fault)| fault);
        if fault == Some(Fault::Lost) {
            return status(500, "lost");
        }
        if fault == Some(Fault::Conflict) {
            object["metadata"]["annotations"]["someone"] = format!("else-{number}").into();
            object = self.put(object);
        }
        let operations: json_patch::Patch = serde_json::from_slice(body).unwrap();
        let mut patched = object.clone();
        if json_patch::patch(&mut patched, &operations).is_err() {
            return status(
                422,
                "the server rejected our request due to an error in our request",
            );
        }
        let to_status = asked.part == Some("status");
        // The subresource takes nothing but the status, the resource everything else.
        for part in ["spec", "metadata", "data", "status"] {
            if (part == "status") == to_status && patched.get(part).is_some() {
                object[part] = patched[part].clone();
            }
        }
        assert_eq!(
            object, patched,
            "nothing is written to a place that does not take it"
        );
        let spec_changed = self.objects[&place(&object)].get("spec") != object.get("spec");
        if spec_changed {
            let generation = object["metadata"]["generation"].as_u64().unwrap();
            object["metadata"]["generation"] = (generation + 1).into();
        }
        let part = asked.part.map(|part| format!("/{part}")).unwrap_or_default();
        let name = asked.name.unwrap();
        self.effects.push(format!(
            "{}{part} {}/{name}",
            asked.plural,
            asked.namespace.unwrap()
        ));
        let stored = self.put(object);
        if asked.plural == "helmreleases" && !to_status {
            controller::reconcile(self, asked.namespace.unwrap(), name);
        }
        match fault {
            Some(Fault::Unheard) => status(500, "unheard"),
            _ => (200, stored),
        }
    }
}

fn asked<'a>(method: &Method, path: &'a str) -> Asked<'a> {
    let mut parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    parts.drain(..if parts[0] == "api" { 2 } else { 3 });
    let namespace = (parts[0] == "namespaces" && parts.len() > 2).then(|| parts[1]);
    if namespace.is_some() {
        parts.drain(..2);
    }
    let name = parts.get(1).copied();
    let verb = match (method.as_str(), name) {
        ("GET", Some(_)) => "get",
        ("GET", None) => "list",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", _) => "delete",
        (other, _) => panic!("{other}"),
    };
    Asked {
        verb,
        plural: parts[0],
        namespace,
        name,
        part: parts.get(2).copied(),
    }
}

fn place(object: &Value) -> Place {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let plural = match text("/kind").as_str() {
        "OCIRepository" => "ocirepositories".to_owned(),
        kind => format!("{}s", kind.to_lowercase()),
    };
    (plural, text("/metadata/namespace"), text("/metadata/name"))
}

fn status(code: u16, message: &str) -> (u16, Value) {
    (
        code,
        json!({"kind": "Status", "apiVersion": "v1", "code": code, "message": message}),
    )
}
