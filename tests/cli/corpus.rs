//! Real input: what Helm renders for real charts, real Git trees. What no rule changes comes back byte for byte.

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::folder::{self, Folder, LABEL, NOTHING};

/// Files of the Git trees that Kubernetes' reader refuses.
const REFUSED: [&str; 0] = [];

/// A folder of the corpus, which lies beside the project.
fn corpus(folder: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/corpus")
        .join(folder);
    assert!(
        path.is_dir(),
        "the corpora are not there: put the shared material beside the project, at ../shared"
    );
    path
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    let is_yaml = |extension: &OsStr| extension == "yaml" || extension == "yml";
    let all = folder::files(directory).into_iter();
    found.extend(all.filter(|path| path.extension().is_some_and(is_yaml)));
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Runs every file through the program with rules that say nothing; gives the names of the refused ones.
fn unchanged(test: &str, directory: &Path, flags: &str) -> (usize, Vec<String>) {
    let folder = Folder::new(test).with("rules.yaml", NOTHING);
    let mut paths = Vec::new();
    files(directory, &mut paths);
    let mut refused = Vec::new();
    for path in &paths {
        let bytes = fs::read(path).expect("a readable file");
        let output = folder
            .command(&format!("post-render --rules rules.yaml {flags}"))
            .write_stdin(bytes.clone())
            .output()
            .expect("the program runs");
        match output.status.code() {
            Some(0) => assert_eq!(hash(&bytes), hash(&output.stdout), "{}", path.display()),
            Some(3) => {
                assert!(output.stdout.is_empty() && !output.stderr.is_empty());
                let name = path.strip_prefix(directory).expect("below it");
                refused.push(name.display().to_string());
            }
            other => panic!("{}: exit {other:?}", path.display()),
        }
    }
    (paths.len(), refused)
}

#[test]
fn every_release_comes_back_byte_for_byte() {
    let directory = corpus("helm-output");
    for (test, flags) in [("releases", ""), ("releases-read", "--no-scan")] {
        assert_eq!(unchanged(test, &directory, flags), (182, Vec::new()));
    }
}

#[test]
fn every_file_of_the_git_trees_comes_back_byte_for_byte() {
    let directory = corpus("gitops");
    let (count, refused) = unchanged("trees", &directory, "--no-scan");
    assert!(count > 800, "{count} files");
    assert_eq!(refused, REFUSED);
}

#[test]
fn a_label_on_every_service_adds_only_its_own_lines() {
    let directory = corpus("helm-output");
    let folder = Folder::new("label-services").with("rules.yaml", LABEL);
    let mut paths = Vec::new();
    files(&directory, &mut paths);
    let mut added = 0;
    let mut services = 0;
    for path in &paths {
        let text = fs::read_to_string(path).expect("UTF-8");
        let run = folder.run("post-render --rules rules.yaml", text.as_str());
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(0), ""),
            "{}",
            path.display()
        );
        let kept: Vec<&str> = run
            .stdout
            .lines()
            .filter(|line| {
                let ours = line.trim() == "team: web";
                added += usize::from(ours);
                !ours
            })
            .collect();
        assert_eq!(kept, text.lines().collect::<Vec<_>>(), "{}", path.display());
        services += text.lines().filter(|line| *line == "kind: Service").count();
    }
    assert_eq!(added, services);
    assert!(services > 200, "{services} Services");
}

#[test]
fn check_reads_the_git_trees() {
    let directory = corpus("gitops");
    let folder = Folder::new("check-trees").with("rules.yaml", NOTHING);
    let output = folder
        .command("check --rules rules.yaml -o json")
        .arg(&directory)
        .output()
        .expect("the program runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["summary"]["unreadable"], REFUSED.len());
    assert_eq!(output.status.code(), Some(0));
}

/// Everything in these trees gets a namespace from a kustomization, a Flux Kustomization or itself, but three objects: the
/// list that would take in their folder has it in a comment.
#[test]
fn no_namespace_is_missed_that_a_kustomization_sets() {
    let kinds = [
        "helm.toolkit.fluxcd.io/HelmRelease",
        "source.toolkit.fluxcd.io/*",
        "kustomize.toolkit.fluxcd.io/Kustomization",
        "external-secrets.io/ExternalSecret",
        "monitoring.coreos.com/*",
        "core/ConfigMap",
        "core/Secret",
        "core/PersistentVolumeClaim",
        "core/ServiceAccount",
    ];
    let rules = format!(
        "apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata: {{name: platform}}\nspec:\n  rules:\n    - name: placed\n      \
         match: {{kinds: [{}]}}\n      namespacePlacement: {{denied: [default-], scope: Namespaced}}\n",
        kinds.map(|kind| format!("\"{kind}\"")).join(", ")
    );
    let runners = "actions-runner-controller/runners/home-operations";
    for (tree, files, missing) in [
        ("bjw-s-home-ops", 430, &[][..]),
        ("fluxcd-flux2-kustomize-helm-example", 25, &[]),
        (
            "onedr0p-home-ops",
            425,
            &["externalsecret.yaml", "helmrelease.yaml", "ocirepository.yaml"],
        ),
    ] {
        let folder = Folder::new(&format!("corpus-namespaces-{tree}")).with("rules.yaml", &rules);
        let path = corpus("gitops").join(tree);
        let run = folder.run(
            &format!("check --rules rules.yaml -o json {}", path.display()),
            "",
        );
        let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        assert_eq!(
            report["summary"]["unreadable"], 0,
            "{tree}: {}",
            report["failures"]
        );
        assert!(
            report["summary"]["documents"].as_u64() > Some(files),
            "{tree}: {}",
            report["summary"]
        );
        let found: Vec<String> = report["results"]
            .as_array()
            .expect("results")
            .iter()
            .filter(|result| result["severity"] == "error")
            .map(|result| {
                format!(
                    "{} {}",
                    result["code"],
                    result["file"].as_str().unwrap_or_default()
                )
            })
            .collect();
        assert_eq!(found.len(), missing.len(), "{tree}: {found:#?}");
        for (found, missing) in found.iter().zip(missing) {
            assert!(
                found.starts_with("\"namespace-placement/missing-namespace\""),
                "{found}"
            );
            assert!(found.ends_with(&format!("{runners}/{missing}")), "{found}");
        }
    }
}
