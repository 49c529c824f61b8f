//! `recover diagnose`: dumps judged, whole outputs, bad input.

use boltrope_yaml::Limits;
use serde_json::{Value, json};

use crate::folder::Folder;

#[path = "../recovery/case.rs"]
#[expect(dead_code, reason = "the tests of the library use the rest")]
#[expect(clippy::indexing_slicing, reason = "a test fails by panicking")]
mod case;

use case::Case;

const TABLE: &str = "\
NAMESPACE  NAME      VERDICT               WHY
shop       database  failed                Helm install failed for release shop/database with chart db@2.0.0: timed out
shop       one       deployed-unknown      one.v1 is deployed, but Ready stays Unknown: the write of the conditions was lost (helm-controller #...
shop       two       healthy               Helm install succeeded for release shop/web.v1 with chart web@1.2.3
shop       web       waiting (dependency)  HelmRelease shop/database is not ready: Ready=False, reason InstallFailed: Helm install failed for r...

4 releases, 2 stuck: 1 deployed-unknown, 1 failed, 1 healthy, 1 waiting
";

const EXPLAINED: &str = r#"shop/web: uninstalling-stale
  the uninstall of web.v1 was cut off, and the controller never clears that
  In general: an uninstall was cut off; the controller tries an upgrade for ever, which Helm refuses for ever.

Evidence:
  the body says uninstalling
    Secret shop/sh.helm.release.v1.web.v1 /data/release
  Ready=False, reason UpgradeFailed: Helm upgrade failed for release shop/web with chart web@1.2.3: "web" has no deployed releases (for 60m)
    HelmRelease shop/web /status/conditions/1
  Reconciling=True, reason Progressing: Running 'upgrade' action with timeout of 5m0s (for 60m)
    HelmRelease shop/web /status/conditions/0
  the history is empty: the controller takes the release as not its own and upgrades it next
    HelmRelease shop/web /status/history

What would be done, one after the other, until it is healthy:
  1. mark-record-failed
     sets the record to failed in body and label, nothing else in it; the controller then upgrades once
  2. reset-failures
     the controller forgets its failures and tries again: one upgrade or install
  3. force-release, only with --allow-deploy
     the controller upgrades in any case: hooks run again, generated passwords change
"#;

fn named(name: &str) -> Case {
    let mut cases = case::all().into_iter();
    let found = cases.find(|case| case.folder.ends_with(name));
    found.unwrap_or_else(|| panic!("no case {name}"))
}

/// The cluster of a case as kubectl prints it.
fn dump(case: &Case) -> Value {
    let mut items = case.objects.clone();
    for namespace in &case.options.read {
        items.push(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token", "namespace": namespace}}));
    }
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

fn flags(case: &Case) -> String {
    let version = case
        .options
        .controller
        .map(|version| format!(" --controller-version {version}"));
    format!("--at {}{}", case.options.now, version.unwrap_or_default())
}

#[test]
fn every_case_gets_the_verdict_that_the_library_gives() {
    let folder = Folder::new("recover-cases");
    for case in case::all() {
        let arguments = format!("recover diagnose -f - {} -o json", flags(&case));
        let run = folder.run(&arguments, dump(&case).to_string());
        assert_eq!(run.code.map(|code| code < 2), Some(true), "{}", run.stderr);
        let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
        let expected = case.expected["releases"].as_array().expect("releases");
        let releases = report["releases"].as_array().expect("releases");
        assert_eq!(releases.len(), expected.len());
        for (found, expected) in releases.iter().zip(expected) {
            let word = expected["verdict"].as_str().expect("a word");
            let verdict = found["verdict"].as_str().expect("a word");
            let cause = found["cause"].as_str().map(|cause| format!(" ({cause})"));
            assert_eq!(
                format!("{verdict}{}", cause.unwrap_or_default()),
                word,
                "{}",
                case.folder.display()
            );
            assert_eq!(found["summary"], expected["summary"]);
            let stuck = found["stuck"] == true;
            assert!(!stuck || run.code == Some(1), "{}", case.folder.display());
        }
        assert!(!run.stdout.contains(case::CANARY) && !run.stderr.contains(case::CANARY));
    }
}

#[test]
fn the_table_has_a_line_for_each_release_and_a_count() {
    let mut items = Vec::new();
    for name in ["waiting-dependency", "defect-counters-are-lost"] {
        items.extend(dump(&named(name))["items"].as_array().expect("items").clone());
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    let run = Folder::new("recover-table")
        .with("dump.json", list.to_string())
        .run(
            "recover diagnose -f dump.json --at 2026-05-18T10:00:00Z --controller-version v1.6.2",
            "",
        );
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    assert_eq!(run.stdout, TABLE);
}

#[test]
fn explain_tells_all_of_one_release_and_nothing_of_its_record() {
    let case = named("uninstalling");
    let folder = Folder::new("recover-explain").with("dump.yaml", case::yaml(&dump(&case)));
    for name in ["shop/web", "web"] {
        let run = folder.run(
            &format!("recover diagnose -f dump.yaml {} --explain {name}", flags(&case)),
            "",
        );
        assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
        assert_eq!(run.stdout, EXPLAINED);
    }
}

#[test]
fn yaml_says_what_json_says() {
    for name in ["uninstalling", "waiting-source", "defect-guardrail-after-the-act"] {
        let case = named(name);
        let folder = Folder::new(&format!("recover-yaml-{name}")).with("dump.json", dump(&case).to_string());
        let format = |format: &str| {
            let arguments = format!("recover diagnose -f dump.json {} -o {format}", flags(&case));
            folder.run(&arguments, "").stdout
        };
        let (yaml, json) = (format("yaml"), format("json"));
        assert!(yaml.contains("\nreleases:\n"), "{yaml}");
        let read = boltrope_yaml::read(&yaml, &Limits::default())
            .expect("YAML")
            .into_value();
        let json: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(read, json);
        let second: Value = yaml_serde::from_str(&yaml).expect("YAML for others too");
        assert_eq!(second, json);
    }
}

#[test]
fn a_directory_a_namespace_and_the_controllers_own_deployment() {
    let case = named("controller-from-its-deployment");
    let folder = case
        .objects
        .iter()
        .enumerate()
        .fold(Folder::new("recover-directory"), |folder, (number, object)| {
            folder.with(&format!("dump/{number}.yaml"), case::yaml(object))
        });
    let run = folder.run(
        "recover diagnose -f dump -n shop --at 2026-05-18T10:00:00Z -o json",
        "",
    );
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["controllerVersion"], "1.6.5");
    assert_eq!(
        report["summary"],
        json!({"exitCode": 1, "releases": 1, "stuck": 1, "unreadable": 0})
    );
    folder
        .run("recover diagnose -f dump -n other", "")
        .fails(3, "error: `dump`: no HelmRelease in namespace `other`\n");
}

#[test]
fn nothing_to_judge_is_no_good_news() {
    let folder = Folder::new("recover-nothing")
        .with("empty.yaml", "")
        .with("services.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n")
        .with(
            "manifest.yaml",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec: {interval: 5m}\n",
        );
    for name in ["empty.yaml", "services.yaml"] {
        folder.run(&format!("recover diagnose -f {name}"), "").fails(
            3,
            &format!("error: `{name}`: no HelmRelease in it; did kubectl fail?\n"),
        );
    }
    folder.run("recover diagnose -f manifest.yaml", "").fails(
        3,
        "error: `manifest.yaml`: 1 manifest of a repository, without uid and status; dump them from the cluster: \
         kubectl get helmreleases,secrets -A -o yaml\n",
    );
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_still_judged() {
    let case = named("healthy");
    let folder = Folder::new("recover-unreadable")
        .with("good.json", dump(&case).to_string())
        .with("broken.yaml", "kind: HelmRelease\nmetadata: {name: web\n");
    let run = folder.run("recover diagnose -f good.json broken.yaml missing.yaml", "");
    assert_eq!(run.code, Some(3));
    assert!(
        run.stdout.ends_with("\n1 release, 0 stuck: 1 healthy\n"),
        "{}",
        run.stdout
    );
    assert_eq!(
        run.stderr,
        "error: broken.yaml: document 1, line 3, column 1: the `{` that began at line 2, column 11 is not closed; close it \
         with `}`\nerror: missing.yaml: no such file or directory\n"
    );
}

#[test]
fn bad_arguments_say_what_to_write_instead() {
    let folder = Folder::new("recover-arguments").with("dump.json", dump(&named("healthy")).to_string());
    folder
        .run("recover diagnose -f dump.json --explain wep", "")
        .fails(
            2,
            "error: --explain: no HelmRelease is called `wep`; did you mean `web`?\n",
        );
    folder.run("recover diagnose -f dump.json --explain web -o json", "").fails(
        2,
        "error: --explain is text for people; -o json and -o yaml hold the evidence of every release anyway\n",
    );
    for (arguments, message) in [
        ("--at yesterday", "write a time like 2026-05-18T10:00:00Z"),
        ("--controller-version latest", "write a version like v1.6.2"),
    ] {
        let run = folder.run(&format!("recover diagnose -f dump.json {arguments}"), "");
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
    let run = folder.run("recover diagnose", "");
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--file <PATH>..."), "{}", run.stderr);
}
