//! An operator that may look at some namespaces or kinds only, and is told so (`--only`, `--kind`). It has no right beyond
//! them, so whatever it asks for elsewhere is refused, and it would not end well.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::arena::{Arena, HOME, stays, wait};
use super::gateways::definition;
use super::objects::{self, ingress, namespace, service, settings};
use crate::e2e::cluster::OPERATOR;

const RBAC: &str = "rbac.authorization.k8s.io";
const ROLE: &str = "boltrope-operator";
const INGRESSES: &str = "boltrope-operator-ingresses";

/// `--only`: Roles in the source and in one preview, and nothing anywhere else.
pub(super) fn only(root: &Path, _: &Path) -> anyhow::Result<()> {
    let mut arena = Arena::start(root, "only")?;
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    arena.put(&service("base", "api"))?;
    arena.put(&ingress("base", "shop", "shop.example.com", "api"))?;
    for name in ["feature-x", "feature-y"] {
        arena.put(&namespace(name, &[]))?;
    }
    for name in [ROLE, INGRESSES] {
        arena
            .client()
            .delete(&format!("/apis/{RBAC}/v1/clusterrolebindings/{name}"))?;
        for namespace in ["base", "feature-x"] {
            arena.put(&bound(name, namespace))?;
        }
    }
    arena.put(&json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRole", "metadata": {"name": "cluster"},
        "rules": [
            {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list", "watch"]},
            {"apiGroups": ["networking.k8s.io"], "resources": ["ingressclasses"], "verbs": ["list", "watch"]},
        ],
    }))?;
    arena.put(&objects::binding("cluster", OPERATOR))?;
    // Without being told it waits for what it may not see.
    ensure!(
        once(&arena)? == Some(1),
        "it takes what it may see for all there is"
    );
    arena.reach = vec!["--only", "feature-x"];
    let _operator = arena.operator()?;
    wait("its namespace is served", || {
        Ok(arena.service("feature-x", "api").is_some() && arena.ingress("feature-x", "shop").is_some())
    })?;
    arena.ensure_quiet()?;
    stays("no other namespace is", 2, || {
        arena.service("feature-y", "api").is_none() && arena.ingress("feature-y", "shop").is_none()
    })?;
    // What happens elsewhere is nobody's business, and what happens here is.
    arena.put(&service("feature-y", "api"))?;
    arena
        .client()
        .delete("/api/v1/namespaces/feature-x/services/api")?;
    wait("the mirror is back", || {
        Ok(arena.service("feature-x", "api").is_some())
    })?;
    arena.client().delete("/api/v1/namespaces/base/services/api")?;
    wait("the mirror goes with its source", || {
        Ok(arena.service("feature-x", "api").is_none())
    })?;
    arena.ensure_quiet()
}

/// `--kind`: no right to look at Traefik's routes, of which there are some.
pub(super) fn kinds(root: &Path, _: &Path) -> anyhow::Result<()> {
    let mut arena = Arena::start(root, "kinds")?;
    arena
        .client()
        .install_definitions(&[definition(root, "traefik.io_ingressroutes")])?;
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    arena.put(&service("base", "api"))?;
    arena.put(&ingress("base", "shop", "shop.example.com", "api"))?;
    arena.put(&json!({
        "apiVersion": "traefik.io/v1alpha1", "kind": "IngressRoute", "metadata": {"name": "edge", "namespace": "base"},
        "spec": {"routes": [{
            "kind": "Rule", "match": "Host(`edge.example.com`)", "services": [{"name": "api", "port": 80}],
        }]},
    }))?;
    arena.put(&namespace("feature-x", &[]))?;
    take_rights(&arena, "traefik.io")?;
    ensure!(
        once(&arena)? == Some(1),
        "it takes what it may see for all there is"
    );
    ensure!(
        arena.ingress("feature-x", "shop").is_none(),
        "hosts that it may not see may be taken"
    );
    arena.reach = vec!["--kind", "Ingress"];
    let _operator = arena.operator()?;
    wait("what it may see is served", || {
        Ok(arena.service("feature-x", "api").is_some() && arena.ingress("feature-x", "shop").is_some())
    })?;
    arena.ensure_quiet()?;
    let routes = "/apis/traefik.io/v1alpha1/namespaces/feature-x/ingressroutes";
    ensure!(
        arena.client().list(routes)?.is_empty(),
        "a kind that was not chosen is copied"
    );
    let status = arena.status();
    ensure!(
        !status.contains("not allowed"),
        "it asks for what it was not told to: {status}"
    );
    Ok(())
}

/// How a single run ends.
fn once(arena: &Arena) -> anyhow::Result<Option<i32>> {
    let run = arena
        .command("run")
        .args(["--once", "--namespace", HOME, "--rules"]);
    Ok(run.args([arena.rules_file()]).outcome()?.code)
}

/// A ClusterRole, bound in one namespace.
fn bound(role: &str, namespace: &str) -> Value {
    json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": "RoleBinding",
        "metadata": {"name": role, "namespace": namespace},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": OPERATOR}],
    })
}

/// Takes all rights in a group away.
fn take_rights(arena: &Arena, group: &str) -> anyhow::Result<()> {
    let mut role = arena
        .find(&format!("/apis/{RBAC}/v1/clusterroles/{ROLE}"))
        .context("no role")?;
    let rules = role
        .get_mut("rules")
        .and_then(Value::as_array_mut)
        .context("no rules")?;
    let before = rules.len();
    rules.retain(|rule| {
        let groups = rule.get("apiGroups").and_then(Value::as_array);
        groups.is_none_or(|groups| groups.iter().all(|found| found != group))
    });
    ensure!(rules.len() < before, "the role has no right in {group}");
    let rules = rules.clone();
    arena.put(&json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRole", "metadata": {"name": ROLE}, "rules": rules,
    }))?;
    Ok(())
}
