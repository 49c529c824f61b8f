//! Copies stay what they should be, whatever becomes of their sources, their namespaces and themselves.

use std::path::Path;

use anyhow::ensure;
use serde_json::{Value, json};

use super::arena::{Arena, stays, text, wait};
use super::objects::{ingress, mirrors, namespace, service, settings};

pub(super) fn edits(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "edits")?;
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    arena.put(&namespace("feature-x", &[]))?;
    arena.put(&service("base", "api"))?;
    arena.put(&ingress("base", "shop", "shop.example.com", "api"))?;
    let _operator = arena.operator()?;
    arena.ensure_quiet()?;

    let mirror = "/api/v1/namespaces/feature-x/services/api";
    arena
        .client()
        .merge(mirror, &json!({"spec": {"externalName": "evil.example.org"}}))?;
    let name = |arena: &Arena| {
        text(
            &arena.service("feature-x", "api").unwrap_or_default(),
            "/spec/externalName",
        )
        .to_owned()
    };
    wait("an edit of a mirror is undone", || {
        Ok(name(&arena) == "api.base.svc.cluster.local")
    })?;
    let route = "/apis/networking.k8s.io/v1/namespaces/feature-x/ingresses/shop";
    arena
        .client()
        .merge(route, &json!({"spec": {"rules": [{"host": "shop.example.com"}]}}))?;
    let host = || text(&arena.find(route).unwrap_or_default(), "/spec/rules/0/host").to_owned();
    wait("an edit of a route is undone", || {
        Ok(host() == "shop-feature-x.example.com")
    })?;
    arena.client().delete(mirror)?;
    arena.client().delete(route)?;
    wait("deleted copies come back", || {
        Ok(arena.find(mirror).is_some() && arena.find(route).is_some())
    })?;
    arena.ensure_quiet()?;

    // D2.12: a status is not a change.
    let before = arena.writes()?.len();
    let source = "/apis/networking.k8s.io/v1/namespaces/base/ingresses/shop";
    for address in ["10.0.0.1", "10.0.0.2"] {
        let status = json!({"status": {"loadBalancer": {"ingress": [{"ip": address}]}}});
        arena.client().merge(&format!("{source}/status"), &status)?;
        arena.client().merge(&format!("{route}/status"), &status)?;
    }
    stays("a status makes no write", 4, || {
        arena.writes().is_ok_and(|writes| writes.len() == before)
    })?;

    follows(&arena, [mirror, route], source)
}

/// A change of the source reaches its copies, and a source that goes takes them along.
fn follows(arena: &Arena, [mirror, route]: [&str; 2], source: &str) -> anyhow::Result<()> {
    arena.client().merge(
        "/api/v1/namespaces/base/services/api",
        &json!({
            "spec": {"ports": [{"name": "http", "port": 81, "targetPort": 8080}]},
        }),
    )?;
    wait("the mirror follows its source", || {
        let mirror = arena.find(mirror).unwrap_or_default();
        let ports = mirror.pointer("/spec/ports").and_then(Value::as_array);
        Ok(ports.is_some_and(|ports| ports.len() == 1)
            && mirror.pointer("/spec/ports/0/targetPort") == Some(&81.into()))
    })?;
    arena.client().delete(source)?;
    wait("the route goes with its source", || {
        Ok(arena.find(route).is_none())
    })?;
    arena.ensure_quiet()
}

pub(super) fn namespaces(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "namespaces")?;
    arena.write_rules(&[(
        "previews",
        json!({
            "source": "base", "namespaces": {"labels": {"matchLabels": {"preview": "yes"}}},
        }),
    )])?;
    arena.put(&service("base", "api"))?;
    arena.put(&namespace("one", &[("preview", "yes")]))?;
    arena.put(&namespace("two", &[]))?;
    let _operator = arena.operator()?;
    arena.ensure_quiet()?;
    let has = |name: &str| arena.service(name, "api").is_some();
    ensure!(has("one") && !has("two"), "the selector is not followed");

    arena.put(&namespace("one", &[("preview", "no")]))?;
    arena.put(&namespace("two", &[("preview", "yes")]))?;
    wait("copies follow the labels", || Ok(!has("one") && has("two")))?;
    arena.put(&namespace(
        "two",
        &[("preview", "yes"), ("boltrope.dev/preview", "off")],
    ))?;
    wait("a namespace opts out", || Ok(!has("two")))?;
    arena.put(&namespace("one", &[("preview", "yes")]))?;
    wait("a namespace comes back", || Ok(has("one")))?;
    arena.ensure_quiet()?;

    // Nobody ends a Namespace here, so it stays as it is while it ends.
    arena.client().delete("/api/v1/namespaces/one")?;
    let found = arena.find("/api/v1/namespaces/one").unwrap_or_default();
    ensure!(text(&found, "/status/phase") == "Terminating", "{found}");
    let before = arena.writes()?.len();
    arena.put(&service("base", "web"))?;
    arena.put(&namespace("three", &[("preview", "yes")]))?;
    wait("others are served meanwhile", || {
        Ok(arena.service("three", "web").is_some())
    })?;
    ensure!(
        arena.service("one", "web").is_none(),
        "something was made in a namespace that ends"
    );
    let tried: Vec<String> = arena.writes()?.split_off(before);
    ensure!(
        tried.iter().all(|write| !write.contains("/namespaces/one/")),
        "{tried:#?}"
    );
    arena.ensure_quiet()
}

pub(super) fn two_sources(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "two-sources")?;
    arena.put(&namespace("other", &[("boltrope.dev/preview-source", "true")]))?;
    arena.put(&service("base", "api"))?;
    arena.put(&service("base", "web"))?;
    arena.put(&namespace("feature-x", &[]))?;
    arena.write_rules(&[
        ("first", mirrors("base", "feature-*")),
        ("second", mirrors("other", "feature-*")),
    ])?;
    let _operator = arena.operator()?;
    arena.ensure_quiet()?;
    let version = || {
        text(
            &arena.service("feature-x", "api").unwrap_or_default(),
            "/metadata/resourceVersion",
        )
        .to_owned()
    };
    let before = version();
    arena.put(&service("other", "api"))?;
    wait("the conflict is said", || {
        Ok(arena.status().contains("two-sources"))
    })?;
    stays("nobody takes the name from the other", 3, || version() == before)?;
    ensure!(arena.service("feature-x", "web").is_some(), "the rest is gone");
    arena.ensure_quiet()?;
    arena.client().delete("/api/v1/namespaces/base/services/api")?;
    wait("the one that is left gets the name", || {
        let mirror = arena.service("feature-x", "api").unwrap_or_default();
        Ok(text(&mirror, "/spec/externalName") == "api.other.svc.cluster.local")
    })?;
    arena.ensure_quiet()
}
