//! Keeps one feed up to date: lists it page by page, watches what changes, and lists again whenever that is doubtful.
//!
//! A watch that says nothing, not even a bookmark, is the way in which such programs stop working without anybody noticing.
//! The API server sends a bookmark a minute; a watch that is silent for longer is given up, and the list is made again.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep, timeout};

use super::feed::Feed;
use super::metrics::Metrics;
use super::pace::{Backoff, Id};
use crate::cluster::watch::{Watch, WatchEvent};
use crate::cluster::{CallError, Cluster};
use crate::server::Health;

/// What a feed says to whoever keeps the picture of the cluster.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) feed: Id,
    pub(super) what: What,
}

/// What has changed.
#[derive(Debug)]
pub(super) enum What {
    /// A list begins; what it does not name is gone.
    Begun,
    /// Objects are there, like this.
    There(Vec<Value>),
    /// An object is not there any more, or not one of this feed's.
    Gone(Value),
    /// The list is complete, as of this version.
    Listed(String),
    /// Nothing certain is known any more, and why.
    Broken(Trouble),
}

/// Why nothing certain is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) why: String,
    /// The API server has answered, and a right is missing; else it was not heard, or made no sense.
    pub(super) is_forbidden: bool,
}

impl Trouble {
    /// What an answer, or none, says.
    pub(super) fn of(error: &CallError) -> Self {
        Self {
            why: first_line(error),
            is_forbidden: matches!(error, CallError::Forbidden { .. }),
        }
    }
}

/// How patient a feed is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// A watch that is silent for so long is given up.
    pub(super) silence: Duration,
    /// For how long the API server is asked to keep a watch open.
    pub(super) watch: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(150),
            watch: Duration::from_secs(290),
        }
    }
}

/// One feed at work.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: Id,
    pub(super) feed: Feed,
    pub(super) cluster: Cluster,
    pub(super) patience: Patience,
    pub(super) health: Arc<Health>,
    pub(super) metrics: Metrics,
    pub(super) out: Sender<Change>,
}

/// Why a watch is over.
#[derive(Debug)]
enum End {
    /// It can be opened again where it ended.
    Ended,
    /// Something may have been missed: the reason to list again.
    Doubt(&'static str),
    /// Nobody listens any more.
    Closed,
}

/// Nobody listens to what a feed says.
#[derive(Debug)]
struct Closed;

impl Stream {
    /// Works until nobody listens any more.
    pub(super) async fn run(self) {
        let name = self.feed.name();
        let mut backoff = Backoff::new();
        let mut reason = "start";
        while !self.out.is_closed() {
            self.sign(&name);
            if reason != "start" {
                self.metrics.count_relist(&name, reason);
            }
            let version = match self.list(&name).await {
                Ok(Ok(version)) => version,
                Ok(Err(error)) => {
                    let broken = What::Broken(Trouble::of(&error));
                    if self.say(broken).await.is_err() {
                        break;
                    }
                    reason = "error";
                    sleep(backoff.next()).await;
                    continue;
                }
                Err(Closed) => break,
            };
            backoff = Backoff::new();
            match self.follow(&name, version).await {
                End::Closed => break,
                End::Doubt(why) => reason = why,
                End::Ended => reason = "ended",
            }
        }
        self.health.forget(&name);
        self.metrics.forget_watch(&name);
    }

    fn sign(&self, name: &str) {
        self.health.beat_of(name);
    }

    fn heard(&self, name: &str) {
        self.sign(name);
        self.metrics.heard(name);
    }

    async fn say(&self, what: What) -> Result<(), Closed> {
        let feed = self.id;
        self.out.send(Change { feed, what }).await.map_err(|_| Closed)
    }

    /// Lists everything; gives the version from which to watch on.
    async fn list(&self, name: &str) -> Result<Result<String, CallError>, Closed> {
        self.say(What::Begun).await?;
        let selectors = self.feed.selectors();
        let scope = self.feed.scope(&selectors);
        let mut next: Option<String> = None;
        loop {
            let mut objects = Vec::new();
            let page = self.cluster.page(&scope, next.as_deref(), |mut object| {
                self.feed.prune(&mut object);
                objects.push(object);
            });
            let page = match page.await {
                Ok(page) => page,
                Err(error) => return Ok(Err(error)),
            };
            self.heard(name);
            self.say(What::There(objects)).await?;
            next = page.next;
            if next.is_none() {
                self.say(What::Listed(page.version.clone())).await?;
                return Ok(Ok(page.version));
            }
        }
    }

    /// Watches from a version on, over as many connections as it takes.
    async fn follow(&self, name: &str, mut version: String) -> End {
        let selectors = self.feed.selectors();
        let mut backoff = Backoff::new();
        let mut heard = Instant::now();
        loop {
            if self.out.is_closed() {
                return End::Closed;
            }
            self.sign(name);
            let scope = self.feed.scope(&selectors);
            let opened = Instant::now();
            let watch = self
                .cluster
                .watch(&scope, &version, self.patience.watch.as_secs().max(1));
            match watch.await {
                Ok(mut watch) => match self.read(name, &mut watch, &mut version, &mut heard).await {
                    Ok(End::Ended) if opened.elapsed() > Duration::from_secs(1) => backoff = Backoff::new(),
                    Ok(End::Ended) => sleep(backoff.next()).await,
                    Ok(end) => return end,
                    // A connection that broke says nothing about what is there.
                    Err(_) => sleep(backoff.next()).await,
                },
                Err(CallError::Refused { status: 410, .. }) => return End::Doubt("expired"),
                Err(error @ (CallError::Forbidden { .. } | CallError::NotFound { .. })) => {
                    if self.say(What::Broken(Trouble::of(&error))).await.is_err() {
                        return End::Closed;
                    }
                    sleep(backoff.next()).await;
                    return End::Doubt("refused");
                }
                Err(error) => {
                    if heard.elapsed() > self.patience.silence {
                        let why = format!(
                            "not heard of for {} s: {}",
                            heard.elapsed().as_secs(),
                            first_line(&error)
                        );
                        let is_forbidden = false;
                        let trouble = Trouble { why, is_forbidden };
                        if self.say(What::Broken(trouble)).await.is_err() {
                            return End::Closed;
                        }
                        sleep(backoff.next()).await;
                        return End::Doubt("unreachable");
                    }
                    sleep(backoff.next()).await;
                }
            }
        }
    }

    /// Reads one connection to its end.
    async fn read(
        &self,
        name: &str,
        watch: &mut Watch,
        version: &mut String,
        heard: &mut Instant,
    ) -> Result<End, CallError> {
        loop {
            let events = tokio::select! {
                events = timeout(self.patience.silence, watch.next()) => events,
                () = self.out.closed() => return Ok(End::Closed),
            };
            let Ok(events) = events else {
                return Ok(End::Doubt("silent"));
            };
            let Some(events) = events? else {
                return Ok(End::Ended);
            };
            *heard = Instant::now();
            self.heard(name);
            if let Some(end) = self.take(events, version).await {
                return Ok(end);
            }
        }
    }

    /// Passes events on; gives the end if one of them is it.
    async fn take(&self, events: Vec<WatchEvent>, version: &mut String) -> Option<End> {
        let mut there = Vec::new();
        let mut end = None;
        for WatchEvent { kind, mut object } in events {
            if kind == "ERROR" {
                let expired = object.get("code").and_then(Value::as_i64) == Some(410);
                end = Some(if expired {
                    End::Doubt("expired")
                } else {
                    End::Doubt("error")
                });
                break;
            }
            let found = object
                .pointer("/metadata/resourceVersion")
                .and_then(Value::as_str);
            if let Some(found) = found {
                found.clone_into(version);
            }
            match kind.as_str() {
                "ADDED" | "MODIFIED" => {
                    self.feed.prune(&mut object);
                    there.push(object);
                }
                "DELETED" => {
                    self.feed.prune(&mut object);
                    let before = std::mem::take(&mut there);
                    if self.say(What::There(before)).await.is_err()
                        || self.say(What::Gone(object)).await.is_err()
                    {
                        return Some(End::Closed);
                    }
                }
                _ => {}
            }
        }
        if !there.is_empty() && self.say(What::There(there)).await.is_err() {
            return Some(End::Closed);
        }
        end
    }
}

/// An error without the Role that would help, which is many lines long.
pub(super) fn first_line(error: &CallError) -> String {
    match error {
        CallError::Forbidden { missing } => format!("not allowed: {missing}"),
        error => error.to_string(),
    }
}
