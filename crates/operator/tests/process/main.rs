//! The program as scripts and CronJobs see it: how it ends, and what it prints where.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and runs the program"
)]

mod server;

use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use server::{Mood, file, nobody, start};

/// Every command that asks a cluster, with the arguments that it needs.
const COMMANDS: [&[&str]; 9] = [
    &["recover", "diagnose"],
    &["recover", "plan"],
    &["recover", "apply", "--yes"],
    &["recover", "undo", "--yes"],
    &["recover", "run", "--once"],
    &["preview", "run", "--once", "--rules", RULES],
    &["preview", "plan", "--rules", RULES],
    &["preview", "status", "-n", "boltrope"],
    &["preview", "yield", "feature-x", "api"],
];
/// Stands for a file with one rule.
const RULES: &str = "RULES";

fn run(arguments: &[&str], kubeconfig: &Path) -> Output {
    let text = r#"{"apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "test"}, "spec": {"rules": [
        {"name": "previews", "preview": {"source": "base", "consent": "none", "namespaces": {"include": ["feature-*"]}}}
    ]}}"#;
    let name = format!("boltrope-process-{:?}.yaml", thread::current().id());
    let rules = file(&name, text);
    let mut command = Command::new(env!("CARGO_BIN_EXE_boltrope-operator"));
    for argument in arguments {
        match *argument {
            RULES => command.arg(&rules),
            argument => command.arg(argument),
        };
    }
    command.arg("--kubeconfig").arg(kubeconfig).output().unwrap()
}

/// Runs every command beside the others, because some of them wait for a while before they give up.
fn ends(kubeconfig: &Path, expected: impl Fn(&[&str]) -> i32 + Sync, words: &str) {
    let expected = &expected;
    thread::scope(|scope| {
        for arguments in COMMANDS {
            scope.spawn(move || {
                let output = run(arguments, kubeconfig);
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                assert_eq!(
                    output.status.code(),
                    Some(expected(arguments)),
                    "{arguments:?}: {told}"
                );
                assert!(
                    told.contains(words),
                    "{arguments:?} does not say `{words}`: {told}"
                );
            });
        }
    });
}

#[test]
fn a_cluster_that_nobody_answers_for_is_exit_3() {
    ends(&nobody(), |_| 3, "no answer from the API server");
}

#[test]
fn a_cluster_that_does_not_know_the_user_is_exit_3() {
    ends(&start(Mood::Unknowing), |_| 3, "who are you?");
}

#[test]
fn a_cluster_that_answers_nothing_but_failures_is_exit_3() {
    ends(
        &start(Mood::Failing),
        |_| 3,
        "the API server answered 500: etcdserver: no leader",
    );
}

#[test]
fn a_right_that_is_missing_is_exit_1_and_named() {
    ends(&start(Mood::Forbidding), |_| 1, "not allowed:");
}

#[test]
fn arguments_that_cannot_be_used_are_exit_2() {
    let missing = Path::new("nobody-wrote-this-kubeconfig");
    ends(missing, |_| 2, "nobody-wrote-this-kubeconfig");
}

#[test]
fn a_cluster_without_anything_to_repair_is_exit_0() {
    let kubeconfig = start(Mood::Empty);
    for arguments in COMMANDS.iter().filter(|arguments| arguments[0] == "recover") {
        let output = run(arguments, &kubeconfig);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
    }
}

#[test]
fn every_format_of_a_plan_says_the_same() {
    let kubeconfig = start(Mood::Empty);
    let printed = |format: &str| {
        let output = run(&["preview", "plan", "--rules", RULES, "-o", format], &kubeconfig);
        // The source namespace is not there, so the rule waits.
        assert_eq!(output.status.code(), Some(1), "{format}");
        String::from_utf8(output.stdout).unwrap()
    };
    let json: serde_json::Value = serde_json::from_str(&printed("json")).unwrap();
    let yaml: serde_json::Value = yaml_serde::from_str(&printed("yaml")).unwrap();
    assert_eq!(json, yaml);
    let waiting = json["rules"][0]["waiting"].as_str().unwrap();
    assert!(printed("table").contains(waiting), "{waiting}");
}
