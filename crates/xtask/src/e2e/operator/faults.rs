//! What goes wrong: processes that die, servers that restart, rights that are missing, rules that are broken.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::ensure;
use serde_json::Value;

use super::arena::{Arena, stays, text, wait};
use super::objects::{binding, ingress, mirrors, namespace, service, set, settings};
use crate::e2e::cluster::OPERATOR;

const INGRESSES: &str = "boltrope-operator-ingresses";

fn copies(arena: &Arena) -> usize {
    let list = arena
        .client()
        .list("/api/v1/services?labelSelector=boltrope.dev%2Forigin");
    list.map_or(0, |list| list.len())
}

/// Killed twice while it writes 600 copies.
pub(super) fn killed(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "killed")?;
    arena.write_rules(&[("previews", mirrors("base", "feature-*"))])?;
    for number in 0..20 {
        arena.put(&service("base", &format!("s{number}")))?;
    }
    for number in 0..30 {
        arena.put(&namespace(&format!("feature-{number}"), &[]))?;
    }
    let mut operator = arena.operator()?;
    wait("it is in the middle", || Ok(copies(&arena) > 100))?;
    operator.process.kill();
    let found = copies(&arena);
    ensure!(found < 600, "it was done before it could be killed: {found}");
    // Its Lease is still held by nobody who lives; the next one waits for its end.
    let mut operator = arena.operator()?;
    wait("the next one is in the middle", || {
        Ok(copies(&arena) > found + 100)
    })?;
    operator.process.kill();
    let _operator = arena.operator()?;
    wait("it is done", || Ok(copies(&arena) == 600))?;
    arena.ensure_quiet()
}

/// Sources, labels and rules that change while nobody looks.
pub(super) fn down(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "down")?;
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    for name in ["api", "web"] {
        arena.put(&service("base", name))?;
    }
    arena.put(&ingress("base", "shop", "shop.example.com", "api"))?;
    for name in ["feature-x", "feature-y"] {
        arena.put(&namespace(name, &[]))?;
    }
    let mut operator = arena.operator()?;
    arena.ensure_quiet()?;
    stop(&mut operator)?;
    arena.client().delete("/api/v1/namespaces/base/services/web")?;
    arena
        .client()
        .delete("/apis/networking.k8s.io/v1/namespaces/base/ingresses/shop")?;
    arena
        .client()
        .delete("/api/v1/namespaces/feature-x/services/api")?;
    arena.put(&namespace("feature-y", &[("boltrope.dev/preview", "off")]))?;
    let _operator = arena.operator()?;
    wait("orphans go and what is missing comes", || {
        Ok(arena.service("feature-x", "web").is_none()
            && arena.ingress("feature-x", "shop").is_none()
            && arena.service("feature-x", "api").is_some()
            && arena.service("feature-y", "api").is_none())
    })?;
    arena.ensure_quiet()
}

/// SIGTERM: it ends by itself, and well.
fn stop(operator: &mut super::arena::Operator) -> anyhow::Result<()> {
    let id = operator.process.id().to_string();
    ensure!(
        crate::program::Program::new("kill")
            .args(["-TERM", &id])
            .succeeds(),
        "kill failed"
    );
    let mut ended = None;
    wait("it ends when it is asked to", || {
        ended = operator.process.ended()?;
        Ok(ended.is_some())
    })?;
    ensure!(
        ended == Some(true),
        "it did not end well: {}",
        operator.process.tail()
    );
    Ok(())
}

pub(super) fn two_operators(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "two-operators")?;
    arena.write_rules(&[("previews", mirrors("base", "feature-*"))])?;
    arena.put(&service("base", "api"))?;
    arena.put(&namespace("feature-x", &[]))?;
    let mut first = arena.operator()?;
    wait("the first one acts", || {
        Ok(arena.service("feature-x", "api").is_some())
    })?;
    let second = arena.operator()?;
    wait("the second one is ready", || Ok(second.page("/readyz").is_ok()))?;
    let leads = |operator: &super::arena::Operator| operator.process.log().contains("holds the Lease");
    sleep(Duration::from_secs(3));
    ensure!(leads(&first) && !leads(&second), "both lead");
    arena.ensure_quiet()?;
    // One that ends gives the Lease back.
    stop(&mut first)?;
    wait("the second one leads", || Ok(leads(&second)))?;
    arena.put(&service("base", "web"))?;
    wait("the second one acts", || {
        Ok(arena.service("feature-x", "web").is_some())
    })?;
    arena.ensure_quiet()
}

pub(super) fn restart(root: &Path, _: &Path) -> anyhow::Result<()> {
    let mut arena = Arena::start(root, "restart")?;
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    arena.put(&service("base", "api"))?;
    arena.put(&ingress("base", "shop", "shop.example.com", "api"))?;
    arena.put(&namespace("feature-x", &[]))?;
    let mut operator = arena.operator()?;
    arena.ensure_quiet()?;
    let before: Vec<String> = ["api"].iter().filter_map(|name| uid(&arena, name)).collect();
    arena.cluster.kill_apiserver();
    sleep(Duration::from_secs(3));
    arena.cluster.restart()?;
    arena.put(&service("base", "web"))?;
    wait("it goes on", || Ok(arena.service("feature-x", "web").is_some()))?;
    operator.process.ensure_running()?;
    let after: Vec<String> = ["api"].iter().filter_map(|name| uid(&arena, name)).collect();
    ensure!(before == after, "a copy was made anew");
    arena.ensure_quiet()
}

fn uid(arena: &Arena, name: &str) -> Option<String> {
    let found = arena.service("feature-x", name)?;
    Some(text(&found, "/metadata/uid").to_owned())
}

/// The right to look at Ingresses is taken away, and given back.
pub(super) fn forbidden(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "forbidden")?;
    arena.write_rules(&[("previews", settings("base", "feature-*"))])?;
    arena.put(&service("base", "api"))?;
    arena.put(&ingress("base", "shop", "shop.example.com", "api"))?;
    arena.put(&namespace("feature-x", &[]))?;
    let mut operator = arena.operator()?;
    arena.ensure_quiet()?;
    stop(&mut operator)?;
    arena.client().delete(&format!(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{INGRESSES}"
    ))?;
    arena
        .client()
        .delete("/apis/networking.k8s.io/v1/namespaces/base/ingresses/shop")?;
    let operator = arena.operator()?;
    wait("it says what it waits for", || {
        Ok(arena.status().contains("not allowed: list ingresses"))
    })?;
    arena.put(&service("base", "web"))?;
    wait("the rest goes on", || {
        Ok(arena.service("feature-x", "web").is_some())
    })?;
    ensure!(
        arena.ingress("feature-x", "shop").is_some(),
        "it deleted what it cannot see the source of"
    );
    ensure!(
        !operator.page("/metrics")?.contains("boltrope_preview_waiting 0"),
        "the metric says all is known"
    );
    arena.ensure_no_writes(false)?;
    arena.put(&binding(INGRESSES, OPERATOR))?;
    wait("with its right back it deletes the orphan", || {
        Ok(arena.ingress("feature-x", "shop").is_none())
    })?;
    arena.ensure_quiet()
}

pub(super) fn broken_rules(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "broken-rules")?;
    arena.write_rules(&[("previews", mirrors("base", "feature-*"))])?;
    arena.put(&service("base", "api"))?;
    arena.put(&namespace("feature-x", &[]))?;
    let operator = arena.operator()?;
    arena.ensure_quiet()?;
    ensure!(
        operator.page("/metrics")?.contains("boltrope_rules_valid 1"),
        "the rules are valid"
    );
    let mut broken = mirrors("base", "feature-*");
    set(
        &mut broken,
        "/namespaces/excludeRegex",
        vec![Value::from("feature-(")],
    )?;
    arena.write_rules(&[("previews", broken)])?;
    wait("the metric says so", || {
        Ok(operator.page("/metrics")?.contains("boltrope_rules_valid 0"))
    })?;
    wait("the status says so", || {
        Ok(arena.status().contains("excludeRegex") || arena.status().contains("feature-("))
    })?;
    arena.put(&service("base", "web"))?;
    wait("the rules before are in force", || {
        Ok(arena.service("feature-x", "web").is_some())
    })?;
    std::fs::remove_file(arena.rules_file())?;
    stays("without a file too", 6, || {
        arena.service("feature-x", "api").is_some()
    })?;
    // The source is missing, and nothing is deleted for it.
    arena.write_rules(&[("previews", mirrors("gone", "feature-*"))])?;
    wait("it waits for the source", || {
        Ok(arena.status().contains("there is no Namespace `gone`"))
    })?;
    stays("nothing is deleted", 2, || {
        arena.service("feature-x", "api").is_some()
    })?;
    arena.write_rules(&[("previews", mirrors("base", "other-*"))])?;
    wait("new rules are in force", || {
        Ok(arena.service("feature-x", "api").is_none())
    })?;
    arena.ensure_quiet()
}
