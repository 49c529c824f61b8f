//! An object that is not ours is never written and never deleted, however much it looks like ours.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::arena::{Arena, stays, text, wait};
use super::objects::{ingress, namespace, service, settings};

pub(super) fn untouched(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "untouched")?;
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    for name in ["plain", "labelled", "forged", "moved", "late", "route"] {
        arena.put(&service("base", name))?;
    }
    arena.put(&ingress("base", "route", "route.example.com", "route"))?;
    // A real copy to take marks from.
    arena.put(&namespace("feature-real", &[]))?;
    let operator = arena.operator()?;
    arena.ensure_quiet()?;
    let marks = |name: &str| {
        let copy = arena.service("feature-real", name).context("no copy")?;
        anyhow::Ok(copy.get("metadata").cloned().unwrap_or_default())
    };
    drop(operator);

    arena.put(&namespace("feature-x", &[]))?;
    let mut strangers = vec![service("feature-x", "plain")];
    // Our labels, copied by a person.
    let mut labelled = service("feature-x", "labelled");
    labelled["metadata"]["labels"] = marks("labelled")?["labels"].clone();
    strangers.push(labelled);
    // All our marks, for another source.
    let mut forged = service("feature-x", "forged");
    forged["metadata"]["labels"] = marks("plain")?["labels"].clone();
    forged["metadata"]["annotations"] = marks("plain")?["annotations"].clone();
    strangers.push(forged);
    // A whole copy as `kubectl get -o yaml | kubectl apply` brings it: every mark is right, and another wrote it.
    let mut moved = arena.service("feature-real", "moved").context("no copy")?;
    let metadata = marks("moved")?;
    moved["metadata"] = json!({
        "name": "moved", "namespace": "feature-x", "labels": metadata["labels"], "annotations": metadata["annotations"],
    });
    if let Some(moved) = moved.as_object_mut() {
        moved.retain(|key, _| ["apiVersion", "kind", "metadata", "spec"].contains(&key.as_str()));
    }
    moved["spec"]["externalName"] = "elsewhere.example.org".into();
    strangers.push(moved);
    let mut route = ingress("feature-x", "route", "mine.example.com", "route");
    route["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "boltrope"});
    strangers.push(route);
    let mut before = Vec::new();
    for stranger in &strangers {
        before.push(arena.put(stranger)?);
    }

    let _operator = arena.operator()?;
    wait("the rest is copied", || {
        Ok(arena.service("feature-x", "late").is_some())
    })?;
    let same = || {
        before.iter().all(|object| {
            let now = arena.client().find(object, "").unwrap_or_default();
            now == *object
        })
    };
    stays("nothing of theirs changes", 3, same)?;
    arena.ensure_quiet()?;

    // One appears in place of a copy while the operator runs; one's source goes.
    arena
        .client()
        .delete("/api/v1/namespaces/feature-x/services/late")?;
    let mut late = arena.client().create(&service("feature-x", "late"), "", false)?;
    while !late.is_success() {
        // The operator was faster; once more.
        arena
            .client()
            .delete("/api/v1/namespaces/feature-x/services/late")?;
        late = arena.client().create(&service("feature-x", "late"), "", false)?;
    }
    before.push(late.body);
    for name in ["plain", "labelled", "forged", "moved"] {
        arena
            .client()
            .delete(&format!("/api/v1/namespaces/base/services/{name}"))?;
    }
    wait("real copies go with their sources", || {
        Ok(arena.service("feature-real", "moved").is_none())
    })?;
    let same = || {
        before
            .iter()
            .all(|object| arena.client().find(object, "").is_ok_and(|now| now == *object))
    };
    stays("theirs do not", 3, same)?;
    let touched: Vec<String> = arena.writes()?;
    let names = ["plain", "labelled", "forged", "moved"];
    let to_strangers = touched.iter().filter(|write| {
        names
            .iter()
            .any(|name| write.contains(&format!("/namespaces/feature-x/services/{name}")))
    });
    ensure!(to_strangers.count() == 0, "{touched:#?}");
    arena.ensure_quiet()
}

/// Server-side apply by another manager: the Service becomes theirs, without a gap.
pub(super) fn taken_over(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "taken-over")?;
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    arena.put(&service("base", "api"))?;
    arena.put(&namespace("feature-x", &[]))?;
    let _operator = arena.operator()?;
    arena.ensure_quiet()?;
    // As `kubectl apply --server-side` of a chart's Service does.
    arena.put(&service("feature-x", "api"))?;
    let released = |service: &Value| {
        let labels = service.pointer("/metadata/labels/boltrope.dev~1origin");
        labels.is_none() && text(service, "/spec/type") == "ClusterIP"
    };
    wait("the mirror is let go", || {
        Ok(released(&arena.service("feature-x", "api").unwrap_or_default()))
    })?;
    let now = arena.service("feature-x", "api").context("it is gone")?;
    ensure!(
        text(&now, "/spec/selector/app") == "api" && now.pointer("/spec/externalName").is_none(),
        "{now}"
    );
    ensure!(
        now.pointer("/metadata/annotations/boltrope.dev~1content")
            .is_none(),
        "{now}"
    );
    let version = text(&now, "/metadata/resourceVersion").to_owned();
    arena.put(&{
        let mut changed = service("base", "api");
        changed["spec"]["ports"][0]["port"] = 81.into();
        changed
    })?;
    stays("it is never written again", 3, || {
        let now = arena.service("feature-x", "api").unwrap_or_default();
        text(&now, "/metadata/resourceVersion") == version
    })?;
    arena.ensure_quiet()
}
