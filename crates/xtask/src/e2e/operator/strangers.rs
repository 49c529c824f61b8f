//! An object that is not ours is never written and never deleted, however much it looks like ours.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::arena::{Arena, stays, text, wait};
use super::objects::{at, ingress, namespace, service, set, settings};

pub(super) fn untouched(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "untouched")?;
    prepare(&arena)?;
    let mut before = Vec::new();
    for stranger in &strangers(&arena)? {
        before.push(arena.put(stranger)?);
    }
    let _operator = arena.operator()?;
    wait("the rest is copied", || {
        Ok(arena.service("feature-x", "late").is_some())
    })?;
    stays("nothing of theirs changes", 3, || are_same(&arena, &before))?;
    arena.ensure_quiet()?;
    while_it_runs(&arena, &mut before)
}

/// Sources, and a preview with real copies to take marks from.
fn prepare(arena: &Arena) -> anyhow::Result<()> {
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    for name in ["plain", "labelled", "forged", "moved", "late", "route"] {
        arena.put(&service("base", name))?;
    }
    arena.put(&ingress("base", "route", "route.example.com", "route"))?;
    arena.put(&namespace("feature-real", &[]))?;
    let _operator = arena.operator()?;
    arena.ensure_quiet()
}

/// What looks like ours, more or less.
fn strangers(arena: &Arena) -> anyhow::Result<Vec<Value>> {
    let marks = |name: &str| {
        let copy = arena.service("feature-real", name).context("no copy")?;
        anyhow::Ok(copy.get("metadata").cloned().unwrap_or_default())
    };
    arena.put(&namespace("feature-x", &[]))?;
    let mut strangers = vec![service("feature-x", "plain")];
    // Our labels, copied by a person.
    let mut labelled = service("feature-x", "labelled");
    set(
        &mut labelled,
        "/metadata/labels",
        at(&marks("labelled")?, "/labels"),
    )?;
    strangers.push(labelled);
    // All our marks, for another source.
    let mut forged = service("feature-x", "forged");
    set(&mut forged, "/metadata/labels", at(&marks("plain")?, "/labels"))?;
    set(
        &mut forged,
        "/metadata/annotations",
        at(&marks("plain")?, "/annotations"),
    )?;
    strangers.push(forged);
    // A whole copy as `kubectl get -o yaml | kubectl apply` brings it: every mark is right, and another wrote it.
    let mut moved = arena.service("feature-real", "moved").context("no copy")?;
    let metadata = marks("moved")?;
    set(
        &mut moved,
        "/metadata",
        json!({
            "name": "moved", "namespace": "feature-x", "labels": at(&metadata, "/labels"), "annotations": at(&metadata, "/annotations"),
        }),
    )?;
    if let Some(moved) = moved.as_object_mut() {
        moved.retain(|key, _| ["apiVersion", "kind", "metadata", "spec"].contains(&key.as_str()));
    }
    set(&mut moved, "/spec/externalName", "elsewhere.example.org")?;
    strangers.push(moved);
    let mut route = ingress("feature-x", "route", "mine.example.com", "route");
    set(
        &mut route,
        "/metadata/labels",
        json!({"app.kubernetes.io/managed-by": "boltrope"}),
    )?;
    strangers.push(route);
    Ok(strangers)
}

fn are_same(arena: &Arena, before: &[Value]) -> bool {
    before
        .iter()
        .all(|object| arena.client().find(object, "").is_ok_and(|now| now == *object))
}

/// Strangers that come, and sources that go, while the operator runs.
fn while_it_runs(arena: &Arena, before: &mut Vec<Value>) -> anyhow::Result<()> {
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
    stays("theirs do not", 3, || are_same(arena, before))?;
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
    let mut changed = service("base", "api");
    set(&mut changed, "/spec/ports/0/port", 81)?;
    arena.put(&changed)?;
    stays("it is never written again", 3, || {
        let now = arena.service("feature-x", "api").unwrap_or_default();
        text(&now, "/metadata/resourceVersion") == version
    })?;
    arena.ensure_quiet()
}
