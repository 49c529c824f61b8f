//! Sends one write of a repair, and says what became of it.

use boltrope::recovery::episode::{Attempt, Write};

use super::view::Key;
use crate::cluster::{CallError, Cluster, Resource};

/// Writes to a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    cluster: Cluster,
    releases: Resource,
}

impl Writer {
    /// Writes HelmReleases as this kind.
    pub(crate) fn new(cluster: Cluster, releases: Resource) -> Self {
        Self { cluster, releases }
    }

    /// Sends a write with its precondition. Never twice: whoever asked looks what became of it.
    pub(crate) async fn send(&self, write: &Write) -> Attempt {
        let resource = self.resource(write);
        let part = write.to_status.then_some("status");
        let sent = self
            .cluster
            .patch(&resource, &write.namespace, &write.name, part, write.json_patch())
            .await;
        match sent {
            Ok(object) => {
                let version = object.pointer("/metadata/resourceVersion");
                match version.and_then(serde_json::Value::as_str) {
                    Some(version) => Attempt::Done {
                        resource_version: version.to_owned(),
                    },
                    None => Attempt::Unheard {
                        why: "the answer is no object".to_owned(),
                    },
                }
            }
            Err(error) => self.attempt(write, error).await,
        }
    }

    /// What stands there now.
    pub(crate) async fn read(&self, write: &Write) -> Result<Option<serde_json::Value>, CallError> {
        let key: Key = (write.namespace.clone(), write.name.clone());
        self.cluster
            .get(&self.resource(write), Some(&key.0), &key.1)
            .await
    }

    async fn attempt(&self, write: &Write, error: CallError) -> Attempt {
        match error {
            CallError::Forbidden { missing } => Attempt::Forbidden {
                missing: missing.to_string(),
            },
            CallError::NotFound { .. } => Attempt::Gone,
            CallError::Conflict { .. } => Attempt::Conflict,
            // A `test` that does not hold (422) cannot be told from an object that is refused, but by looking.
            CallError::Refused { status: 422, .. } => match self.read(write).await {
                Ok(None) => Attempt::Gone,
                Ok(Some(object))
                    if object.pointer("/metadata/resourceVersion")
                        == Some(&write.resource_version.as_str().into()) =>
                {
                    Attempt::Forbidden {
                        missing: error.to_string(),
                    }
                }
                Ok(Some(_)) => Attempt::Conflict,
                Err(error) => Attempt::Unheard {
                    why: error.to_string(),
                },
            },
            CallError::Refused {
                status: 400..=428, ..
            } => Attempt::Forbidden {
                missing: error.to_string(),
            },
            CallError::Refused { .. } | CallError::Unheard { .. } | CallError::Unreadable { .. } => {
                Attempt::Unheard {
                    why: error.to_string(),
                }
            }
        }
    }

    fn resource(&self, write: &Write) -> Resource {
        match write.kind.as_str() {
            "Secret" => Resource::SECRETS,
            _ => self.releases.clone(),
        }
    }
}
