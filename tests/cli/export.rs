//! `boltrope export kubewarden`: what a cluster needs to run a rules file.

use boltrope::cases::documents;
use serde_json::json;

use crate::folder::{Folder, LABEL, NOTHING};

const POLICY: &str = r#"# failurePolicy Fail: while the policy server is away, nothing of these kinds is created or updated.
# backgroundAudit false: the audit scanner takes a change for a pass. `--action deny` makes its twin.
apiVersion: policies.kubewarden.io/v1
kind: ClusterAdmissionPolicy
metadata:
  name: platform
  annotations:
    io.kubewarden.policy.severity: medium
    io.kubewarden.policy.category: Platform
spec:
  module: registry://example.org/boltrope:v1
  mutating: true
  backgroundAudit: false
  failurePolicy: Fail
  timeoutSeconds: 5
  sideEffects: None
  rules:
  - apiGroups:
    - ""
    apiVersions:
    - v1
    resources:
    - services
    operations:
    - CREATE
    - UPDATE
  - apiGroups:
    - kubernetes.crossplane.io
    apiVersions:
    - v1alpha2
    - v1alpha1
    resources:
    - objects
    operations:
    - CREATE
    - UPDATE
  - apiGroups:
    - kubernetes.m.crossplane.io
    apiVersions:
    - v1alpha1
    resources:
    - objects
    operations:
    - CREATE
    - UPDATE
  namespaceSelector:
    matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values:
      - kube-system
      - kubewarden
  matchConditions:
  - name: not-the-garbage-collector
    expression: request.userInfo.username != 'system:serviceaccount:kube-system:generic-garbage-collector'
  - name: not-the-namespace-controller
    expression: request.userInfo.username != 'system:serviceaccount:kube-system:namespace-controller'
  - name: not-composed-by-crossplane
    expression: "!(request.userInfo.username.startsWith('system:serviceaccount:crossplane-system:') && object != null && has(object.metadata.labels) && 'crossplane.io/composite' in object.metadata.labels && (oldObject == null || (has(oldObject.metadata.labels) && 'crossplane.io/composite' in oldObject.metadata.labels)))"
  settings:
    rules:
    - name: team
      match:
        kinds:
        - core/Service
      metadata:
        labels:
          team:
            default: web
"#;

#[test]
fn a_policy_is_printed_whole() {
    Folder::new("export")
        .with("rules.yaml", LABEL)
        .run(
            "export kubewarden --rules rules.yaml --module registry://example.org/boltrope:v1",
            "",
        )
        .gives(POLICY);
}

#[test]
fn its_settings_are_what_eval_runs() {
    let folder = Folder::new("export-settings").with("rules.yaml", LABEL);
    let run = folder.run("export kubewarden --rules rules.yaml", "");
    let policies = documents("stdout", &run.stdout).expect("YAML");
    let rules = json!({
        "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "again"},
        "spec": policies[0]["spec"]["settings"],
    });
    folder
        .with("again.yaml", rules.to_string())
        .run("rules validate again.yaml", "")
        .gives("OK: 1 rule in 1 file\n  team  metadata  enforce\n");
}

#[test]
fn each_action_has_a_name_of_its_own() {
    let folder = Folder::new("export-actions").with("rules.yaml", LABEL);
    for (arguments, name, mutating, action, mode) in [
        ("", "platform", true, json!(null), json!(null)),
        (
            "--action deny",
            "platform-deny",
            false,
            json!("deny"),
            json!(null),
        ),
        (
            "--action monitor",
            "platform-monitor",
            true,
            json!(null),
            json!("monitor"),
        ),
        (
            "--action deny --name other",
            "other",
            false,
            json!("deny"),
            json!(null),
        ),
    ] {
        let run = folder.run(&format!("export kubewarden --rules rules.yaml {arguments}"), "");
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        let policy = documents("stdout", &run.stdout).expect("YAML").remove(0);
        assert_eq!(policy["metadata"]["name"], name);
        let spec = &policy["spec"];
        assert_eq!(
            (
                &spec["mutating"],
                &spec["settings"]["rules"][0]["action"],
                &spec["mode"]
            ),
            (&json!(mutating), &action, &mode),
            "{arguments}"
        );
    }
}

#[test]
fn plurals_are_told_or_defined() {
    let rules = LABEL.replace("core/Service", "example.org/Widget");
    let crd = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgetz.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgetz}
  versions: [{name: v2, served: true, storage: true}]
";
    let folder = Folder::new("export-plurals")
        .with("rules.yaml", rules)
        .with("world/crd.yaml", crd);
    for (arguments, expected) in [
        (
            "--resource example.org/v1/Widget=widgets",
            json!([["v1"], ["widgets"]]),
        ),
        ("--world world", json!([["v2"], ["widgetz"]])),
    ] {
        let run = folder.run(&format!("export kubewarden --rules rules.yaml {arguments}"), "");
        let policy = documents("stdout", &run.stdout).expect("YAML").remove(0);
        let rule = &policy["spec"]["rules"][0];
        assert_eq!(json!([rule["apiVersions"], rule["resources"]]), expected);
    }
}

#[test]
fn what_cannot_be_exported_is_refused_with_what_to_do() {
    let folder = Folder::new("export-bad")
        .with("rules.yaml", LABEL)
        .with(
            "unknown.yaml",
            LABEL.replace("core/Service", "example.org/Widget"),
        )
        .with("every.yaml", LABEL.replace("core/Service", "\"*\""))
        .with("nothing.yaml", NOTHING)
        .with(
            "name.yaml",
            LABEL.replace("{name: platform}", "{name: my.platform}"),
        );
    for (arguments, message) in [
        (
            "--rules unknown.yaml",
            "rule `team` is about `example.org/Widget`, and nothing says its plural; pass --world with its \
             CustomResourceDefinition or CompositeResourceDefinition, or say it with --resource \
             example.org/v1/Widget=PLURAL",
        ),
        (
            "--rules every.yaml",
            "rule `team` is about every kind (`*`), and a webhook for all of them would stop the cluster when it \
             fails; name the kinds in `match.kinds`",
        ),
        (
            "--rules nothing.yaml",
            "no rule does anything at admission: there is nothing to export",
        ),
        (
            "--rules rules.yaml --module example.org/boltrope:v1",
            "--module: `example.org/boltrope:v1` has no scheme; write registry://example.org/boltrope:v1",
        ),
        (
            "--rules rules.yaml --name No",
            "`No` cannot be the name of a policy: use at most 63 lower-case letters, digits and `-`; pass --name",
        ),
    ] {
        folder
            .run(&format!("export kubewarden {arguments}"), "")
            .fails(2, &format!("error: {message}\n"));
    }
    let run = folder.run(
        "export kubewarden --rules rules.yaml --resource Widget=widgets",
        "",
    );
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(
        run.stderr
            .contains("write GROUP/VERSION/KIND=PLURAL, for example example.org/v1/Widget=widgets"),
        "{}",
        run.stderr
    );
}
