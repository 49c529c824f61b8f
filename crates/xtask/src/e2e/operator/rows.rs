//! What copies are made of, as the API server takes it: ports, addresses, hosts, and what never comes along.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::arena::{Arena, text};
use super::objects::{at, ingress, namespace, path, service, set, settings, with_spec};

/// replicators.md A5, D1.1 to D1.3, D2.1 to D2.5, as the API server takes them.
pub(super) fn rows(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "rows")?;
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    arena.put(&namespace("feature-x", &[]))?;
    put_services(&arena)?;
    put_ingresses(&arena)?;
    let _operator = arena.operator()?;
    arena.ensure_quiet()?;
    ensure_mirrors(&arena)?;
    ensure_routes(&arena)
}

fn put_services(arena: &Arena) -> anyhow::Result<()> {
    arena.put(&service("base", "api"))?;
    // D1.1, D1.2: what only a LoadBalancer may have.
    let mut balanced = with_spec(
        "base",
        "balanced",
        json!({
            "type": "LoadBalancer", "externalTrafficPolicy": "Local", "loadBalancerSourceRanges": ["10.0.0.0/8"],
            "sessionAffinity": "ClientIP", "selector": {"app": "web"},
            "ports": [{"name": "http", "port": 80, "targetPort": "web"}, {"name": "https", "port": 443, "targetPort": 8443}],
        }),
    );
    set(
        &mut balanced,
        "/metadata/annotations",
        json!({
            "service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8",
            "external-dns.alpha.kubernetes.io/hostname": "www.example.com",
        }),
    )?;
    set(
        &mut balanced,
        "/metadata/labels",
        json!({
            "app.kubernetes.io/instance": "shop", "kustomize.toolkit.fluxcd.io/name": "apps", "helm.sh/chart": "shop-1",
        }),
    )?;
    arena.put(&balanced)?;
    // D1.3: behind a headless Service there is no address that translates ports.
    arena.put(&with_spec("base", "headless", json!({
        "clusterIP": "None", "selector": {"app": "db"}, "ports": [{"name": "sql", "port": 5432, "targetPort": "sql"}],
    })))?;
    arena.put(&json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": "headless-1", "namespace": "base", "labels": {"kubernetes.io/service-name": "headless"}},
        "addressType": "IPv4", "endpoints": [{"addresses": ["10.1.2.3"]}],
        "ports": [{"name": "sql", "port": 15432, "protocol": "TCP"}],
    }))?;
    arena.put(&with_spec(
        "base",
        "alias",
        json!({
            "type": "ExternalName", "externalName": "db.example.org", "ports": [{"port": 5432}],
        }),
    ))?;
    Ok(())
}

fn put_ingresses(arena: &Arena) -> anyhow::Result<()> {
    let mut shop = ingress("base", "shop", "shop.example.com", "api");
    set(
        &mut shop,
        "/spec/tls",
        json!([{"hosts": ["shop.example.com"], "secretName": "shop-tls"}]),
    )?;
    set(
        &mut shop,
        "/metadata/annotations",
        json!({
            "cert-manager.io/cluster-issuer": "letsencrypt", "kubernetes.io/tls-acme": "true",
            "external-dns.alpha.kubernetes.io/hostname": "shop.example.com",
            "nginx.ingress.kubernetes.io/server-alias": "other.example.com",
        }),
    )?;
    arena.put(&shop)?;
    // A5: two hosts that kube-external-sync would make one.
    arena.put(&ingress("base", "two", "two.example.com", "api"))?;
    for (name, host) in [
        ("apex", "example.com"),
        ("wildcard", "*.example.com"),
        ("local", "localhost"),
    ] {
        arena.put(&ingress("base", name, host, "api"))?;
    }
    // D2.2: without a host it would serve everything.
    let mut any = ingress("base", "any", "", "api");
    set(
        &mut any,
        "/spec/rules",
        json!([{"http": {"paths": [path("api")]}}]),
    )?;
    arena.put(&any)?;
    // D2.7: what it leads to is not there.
    arena.put(&ingress("base", "nowhere", "nowhere.example.com", "missing"))?;
    Ok(())
}

fn ensure_mirrors(arena: &Arena) -> anyhow::Result<()> {
    let mirror = |name: &str| {
        arena
            .service("feature-x", name)
            .with_context(|| format!("no mirror `{name}`"))
    };
    let spec = |name: &str| anyhow::Ok(mirror(name)?.get("spec").cloned().unwrap_or_default());
    let api = spec("api")?;
    ensure!(text(&api, "/type") == "ExternalName", "{api}");
    ensure!(
        text(&api, "/externalName") == "api.base.svc.cluster.local",
        "{api}"
    );
    ensure!(api.pointer("/ports/0/targetPort") == Some(&80.into()), "{api}");
    let balanced = mirror("balanced")?;
    let ports = balanced
        .pointer("/spec/ports")
        .and_then(Value::as_array)
        .context("no ports")?;
    ensure!(
        ports.len() == 2
            && ports
                .iter()
                .all(|port| at(port, "/port") == at(port, "/targetPort")),
        "{balanced}"
    );
    ensure!(
        ports.iter().all(|port| port.get("nodePort").is_none()),
        "{balanced}"
    );
    for key in [
        "clusterIP",
        "externalTrafficPolicy",
        "loadBalancerSourceRanges",
        "selector",
    ] {
        ensure!(
            at(&balanced, &format!("/spec/{key}")).is_null(),
            "`{key}` came along: {balanced}"
        );
    }
    let keys = balanced
        .pointer("/metadata/annotations")
        .and_then(Value::as_object);
    let ours = keys.is_some_and(|keys| keys.keys().all(|key| key.starts_with("boltrope.dev/")));
    let labels = balanced.pointer("/metadata/labels").and_then(Value::as_object);
    ensure!(
        ours && labels.is_some_and(|labels| labels.len() == 2),
        "{balanced}"
    );
    let headless = spec("headless")?;
    ensure!(
        headless.pointer("/ports/0/port") == Some(&15432.into()),
        "{headless}"
    );
    let alias = spec("alias")?;
    ensure!(text(&alias, "/externalName") == "db.example.org", "{alias}");
    Ok(())
}

fn ensure_routes(arena: &Arena) -> anyhow::Result<()> {
    let shop = arena.ingress("feature-x", "shop").context("no copy of `shop`")?;
    ensure!(
        text(&shop, "/spec/rules/0/host") == "shop-feature-x.example.com",
        "{shop}"
    );
    ensure!(
        text(&shop, "/spec/tls/0/hosts/0") == "shop-feature-x.example.com",
        "{shop}"
    );
    ensure!(
        text(&shop, "/spec/tls/0/secretName") == "wildcard-preview",
        "{shop}"
    );
    let keys = shop.pointer("/metadata/annotations").and_then(Value::as_object);
    ensure!(
        keys.is_some_and(|keys| keys.keys().all(|key| key.starts_with("boltrope.dev/"))),
        "{shop}"
    );
    let two = arena.ingress("feature-x", "two").context("no copy of `two`")?;
    ensure!(
        text(&two, "/spec/rules/0/host") == "two-feature-x.example.com",
        "{two}"
    );
    let status = arena.status();
    for name in ["apex", "local", "any", "nowhere"] {
        ensure!(arena.ingress("feature-x", name).is_none(), "`{name}` was copied");
        ensure!(
            status.contains(&format!("\"name\": \"{name}\"")),
            "the status says nothing of `{name}`: {status}"
        );
    }
    // Whatever became of it, it may not claim the production's host.
    let wildcard = arena.ingress("feature-x", "wildcard").unwrap_or_default();
    ensure!(
        text(&wildcard, "/spec/rules/0/host") != "*.example.com",
        "{wildcard}"
    );
    Ok(())
}
