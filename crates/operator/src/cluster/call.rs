//! One request, one answer. What only reads is asked again when the API server is busy; what writes never is, because
//! only whoever wrote can tell whether it was done.

use std::fmt;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{CallError, Missing, Resource};

const JSON: &str = "application/json";
const JSON_PATCH: &str = "application/json-patch+json";
/// How long an answer may take. A list of everything takes longest.
const PATIENCE: Duration = Duration::from_secs(60);
/// The pauses before a question is asked again.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

/// An API server, as one user.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(super) client: kube::Client,
}

/// What is asked, for messages and permissions.
pub(super) struct Question<'q> {
    pub(super) verb: &'static str,
    pub(super) method: Method,
    pub(super) resource: &'q Resource,
    pub(super) namespace: Option<&'q str>,
    pub(super) name: Option<&'q str>,
    pub(super) part: Option<&'q str>,
    /// With its question mark.
    pub(super) query: String,
    pub(super) accept: &'static str,
    pub(super) body: Option<(&'static str, Vec<u8>)>,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Cluster")
    }
}

impl Cluster {
    /// Asks with a client.
    pub(crate) fn new(client: kube::Client) -> Self {
        Self { client }
    }

    /// One object; `None` if there is none.
    pub(crate) async fn get(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, CallError> {
        let question = Question {
            name: Some(name),
            ..Question::read("get", resource, namespace)
        };
        match self.ask(&question).await {
            Ok(body) => parse(&question.what(), &body).map(Some),
            Err(CallError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates an object; [`CallError::Conflict`] if one of this name is there.
    pub(crate) async fn create(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        object: &Value,
    ) -> Result<Value, CallError> {
        let question = Question {
            method: Method::POST,
            body: Some((JSON, object.to_string().into_bytes())),
            ..Question::write("create", resource, namespace)
        };
        self.write(&question).await
    }

    /// Replaces an object; [`CallError::Conflict`] if its `resourceVersion` is not the one given in it.
    pub(crate) async fn replace(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
        object: &Value,
    ) -> Result<Value, CallError> {
        let question = Question {
            method: Method::PUT,
            name: Some(name),
            body: Some((JSON, object.to_string().into_bytes())),
            ..Question::write("update", resource, Some(namespace))
        };
        self.write(&question).await
    }

    /// Sends a JSON Patch to an object or a part of it.
    pub(crate) async fn patch(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
        part: Option<&str>,
        operations: Vec<Value>,
    ) -> Result<Value, CallError> {
        let question = Question {
            method: Method::PATCH,
            name: Some(name),
            part,
            body: Some((JSON_PATCH, Value::Array(operations).to_string().into_bytes())),
            ..Question::write("patch", resource, Some(namespace))
        };
        self.write(&question).await
    }

    /// Deletes an object; one that is gone is fine.
    pub(crate) async fn delete(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<(), CallError> {
        let question = Question {
            method: Method::DELETE,
            name: Some(name),
            query: String::new(),
            ..Question::write("delete", resource, Some(namespace))
        };
        match self.send(&question).await {
            Ok(_) | Err(CallError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What stands at a path that belongs to no kind: discovery, `/readyz`.
    pub(crate) async fn look(&self, path: &str) -> Result<Vec<u8>, CallError> {
        let nothing = Resource::new("", "", path);
        let question = Question::read("get", &nothing, None);
        let request = Request::builder()
            .method(Method::GET)
            .uri(path)
            .header(ACCEPT, JSON);
        let request = request.body(Body::empty());
        self.exchange(&question, &format!("GET {path}"), request).await
    }

    /// Reads, and asks again when the API server is busy.
    pub(super) async fn ask(&self, question: &Question<'_>) -> Result<Vec<u8>, CallError> {
        for pause in PAUSES {
            match self.send(question).await {
                Err(error) if error.is_passing() => sleep(pause).await,
                answered => return answered,
            }
        }
        self.send(question).await
    }

    pub(super) async fn write(&self, question: &Question<'_>) -> Result<Value, CallError> {
        let body = self.send(question).await?;
        parse(&question.what(), &body)
    }

    pub(super) async fn send(&self, question: &Question<'_>) -> Result<Vec<u8>, CallError> {
        let path = question.path();
        let request = Request::builder()
            .method(question.method.clone())
            .uri(path)
            .header(ACCEPT, question.accept);
        let request = match &question.body {
            None => request.body(Body::empty()),
            Some((kind, bytes)) => request
                .header(CONTENT_TYPE, *kind)
                .body(Body::from(bytes.clone())),
        };
        self.exchange(question, &question.what(), request).await
    }

    async fn exchange(
        &self,
        question: &Question<'_>,
        what: &str,
        request: http::Result<Request<Body>>,
    ) -> Result<Vec<u8>, CallError> {
        let unheard = |why: String| CallError::Unheard {
            what: what.to_owned(),
            why,
        };
        let request = request.map_err(|error| unheard(error.to_string()))?;
        let exchange = async {
            let answer = self
                .client
                .send(request)
                .await
                .map_err(|error| unheard(chain(&error)))?;
            let status = answer.status();
            let mut body = Vec::new();
            let mut frames = answer.into_body();
            while let Some(frame) = frames.frame().await {
                let frame = frame.map_err(|error| unheard(chain(&error)))?;
                if let Some(data) = frame.data_ref() {
                    body.extend_from_slice(data);
                }
            }
            Ok((status, body))
        };
        let answered = timeout(PATIENCE, exchange).await;
        let (status, body) =
            answered.map_err(|_| unheard(format!("none within {} s", PATIENCE.as_secs())))??;
        match status {
            status if status.is_success() => Ok(body),
            // Nobody says what became of it: a gateway gave up, or the server failed half way.
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT | StatusCode::INTERNAL_SERVER_ERROR
                if question.method != Method::GET =>
            {
                Err(unheard(format!("status {}", status.as_u16())))
            }
            status => Err(CallError::of_answer(
                what.to_owned(),
                question.missing(),
                status.as_u16(),
                &body,
            )),
        }
    }
}

impl<'q> Question<'q> {
    pub(super) fn read(verb: &'static str, resource: &'q Resource, namespace: Option<&'q str>) -> Self {
        Self {
            verb,
            method: Method::GET,
            resource,
            namespace,
            name: None,
            part: None,
            query: String::new(),
            accept: JSON,
            body: None,
        }
    }

    pub(super) fn write(verb: &'static str, resource: &'q Resource, namespace: Option<&'q str>) -> Self {
        let query = format!("?fieldManager={}", boltrope::recovery::episode::FIELD_MANAGER);
        Self {
            query,
            ..Self::read(verb, resource, namespace)
        }
    }

    /// `PATCH /api/v1/...`
    pub(super) fn what(&self) -> String {
        let path = self.resource.path(self.namespace, self.name, self.part);
        format!("{} {path}", self.method)
    }

    pub(super) fn path(&self) -> String {
        let path = self.resource.path(self.namespace, self.name, self.part);
        format!("{path}{}", self.query)
    }

    pub(super) fn missing(&self) -> Missing {
        Missing::new(self.verb, self.resource, self.part, self.namespace)
    }
}

/// JSON, or where it is none; never what stands there.
pub(super) fn parse(what: &str, body: &[u8]) -> Result<Value, CallError> {
    serde_json::from_slice(body).map_err(|error| CallError::Unreadable {
        what: what.to_owned(),
        line: error.line(),
        column: error.column(),
    })
}

/// An error and what it came from: a transport's own text is often only "client error".
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let more = inner.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = inner.source();
    }
    text
}
