//! `--compat openova` on a real API server: what a write to `spec` does to the generation and to the field's owner is the
//! server's to say, and a toggle that is cut off goes by both.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use serde_json::{Value, json};

use super::scene::{NAMESPACE, Scene, release_path};
use crate::e2e::cluster::Process;
use crate::program::Program;

/// How long a process may take to get to where it is killed.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);
const MESSAGE: &str = "auto-corrected from deployed-but-unknown-Ready by stuck-hr-recovery (TBD-A66)";
const CORRECTED_AT: &str = "/metadata/annotations/stuck-hr-recovery.openova.io~1auto-corrected-at";
const SUSPENDED_FOR: &str = "/metadata/annotations/boltrope.dev~1suspended-for";
const TOGGLED_FOR: &str = "/metadata/annotations/boltrope.dev~1toggled-for";

/// The operator at work in a scene.
struct Stage {
    program: std::path::PathBuf,
    folder: std::path::PathBuf,
    scene: Scene,
}

pub(super) fn hold(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    let scene = Scene::start(root, "image-branches")?;
    let folder = root.join("target/e2e/image-branches");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let stage = Stage {
        program: super::program(root)?,
        folder,
        scene,
    };
    stage.corrects()?;
    stage.finishes_a_toggle_that_was_cut_off()?;
    stage.leaves_a_persons_suspension()
}

impl Stage {
    fn run(&self, backups: &str) -> Program {
        Program::new(&self.program)
            .args([
                "recover",
                "run",
                "--once",
                "--compat",
                "openova",
                "-n",
                NAMESPACE,
                "--kubeconfig",
            ])
            .args([&self.scene.kubeconfig])
            .args(["--backup-dir", backups])
            .without_env("KUBECONFIG")
            .in_folder(&self.folder)
    }

    /// Branch B: Ready is set, nothing else of the status is, and nobody's generation moves.
    fn corrects(&self) -> anyhow::Result<()> {
        self.scene.lose_conditions("web", "deployed")?;
        let before = self.scene.release("web")?;
        let said = self.run("first").outcome()?;
        let after = self.scene.release("web")?;
        ensure!(said.code == Some(0), "{said:?}");
        let text = |at: &str| after.pointer(at).and_then(Value::as_str).unwrap_or_default();
        ensure!(
            (
                text("/status/conditions/0/status"),
                text("/status/conditions/0/message")
            ) == ("True", MESSAGE),
            "{after:#}"
        );
        for same in [
            "/metadata/generation",
            "/status/conditions/1",
            "/status/history",
            "/spec",
        ] {
            ensure!(before.pointer(same) == after.pointer(same), "{same}: {after:#}");
        }
        ensure!(after.pointer(CORRECTED_AT).is_some(), "{after:#}");
        Ok(())
    }

    /// Branch A, killed between its two writes; the next process has neither its memory nor its backups.
    fn finishes_a_toggle_that_was_cut_off(&self) -> anyhow::Result<()> {
        self.scene.lose_conditions("flip", "superseded")?;
        let generation = number(&self.scene.release("flip")?);
        let process = Process::start("toggle", self.run("second"), &self.folder)?;
        let start = Instant::now();
        let cut = loop {
            let release = self.scene.release("flip")?;
            if release.pointer("/spec/suspend") == Some(&Value::Bool(true)) {
                break release;
            }
            if start.elapsed() > PATIENCE {
                bail!("it suspends nothing:\n{}", process.tail());
            }
            sleep(PAUSE);
        };
        drop(process);
        let mark = format!("{}/1", generation + 1);
        ensure!(cut.pointer(SUSPENDED_FOR) == Some(&mark.into()), "{cut:#}");
        ensure!(number(&cut) == generation + 1, "{cut:#}");
        ensure!(owners(&cut) == ["boltrope"], "{:?}", owners(&cut));
        // Nobody resumes it meanwhile.
        let said = self.run("third").outcome()?;
        let after = self.scene.release("flip")?;
        ensure!(
            after.pointer("/spec/suspend") == Some(&Value::Bool(false)),
            "{said:?}\n{after:#}"
        );
        ensure!(after.pointer(SUSPENDED_FOR).is_none(), "{after:#}");
        let toggled = format!("{}/1", generation + 2);
        ensure!(after.pointer(TOGGLED_FOR) == Some(&toggled.into()), "{after:#}");
        ensure!(
            number(&after) == generation + 2 && said.code == Some(1),
            "{said:?}"
        );
        Ok(())
    }

    /// The mark of an old toggle says nothing about a suspension that somebody else made, at whatever generation.
    fn leaves_a_persons_suspension(&self) -> anyhow::Result<()> {
        let generation = number(&self.scene.release("flip")?);
        let mark = format!("{}/1", generation + 1);
        let fields = json!({
            "metadata": {"annotations": {"boltrope.dev/suspended-for": mark}}, "spec": {"suspend": true},
        });
        let before = self.scene.client().merge(&release_path("flip"), &fields)?;
        ensure!(number(&before) == generation + 1, "{before:#}");
        let said = self.run("fourth").outcome()?;
        let after = self.scene.release("flip")?;
        let version = "/metadata/resourceVersion";
        ensure!(
            before.pointer(version) == after.pointer(version),
            "{said:?}\n{after:#}"
        );
        Ok(())
    }
}

fn number(release: &Value) -> i64 {
    let generation = release.pointer("/metadata/generation");
    generation.and_then(Value::as_i64).unwrap_or_default()
}

/// Who owns `spec.suspend`.
fn owners(release: &Value) -> Vec<&str> {
    let entries = release
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array);
    let owns = |entry: &&Value| entry.pointer("/fieldsV1/f:spec/f:suspend").is_some();
    let names = entries.into_iter().flatten().filter(owns);
    names.filter_map(|entry| entry.get("manager")?.as_str()).collect()
}
