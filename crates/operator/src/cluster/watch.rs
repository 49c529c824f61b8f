//! Lists page by page, and watches: what changes, line by line, for as long as the API server goes on.

use http::header::ACCEPT;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::call::{Question, chain, parse};
use super::{CallError, Cluster, Content, Resource};

/// Objects in one page of a list.
const PAGE: usize = 500;
/// How long it may take until a watch is open; the API server answers at once, and what follows may take for ever.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
/// An event is one object; what is longer than any object can be is no event.
const MAX_LINE: usize = 16 << 20;

/// Some objects of a kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'s> {
    pub(crate) resource: &'s Resource,
    /// `None`: all.
    pub(crate) namespace: Option<&'s str>,
    /// `labelSelector=a%3Db&fieldSelector=...`, or nothing.
    pub(crate) selectors: &'s str,
    pub(crate) content: Content,
}

/// Where a list stands after a page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// From where a watch goes on.
    pub(crate) version: String,
    /// Where the next page begins; `None` after the last one.
    pub(crate) next: Option<String>,
}

/// One event of a watch.
#[derive(Debug, Deserialize)]
pub(crate) struct WatchEvent {
    /// `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK`, `ERROR`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The object, or for `ERROR` a `Status`.
    pub(crate) object: Value,
}

/// An open watch.
#[derive(Debug)]
pub(crate) struct Watch {
    body: Body,
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
    what: String,
}

impl Cluster {
    /// One page of a list; `next` is from the page before.
    pub(crate) async fn page(
        &self,
        scope: &Scope<'_>,
        next: Option<&str>,
        each: impl FnMut(Value),
    ) -> Result<Page, CallError> {
        let next = next.map(|next| format!("&continue={}", encode(next)));
        let mut question = scope.question("list", &format!("limit={PAGE}{}", next.unwrap_or_default()));
        if scope.content == Content::Metadata {
            question.accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
        }
        let meta = self.items(&question, each).await?;
        Ok(Page {
            version: meta.resource_version,
            next: Some(meta.next).filter(|next| !next.is_empty()),
        })
    }

    /// Opens a watch from a version on, which the API server ends after some seconds.
    pub(crate) async fn watch(
        &self,
        scope: &Scope<'_>,
        version: &str,
        seconds: u64,
    ) -> Result<Watch, CallError> {
        let mut question = scope.question(
            "watch",
            &format!(
                "watch=true&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={seconds}"
            ),
        );
        if scope.content == Content::Metadata {
            question.accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
        }
        let what = question.what();
        let unheard = |why: String| CallError::Unheard {
            what: what.clone(),
            why,
        };
        let request = Request::builder().method(Method::GET).uri(question.path());
        let request = request.header(ACCEPT, question.accept).body(Body::empty());
        let request = request.map_err(|error| unheard(error.to_string()))?;
        let answer = timeout(PATIENCE, self.client.send(request)).await;
        let answer = answer.map_err(|_| unheard(format!("none within {} s", PATIENCE.as_secs())))?;
        let answer: Response<Body> = answer.map_err(|error| unheard(chain(&error)))?;
        let status = answer.status();
        let mut body = answer.into_body();
        if status == StatusCode::OK {
            return Ok(Watch {
                body,
                rest: Vec::new(),
                what,
            });
        }
        let mut words = Vec::new();
        while let Ok(Some(Ok(frame))) = timeout(PATIENCE, body.frame()).await {
            words.extend(frame.into_data().unwrap_or_default());
        }
        Err(CallError::of_answer(
            what,
            question.missing(),
            status.as_u16(),
            &words,
        ))
    }
}

impl Watch {
    /// The next events, as many as came at once; `None` when the API server has ended the watch.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<WatchEvent>>, CallError> {
        loop {
            let Some(frame) = self.body.frame().await else {
                return Ok(None);
            };
            let unheard = |why: String| CallError::Unheard {
                what: self.what.clone(),
                why,
            };
            let frame = frame.map_err(|error| unheard(chain(&error)))?;
            self.rest.extend(frame.into_data().unwrap_or_default());
            let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else {
                if self.rest.len() > MAX_LINE {
                    return Err(unheard("a line that does not end".to_owned()));
                }
                continue;
            };
            let rest = self.rest.split_off(end + 1);
            let lines = std::mem::replace(&mut self.rest, rest);
            let lines = lines.split(|byte| *byte == b'\n');
            let mut events = Vec::new();
            for line in lines.filter(|line| !line.trim_ascii().is_empty()) {
                let event = parse(&self.what, line)?;
                let event = WatchEvent::deserialize(event);
                events.push(event.map_err(|error| unheard(format!("no event: {error}")))?);
            }
            if !events.is_empty() {
                return Ok(Some(events));
            }
        }
    }
}

impl<'s> Scope<'s> {
    fn question(&self, verb: &'static str, query: &str) -> Question<'s> {
        let mut question = Question::read(verb, self.resource, self.namespace);
        let join = if self.selectors.is_empty() { "" } else { "&" };
        question.query = format!("?{query}{join}{}", self.selectors);
        question
    }
}

/// Text as part of a query.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_survive_a_query() {
        assert_eq!(encode("!boltrope.dev/origin"), "%21boltrope.dev%2Forigin");
        assert_eq!(encode("a=b,c!=d"), "a%3Db%2Cc%21%3Dd");
    }

    #[tokio::test]
    async fn events_are_whole_lines_wherever_the_pieces_end() {
        let text = concat!(
            r#"{"type":"ADDED","object":{"kind":"Service"}}"#,
            "\n",
            r#"{"type":"BOOKMARK","object":{}}"#,
            "\n",
            r#"{"type":"DEL"#,
        );
        let mut watch = Watch {
            body: Body::from(text.as_bytes().to_vec()),
            rest: Vec::new(),
            what: "GET /".to_owned(),
        };
        let events = watch.next().await.unwrap().unwrap();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["ADDED", "BOOKMARK"]);
        assert!(watch.next().await.unwrap().is_none());
    }
}
