//! `charts/boltrope-operator` in the real Helm 3 and Helm 4 and the real API server, with every file of values that the chart
//! ships for that (`ci/`), and with values that must be refused.

mod grants;
mod modes;

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::cluster::Cluster;
use super::helm::{self, Helm};
use crate::chart::FOLDER;
use crate::program::Program;
use modes::{MODES, Mode};

pub(super) const CHECKS: &[super::Check] = &[
    ("Helm 3 and Helm 4 lint the chart strictly", lints),
    (
        "both render the same objects in every mode, and those that are meant",
        renders,
    ),
    (
        "Pods run as nobody, with nothing, read-only, in every mode",
        is_confined,
    ),
    ("values that are wrong are refused, and say what is", refuses),
    ("`boltrope check` has nothing against it", is_clean),
    (
        "the API server accepts every object, and grants what the table says",
        grants::are_exact,
    ),
];

/// A Helm that is built without its release's flags takes the oldest Kubernetes for granted.
const KUBERNETES: &str = "1.36.3";
const RELEASE: &str = "boltrope";
const NAMESPACE: &str = "flux-system";
/// Served only where the Prometheus operator is.
const PROMETHEUS: &str = "monitoring.coreos.com/";

/// Values that must be refused, and a part of what is said.
const REFUSED: &[(&str, &str)] = &[
    ("recovery.mode=daemon", "/recovery/mode"),
    ("recovery.intervall=3m", "'intervall' not allowed"),
    ("recovery.interval=soon", "/recovery/interval"),
    ("recovery.schedule=often", "/recovery/schedule"),
    ("recovery.max=-1", "/recovery/max"),
    ("recovery.maxPercent=101", "/recovery/maxPercent"),
    ("recovery.namespaces={Shop}", "/recovery/namespaces/0"),
    ("recovery.namespaces={a,a}", "/recovery/namespaces"),
    ("recovery.controllerVersion=latest", "/recovery/controllerVersion"),
    ("recovery.coolDown=long", "/recovery/coolDown"),
    ("recovery.backupClaim=A Volume", "/recovery/backupClaim"),
    ("recovery.compat=cozystack", "/recovery/compat"),
    ("recovery.replicas=0", "/recovery/replicas"),
    (
        "recovery.stuckThreshold=5m",
        "only recovery.compat goes by the clock",
    ),
    (
        "recovery.clusterWide=true,recovery.namespaces={shop}",
        "with clusterWide: true all namespaces are looked at",
    ),
    (
        "recovery.serviceAccount.create=false",
        "name the ServiceAccount that is there",
    ),
    ("preview.enabled=true", "preview.rules: no rules"),
    ("preview.kinds={Secret}", "/preview/kinds/0"),
    ("preview.onlyKinds={Secret}", "/preview/onlyKinds/0"),
    (
        "preview.enabled=true,preview.existingConfigMap.name=rules,preview.onlyKinds={HelmRelease}",
        "Ingress is written (preview.kinds, preview.gatewayGrant), so it has to be looked at",
    ),
    (
        "preview.enabled=true,preview.existingConfigMap.name=rules,preview.onlyKinds={Ingress},preview.gatewayGrant=true",
        "ReferenceGrant is written",
    ),
    ("image.digest=0123", "/image/digest"),
    ("runAsUser=0", "/runAsUser"),
    ("metrics.port=80", "/metrics/port"),
    ("networkPolicy.apiServerPorts={}", "/networkPolicy/apiServerPorts"),
    ("podMonitor.enabled=true", "'podMonitor' not allowed"),
    (
        "monitoring.prometheusRule.enabled=true,recovery.mode=cronjob",
        "a CronJob serves no metrics",
    ),
];

fn lints(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    for helm in [Helm::Three, Helm::Four] {
        for mode in MODES {
            let program = helm.program(root)?.args(["lint", "--strict", FOLDER]);
            mode.with_values(program).stdout().with_context(|| mode.name)?;
        }
    }
    Ok(())
}

fn renders(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    for mode in MODES {
        let [three, four] = [
            rendered(root, Helm::Three, mode)?,
            rendered(root, Helm::Four, mode)?,
        ];
        helm::ensure_same(&lines(&four)?, &lines(&three)?)
            .with_context(|| format!("{}: Helm 4", mode.name))?;
        let found: Vec<String> = three.iter().map(name).collect();
        for expected in mode.objects {
            ensure!(
                found.iter().any(|name| name == expected),
                "{}: no {expected} in {found:?}",
                mode.name
            );
        }
        ensure!(
            found.len() == mode.objects.len(),
            "{}: not expected: {:?}",
            mode.name,
            found
                .iter()
                .filter(|name| !mode.objects.contains(&name.as_str()))
                .collect::<Vec<_>>()
        );
        for (part, arguments) in mode.arguments {
            let pods = pods(&three);
            let pod = pods.iter().find(|(name, _)| name.ends_with(part));
            let (_, pod) = pod.with_context(|| format!("{}: no Pod of {part}", mode.name))?;
            let found: Vec<&str> = list(pod, "/spec/containers/0/args")
                .iter()
                .filter_map(|item| item.as_str())
                .collect();
            ensure!(found == *arguments, "{}: {part}: {found:?}", mode.name);
        }
    }
    Ok(())
}

/// Pod Security's level `restricted`, and what it does not ask for: a file system that nobody writes, limits.
fn is_confined(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    for mode in MODES {
        let objects = rendered(root, Helm::Three, mode)?;
        let pods = pods(&objects);
        ensure!(!pods.is_empty(), "{}: no Pod", mode.name);
        for (name, pod) in pods {
            let context = format!("{}: {name}", mode.name);
            let holds = |pointer: &str, expected: Value| -> anyhow::Result<()> {
                let found = pod.pointer(pointer);
                ensure!(
                    found == Some(&expected),
                    "{context}: {pointer} is {found:?}, not {expected}"
                );
                Ok(())
            };
            let container = "/spec/containers/0";
            holds("/spec/securityContext/runAsNonRoot", true.into())?;
            holds("/spec/securityContext/runAsUser", 65532.into())?;
            holds(
                "/spec/securityContext/seccompProfile/type",
                "RuntimeDefault".into(),
            )?;
            holds(
                &format!("{container}/securityContext/allowPrivilegeEscalation"),
                false.into(),
            )?;
            holds(
                &format!("{container}/securityContext/readOnlyRootFilesystem"),
                true.into(),
            )?;
            holds(
                &format!("{container}/securityContext/capabilities"),
                serde_json::json!({"drop": ["ALL"]}),
            )?;
            ensure!(
                list(pod, "/spec/containers").len() == 1,
                "{context}: another container"
            );
            for forbidden in ["/spec/hostNetwork", "/spec/hostPID", "/spec/initContainers"] {
                ensure!(pod.pointer(forbidden).is_none(), "{context}: {forbidden}");
            }
            for needed in ["limits/memory", "requests/cpu", "requests/memory"] {
                let pointer = format!("{container}/resources/{needed}");
                ensure!(pod.pointer(&pointer).is_some(), "{context}: no {needed}");
            }
            let stays = pod.pointer("/spec/restartPolicy").is_none();
            for probe in ["livenessProbe", "readinessProbe"] {
                let found = pod.pointer(&format!("{container}/{probe}")).is_some();
                ensure!(found == stays, "{context}: {probe}");
            }
        }
    }
    Ok(())
}

fn refuses(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    for helm in [Helm::Three, Helm::Four] {
        for (values, reason) in REFUSED {
            let program = template(root, helm, &modes::DEFAULT)?.args(["--set", values]);
            let Err(error) = program.stdout() else {
                bail!("{}: `{values}` was accepted", helm.name());
            };
            let text = format!("{error:#}");
            ensure!(
                text.contains(reason),
                "{}: `{values}`: another error: {text}",
                helm.name()
            );
        }
    }
    Ok(())
}

/// With rules that look at every namespaced object and every pod.
fn is_clean(root: &Path, boltrope: &Path) -> anyhow::Result<()> {
    let folder = root.join("target/e2e/chart");
    std::fs::create_dir_all(&folder)?;
    for mode in MODES {
        let file = folder.join(format!("{}.yaml", mode.name));
        std::fs::write(&file, template(root, Helm::Three, mode)?.stdout()?)?;
        let rules = root.join("crates/xtask/src/e2e/chart/rules.yaml");
        let checked = Program::new(boltrope)
            .args(["check", "--rules"])
            .args([&rules])
            .args(["-o", "json"])
            .args([&file])
            .in_folder(root)
            .stdout()
            .with_context(|| mode.name)?;
        let report: Value = serde_json::from_str(&checked)?;
        let count = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64);
        let is_quiet = list(&report, "/results").is_empty() && list(&report, "/changes").is_empty();
        ensure!(
            is_quiet && count("/summary/unreadable") == Some(0),
            "{}: {report}",
            mode.name
        );
        let expected = u64::try_from(mode.objects.len())?;
        ensure!(
            count("/summary/documents") == Some(expected),
            "{}: {report}",
            mode.name
        );
    }
    Ok(())
}

fn template(root: &Path, helm: Helm, mode: &Mode) -> anyhow::Result<Program> {
    let program = helm.program(root)?.args(["template", RELEASE, FOLDER]).args([
        "--namespace",
        NAMESPACE,
        "--kube-version",
        KUBERNETES,
    ]);
    Ok(mode.with_values(program))
}

/// What the program is told, in every mode.
pub(super) fn arguments(root: &Path) -> anyhow::Result<Vec<Vec<String>>> {
    let mut all = Vec::new();
    for mode in MODES {
        let objects = rendered(root, Helm::Three, mode)?;
        for (_, pod) in pods(&objects) {
            let arguments = list(pod, "/spec/containers/0/args").iter();
            all.push(
                arguments
                    .filter_map(|item| item.as_str().map(str::to_owned))
                    .collect(),
            );
        }
    }
    Ok(all)
}

/// The chart in a mode, and what it tells the program of a part there.
pub(super) fn installed(root: &Path, mode: &str, part: &str) -> anyhow::Result<(Vec<Value>, Vec<String>)> {
    let mode = MODES
        .iter()
        .find(|known| known.name == mode)
        .context("no such mode")?;
    let objects = rendered(root, Helm::Three, mode)?;
    let pods = pods(&objects);
    let pod = pods
        .iter()
        .find(|(name, _)| name.ends_with(part))
        .context("no Pod of this part")?;
    let arguments = list(pod.1, "/spec/containers/0/args").iter();
    let arguments = arguments
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect();
    Ok((objects, arguments))
}

/// The objects of a mode.
fn rendered(root: &Path, helm: Helm, mode: &Mode) -> anyhow::Result<Vec<Value>> {
    let stream = template(root, helm, mode)?.stdout().with_context(|| mode.name)?;
    let objects = helm::objects(root, &stream)?;
    objects
        .iter()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

fn lines(objects: &[Value]) -> anyhow::Result<Vec<String>> {
    objects
        .iter()
        .map(|object| Ok(serde_json::to_string(object)?))
        .collect()
}

/// `Role shop/boltrope-boltrope-operator-recovery`
fn name(object: &Value) -> String {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    format!(
        "{} {}/{}",
        text("/kind"),
        text("/metadata/namespace"),
        text("/metadata/name")
    )
}

/// The templates of Pods, with the names of what makes them.
fn pods(objects: &[Value]) -> Vec<(String, &Value)> {
    let template = |object: &Value| match object.get("kind").and_then(Value::as_str) {
        Some("Deployment") => Some("/spec/template"),
        Some("CronJob") => Some("/spec/jobTemplate/spec/template"),
        _ => None,
    };
    let pods = objects.iter().filter_map(|object| {
        let pod = object.pointer(template(object)?)?;
        Some((name(object), pod))
    });
    pods.collect()
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// A cluster for the checks that need one.
fn cluster(root: &Path) -> anyhow::Result<Cluster> {
    Cluster::start(root, "chart")
}
