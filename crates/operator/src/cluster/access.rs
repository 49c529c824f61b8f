//! Asking for permissions before they are needed: SelfSubjectAccessReviews.
//!
//! A repair that finds out half way that it may not go on is worse than none.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{CallError, Cluster, Missing, Resource};

/// Of all that will be needed, what is not allowed. What is allowed in all namespaces is asked once.
pub(crate) async fn missing(
    cluster: &Cluster,
    needed: &BTreeSet<Missing>,
) -> Result<Vec<Missing>, CallError> {
    let mut missing = Vec::new();
    let mut everywhere: BTreeSet<Missing> = BTreeSet::new();
    let mut asked: BTreeSet<Missing> = BTreeSet::new();
    for one in needed {
        let in_all = Missing {
            namespace: None,
            ..one.clone()
        };
        if asked.insert(in_all.clone()) && is_allowed(cluster, &in_all).await? {
            everywhere.insert(in_all.clone());
        }
        if everywhere.contains(&in_all) {
            continue;
        }
        if one.namespace.is_none() || !is_allowed(cluster, one).await? {
            missing.push(one.clone());
        }
    }
    Ok(missing)
}

async fn is_allowed(cluster: &Cluster, one: &Missing) -> Result<bool, CallError> {
    let (resource, part) = one
        .resource
        .split_once('/')
        .map_or((one.resource.as_str(), ""), |(resource, part)| (resource, part));
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {
            "verb": one.verb, "group": one.group, "resource": resource, "subresource": part,
            "namespace": one.namespace.as_deref().unwrap_or_default(),
        }},
    });
    let answer = cluster.create(&Resource::ACCESS_REVIEWS, None, &review).await?;
    Ok(answer.pointer("/status/allowed") == Some(&Value::Bool(true)))
}
