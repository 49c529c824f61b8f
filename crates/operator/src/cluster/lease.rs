//! One of several replicas acts: a Lease, as client-go's leader election uses it.
//!
//! Whoever holds the Lease renews it; when nobody has for its whole length, by the watcher's own clock, another one takes
//! it. A holder that cannot renew in time stops acting before anybody else begins.

use std::time::Duration;

use boltrope::recovery::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::{CallError, Cluster, Resource};
use crate::stop::Stop;

/// How long nobody else takes a Lease that is not renewed.
const LENGTH: Duration = Duration::from_secs(15);
/// When a holder that cannot renew gives up: before the length is over.
const DEADLINE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_secs(2);

/// A Lease by name, and who wants it.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    pub(crate) cluster: Cluster,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Who asks; different for every replica: a Pod's name.
    pub(crate) identity: String,
}

/// The right to act, as long as it lasts.
#[derive(Debug)]
pub(crate) struct Leadership {
    held: watch::Receiver<bool>,
    lease: Lease,
    task: tokio::task::JoinHandle<()>,
}

/// A Lease as somebody else's, and since when it looks so.
struct Watched {
    holder: String,
    /// Every renewal is a write.
    version: String,
    since: Instant,
}

impl Leadership {
    /// Ends when the right to act is lost.
    pub(crate) async fn lost(&self) {
        let mut held = self.held.clone();
        // A renewing task that is gone renews no more.
        let _gone = held.wait_for(|held| !held).await;
    }

    /// Gives the Lease back, so that another replica need not wait for its end.
    pub(crate) async fn release(self) {
        self.task.abort();
        if let Ok(Some(found)) = self.lease.read().await
            && text(&found, "/spec/holderIdentity") == self.lease.identity
        {
            // Whoever cannot give it back lets it run out.
            let _left = self.lease.write(Some(&found), "").await;
        }
    }
}

impl Lease {
    /// Waits until the Lease is ours; `None` when the end is asked for first.
    ///
    /// # Errors
    /// A missing permission; everything else is tried again.
    pub(crate) async fn acquire(self, stop: &Stop) -> Result<Option<Leadership>, CallError> {
        let mut watched: Option<Watched> = None;
        while !stop.is_asked() {
            match self.try_acquire(&mut watched).await {
                Ok(true) => return Ok(Some(self.hold())),
                Err(error @ CallError::Forbidden { .. }) => return Err(error),
                Ok(false) | Err(_) => stop.sleep(PAUSE).await,
            }
        }
        Ok(None)
    }

    async fn try_acquire(&self, watched: &mut Option<Watched>) -> Result<bool, CallError> {
        let found = self.read().await?;
        if let Some(found) = &found {
            let (holder, version) = (
                text(found, "/spec/holderIdentity"),
                text(found, "/metadata/resourceVersion"),
            );
            let is_others = !holder.is_empty() && holder != self.identity;
            let is_same = |watched: &Watched| watched.holder == holder && watched.version == version;
            if !watched.as_ref().is_some_and(is_same) {
                *watched = Some(Watched {
                    holder: holder.to_owned(),
                    version: version.to_owned(),
                    since: Instant::now(),
                });
            }
            let length = found
                .pointer("/spec/leaseDurationSeconds")
                .and_then(Value::as_u64);
            let length = length.map_or(LENGTH, Duration::from_secs);
            let has_run_out = watched
                .as_ref()
                .is_some_and(|watched| watched.since.elapsed() >= length);
            if is_others && !has_run_out {
                return Ok(false);
            }
        }
        match self.write(found.as_ref(), &self.identity).await {
            Ok(()) => Ok(true),
            // Somebody was faster.
            Err(CallError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn hold(self) -> Leadership {
        let (say, held) = watch::channel(true);
        let lease = self.clone();
        let task = tokio::spawn(async move {
            let mut renewed = Instant::now();
            while renewed.elapsed() < DEADLINE {
                sleep(PAUSE).await;
                let asked = Instant::now();
                let renewal = async {
                    let found = lease.read().await?;
                    let is_ours = found
                        .as_ref()
                        .is_some_and(|found| text(found, "/spec/holderIdentity") == lease.identity);
                    if is_ours {
                        lease.write(found.as_ref(), &lease.identity).await.map(|()| true)
                    } else {
                        Ok::<bool, CallError>(false)
                    }
                };
                match tokio::time::timeout(DEADLINE.saturating_sub(renewed.elapsed()), renewal).await {
                    Ok(Ok(true)) => renewed = asked,
                    Ok(Ok(false)) => break,
                    Ok(Err(_)) | Err(_) => {}
                }
            }
            say.send_replace(false);
        });
        Leadership {
            held,
            lease: self,
            task,
        }
    }

    async fn read(&self) -> Result<Option<Value>, CallError> {
        self.cluster
            .get(&Resource::LEASES, Some(&self.namespace), &self.name)
            .await
    }

    /// Writes the Lease for a holder; `found` is what was read, with its `resourceVersion`.
    async fn write(&self, found: Option<&Value>, holder: &str) -> Result<(), CallError> {
        let now = micro(crate::recover::now());
        let same = found.is_some_and(|found| text(found, "/spec/holderIdentity") == holder);
        let acquired = found
            .filter(|_| same)
            .map(|found| text(found, "/spec/acquireTime").to_owned());
        let changes = found.and_then(|found| found.pointer("/spec/leaseTransitions")?.as_u64());
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {
                "name": self.name, "namespace": self.namespace,
                "resourceVersion": found.map(|found| text(found, "/metadata/resourceVersion")),
            },
            "spec": {
                "holderIdentity": holder, "leaseDurationSeconds": LENGTH.as_secs(), "renewTime": now,
                "acquireTime": acquired.filter(|time| !time.is_empty()).unwrap_or(now.clone()),
                "leaseTransitions": changes.unwrap_or(0) + u64::from(found.is_some() && !same),
            },
        });
        let (namespace, name) = (self.namespace.as_str(), self.name.as_str());
        match found {
            None => {
                self.cluster
                    .create(&Resource::LEASES, Some(namespace), &lease)
                    .await
            }
            Some(_) => {
                self.cluster
                    .replace(&Resource::LEASES, namespace, name, &lease)
                    .await
            }
        }
        .map(drop)
    }
}

/// A `MicroTime`: `2026-05-18T08:30:00.000000Z`.
fn micro(moment: Timestamp) -> String {
    let text = moment.to_string();
    format!("{}.000000Z", text.trim_end_matches('Z'))
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
