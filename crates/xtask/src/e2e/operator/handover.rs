//! The hand-over: `preview yield`, then `helm install` of a chart that brings the same names; and names that Flux says it
//! brings.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::arena::{Arena, stays, text, wait};
use super::gateways::definition;
use super::objects::{mirrors, namespace, service, set};
use crate::e2e::helm::Helm;

const CHART: &str = "apiVersion: v2\nname: shop\nversion: 1.0.0\n";
const TEMPLATE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}
";

/// As much of Flux's definition as a reader of `boltrope.dev/provides` sees.
const KUSTOMIZATIONS: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: kustomizations.kustomize.toolkit.fluxcd.io}
spec:
  group: kustomize.toolkit.fluxcd.io
  names: {kind: Kustomization, listKind: KustomizationList, plural: kustomizations, singular: kustomization}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
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

/// A HelmRelease in the preview, and a Kustomization elsewhere that installs into it.
pub(super) fn provides(root: &Path, _: &Path) -> anyhow::Result<()> {
    let arena = Arena::start(root, "provides")?;
    let kustomizations = arena.cluster.folder().join("kustomizations.yaml");
    std::fs::write(&kustomizations, KUSTOMIZATIONS)?;
    let releases = definition(root, "helm.toolkit.fluxcd.io_helmreleases");
    arena.client().install_definitions(&[releases, kustomizations])?;
    arena.write_rules(&[("previews", mirrors("base", "feature-*"))])?;
    for name in ["api", "web", "db"] {
        arena.put(&service("base", name))?;
    }
    for name in ["feature-x", "apps"] {
        arena.put(&namespace(name, &[]))?;
    }
    let _operator = arena.operator()?;
    let there = |names: &[&str]| {
        ["api", "web", "db"]
            .iter()
            .all(|name| arena.service("feature-x", name).is_some() == names.contains(name))
    };
    wait("all are mirrored", || Ok(there(&["api", "web", "db"])))?;
    arena.ensure_quiet()?;

    let mut release = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": "shop", "namespace": "feature-x", "annotations": {"boltrope.dev/provides": "api, web"}},
        "spec": {"interval": "5m", "chartRef": {"kind": "OCIRepository", "name": "shop"}},
    });
    arena.put(&release)?;
    wait("the release has its names", || Ok(there(&["db"])))?;
    arena.ensure_quiet()?;
    arena.put(&json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "data", "namespace": "apps", "annotations": {"boltrope.dev/provides": "db"}},
        "spec": {"targetNamespace": "feature-x"},
    }))?;
    wait("a target namespace counts", || Ok(there(&[])))?;
    arena.ensure_quiet()?;

    // What Flux installs is Flux's, also when nobody says any more that it brings it.
    let installed = arena.put(&service("feature-x", "api"))?;
    set(&mut release, "/metadata/annotations", json!({}))?;
    arena.put(&release)?;
    wait("what nobody brings is mirrored again", || {
        Ok(there(&["api", "web"]))
    })?;
    stays("what was installed is not written", 2, || {
        arena.service("feature-x", "api").as_ref() == Some(&installed)
    })?;
    arena.ensure_quiet()?;
    arena
        .client()
        .delete("/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/apps/kustomizations/data")?;
    wait("so it is when the Kustomization goes", || {
        Ok(there(&["api", "web", "db"]))
    })?;
    arena.ensure_quiet()
}
