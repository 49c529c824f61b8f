//! A tenth of what the operator is made for: 100 namespaces with 20 Services and 5 Ingresses each.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::arena::{Arena, wait};
use super::objects::{ingress, namespace, service, set, settings};
use crate::output;

const NAMESPACES: usize = 100;
/// Of the base, as of every bar about copies.
pub(super) const SERVICES: usize = 20;
pub(super) const INGRESSES: usize = 5;
/// What a new namespace may take here, where the machine has other work and the operator is not optimised; the bar of a
/// second is measured by the bench.
const SERVED: Duration = Duration::from_secs(10);

pub(super) fn scale(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "scale")?;
    fill(&arena, NAMESPACES)?;
    let began = Instant::now();
    let _operator = arena.operator()?;
    let copies = |path: &str| {
        let list = arena
            .client()
            .list(&format!("{path}?labelSelector=boltrope.dev%2Forigin"));
        list.map_or(0, |list| list.len())
    };
    let all = || copies("/api/v1/services") + copies("/apis/networking.k8s.io/v1/ingresses");
    let wanted = NAMESPACES * (SERVICES + INGRESSES);
    wait("every namespace is served", || Ok(all() == wanted))?;
    let served = began.elapsed();
    arena.ensure_quiet()?;

    let began = Instant::now();
    arena.put(&namespace("feature-new", &[]))?;
    let mut last = Duration::ZERO;
    wait("the new namespace is served", || {
        let path = "/apis/networking.k8s.io/v1/namespaces/feature-new/ingresses";
        last = began.elapsed();
        Ok(arena.client().list(path)?.len() == INGRESSES)
    })?;
    output::line(&format!(
        "e2e operator: {wanted} copies in {:.1} s, a new namespace in {:.2} s",
        served.as_secs_f32(),
        last.as_secs_f32()
    ));
    ensure!(last < SERVED, "a new namespace took {last:?}");

    // One more than the rule allows gets nothing, and that is said.
    arena.put(&namespace("feature-over", &[]))?;
    wait("the limit is said", || Ok(arena.status().contains("\"over\": 1")))?;
    ensure!(
        arena.service("feature-over", "s0").is_none(),
        "it is served beyond the limit"
    );
    arena.ensure_quiet()
}

/// A base with its Services and Ingresses, and as many previews of it; the rule has room for one more.
pub(super) fn fill(arena: &Arena, namespaces: usize) -> anyhow::Result<()> {
    let mut rule = settings("base", "feature-*");
    set(&mut rule, "/maxNamespaces", namespaces + 1)?;
    arena.write_rules(&[("previews", rule)])?;
    for number in 0..SERVICES {
        arena.put(&service("base", &format!("s{number}")))?;
    }
    for number in 0..INGRESSES {
        let host = format!("i{number}.example.com");
        arena.put(&ingress(
            "base",
            &format!("i{number}"),
            &host,
            &format!("s{number}"),
        ))?;
    }
    for number in 0..namespaces {
        arena.put(&namespace(&format!("feature-{number}"), &[]))?;
    }
    Ok(())
}
