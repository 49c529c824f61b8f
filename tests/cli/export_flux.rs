//! `export flux`: the block, the HelmRelease's file, and what is refused.

use crate::folder::{Folder, LABEL, SERVICE};

const RELEASE: &str = "\
# the shop
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  namespace: shop
spec:
  interval: 5m # often
";

const PATCHES: &str = "    patches:
    - target:
        version: v1
        kind: Service
        name: web
      patch: |
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          labels:
            team: web
";

fn folder(test: &str) -> Folder {
    Folder::new(test)
        .with("rules.yaml", LABEL)
        .with("web.yaml", RELEASE)
}

/// The text without the digest, which a person cannot foresee.
fn without_digest(text: &str) -> String {
    let keep = |line: &&str| !line.contains("boltrope.dev/postrenderers-digest: sha256:");
    text.lines()
        .filter(keep)
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn the_block_has_one_patch_for_each_changed_object_and_says_its_digest() {
    let run = folder("flux-block").run("export flux --rules rules.yaml", SERVICE);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(
        run.stdout
            .starts_with("postRenderers:\n# boltrope.dev/postrenderers-digest: sha256:")
    );
    assert_eq!(
        without_digest(&run.stdout),
        format!("postRenderers:\n- kustomize:\n{PATCHES}")
    );
}

#[test]
fn nothing_to_patch_is_an_empty_list() {
    let run = folder("flux-nothing").run("export flux --rules rules.yaml", "");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "postRenderers: []\n"));
}

#[test]
fn the_helm_release_is_written_checked_and_stale_when_the_chart_changes() {
    let folder = folder("flux-write");
    let write = "export flux --rules rules.yaml --helmrelease web.yaml --write";
    let check = "export flux --rules rules.yaml --helmrelease web.yaml --check";
    let run = folder.run(check, SERVICE);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.stderr,
        "web.yaml: has no post-renderer of these rules; export it with --write\n"
    );
    let run = folder.run(write, SERVICE);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert_eq!(run.stderr, "web.yaml: written, it patches 1 object\n");
    let written = folder.read("web.yaml");
    let patches: String = PATCHES.lines().map(|line| format!("  {line}\n")).collect();
    assert_eq!(
        without_digest(&written),
        format!("{RELEASE}  postRenderers:\n  - kustomize:\n{patches}")
    );
    assert_eq!(folder.run(check, SERVICE).stderr, "web.yaml: up to date\n");
    let run = folder.run(check, SERVICE.replace("name: web", "name: api"));
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.stderr,
        "web.yaml: its post-renderer is older than the rules or the chart; export it with --write\n"
    );
    assert_eq!(folder.read("web.yaml"), written);
}

#[test]
fn what_patches_cannot_say_is_listed_and_refused_unless_partial_is_allowed() {
    let folder = folder("flux-partial");
    let twice = format!(
        "{SERVICE}---\n{SERVICE}---\n{}",
        SERVICE.replace("name: web", "name: api")
    );
    let reason = "not expressible: Service `web`: The stream has 2 objects of this kind, name and namespace, and Kustomize refuses such a stream.\n";
    let run = folder.run("export flux --rules rules.yaml", twice.as_str());
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert_eq!(
        run.stderr,
        format!("{reason}{reason}nothing was exported; --allow-partial exports the rest\n")
    );
    let run = folder.run(
        "export flux --rules rules.yaml --allow-partial -o json",
        twice.as_str(),
    );
    assert_eq!(run.code, Some(0));
    let printed: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(
        printed["postRenderers"][0]["kustomize"]["patches"][0]["target"]["name"],
        "api"
    );
    assert_eq!(printed["notExpressible"].as_array().map(Vec::len), Some(2));
}

#[test]
fn bad_files_get_one_clear_error_and_stay_as_they_are() {
    let folder = folder("flux-bad")
        .with(
            "other.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        )
        .with(
            "list.yaml",
            RELEASE.replace("interval: 5m # often", "postRenderers: none"),
        )
        .with("broken.yaml", "a: [\n");
    for (file, message) in [
        (
            "other.yaml",
            "--helmrelease other.yaml: no HelmRelease in it; it has none",
        ),
        ("list.yaml", "list.yaml: `/spec/postRenderers` is not a list"),
        ("none.yaml", "--helmrelease none.yaml: no such file or directory"),
    ] {
        let command = format!("export flux --rules rules.yaml --helmrelease {file} --write");
        let run = folder.run(&command, SERVICE);
        assert_eq!((run.code, run.stderr), (Some(2), format!("error: {message}\n")));
    }
    let run = folder.run(
        "export flux --rules rules.yaml --helmrelease broken.yaml --write",
        SERVICE,
    );
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.starts_with("error: --helmrelease broken.yaml: "),
        "{}",
        run.stderr
    );
    assert_eq!(folder.read("broken.yaml"), "a: [\n");
}
