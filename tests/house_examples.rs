//! The examples do what the pages say: the committed result is what the program writes, and it holds the three
//! promises of the demo. `BLESS=1` rewrites the committed result; the promises stay.

#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these tests run the program on the checkout's files and fail by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn platform() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/platform")
}

fn read(path: &str) -> String {
    let path = platform().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Pipes a file of the example through the post-renderer.
fn post_render(input: &Path, world: &str, more: &[&str]) -> Output {
    let input = std::fs::File::open(input).unwrap_or_else(|error| panic!("{}: {error}", input.display()));
    Command::new(env!("CARGO_BIN_EXE_boltrope"))
        .current_dir(platform())
        .args([
            "post-render",
            "--rules",
            "rules.yaml",
            "--namespace",
            "new-feature",
            "--world",
        ])
        .arg(Path::new("world").join(world))
        .args(more)
        .env_clear()
        .stdin(Stdio::from(input))
        .output()
        .unwrap()
}

fn rendered(input: &str, world: &str) -> String {
    let output = post_render(&platform().join(input), world, &[]);
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{input} in {world}: {problems}");
    String::from_utf8(output.stdout).unwrap()
}

fn documents(stream: &str) -> Vec<&str> {
    stream
        .split("---\n# Source: ")
        .filter(|document| !document.is_empty())
        .collect()
}

fn document<'a>(stream: &'a str, holding: &str) -> &'a str {
    let found: Vec<&str> = documents(stream)
        .into_iter()
        .filter(|document| document.contains(holding))
        .collect();
    assert_eq!(found.len(), 1, "documents that hold {holding:?}");
    found.first().copied().unwrap_or_default()
}

#[test]
fn the_committed_result_is_what_the_program_writes() {
    let actual = rendered("release.yaml", "namespaced");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(platform().join("rendered.yaml"), &actual).unwrap();
    }
    assert_eq!(
        actual,
        read("rendered.yaml"),
        "`make bless` rewrites examples/platform/rendered.yaml"
    );
}

#[test]
fn an_order_without_a_namespace_goes_to_system_where_orders_are_namespaced() {
    let before = read("release.yaml");
    let after = rendered("release.yaml", "namespaced");
    assert!(!document(&before, "kind: ManagedNamespace").contains("namespace: system"));
    let order = document(&after, "kind: ManagedNamespace");
    assert!(order.contains("metadata:\n  name: web-jobs\n"), "{order}");
    assert!(order.contains("\n  namespace: system\n"), "{order}");
}

#[test]
fn an_order_loses_its_namespace_where_orders_are_cluster_scoped() {
    let before = read("orders/team-search.yaml");
    let after = rendered("orders/team-search.yaml", "cluster");
    let gone: Vec<&str> = before
        .lines()
        .filter(|line| !after.lines().any(|kept| kept == *line))
        .collect();
    assert_eq!(
        gone,
        ["  namespace: system          # written by the portal's first template"]
    );
    assert_eq!(after.lines().count() + 1, before.lines().count(), "{after}");
}

#[test]
fn an_order_keeps_its_namespace_where_orders_are_namespaced() {
    assert_eq!(
        rendered("orders/team-search.yaml", "namespaced"),
        read("orders/team-search.yaml")
    );
}

#[test]
fn a_mirrored_service_leads_to_the_base_namespace() {
    let after = rendered("release.yaml", "namespaced");
    let service = document(&after, "name: my-service\n");
    assert!(service.contains("type: ExternalName\n"), "{service}");
    assert!(
        service.contains("externalName: my-service.default.svc.cluster.local\n"),
        "{service}"
    );
    assert!(!service.contains("selector:"), "{service}");
}

#[test]
fn the_ingress_answers_at_the_previews_host_tls_included() {
    let after = rendered("release.yaml", "namespaced");
    let ingress = document(&after, "kind: Ingress\nmetadata:\n  name: web\n");
    assert_eq!(ingress.matches("new-feature.example.com").count(), 2, "{ingress}");
    assert!(!ingress.contains("*.example.com"), "{ingress}");
    assert!(
        ingress.contains("# one tenant per label"),
        "comments stay: {ingress}"
    );
}

#[test]
fn documents_that_no_rule_changes_leave_byte_for_byte() {
    let (before, after) = (read("release.yaml"), rendered("release.yaml", "namespaced"));
    let (before, after) = (documents(&before), documents(&after));
    assert_eq!(before.len(), after.len());
    let changed: Vec<&str> = before
        .iter()
        .zip(&after)
        .filter(|(old, new)| old != new)
        .map(|(old, _)| *old)
        .collect();
    assert_eq!(changed.len(), 3, "{changed:?}");
}

#[test]
fn a_second_run_changes_nothing() {
    let output = post_render(&platform().join("rendered.yaml"), "namespaced", &[]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), read("rendered.yaml"));
}

#[test]
fn the_diff_names_the_rule_behind_each_change() {
    let output = post_render(&platform().join("release.yaml"), "namespaced", &["--diff"]);
    let diff = String::from_utf8(output.stdout).unwrap();
    for rule in [
        "infrastructure-in-system",
        "backends-from-default",
        "preview-hosts",
    ] {
        assert!(diff.contains(rule), "{rule} is not in:\n{diff}");
    }
}

#[test]
fn the_compiled_helm_release_is_up_to_date() {
    let chart = std::fs::File::open(platform().join("release.yaml")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_boltrope"))
        .current_dir(platform())
        .args([
            "export",
            "flux",
            "--rules",
            "rules.yaml",
            "--world",
            "world/namespaced",
        ])
        .args(["--helmrelease", "../flux/compiled/web.yaml"])
        .arg(if std::env::var_os("BLESS").is_some() {
            "--write"
        } else {
            "--check"
        })
        .env_clear()
        .stdin(Stdio::from(chart))
        .output()
        .unwrap();
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problems}");
}

#[test]
fn the_cases_of_the_example_hold() {
    let output = Command::new(env!("CARGO_BIN_EXE_boltrope"))
        .current_dir(platform())
        .args(["test", "--rules", "rules.yaml", "cases"])
        .env_clear()
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    assert!(told.ends_with("\n3 cases: 3 passed, 0 failed\n"), "{told}");
}
