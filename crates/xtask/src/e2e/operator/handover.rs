//! The hand-over: `preview yield`, then `helm install` of a chart that brings the same names.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::arena::{Arena, text, wait};
use super::objects::{mirrors, namespace, service};
use crate::e2e::helm::Helm;

const CHART: &str = "apiVersion: v2\nname: shop\nversion: 1.0.0\n";
const TEMPLATE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}
";

pub(super) fn helm(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "helm")?;
    arena.write_rules(&[("previews", mirrors("base", "feature-*"))])?;
    for name in ["api", "web"] {
        arena.put(&service("base", name))?;
    }
    let chart = chart(&arena)?;
    let _operator = arena.operator()?;
    for helm in [Helm::Three, Helm::Four] {
        let preview = format!("feature-{}", helm.name());
        arena.put(&namespace(&preview, &[]))?;
        wait("there are mirrors", || {
            Ok(arena.service(&preview, "api").is_some())
        })?;
        let install = || {
            anyhow::Ok(
                helm.program(root)?
                    .args(["install", "shop", "--namespace", &preview, "--kubeconfig"])
                    .args([arena.cluster.kubeconfig(), &chart]),
            )
        };
        ensure!(
            !install()?.succeeds(),
            "Helm takes what is there: the mirror need not yield any more"
        );
        let yielded = arena
            .command_as_admin("yield")
            .args([preview.as_str(), "api", "--wait"]);
        ensure!(yielded.succeeds(), "`preview yield` failed");
        ensure!(
            arena.service(&preview, "api").is_none(),
            "the mirror is still there"
        );
        install()?.stdout().context("after the yield")?;
        let installed = arena.service(&preview, "api").context("nothing was installed")?;
        ensure!(text(&installed, "/spec/selector/app") == "api", "{installed}");
        ensure!(
            arena.service(&preview, "web").is_some(),
            "the other mirror has gone too"
        );
        arena.ensure_quiet()?;
        ensure!(
            arena.service(&preview, "api").as_ref() == Some(&installed),
            "the release's Service was written"
        );
        // The release goes and the name is taken off the list: the mirror comes back.
        helm.program(root)?
            .args(["uninstall", "shop", "--namespace", &preview, "--kubeconfig"])
            .args([arena.cluster.kubeconfig()])
            .stdout()?;
        let undone = arena
            .command_as_admin("yield")
            .args([preview.as_str(), "api", "--undo"]);
        ensure!(undone.succeeds(), "`preview yield --undo` failed");
        wait("the mirror is back", || {
            Ok(arena.service(&preview, "api").is_some())
        })?;
        arena.ensure_quiet()?;
    }
    Ok(())
}

fn chart(arena: &Arena) -> anyhow::Result<PathBuf> {
    let chart = arena.cluster.folder().join("shop");
    std::fs::create_dir_all(chart.join("templates"))?;
    std::fs::write(chart.join("Chart.yaml"), CHART)?;
    std::fs::write(chart.join("templates/service.yaml"), TEMPLATE)?;
    Ok(chart)
}
