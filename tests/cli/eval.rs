//! `boltrope eval`: the answer of a policy, as a policy server sends it.

use serde_json::{Value, json};

use crate::folder::{Folder, LABEL};

const REQUEST: &str = r#"{
  "uid": "7", "operation": "CREATE", "namespace": "shop", "userInfo": {"username": "alice"},
  "kind": {"group": "", "version": "v1", "kind": "Service"},
  "resource": {"group": "", "version": "v1", "resource": "services"},
  "object": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}}
}"#;

fn required() -> String {
    LABEL.replace("{default: web}", "{required: true}")
}

#[test]
fn a_change_is_a_patch_in_base64() {
    let patch = "W3sib3AiOiJhZGQiLCJwYXRoIjoiL21ldGFkYXRhL2xhYmVscyIsInZhbHVlIjp7InRlYW0iOiJ3ZWIifX1d";
    let review = format!(
        r#"{{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {REQUEST}}}"#
    );
    for (test, request) in [("eval-request", REQUEST), ("eval-review", &review)] {
        Folder::new(test)
            .with("rules.yaml", LABEL)
            .run("eval --rules rules.yaml -", request)
            .gives(&format!(
                "{{\"uid\":\"7\",\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"{patch}\",\
                 \"auditAnnotations\":{{\"rules\":\"team\"}},\"warnings\":null}}\n"
            ));
    }
}

#[test]
fn a_refusal_ends_well_unless_asked_otherwise() {
    let folder = Folder::new("eval-refusal")
        .with("rules.yaml", required())
        .with("request.json", REQUEST);
    let answer = "{\"uid\":\"7\",\"allowed\":false,\"status\":{\"message\":\"team: label `team` is missing. Write \
                  `team` under `metadata.labels`.\",\"code\":403},\"auditAnnotations\":{\"rules\":\"team\"},\"warnings\":null}\n";
    folder
        .run("eval --rules rules.yaml request.json", "")
        .gives(answer);
    let run = folder.run("eval --rules rules.yaml --exit-code request.json", "");
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), answer));
    folder
        .with("rules.yaml", LABEL)
        .run("eval --rules rules.yaml --exit-code -o text request.json", "")
        .gives("allowed, changed\npatch: add /metadata/labels {\"team\":\"web\"}\naudit: rules=team\n");
}

#[test]
fn text_tells_what_people_want_to_know() {
    let warns = required().replace("match:", "action: warn\n      match:");
    let folder = Folder::new("eval-text")
        .with("rules.yaml", required())
        .with("warns.yaml", warns)
        .with("request.json", REQUEST);
    folder.run("eval --rules rules.yaml -o text request.json", "").gives(
        "refused (403)\n  team: label `team` is missing. Write `team` under `metadata.labels`.\naudit: rules=team\n",
    );
    folder.run("eval --rules warns.yaml -o text request.json", "").gives(
        "allowed\nwarning: team: label `team` is missing. Write `team` under `metadata.labels`.\naudit: rules=team\n",
    );
}

#[test]
fn lookups_are_answered_from_the_world() {
    let rules = LABEL.replace(
        "{kinds: [core/Service]}",
        "{kinds: [core/Service], namespaces: {labels: {matchLabels: {a: b}}}}",
    );
    let namespace = |label: &str| {
        format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{a: {label}}}}}\n")
    };
    let folder = Folder::new("eval-world")
        .with("rules.yaml", rules)
        .with("request.json", REQUEST)
        .with("in.yaml", namespace("b"))
        .with("out.yaml", namespace("c"));
    let answer = |arguments: &str| -> Value {
        let run = folder.run(&format!("eval --rules rules.yaml {arguments} request.json"), "");
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        serde_json::from_str(&run.stdout).expect("JSON")
    };
    assert!(answer("--world in.yaml")["patch"].is_string());
    assert_eq!(answer("--world out.yaml").get("patch"), None);
    let unknown = answer("");
    assert_eq!(unknown["status"]["code"], json!(503));
    let message = unknown["status"]["message"].as_str().expect("text");
    assert!(
        message.contains("pass --world with the Namespace `shop`"),
        "{message}"
    );
}

#[test]
fn several_rules_files_are_one_policy() {
    let other = LABEL
        .replace("name: team", "name: env")
        .replace("{team: ", "{env: ");
    let run = Folder::new("eval-files")
        .with("rules/a.yaml", LABEL)
        .with("rules/b.yaml", other)
        .run("eval --rules rules -o text -", REQUEST);
    assert!(run.stdout.ends_with("audit: rules=env,team\n"), "{}", run.stdout);
}

#[test]
fn what_is_no_request_is_named() {
    let folder = Folder::new("eval-bad").with("rules.yaml", LABEL);
    for (request, message) in [
        (
            "[]",
            "stdin: it is no AdmissionReview with a `request` and no request itself; `boltrope request` writes one",
        ),
        (
            "{\"kind\": \"AdmissionReview\"}",
            "stdin: it is no AdmissionReview with a `request` and no request itself; `boltrope request` writes one",
        ),
        (
            "{\"uid\": \"1\", \"operation\": \"CREATE\", \"kind\": \"Service\", \"userInfo\": {}}",
            "stdin: an admission request needs `kind`, `resource`, with what an API server puts there; `boltrope request` writes a whole one",
        ),
        ("", "stdin: it is empty; one document was expected"),
        ("{}\n---\n{}\n", "stdin: it holds 2 documents; give one at a time"),
    ] {
        folder
            .run("eval --rules rules.yaml -", request)
            .fails(3, &format!("error: {message}\n"));
    }
    folder
        .run("eval --rules rules.yaml gone.json", "")
        .fails(3, "error: cannot read `gone.json`: no such file or directory\n");
    folder.run("eval -", REQUEST).fails(
        2,
        "error: no rules: pass --rules FILE or set BOLTROPE_RULES; start a file with `boltrope rules init`\n",
    );
}
