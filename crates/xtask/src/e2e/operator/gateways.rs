//! Routes of definitions: Traefik's and Gateway API's, and the grants by which the latter lead into the base.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::arena::{Arena, stays, text, wait};
use super::objects::{namespace, service, set, settings};

const GATEWAY: &str = "gateway.networking.k8s.io";
/// Of a preview, whose controller follows no mirror.
const ROUTE: &str = "/apis/gateway.networking.k8s.io/v1/namespaces/feature-x/httproutes/shop";
const GRANT: &str =
    "/apis/gateway.networking.k8s.io/v1/namespaces/base/referencegrants/boltrope-preview-feature-x";

/// Traefik's and Gateway API's definitions come after the operator has started.
pub(super) fn definitions(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "definitions")?;
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    arena.put(&namespace("feature-x", &[]))?;
    arena.put(&service("base", "api"))?;
    let _operator = arena.operator()?;
    arena.ensure_quiet()?;
    let files = [
        "traefik.io_ingressroutes",
        "gateway.networking.k8s.io_httproutes",
        "gateway.networking.k8s.io_gateways",
        "gateway.networking.k8s.io_referencegrants",
    ]
    .map(|name| definition(root, name));
    arena.client().install_definitions(&files)?;
    arena.put(&json!({
        "apiVersion": "traefik.io/v1alpha1", "kind": "IngressRoute", "metadata": {"name": "shop", "namespace": "base"},
        "spec": {"routes": [{
            "kind": "Rule", "match": "Host(`shop.example.com`) && PathPrefix(`/`)",
            "services": [{"name": "api", "port": 80}],
        }]},
    }))?;
    arena.put(&json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "edge", "namespace": "base"},
        "spec": {"gatewayClassName": "traefik", "listeners": [{
            "name": "web", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}},
        }]},
    }))?;
    arena.put(&json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "grpc", "namespace": "base"},
        "spec": {
            "parentRefs": [{"name": "edge"}], "hostnames": ["grpc.example.com"],
            "rules": [{"backendRefs": [{"name": "api", "port": 80}]}],
        },
    }))?;
    let route = "/apis/traefik.io/v1alpha1/namespaces/feature-x/ingressroutes/shop";
    wait("the IngressRoute has a copy", || Ok(arena.find(route).is_some()))?;
    // A controller that does not lead to ExternalNames gets no copy, and that is said. The kinds need not be found in one look.
    let http = "/apis/gateway.networking.k8s.io/v1/namespaces/feature-x/httproutes/grpc";
    wait("the HTTPRoute has a copy, or there is a word about it", || {
        Ok(arena.find(http).is_some() || arena.status().contains("\"name\": \"grpc\""))
    })?;
    arena.ensure_quiet()?;
    let copy = arena.find(route).context("the copy is gone again")?;
    ensure!(
        text(&copy, "/spec/routes/0/match").contains("`shop-feature-x.example.com`"),
        "{copy}"
    );
    Ok(())
}

/// `strategy: [externalName, gatewayGrant]`: routes lead into the base, and only as far as a grant lets them.
pub(super) fn grants(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "grants")?;
    let files = [
        "gatewayclasses",
        "gateways",
        "httproutes",
        "grpcroutes",
        "referencegrants",
    ]
    .map(|plural| definition(root, &format!("{GATEWAY}_{plural}")));
    arena.client().install_definitions(&files)?;
    write_strategy(&arena, &["externalName", "gatewayGrant"])?;
    for name in ["api", "web"] {
        arena.put(&service("base", name))?;
    }
    put_gateway(&arena)?;
    let shop = json!({
        "apiVersion": format!("{GATEWAY}/v1"), "kind": "HTTPRoute", "metadata": {"name": "shop", "namespace": "base"},
        "spec": {
            "parentRefs": [{"name": "edge"}], "hostnames": ["shop.example.com"],
            "rules": [{"backendRefs": [{"name": "api", "port": 80}]}],
        },
    });
    arena.put(&shop)?;
    arena.put(&namespace("feature-x", &[]))?;
    // It brings what the route leads to, so its route leads nowhere else and needs no grant.
    arena.put(&namespace("feature-own", &[]))?;
    arena.put(&service("feature-own", "api"))?;
    let _operator = arena.operator()?;
    wait("the route has a copy", || Ok(arena.find(ROUTE).is_some()))?;
    arena.ensure_quiet()?;
    ensure_granted(&arena)?;
    ensure_own(&arena)?;

    // A grant that somebody widened or deleted is what it was.
    arena.client().merge(
        GRANT,
        &json!({"spec": {"to": [{"group": "", "kind": "Service"}]}}),
    )?;
    wait("the grant is as narrow as before", || {
        Ok(arena
            .find(GRANT)
            .is_some_and(|grant| text(&grant, "/spec/to/0/name") == "api"))
    })?;
    arena.client().delete(GRANT)?;
    wait("the grant is back", || Ok(arena.find(GRANT).is_some()))?;
    arena.ensure_quiet()?;
    follows(&arena, shop)
}

/// Grants come and go with what needs them, and a stranger's stays.
fn follows(arena: &Arena, mut shop: Value) -> anyhow::Result<()> {
    set(
        &mut shop,
        "/spec/rules",
        json!([{"backendRefs": [{"name": "api", "port": 80}, {"name": "web", "port": 80}]}]),
    )?;
    arena.put(&shop)?;
    wait("the grant names what the route leads to now", || {
        let grant = arena.find(GRANT).unwrap_or_default();
        let names = grant.pointer("/spec/to").and_then(Value::as_array);
        Ok(names.is_some_and(|names| names.len() == 2))
    })?;
    arena.ensure_quiet()?;
    let stranger = json!({
        "apiVersion": format!("{GATEWAY}/v1"), "kind": "ReferenceGrant",
        "metadata": {"name": "theirs", "namespace": "base"},
        "spec": {
            "from": [{"group": GATEWAY, "kind": "HTTPRoute", "namespace": "feature-x"}],
            "to": [{"group": "", "kind": "Service", "name": "api"}],
        },
    });
    let stranger = arena.put(&stranger)?;
    // The controller follows no mirror, so without grants there is no copy.
    write_strategy(arena, &["externalName"])?;
    wait("route and grants go with the strategy", || {
        Ok(arena.find(ROUTE).is_none() && arena.find(GRANT).is_none())
    })?;
    wait("the status names the remedy", || {
        Ok(arena.status().contains("gatewayGrant"))
    })?;
    arena.ensure_quiet()?;
    let path = arena.client().path(&stranger, "")?;
    ensure!(
        arena.find(&path).as_ref() == Some(&stranger),
        "a stranger's grant was written"
    );
    write_strategy(arena, &["externalName", "gatewayGrant"])?;
    wait("both come back", || {
        Ok(arena.find(ROUTE).is_some() && arena.find(GRANT).is_some())
    })?;
    arena.client().delete(&ROUTE.replace("feature-x", "base"))?;
    wait("both go with the source", || {
        Ok(arena.find(ROUTE).is_none() && arena.find(GRANT).is_none())
    })?;
    arena.ensure_quiet()
}

fn write_strategy(arena: &Arena, strategy: &[&str]) -> anyhow::Result<()> {
    let mut rule = settings("base", "feature-*");
    set(&mut rule, "/strategy", json!(strategy))?;
    arena.write_rules(&[("previews", rule)])
}

/// A Gateway of a controller that is known to refuse ExternalName backends.
fn put_gateway(arena: &Arena) -> anyhow::Result<()> {
    arena.put(&json!({
        "apiVersion": format!("{GATEWAY}/v1"), "kind": "GatewayClass", "metadata": {"name": "eg"},
        "spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
    }))?;
    arena.put(&json!({
        "apiVersion": format!("{GATEWAY}/v1"), "kind": "Gateway", "metadata": {"name": "edge", "namespace": "base"},
        "spec": {"gatewayClassName": "eg", "listeners": [{
            "name": "web", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}},
        }]},
    }))?;
    Ok(())
}

/// The copy leads into the base, by its Gateway, under its own host; the grant lets it in to this Service and no other.
fn ensure_granted(arena: &Arena) -> anyhow::Result<()> {
    let copy = arena.find(ROUTE).context("no copy")?;
    for (pointer, expected) in [
        ("/spec/hostnames/0", "shop-feature-x.example.com"),
        ("/spec/parentRefs/0/namespace", "base"),
        ("/spec/rules/0/backendRefs/0/name", "api"),
        ("/spec/rules/0/backendRefs/0/namespace", "base"),
    ] {
        ensure!(text(&copy, pointer) == expected, "{pointer}: {copy}");
    }
    let grant = arena.find(GRANT).context("no grant")?;
    let from = json!([{"group": GATEWAY, "kind": "HTTPRoute", "namespace": "feature-x"}]);
    let to = json!([{"group": "", "kind": "Service", "name": "api"}]);
    ensure!(
        grant.pointer("/spec/from") == Some(&from) && grant.pointer("/spec/to") == Some(&to),
        "{grant}"
    );
    ensure!(
        arena.service("feature-x", "api").is_some(),
        "a grant gives no name: the mirror is missing"
    );
    Ok(())
}

/// Where the preview has the Service itself, the copy leads to it, and nobody is let into the base.
fn ensure_own(arena: &Arena) -> anyhow::Result<()> {
    let copy = arena
        .find(&ROUTE.replace("feature-x", "feature-own"))
        .context("no copy")?;
    ensure!(
        text(&copy, "/spec/rules/0/backendRefs/0/namespace").is_empty(),
        "{copy}"
    );
    let grant = GRANT.replace("feature-x", "feature-own");
    stays("no grant that nobody needs", 2, || arena.find(&grant).is_none())
}

/// A file of the corpus.
pub(super) fn definition(root: &Path, name: &str) -> PathBuf {
    root.join("../shared/corpus/crds").join(format!("{name}.yaml"))
}
