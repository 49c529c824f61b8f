//! Stuck releases repaired by the operator: a real API server, the real helm-controller 1.6.2, breakages as they are found.

mod rights;
mod scene;

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use self::scene::{Scene, record, said, version};
use super::flux::{is, release_path};

pub(super) const CHECKS: &[super::Check] = &[
    (
        "each breakage is healed with the least harm, and nothing else is touched",
        heal,
    ),
    ("twelve at once are left alone until twenty are allowed", twelve),
    (
        "a repair that is killed between two steps is completed by the next run",
        kill,
    ),
    (
        "what was repaired is taken back while nobody has touched it",
        undo,
    ),
    (
        "a missing permission is one message, and the Roles it prints suffice",
        rights::check,
    ),
];

const NAMESPACE: &str = "shop";

fn heal(root: &Path, _: &Path) -> anyhow::Result<()> {
    let mut scene = Scene::start(root, "recovery-heal")?;
    for name in ["unknown", "uninstall", "upgrade"] {
        scene.install(NAMESPACE, name)?;
    }
    let text = scene.recover(&["diagnose"], 0)?;
    ensure!(text.contains("3 releases, 0 stuck: 3 healthy"), "{text}");

    scene.lose_conditions(NAMESPACE, "unknown")?;
    let text = scene.heal(NAMESPACE, "unknown", &["v1 deployed"])?;
    ensure!(
        text.contains("mark-released: done") && text.contains("request-reconcile: done"),
        "{text}"
    );

    scene.cut_uninstall(NAMESPACE, "uninstall")?;
    let before = scene.body(NAMESPACE, &record("uninstall", 1))?;
    scene.heal(NAMESPACE, "uninstall", &["v1 superseded", "v2 deployed"])?;
    let after = scene.body(NAMESPACE, &record("uninstall", 1))?;
    for part in ["/config", "/manifest", "/chart"] {
        ensure!(
            before.pointer(part) == after.pointer(part),
            "{part} of the record changed"
        );
    }

    scene.set_record(NAMESPACE, &record("upgrade", 1), "pending-upgrade")?;
    let ready = ("Ready", "False", "UpgradeFailed", "the controller was restarted");
    scene.set_status(NAMESPACE, "upgrade", &[ready], &json!({}))?;
    let text = scene.recover(&["apply", "--yes", "-n", NAMESPACE, "upgrade"], 0)?;
    ensure!(
        text.contains("request-reconcile: done") && !text.contains("mark-record-failed: done"),
        "{text}"
    );
    ensure!(
        is(&scene.release(NAMESPACE, "upgrade")?, "Ready", "True"),
        "not healed: {text}"
    );

    exhausted(&mut scene)?;
    left_alone(&mut scene)?;
    backups(&scene)
}

/// The controller gave up because a namespace is missing; once it is there, resetAt is all it takes.
fn exhausted(scene: &mut Scene) -> anyhow::Result<()> {
    scene.create(
        NAMESPACE,
        "exhausted",
        &json!({"spec": {"values": {"place": "later"}}}),
    )?;
    scene.flux.wait(NAMESPACE, "exhausted", "stalled", |release| {
        is(release, "Stalled", "True")
    })?;
    let text = scene.recover(&["diagnose", "--explain", "exhausted"], 1)?;
    ensure!(text.contains("retries-exhausted"), "{text}");
    scene.client().ensure_namespace("later")?;
    let text = scene.recover(&["apply", "--yes", "-n", NAMESPACE, "exhausted"], 0)?;
    ensure!(
        text.contains("reset-failures: done") && text.contains("healed: healthy"),
        "{text}"
    );
    Ok(())
}

/// Six states that nothing is done about: not one of them changes its version.
fn left_alone(scene: &mut Scene) -> anyhow::Result<()> {
    const QUIET: &str = "quiet";
    for name in ["suspended", "flight", "failed"] {
        scene.install(QUIET, name)?;
    }
    let client = scene.client();
    let suspend = json!({"spec": {"suspend": true}});
    client.merge(&release_path(QUIET, "suspended"), &suspend)?;
    // Both are suspended too, or the controller would go on with them; what they are is judged before that.
    let remote = json!({"spec": {"kubeConfig": {"secretRef": {"name": "other"}}, "suspend": true}});
    scene.create(QUIET, "remote", &remote)?;
    let held = json!({"metadata": {"finalizers": ["boltrope.dev/e2e"]}, "spec": {"suspend": true}});
    scene.create(QUIET, "deleting", &held)?;
    client.delete(&release_path(QUIET, "deleting"))?;
    let running = "Running 'upgrade' action with timeout of 10s";
    let conditions = [
        ("Reconciling", "True", "Progressing", running),
        ("Ready", "Unknown", "Progressing", running),
    ];
    scene.set_status(QUIET, "flight", &conditions, &json!({}))?;
    let ready = ("Ready", "False", "UpgradeFailed", "image not found");
    scene.set_status(QUIET, "failed", &[ready], &json!({}))?;
    sleep(Duration::from_secs(2));
    let names = ["suspended", "flight", "failed", "remote", "deleting"];
    let versions = |scene: &Scene| -> anyhow::Result<Vec<String>> {
        let read = |name: &&str| Ok(version(&scene.release(QUIET, name)?).to_owned());
        names.iter().map(read).collect()
    };
    let before = versions(scene)?;
    let text = scene.recover(&["diagnose", "-n", QUIET], 1)?;
    for verdict in ["waiting (suspended)", "in-flight", "failed", "remote", "deleting"] {
        ensure!(text.contains(verdict), "{verdict}\n{text}");
    }
    let text = scene.recover(&["apply", "--yes", "-n", QUIET], 1)?;
    ensure!(text.contains("0 to repair, 1 to leave"), "{text}");
    ensure!(versions(scene)? == before, "something was written: {text}");
    scene
        .client()
        .merge(
            &release_path(QUIET, "deleting"),
            &json!({"metadata": {"finalizers": null}}),
        )
        .map(drop)
}

/// Every repair has its backup, an Event, and neither says what a Secret holds.
fn backups(scene: &Scene) -> anyhow::Result<()> {
    for name in ["unknown", "uninstall", "upgrade", "exhausted"] {
        scene.secret(NAMESPACE, &format!("boltrope-backup-{name}"))?;
    }
    let events = scene
        .client()
        .list(&format!("/api/v1/namespaces/{NAMESPACE}/events"))?;
    let ours: Vec<&Value> = events
        .iter()
        .filter(|event| event.pointer("/source/component") == Some(&"boltrope-operator".into()))
        .collect();
    for reason in [
        "DeployedUnknown",
        "UninstallingStale",
        "PendingStale",
        "RetriesExhausted",
        "Healthy",
    ] {
        let is_said = ours
            .iter()
            .any(|event| event.get("reason") == Some(&reason.into()));
        ensure!(is_said, "no Event says {reason}");
    }
    ensure!(
        !json!(ours).to_string().contains("canary-5ecret"),
        "an Event holds a Secret's content"
    );
    Ok(())
}

fn twelve(root: &Path, _: &Path) -> anyhow::Result<()> {
    const MANY: &str = "many";
    let mut scene = Scene::start(root, "recovery-twelve")?;
    let names: Vec<String> = (0..12).map(|index| format!("web-{index}")).collect();
    for name in &names {
        scene.create(MANY, name, &json!({}))?;
    }
    for name in &names {
        let installed = |release: &Value| is(release, "Ready", "True");
        scene.flux.wait(MANY, name, "installed", installed)?;
    }
    break_all(&scene, MANY, &names)?;
    let list = "/apis/helm.toolkit.fluxcd.io/v2/helmreleases";
    let versions = |scene: &Scene| -> anyhow::Result<Vec<String>> {
        let releases = scene.client().list(list)?;
        Ok(releases
            .iter()
            .map(|release| version(release).to_owned())
            .collect())
    };
    let before = versions(&scene)?;
    let text = scene.recover(&["apply", "--yes"], 1)?;
    ensure!(
        text.contains("releases to act on: 12, more than the 10"),
        "{text}"
    );
    ensure!(versions(&scene)? == before, "something was written");
    ensure!(
        scene
            .client()
            .get("/api/v1/namespaces/many/secrets/boltrope-backup-web-0")
            .is_err()
    );
    let text = scene.recover(&["run", "--once", "--max", "20"], 0)?;
    ensure!(text.matches("healed: healthy").count() == 12, "{text}");
    for name in &names {
        let records = scene.records(MANY, name)?;
        ensure!(records == ["v1 deployed"], "{name}: {records:?}");
    }
    Ok(())
}

/// On a busy machine the controller comes back to a release that it has just installed, and mends what is broken too early.
fn break_all(scene: &Scene, namespace: &str, names: &[String]) -> anyhow::Result<()> {
    for _ in 0..20 {
        sleep(Duration::from_secs(3));
        let mut whole = 0;
        for name in names {
            if is(&scene.release(namespace, name)?, "Ready", "True") {
                scene.lose_conditions(namespace, name)?;
                whole += 1;
            }
        }
        if whole == 0 {
            return Ok(());
        }
    }
    bail!("the controller does not leave the releases alone")
}

fn kill(root: &Path, _: &Path) -> anyhow::Result<()> {
    let mut scene = Scene::start(root, "recovery-kill")?;
    for attempt in 0..8 {
        let name = format!("web-{attempt}");
        scene.install(NAMESPACE, &name)?;
        scene.cut_uninstall(NAMESPACE, &name)?;
        // It tries again and again, and would end by itself what the killed run began.
        scene.flux.stop_controller();
        if !is_killed_between(&scene, &name)? {
            // It was faster than we are; the next one may not be.
            scene.flux.start_controller()?;
            continue;
        }
        let log = scene.flux.folder().join("resumed.log");
        let mut child = scene
            .operator(&["apply", "--yes", "-n", NAMESPACE, &name])
            .spawn(&log)?;
        wait_for(&log, "reset-failures: done")?;
        scene.flux.start_controller()?;
        let status = child.wait()?;
        let text = std::fs::read_to_string(&log)?;
        ensure!(status.success(), "{text}");
        ensure!(
            text.contains("goes on with the repair of an earlier run"),
            "{text}"
        );
        ensure!(
            text.contains("healed: healthy") && !text.contains("mark-record-failed: done"),
            "{text}"
        );
        let records = scene.records(NAMESPACE, &name)?;
        ensure!(records == ["v1 superseded", "v2 deployed"], "{records:?}");
        return Ok(());
    }
    bail!("it was never killed between the two steps")
}

/// Kills a repair once its first step is taken; whether it was before the second one.
fn is_killed_between(scene: &Scene, name: &str) -> anyhow::Result<bool> {
    let log = scene.flux.folder().join("killed.log");
    let mut child = scene
        .operator(&["apply", "--yes", "-n", NAMESPACE, name])
        .spawn(&log)?;
    // The record is the first step, the annotations are the second one.
    for _ in 0..20_000 {
        let secret = scene.secret(NAMESPACE, &record(name, 1))?;
        if secret.pointer("/metadata/labels/status") == Some(&"failed".into()) {
            break;
        }
        if child.try_wait()?.is_some() {
            bail!("it ended by itself: {}", std::fs::read_to_string(&log)?);
        }
    }
    child.kill()?;
    child.wait()?;
    let release = scene.release(NAMESPACE, name)?;
    Ok(release
        .pointer("/metadata/annotations/reconcile.fluxcd.io~1resetAt")
        .is_none())
}

/// Waits until a log says something.
fn wait_for(log: &Path, what: &str) -> anyhow::Result<()> {
    for _ in 0..600 {
        if std::fs::read_to_string(log)?.contains(what) {
            return Ok(());
        }
        sleep(Duration::from_millis(100));
    }
    bail!(
        "`{what}` is not in the log after a minute:\n{}",
        std::fs::read_to_string(log)?
    )
}

fn undo(root: &Path, _: &Path) -> anyhow::Result<()> {
    let mut scene = Scene::start(root, "recovery-undo")?;
    scene.install(NAMESPACE, "web")?;
    scene.cut_uninstall(NAMESPACE, "web")?;
    scene.flux.stop_controller();
    let record = record("web", 1);
    let before = scene.secret(NAMESPACE, &record)?;
    let annotations = |release: &Value| {
        release
            .pointer("/metadata/annotations")
            .cloned()
            .unwrap_or_default()
    };
    let asked = annotations(&scene.release(NAMESPACE, "web")?);
    let backups = scene.flux.folder().join("backups");
    let folder = backups.to_str().context("the folder's name is no text")?;
    let log = scene.flux.folder().join("apply.log");
    let command = ["apply", "--yes", "-n", NAMESPACE, "--backup-dir", folder];
    let mut child = scene.operator(&command).spawn(&log)?;
    // Without a controller nobody answers, and it would wait for minutes.
    wait_for(&log, "waiting: ")?;
    let interrupted = interrupt(&mut child)?;
    ensure!(
        interrupted == Some(1),
        "Ctrl-C leaves the rest to the next run: {interrupted:?}"
    );
    ensure!(
        scene.secret(NAMESPACE, &record)?.get("data") != before.get("data"),
        "nothing was repaired"
    );
    let undo = scene.operator(&["undo", "--yes", "-n", NAMESPACE, "--backup-dir", folder, "web"]);
    let text = said(&undo.outcome()?, 0)?;
    ensure!(text.contains("takes back Secret shop/"), "{text}");
    let after = scene.secret(NAMESPACE, &record)?;
    for part in ["/data", "/metadata/labels"] {
        ensure!(
            after.pointer(part) == before.pointer(part),
            "{part} did not come back"
        );
    }
    let back = annotations(&scene.release(NAMESPACE, "web")?);
    ensure!(back == asked, "the annotations are {back} and were {asked}");
    // Taken back, it is not as the repair left it any more.
    let text = scene.recover(&["undo", "--yes", "-n", NAMESPACE, "--backup-dir", folder], 1)?;
    ensure!(text.contains("was changed since"), "{text}");
    Ok(())
}

/// Ctrl-C; the exit code.
fn interrupt(child: &mut std::process::Child) -> anyhow::Result<Option<i32>> {
    let id = child.id().to_string();
    ensure!(
        crate::program::Program::new("kill")
            .args(["-INT", &id])
            .succeeds(),
        "the operator cannot be interrupted"
    );
    Ok(child.wait()?.code())
}
