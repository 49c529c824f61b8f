//! An API server in memory: lists, watches with selectors, applies and deletes with preconditions, and faults on demand.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::cluster::Cluster;

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    /// It is answered with this status, and not done.
    Status(u16),
    /// It is never answered.
    Hang,
    /// A watch that says nothing.
    Silent,
    /// A watch that says that its version has expired.
    Expired,
    /// A watch that breaks in the middle of a line.
    Cut,
}

type Fault = Box<dyn Fn(&str, &str, &str) -> Option<Effect> + Send>;
type Answer = Response<Either<Full<Bytes>, Events>>;

/// The server. Clones are the same one.
#[derive(Clone)]
pub(super) struct Fake {
    store: Arc<Mutex<Store>>,
    fault: Arc<Mutex<Fault>>,
    cluster: Cluster,
}

#[derive(Default)]
struct Store {
    version: u64,
    /// By plural, namespace and name.
    objects: BTreeMap<(String, String, String), Value>,
    watches: Vec<(Scope, UnboundedSender<Bytes>)>,
    /// What has happened: version, before, after.
    past: Vec<(u64, Scope, Option<Value>, Option<Value>)>,
    writes: Vec<String>,
}

/// Which objects a list or a watch is about.
#[derive(Clone, Debug)]
struct Scope {
    plural: String,
    namespace: String,
    query: String,
}

/// The body of a watch.
struct Events(UnboundedReceiver<Bytes>);

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(context)
            .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

impl Fake {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let mut config = kube::Config::new(address.parse().unwrap());
        config.default_retry = false;
        let client = kube::Client::try_from(config).unwrap();
        let fake = Self {
            store: Arc::default(),
            fault: Arc::new(Mutex::new(Box::new(|_, _, _| None))),
            cluster: Cluster::new(client),
        };
        let server = fake.clone();
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    continue;
                };
                let fake = server.clone();
                let service = service_fn(move |request| {
                    let fake = fake.clone();
                    async move { Ok::<_, Infallible>(fake.answer(request).await) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        fake
    }

    pub(super) fn cluster(&self) -> Cluster {
        self.cluster.clone()
    }

    pub(super) fn set_fault(&self, fault: impl Fn(&str, &str, &str) -> Option<Effect> + Send + 'static) {
        *self.fault.lock().unwrap() = Box::new(fault);
    }

    pub(super) fn get(&self, plural: &str, namespace: &str, name: &str) -> Option<Value> {
        let key = (plural.to_owned(), namespace.to_owned(), name.to_owned());
        self.store().objects.get(&key).cloned()
    }

    /// Puts an object in, as somebody else; an existing one keeps its uid.
    pub(super) fn put(&self, plural: &str, object: Value) {
        self.store().put(plural, object, "kubectl");
    }

    pub(super) fn remove(&self, plural: &str, namespace: &str, name: &str) {
        self.store()
            .remove(&(plural.to_owned(), namespace.to_owned(), name.to_owned()));
    }

    /// Writes to what previews are made of.
    pub(super) fn writes(&self) -> Vec<String> {
        self.store().writes.clone()
    }

    /// All Services and Ingresses.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let store = self.store();
        let keys = store
            .objects
            .keys()
            .filter(|(plural, _, _)| plural == "services" || plural == "ingresses");
        keys.map(|(plural, namespace, name)| format!("{plural} {namespace}/{name}"))
            .collect()
    }

    pub(super) fn status(&self) -> String {
        let found = self.get("configmaps", "home", "boltrope-preview-status");
        found.map_or_else(String::new, |found| {
            found["data"]["status.json"].as_str().unwrap().to_owned()
        })
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap()
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let (head, body) = request.into_parts();
        let (method, path) = (head.method.as_str().to_owned(), head.uri.path().to_owned());
        let query = head.uri.query().unwrap_or_default().to_owned();
        let effect = (self.fault.lock().unwrap())(&method, &path, &query);
        let body = body.collect().await.unwrap().to_bytes();
        match effect {
            None => {}
            Some(Effect::Status(code)) => {
                return status(code, &format!("User \"op\" cannot {method} {path}"));
            }
            Some(Effect::Hang) => std::future::pending().await,
            Some(effect) => return broken_watch(&effect),
        }
        if path == "/apis" {
            return json_answer(
                200,
                &json!({"groups": [{"name": "networking.k8s.io"}, {"name": "discovery.k8s.io"}]}),
            );
        }
        let (scope, name) = parse(&path, &query);
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        match (method.as_str(), name) {
            ("GET", None) if query.contains("watch=true") => self.store().watch(scope),
            ("GET", None) => self.store().list(&scope),
            ("GET", Some(name)) => match self.get(&scope.plural, &scope.namespace, &name) {
                Some(object) => json_answer(200, &object),
                None => status(404, "not found"),
            },
            ("POST" | "PUT", _) => {
                let stored = self.store().put(&scope.plural, body, "boltrope");
                json_answer(201, &stored)
            }
            ("PATCH", Some(name)) => self.store().apply(&scope, &name, body),
            ("DELETE", Some(name)) => self.store().delete(&scope, &name, &body),
            _ => status(405, "no such method"),
        }
    }
}

impl Store {
    fn put(&mut self, plural: &str, mut object: Value, manager: &str) -> Value {
        self.version += 1;
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let key = (
            plural.to_owned(),
            text("/metadata/namespace"),
            text("/metadata/name"),
        );
        let before = self.objects.get(&key).cloned();
        let version = self.version;
        let uid = before.as_ref().map_or(json!(format!("uid-{version}")), |before| {
            before["metadata"]["uid"].clone()
        });
        let mut managers = before
            .as_ref()
            .map_or(json!([]), |before| before["metadata"]["managedFields"].clone());
        let entry = json!({"manager": manager, "operation": "Apply"});
        let managers = managers.as_array_mut().unwrap();
        if !managers.contains(&entry) {
            managers.push(entry);
        }
        object["metadata"]["managedFields"] = managers.clone().into();
        object["metadata"]["uid"] = uid;
        object["metadata"]["resourceVersion"] = version.to_string().into();
        self.objects.insert(key.clone(), object.clone());
        self.tell(key, before, Some(object.clone()));
        object
    }

    fn remove(&mut self, key: &(String, String, String)) {
        let Some(mut before) = self.objects.remove(key) else {
            return;
        };
        self.version += 1;
        before["metadata"]["resourceVersion"] = self.version.to_string().into();
        self.tell(key.clone(), Some(before), None);
    }

    fn tell(
        &mut self,
        (plural, namespace, _): (String, String, String),
        before: Option<Value>,
        after: Option<Value>,
    ) {
        let place = Scope {
            plural,
            namespace,
            query: String::new(),
        };
        self.watches.retain(|(scope, out)| {
            let event = scope.event(&place, before.as_ref(), after.as_ref());
            event.is_none_or(|event| out.send(event).is_ok()) && !out.is_closed()
        });
        self.past.push((self.version, place, before, after));
    }

    fn list(&self, scope: &Scope) -> Answer {
        let items: Vec<&Value> = self
            .objects
            .iter()
            .filter(|((plural, namespace, _), object)| {
                let place = Scope {
                    plural: plural.clone(),
                    namespace: namespace.clone(),
                    query: String::new(),
                };
                scope.has(&place, object)
            })
            .map(|(_, object)| object)
            .collect();
        json_answer(
            200,
            &json!({
                "kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": self.version.to_string()}, "items": items,
            }),
        )
    }

    fn watch(&mut self, scope: Scope) -> Answer {
        let (out, events) = unbounded_channel();
        let from = scope
            .query
            .split('&')
            .find_map(|part| part.strip_prefix("resourceVersion="));
        let from: u64 = from.unwrap().parse().unwrap();
        for (_, place, before, after) in self.past.iter().filter(|(version, ..)| *version > from) {
            if let Some(event) = scope.event(place, before.as_ref(), after.as_ref()) {
                out.send(event).unwrap();
            }
        }
        // As often as the real one says a bookmark, in the time of these tests.
        let pulse = out.clone();
        let version = self.version;
        tokio::spawn(async move {
            let bookmark = line(
                "BOOKMARK",
                &json!({"metadata": {"resourceVersion": version.to_string()}}),
            );
            while pulse.send(bookmark.clone()).is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            }
        });
        self.watches.push((scope, out));
        Response::new(Either::Right(Events(events)))
    }

    fn apply(&mut self, scope: &Scope, name: &str, body: Value) -> Answer {
        let key = (scope.plural.clone(), scope.namespace.clone(), name.to_owned());
        self.writes.push(format!("apply {}/{name}", scope.namespace));
        let [uid, version] = ["uid", "resourceVersion"].map(|key| body["metadata"].get(key).cloned());
        match self.objects.get(&key) {
            Some(found) => {
                let is_same = |key: &str, wanted: &Option<Value>| {
                    wanted
                        .as_ref()
                        .is_none_or(|wanted| found["metadata"][key] == *wanted)
                };
                if !is_same("uid", &uid) || !is_same("resourceVersion", &version) {
                    return status(409, "the object has been modified");
                }
            }
            None if uid.is_some() => return status(409, "uid mismatch"),
            None => {}
        }
        let stored = self.put(&scope.plural, body, "boltrope");
        json_answer(200, &stored)
    }

    fn delete(&mut self, scope: &Scope, name: &str, body: &Value) -> Answer {
        let key = (scope.plural.clone(), scope.namespace.clone(), name.to_owned());
        self.writes.push(format!("delete {}/{name}", scope.namespace));
        let Some(found) = self.objects.get(&key) else {
            return status(404, "not found");
        };
        let wanted = &body["preconditions"];
        for key in ["uid", "resourceVersion"] {
            assert!(wanted[key].is_string(), "a delete without preconditions");
            if found["metadata"][key] != wanted[key] {
                return status(409, "precondition failed");
            }
        }
        self.remove(&key);
        json_answer(200, &json!({"kind": "Status", "status": "Success"}))
    }
}

impl Scope {
    fn has(&self, place: &Self, object: &Value) -> bool {
        let has_label = object["metadata"]["labels"].get("boltrope.dev/origin").is_some();
        let is_labelled = match self.query.contains("labelSelector=") {
            false => true,
            true => has_label != self.query.contains("labelSelector=%21"),
        };
        let excepted = self
            .query
            .contains(&format!("metadata.namespace%21%3D{}", place.namespace));
        self.plural == place.plural
            && (self.namespace.is_empty() || self.namespace == place.namespace)
            && is_labelled
            && (place.namespace.is_empty() || !excepted)
    }

    fn event(&self, place: &Self, before: Option<&Value>, after: Option<&Value>) -> Option<Bytes> {
        let [was, is] = [before, after].map(|object| object.is_some_and(|object| self.has(place, object)));
        match (was, is) {
            (_, true) => Some(line(if was { "MODIFIED" } else { "ADDED" }, after?)),
            (true, false) => {
                // One that has left carries the version in which it did.
                let mut gone = before?.clone();
                if let Some(after) = after {
                    gone["metadata"]["resourceVersion"] = after["metadata"]["resourceVersion"].clone();
                }
                Some(line("DELETED", &gone))
            }
            (false, false) => None,
        }
    }
}

/// `/api/v1/namespaces/a/services/b`: the scope, and the name if there is one.
fn parse(path: &str, query: &str) -> (Scope, Option<String>) {
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.drain(..if parts[0] == "api" { 2 } else { 3 });
    let mut namespace = String::new();
    if parts[0] == "namespaces" && parts.len() > 2 {
        namespace = parts[1].to_owned();
        parts.drain(..2);
    }
    let scope = Scope {
        plural: parts[0].to_owned(),
        namespace,
        query: query.to_owned(),
    };
    (scope, parts.get(1).map(|name| (*name).to_owned()))
}

fn broken_watch(effect: &Effect) -> Answer {
    let (out, events) = unbounded_channel();
    match effect {
        Effect::Expired => {
            let gone = json!({"kind": "Status", "code": 410, "reason": "Expired"});
            out.send(line("ERROR", &gone)).unwrap();
        }
        Effect::Cut => out.send(Bytes::from_static(b"{\"type\":\"ADD")).unwrap(),
        _ => {
            // It stays open as long as the other side does.
            tokio::spawn(async move { out.closed().await });
        }
    }
    Response::new(Either::Right(Events(events)))
}

fn line(kind: &str, object: &Value) -> Bytes {
    Bytes::from(format!("{}\n", json!({"type": kind, "object": object})))
}

fn json_answer(code: u16, body: &Value) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(Bytes::from(body.to_string()))));
    *answer.status_mut() = StatusCode::from_u16(code).unwrap();
    answer
}

fn status(code: u16, message: &str) -> Answer {
    json_answer(code, &json!({"kind": "Status", "code": code, "message": message}))
}
