//! `deploy/`: resources that put a policy into a cluster, one file for each step of `docs/rollout.md`, the rights it
//! needs there, and what a policy server without a cluster reads.
//!
//! All of them carry the same example settings, so that the steps differ only in what they do with a finding.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::list::{POLICIES, Policy, Shape};
use super::plurals::Plurals;
use super::publisher::Publisher;
use super::{FOLDER, metadata, yaml};

/// Where Kubewarden's charts put the policy server, and the account it runs as.
const SERVER_NAMESPACE: &str = "kubewarden";
const SERVER_ACCOUNT: &str = "policy-server";
/// Evaluations take a millisecond, lookups a few: both are the smallest that Kubewarden takes with room between them.
const EVALUATION_SECONDS: u8 = 2;
const WEBHOOK_SECONDS: u8 = 5;

/// What a deployed policy does with what its rules find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Warnings; nothing is changed or refused, whatever happens.
    Monitor,
    /// What would be changed is refused.
    Deny,
    /// What may be changed is changed, the rest is refused.
    Enforce,
}

impl Step {
    fn file(self) -> &'static str {
        match self {
            Self::Monitor => "monitor.yaml",
            Self::Deny => "deny.yaml",
            Self::Enforce => "enforce.yaml",
        }
    }

    fn name(self, id: &str) -> String {
        match self {
            Self::Monitor => format!("{id}-monitor"),
            Self::Deny => format!("{id}-deny"),
            Self::Enforce => id.to_owned(),
        }
    }

    fn mode(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Deny | Self::Enforce => "protect",
        }
    }

    fn about(self, policy: &Policy) -> &'static str {
        match (self, policy.mutating) {
            (Self::Monitor, _) => {
                "# Step 1: every finding is a warning that people see, and nothing is changed or refused. Mode `monitor` lets\n\
                 # every request pass, whatever the policy answers.\n"
            }
            (Self::Deny, _) => {
                "# Step 2: what the rules would change is refused, with what to write instead. It stays beside enforce.yaml: validating\n\
                 # webhooks run after mutating ones, so it passes what was put right, and the audit scanner gets a true answer from it.\n\
                 # Of enforce.yaml the scanner would hear `pass` for every object that is still to be changed.\n"
            }
            (Self::Enforce, true) => {
                "# Step 3: what the rules may change is changed, the rest is refused. Not for the audit scanner, which takes a change\n\
                 # for a pass: that is what deny.yaml is for.\n"
            }
            (Self::Enforce, false) => {
                "# Step 2 and the last: this policy changes nothing, so refusing is all it does, and the audit scanner can ask it too.\n"
            }
        }
    }
}

/// Every file of the folder, and its text.
pub(super) fn files(
    policy: &Policy,
    plurals: &Plurals,
    publisher: &Publisher,
) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let module = format!("registry://{}", metadata::image(policy, publisher));
    let folder = PathBuf::from("deploy");
    let mut files = Vec::new();
    for step in steps(policy) {
        let text = below_the_note(&resource(policy, plurals, step, &module)?, step.about(policy))?;
        files.push((folder.join(step.file()), text));
    }
    files.push((folder.join("rbac.yaml"), rights(policy)?));
    files.push((folder.join("policies.yml"), served(&[policy])?));
    Ok(files)
}

/// All policies for one policy server without a cluster.
pub(super) fn all_served() -> anyhow::Result<(PathBuf, String)> {
    let policies: Vec<&Policy> = POLICIES.iter().collect();
    Ok((PathBuf::from(FOLDER).join("policies.yml"), served(&policies)?))
}

/// A policy that changes nothing refuses already: it needs no twin that refuses.
fn steps(policy: &Policy) -> impl Iterator<Item = Step> {
    let all = [Step::Monitor, Step::Deny, Step::Enforce];
    let mutating = policy.mutating;
    all.into_iter()
        .filter(move |step| mutating || *step != Step::Deny)
}

fn resource(policy: &Policy, plurals: &Plurals, step: Step, module: &str) -> anyhow::Result<Value> {
    let failure = if step == Step::Monitor {
        "Ignore"
    } else {
        policy.failure
    };
    let mutates = policy.mutating && step == Step::Enforce;
    Ok(json!({
        "apiVersion": "policies.kubewarden.io/v1",
        "kind": "ClusterAdmissionPolicy",
        // The audit scanner puts both into its reports.
        "metadata": {
            "name": step.name(policy.id),
            "annotations": {
                "io.kubewarden.policy.severity": policy.severity,
                "io.kubewarden.policy.category": policy.category,
            },
        },
        "spec": {
            "policyServer": "default",
            "mode": step.mode(),
            "module": module,
            "settings": settings(policy, step)?,
            "mutating": mutates,
            "backgroundAudit": !mutates,
            "rules": metadata::rules(policy, plurals)?,
            "sideEffects": "None",
            // Expressions, not `matchLabels`: the controller passes on only these.
            "namespaceSelector": {"matchExpressions": [{
                "key": "kubernetes.io/metadata.name",
                "operator": "NotIn",
                "values": ["kube-system", SERVER_NAMESPACE],
            }]},
            "matchConditions": conditions(),
            "failurePolicy": failure,
            "timeoutSeconds": WEBHOOK_SECONDS,
            "timeoutEvalSeconds": EVALUATION_SECONDS,
            "contextAwareResources": metadata::context_aware(policy),
        },
    }))
}

/// The example settings, with what the step does in every rule.
fn settings(policy: &Policy, step: Step) -> anyhow::Result<Value> {
    let mut settings: Value = yaml_serde::from_str(policy.example)
        .with_context(|| format!("the example settings of `{}`", policy.id))?;
    let action = match step {
        Step::Monitor => "warn",
        Step::Deny => "deny",
        Step::Enforce => return Ok(settings),
    };
    let act = |rule: &mut Value| {
        if let Some(rule) = rule.as_object_mut() {
            rule.insert("action".to_owned(), json!(action));
        }
    };
    match policy.shape {
        Shape::Spec => settings
            .get_mut("rules")
            .and_then(Value::as_array_mut)
            .context("the example settings have no rules")?
            .iter_mut()
            .for_each(act),
        Shape::Rule { .. } => act(&mut settings),
    }
    Ok(settings)
}

/// Who is left alone: the two controllers that take objects apart, whose failure leaves half-deleted namespaces behind,
/// and Crossplane where it composes, since it would repeat the same request for ever. Their names cannot be forged.
/// Not Flux: what it applies is what tenants wrote. `boltrope export kubewarden` writes the same.
fn conditions() -> Value {
    let not_by = |name: &str, account: &str| {
        json!({
            "name": name,
            "expression": format!("request.userInfo.username != 'system:serviceaccount:kube-system:{account}'"),
        })
    };
    let marked = |object: &str| {
        format!("has({object}.metadata.labels) && 'crossplane.io/composite' in {object}.metadata.labels")
    };
    let (now, before) = (marked("object"), marked("oldObject"));
    json!([
        not_by("not-the-garbage-collector", "generic-garbage-collector"),
        not_by("not-the-namespace-controller", "namespace-controller"),
        {
            "name": "not-composed-by-crossplane",
            "expression": format!(
                "!(request.userInfo.username.startsWith('system:serviceaccount:crossplane-system:') && object != null && \
                 {now} && (oldObject == null || ({before})))"
            ),
        },
    ])
}

/// The right to read what the policy may look up, for the account of the policy server.
fn rights(policy: &Policy) -> anyhow::Result<String> {
    let name = format!("boltrope-{}-lookups", policy.id);
    let plurals: Vec<String> = policy
        .looks_up
        .iter()
        .map(|kind| format!("{}s", kind.to_lowercase()))
        .collect();
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": [{"apiGroups": [""], "resources": plurals, "verbs": ["get"]}],
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "subjects": [{"kind": "ServiceAccount", "name": SERVER_ACCOUNT, "namespace": SERVER_NAMESPACE}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
    });
    let about = "# Needed only by settings that look something up (README.md says which), and not by a policy server that Kubewarden's\n\
                 # charts installed: its account may read these already.\n";
    let role = below_the_note(&role, about)?;
    Ok(format!("{role}---\n{}", yaml_serde::to_string(&binding)?))
}

/// `policies.yml`: every step of every policy, under the names that deployed ones have.
fn served(policies: &[&Policy]) -> anyhow::Result<String> {
    let mut entries = Map::new();
    for policy in policies {
        for step in steps(policy) {
            let entry = json!({
                "module": format!("file:///{FOLDER}/{}/annotated-policy.wasm", policy.id),
                "policyMode": step.mode(),
                "allowedToMutate": policy.mutating && step == Step::Enforce,
                "timeoutEvalSeconds": EVALUATION_SECONDS,
                "settings": settings(policy, step)?,
            });
            entries.insert(step.name(policy.id), entry);
        }
    }
    let about = "# For a policy server without a cluster, with this checkout's `policies` folder at `/policies`: docs/policy-server.md.\n";
    below_the_note(&Value::Object(entries), about)
}

fn below_the_note(value: &Value, about: &str) -> anyhow::Result<String> {
    let mut text = yaml(value)?;
    let at = text.find('\n').map_or(0, |end| end + 1);
    text.insert_str(at, about);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(id: &str) -> &'static Policy {
        POLICIES.iter().find(|policy| policy.id == id).unwrap()
    }

    fn step(id: &str, step: Step) -> Value {
        let policy = policy(id);
        let kinds = policy
            .resources
            .iter()
            .flat_map(|of| of.kinds.iter().map(|kind| (of.group, kind)));
        let lines: Vec<String> = kinds
            .map(|(group, kind)| format!("{group}/v1 {kind} {}s Namespaced", kind.to_lowercase()))
            .collect();
        let plurals = Plurals::read(&lines.join("\n")).unwrap();
        resource(policy, &plurals, step, "registry://example.com/policy").unwrap()["spec"].clone()
    }

    #[test]
    fn only_what_may_change_objects_is_allowed_to_and_kept_from_the_audit() {
        for (id, which, mutating, audited) in [
            ("metadata", Step::Enforce, true, false),
            ("metadata", Step::Deny, false, true),
            ("metadata", Step::Monitor, false, true),
            ("external-name-guard", Step::Enforce, false, true),
        ] {
            let spec = step(id, which);
            let found = (&spec["mutating"], &spec["backgroundAudit"]);
            assert_eq!(found, (&json!(mutating), &json!(audited)), "{id} {which:?}");
        }
    }

    #[test]
    fn every_rule_of_a_step_does_what_the_step_does() {
        let of_rules = step("boltrope", Step::Deny);
        let rules = of_rules["settings"]["rules"].as_array().unwrap();
        assert!(rules.len() > 1 && rules.iter().all(|rule| rule["action"] == "deny"));
        assert_eq!(step("metadata", Step::Monitor)["settings"]["action"], "warn");
        assert_eq!(step("metadata", Step::Enforce)["settings"].get("action"), None);
    }

    #[test]
    fn a_failing_server_stops_nothing_that_a_cluster_needs_to_come_up() {
        for policy in POLICIES {
            let is_vital = |kind: &&str| ["Namespace", "Deployment", "DaemonSet", "Pod"].contains(kind);
            let vital = policy.resources.iter().any(|of| of.kinds.iter().any(is_vital));
            let spec = step(policy.id, Step::Enforce);
            assert_eq!(spec["failurePolicy"] == "Ignore", vital, "{}", policy.id);
            assert_eq!(step(policy.id, Step::Monitor)["failurePolicy"], "Ignore");
        }
    }

    #[test]
    fn a_policy_that_changes_nothing_has_no_twin() {
        let names = |id: &str| -> Vec<&str> { steps(policy(id)).map(Step::file).collect() };
        assert_eq!(names("external-name-guard"), ["monitor.yaml", "enforce.yaml"]);
        assert_eq!(names("metadata"), ["monitor.yaml", "deny.yaml", "enforce.yaml"]);
    }

    #[test]
    fn flux_is_judged_and_composing_is_not() {
        let text = conditions().to_string();
        assert!(
            !text.contains("flux") && text.contains("crossplane.io/composite"),
            "{text}"
        );
        assert!(
            text.contains("oldObject == null"),
            "CREATE has no old object: {text}"
        );
    }
}
