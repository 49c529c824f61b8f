//! One write, which holds only for what was planned on: an object that another has made, changed or replaced in between is
//! left alone and read again.

use boltrope::preview::{Apply, Delete, Identity, Released};
use serde_json::{Value, json};

use super::served::Served;
use super::world::{Key, group_of, key_of};
use crate::cluster::{CallError, Cluster, Resource};

/// The version that no object has: revisions of the store begin above it. An apply that carries it creates, and is refused
/// as a conflict when an object of that name is there. A POST would create too, but as a manager of its own (`Update`),
/// and fields that later applies leave out would stay in its hands for ever.
const NO_VERSION: &str = "1";

/// Something to write.
#[derive(Clone, Debug)]
pub(super) enum Task {
    Apply(Box<Apply>),
    Delete(Delete),
    Release(Released),
}

/// How it went.
#[derive(Debug)]
pub(super) enum Answer {
    /// Written; the object as it is now.
    Written(Value),
    /// There is no such object any more.
    Gone,
    /// Another was faster; the object as it is now, if there is one.
    Overtaken(Option<Value>),
    /// Not done, and why.
    Failed(CallError),
}

impl Task {
    /// What is written.
    pub(super) fn key(&self) -> Key {
        match self {
            Self::Apply(apply) => key_of(&apply.object).unwrap_or_default(),
            Self::Delete(delete) => key_of_identity(&delete.object),
            Self::Release(released) => key_of_identity(&released.object),
        }
    }

    /// For logs and metrics.
    pub(super) fn verb(&self) -> &'static str {
        match self {
            Self::Apply(apply) if apply.existing.is_none() => "create",
            Self::Apply(_) => "apply",
            Self::Delete(_) => "delete",
            Self::Release(_) => "release",
        }
    }

    /// Why.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Apply(apply) => &apply.reason,
            Self::Delete(delete) => &delete.reason,
            Self::Release(released) => &released.reason,
        }
    }

    /// Carries it out.
    pub(super) async fn run(&self, cluster: &Cluster, served: &Served) -> Answer {
        let key = self.key();
        let Some(resource) = served.resource(&key.0, &key.1) else {
            return Answer::Failed(CallError::NotFound {
                what: format!("{} of `{}`", key.1, key.0),
            });
        };
        let written = match self {
            Self::Apply(apply) => create_or_apply(cluster, resource, apply).await,
            Self::Delete(delete) => {
                let (uid, version) = versions(&delete.object);
                let deleted = cluster
                    .delete_version(resource, &key.2, &key.3, (uid, version))
                    .await;
                deleted.map(|()| Value::Null)
            }
            Self::Release(released) => release(cluster, resource, released).await,
        };
        match written {
            Ok(Value::Null) | Err(CallError::NotFound { .. }) if matches!(self, Self::Delete(_)) => {
                Answer::Gone
            }
            Ok(object) => Answer::Written(object),
            Err(CallError::Conflict { .. }) => match cluster.get(resource, Some(&key.2), &key.3).await {
                Ok(found) => Answer::Overtaken(found),
                Err(error) => Answer::Failed(error),
            },
            Err(error) => Answer::Failed(error),
        }
    }
}

/// Creates, or applies to exactly the version of exactly the object that the plan saw, which is ours. Only then fields are
/// taken from others.
async fn create_or_apply(cluster: &Cluster, resource: &Resource, apply: &Apply) -> Result<Value, CallError> {
    let mut object = apply.object.clone();
    if let Some(place) = object.get_mut("apiVersion") {
        *place = resource.api_version().into();
    }
    let (namespace, name) = (
        text(&object, "/metadata/namespace").to_owned(),
        text(&object, "/metadata/name").to_owned(),
    );
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return Err(CallError::NotFound {
            what: "an object without metadata".to_owned(),
        });
    };
    let version = match &apply.existing {
        None => NO_VERSION,
        Some(identity) => {
            let (uid, version) = versions(identity);
            metadata.insert("uid".to_owned(), uid.into());
            version
        }
    };
    metadata.insert("resourceVersion".to_owned(), version.into());
    let force = apply.existing.is_some();
    cluster.apply(resource, &namespace, &name, &object, force).await
}

/// Takes our fields and marks off an object that another has taken over.
async fn release(cluster: &Cluster, resource: &Resource, released: &Released) -> Result<Value, CallError> {
    let identity = &released.object;
    let (uid, version) = versions(identity);
    let mut operations = vec![
        json!({"op": "test", "path": "/metadata/uid", "value": uid}),
        // Writing the version that was read makes the API server compare it.
        json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version}),
    ];
    let removals = released.remove.iter();
    operations.extend(removals.map(|pointer| json!({"op": "remove", "path": pointer})));
    cluster
        .patch(resource, &identity.namespace, &identity.name, None, operations)
        .await
}

/// What preconditions are made from. An object of a cluster has both; without them nothing would match.
fn versions(identity: &Identity) -> (&str, &str) {
    (
        identity.uid.as_deref().unwrap_or(NO_VERSION),
        identity.resource_version.as_deref().unwrap_or(NO_VERSION),
    )
}

fn key_of_identity(identity: &Identity) -> Key {
    (
        group_of(&identity.api_version).to_owned(),
        identity.kind.clone(),
        identity.namespace.clone(),
        identity.name.clone(),
    )
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
