//! What tests say to an API server: get, list, create, apply, delete, by path or by object.
//!
//! Untyped JSON throughout. Plain HTTP with a kept library instead of kubectl: an answer takes a millisecond instead of a
//! process and its discovery, and the server's own status comes back as data.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_ANSWER: u64 = 256 * 1024 * 1024;
const TOO_MANY_REQUESTS: u16 = 429;
/// Who writes, in an object's `managedFields`.
const FIELD_MANAGER: &str = "boltrope-e2e";

/// A client of one API server, as one user.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    server: String,
    token: String,
    /// What the server serves, by `apiVersion`; asked once, until [`Client::install_definitions`] adds some.
    resources: Mutex<BTreeMap<String, Vec<Resource>>>,
}

/// What the server said to a request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body: the object, or a `Status` that says why not.
    pub(crate) body: Value,
}

/// A kind as the server serves it.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    kind: String,
    plural: String,
    /// Whether objects live in namespaces.
    pub(crate) namespaced: bool,
}

impl Answer {
    /// Whether the server did what it was asked.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Why not, in the server's words.
    pub(crate) fn message(&self) -> &str {
        self.body
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The body, or the server's words as an error.
    pub(crate) fn ok(self) -> anyhow::Result<Value> {
        if self.is_success() {
            return Ok(self.body);
        }
        bail!("the API server answered {}: {}", self.status, self.message())
    }
}

impl Client {
    /// A client that trusts one authority (PEM) and shows one token.
    pub(super) fn new(server: &str, token: &str, authority: &str) -> anyhow::Result<Self> {
        let authority = Certificate::from_pem(authority.as_bytes())?;
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(vec![authority])))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            // A proxy that the environment names knows no loopback of ours.
            .proxy(None)
            .tls_config(tls)
            .build();
        Ok(Self {
            agent: config.into(),
            server: server.to_owned(),
            token: token.to_owned(),
            resources: Mutex::default(),
        })
    }

    /// Whether the server says that it is ready.
    pub(super) fn is_ready(&self) -> bool {
        self.send("GET", "/readyz", "", &[])
            .is_ok_and(|answer| answer.is_success())
    }

    /// What stands at a path.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.send("GET", path, "", &[])?;
        answer.ok().with_context(|| format!("GET {path}"))
    }

    /// The items of a list.
    pub(crate) fn list(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let mut list = self.get(path)?;
        match list.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => bail!("GET {path}: the answer has no `items`"),
        }
    }

    /// Creates an object, in its own namespace or in this one.
    pub(crate) fn create(&self, object: &Value, namespace: &str, dry_run: bool) -> anyhow::Result<Answer> {
        let query = if dry_run { "?dryRun=All" } else { "" };
        let path = format!("{}{query}", self.collection(object, namespace)?);
        self.send("POST", &path, "application/json", &serde_json::to_vec(object)?)
    }

    /// Creates something at a path, such as a token.
    pub(crate) fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send("POST", path, "application/json", &serde_json::to_vec(body)?)
    }

    /// Applies an object (server-side apply), in its own namespace or in this one.
    pub(crate) fn apply(&self, object: &Value, namespace: &str, dry_run: bool) -> anyhow::Result<Answer> {
        let name = text(object, "/metadata/name").context("an object without a name cannot be applied")?;
        let query = if dry_run { "&dryRun=All" } else { "" };
        let collection = self.collection(object, namespace)?;
        let path = format!("{collection}/{name}?fieldManager={FIELD_MANAGER}&force=true{query}");
        self.send(
            "PATCH",
            &path,
            "application/apply-patch+yaml",
            &serde_json::to_vec(object)?,
        )
    }

    /// Applies an object to its path, which is known, as fast as one request goes.
    pub(crate) fn apply_to(&self, path: &str, body: &[u8]) -> anyhow::Result<Answer> {
        let path = format!("{path}?fieldManager={FIELD_MANAGER}");
        self.send("PATCH", &path, "application/apply-patch+yaml", body)
    }

    /// Merges some fields into what stands at a path (a sub-resource such as `status` included).
    pub(crate) fn merge(&self, path: &str, fields: &Value) -> anyhow::Result<Value> {
        let answer = self.send(
            "PATCH",
            path,
            "application/merge-patch+json",
            &serde_json::to_vec(fields)?,
        )?;
        answer.ok().with_context(|| format!("PATCH {path}"))
    }

    /// The object as the server has it now.
    pub(crate) fn find(&self, object: &Value, namespace: &str) -> anyhow::Result<Value> {
        self.get(&self.path(object, namespace)?)
    }

    /// Where an object is, in its own namespace or in this one.
    pub(crate) fn path(&self, object: &Value, namespace: &str) -> anyhow::Result<String> {
        let name = text(object, "/metadata/name").context("an object without a name is nowhere")?;
        Ok(format!("{}/{name}", self.collection(object, namespace)?))
    }

    /// Deletes what stands at a path.
    pub(crate) fn delete(&self, path: &str) -> anyhow::Result<()> {
        let answer = self.send("DELETE", path, "", &[])?;
        answer.ok().map(drop).with_context(|| format!("DELETE {path}"))
    }

    /// Makes sure that a namespace exists.
    pub(crate) fn ensure_namespace(&self, name: &str) -> anyhow::Result<()> {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let answer = self.apply(&namespace, "", false)?;
        answer
            .ok()
            .map(drop)
            .with_context(|| format!("creating the namespace `{name}`"))
    }

    /// Applies the CustomResourceDefinitions of some files and waits until the server serves them.
    pub(crate) fn install_definitions(&self, files: &[impl AsRef<Path>]) -> anyhow::Result<()> {
        let mut names = Vec::new();
        for file in files.iter().map(AsRef::as_ref) {
            let context = || format!("installing `{}`", file.display());
            let read = std::fs::read_to_string(file).with_context(context)?;
            let definition: Value = yaml_serde::from_str(&read).with_context(context)?;
            self.apply(&definition, "", false)?.ok().with_context(context)?;
            names.push(
                text(&definition, "/metadata/name")
                    .with_context(context)?
                    .to_owned(),
            );
        }
        for name in names {
            self.wait_for_definition(&name)?;
        }
        self.known().clear();
        Ok(())
    }

    fn wait_for_definition(&self, name: &str) -> anyhow::Result<()> {
        let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
        for _ in 0..super::QUESTIONS {
            let definition = self.get(&path)?;
            let conditions = definition.pointer("/status/conditions").and_then(Value::as_array);
            let is_served = conditions.into_iter().flatten().any(|condition| {
                text(condition, "/type") == Some("Established") && text(condition, "/status") == Some("True")
            });
            let [group, version] = ["/spec/group", "/spec/versions/0/name"]
                .map(|pointer| text(&definition, pointer).unwrap_or_default());
            // Discovery follows a moment after the condition, kind by kind.
            let plural = text(&definition, "/spec/names/plural").unwrap_or_default();
            let served = self.get(&format!("/apis/{group}/{version}"));
            if is_served && served.is_ok_and(|served| lists(&served, plural)) {
                return Ok(());
            }
            std::thread::sleep(super::PAUSE);
        }
        bail!("the definition `{name}` is not served after a minute")
    }

    /// How the server serves the kind of an object; `None` when it does not know it.
    pub(crate) fn resource(&self, object: &Value) -> anyhow::Result<Option<Resource>> {
        let api_version = text(object, "/apiVersion").unwrap_or_default();
        let kind = text(object, "/kind").unwrap_or_default();
        if !self.known().contains_key(api_version) {
            let found = self.discover(api_version)?;
            self.known().insert(api_version.to_owned(), found);
        }
        let known = self.known();
        let of_version = known.get(api_version).map(Vec::as_slice).unwrap_or_default();
        Ok(of_version.iter().find(|resource| resource.kind == kind).cloned())
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Resource>>> {
        self.resources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn discover(&self, api_version: &str) -> anyhow::Result<Vec<Resource>> {
        let answer = self.send("GET", &root(api_version), "", &[])?;
        if answer.status == 404 {
            return Ok(Vec::new());
        }
        let list = answer
            .ok()
            .with_context(|| format!("discovering `{api_version}`"))?;
        let entries = list.get("resources").and_then(Value::as_array);
        let resource = |entry: &Value| {
            let plural = text(entry, "/name")?.to_owned();
            // `pods/status` is a part of an object.
            (!plural.contains('/')).then_some(Resource {
                kind: text(entry, "/kind")?.to_owned(),
                plural,
                namespaced: entry.get("namespaced") == Some(&Value::Bool(true)),
            })
        };
        Ok(entries.into_iter().flatten().filter_map(resource).collect())
    }

    /// The path of the list that an object belongs to.
    fn collection(&self, object: &Value, namespace: &str) -> anyhow::Result<String> {
        let api_version = text(object, "/apiVersion").unwrap_or_default();
        let Some(resource) = self.resource(object)? else {
            let kind = text(object, "/kind").unwrap_or_default();
            bail!("the API server knows no `{kind}` of `{api_version}`");
        };
        let namespace = text(object, "/metadata/namespace").unwrap_or(namespace);
        let root = root(api_version);
        Ok(match resource.namespaced {
            true => format!("{root}/namespaces/{namespace}/{}", resource.plural),
            false => format!("{root}/{}", resource.plural),
        })
    }

    /// Asks again while the server says "later": it does for a moment after a definition was installed.
    fn send(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> anyhow::Result<Answer> {
        let mut answer = self.send_once(method, path, content_type, body)?;
        for _ in 0..super::QUESTIONS {
            if answer.status != TOO_MANY_REQUESTS {
                break;
            }
            std::thread::sleep(super::PAUSE);
            answer = self.send_once(method, path, content_type, body)?;
        }
        Ok(answer)
    }

    fn send_once(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> anyhow::Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server))
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept", "application/json");
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        let sent = match body {
            [] => self.agent.run(request.body(())?),
            body => self.agent.run(request.body(body)?),
        };
        let mut answer = sent.with_context(|| format!("{method} {path}"))?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec()?;
        // `/readyz` and `/healthz` answer in plain words.
        let body = serde_json::from_slice(&body)
            .unwrap_or_else(|_| json!({"message": String::from_utf8_lossy(&body)}));
        Ok(Answer { status, body })
    }
}

/// Whether a discovery document has a kind, by its plural name.
fn lists(served: &Value, plural: &str) -> bool {
    let resources = served.get("resources").and_then(Value::as_array);
    resources
        .into_iter()
        .flatten()
        .any(|resource| text(resource, "/name") == Some(plural))
}

/// Where a group and version is served.
fn root(api_version: &str) -> String {
    match api_version.contains('/') {
        true => format!("/apis/{api_version}"),
        false => format!("/api/{api_version}"),
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_group_has_a_path_of_its_own() {
        assert_eq!(root("v1"), "/api/v1");
        assert_eq!(root("networking.k8s.io/v1"), "/apis/networking.k8s.io/v1");
    }

    #[test]
    fn a_refusal_is_an_error_in_the_servers_words() {
        let body = json!({"kind": "Status", "message": "no"});
        let refused = Answer { status: 403, body };
        assert!(!refused.is_success());
        let error = refused.ok().unwrap_err().to_string();
        assert_eq!(error, "the API server answered 403: no");
    }
}
