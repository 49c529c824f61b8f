//! What copies are, and that they stay so.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::arena::{Arena, stays, text, wait};
use super::objects::{at, ingress, mirrors, namespace, path, service, set, settings, with_spec};

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

/// Traefik's and Gateway API's definitions come after the operator has started.
pub(super) fn definitions(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "definitions")?;
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    arena.put(&namespace("feature-x", &[]))?;
    arena.put(&service("base", "api"))?;
    let _operator = arena.operator()?;
    arena.ensure_quiet()?;
    let crds = root.join("../shared/corpus/crds");
    let files: Vec<_> = [
        "traefik.io_ingressroutes.yaml",
        "gateway.networking.k8s.io_httproutes.yaml",
        "gateway.networking.k8s.io_gateways.yaml",
        "gateway.networking.k8s.io_referencegrants.yaml",
    ]
    .iter()
    .map(|file| crds.join(file))
    .collect();
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
