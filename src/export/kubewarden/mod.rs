//! A rules file as `ClusterAdmissionPolicy` resources for Kubewarden.
//!
//! ```text
//! Export { spec, program, catalog, .. } --manifests--> ClusterAdmissionPolicy.., ClusterRole, ClusterRoleBinding
//! ```
//!
//! Only what the rules need is asked for: the resources of the kinds they match, the lookups their settings make. The
//! account of Flux is never exempt: under Flux every object of a tenant arrives through it.

mod conditions;
mod resources;

use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::engine::Program;
use crate::resource::Catalog;
use crate::rules::Action;
use crate::transforms::Phase;

/// The account that a policy server runs as, where Kubewarden's charts put it.
const ACCOUNT: (&str, &str) = ("kubewarden", "policy-server");
/// Namespaces that no rule may stop: those that the cluster and the policy server itself need.
const LEFT_ALONE: [&str; 2] = ["kube-system", "kubewarden"];
/// Severity and category, as in the metadata of the policy's module.
const RATING: (&str, &str) = ("medium", "Platform");
/// How long the API server waits. Policy servers give up after two seconds by themselves.
const TIMEOUT_SECONDS: u32 = 5;

/// What the policy does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As the rules say: changes and refuses.
    #[default]
    Enforce,
    /// Changes nothing: every rule that would change an object refuses it.
    Deny,
    /// Neither changes nor refuses: the policy server logs what it would do, warnings reach people.
    Monitor,
}

/// What to export.
#[derive(Debug)]
pub struct Export<'a> {
    /// The name of the policy.
    pub name: &'a str,
    /// The address of the module, with its scheme.
    pub module: &'a str,
    /// The `spec` of the rules, as written.
    pub spec: &'a Value,
    /// The same rules, compiled.
    pub program: &'a Program,
    /// What kinds are called in URLs.
    pub catalog: &'a Catalog,
    /// What the policy does.
    pub mode: Mode,
}

/// One resource, and what people should know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Lines for a comment above it.
    pub notes: Vec<String>,
    /// The resource.
    pub resource: Value,
}

/// Why rules cannot be exported.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExportError {
    /// No rule does anything.
    #[error("no rule does anything at admission: there is nothing to export")]
    NoRules,
    /// Nothing says what a kind is called in URLs.
    #[error(
        "rule `{rule}` is about `{kind}`, and nothing says its plural; pass --world with its CustomResourceDefinition \
         or CompositeResourceDefinition, or say it with --resource {example}"
    )]
    UnknownPlural {
        /// The rule.
        rule: String,
        /// The kind as the rule names it.
        kind: String,
        /// How to say it.
        example: String,
    },
    /// A rule is about every kind there is.
    #[error(
        "rule `{rule}` is about every kind (`{kind}`), and a webhook for all of them would stop the cluster when it \
         fails; name the kinds in `match.kinds`"
    )]
    EveryKind {
        /// The rule.
        rule: String,
        /// The kind as the rule names it.
        kind: String,
    },
}

/// The resources that make a policy server run the rules.
///
/// Namespaces have a policy of their own, because a webhook that fails there must not lock everybody out. In mode
/// `Monitor` nothing may be stopped by a server that is away either.
///
/// # Errors
/// The first thing that is not known, with how to say it.
pub fn manifests(export: &Export<'_>) -> Result<Vec<Manifest>, ExportError> {
    if export.program.rules().is_empty() {
        return Err(ExportError::NoRules);
    }
    let (namespaces, others) = resources::rules(export)?;
    let mut manifests = Vec::new();
    let failure = match export.mode {
        Mode::Monitor => "Ignore",
        Mode::Enforce | Mode::Deny => "Fail",
    };
    if !others.is_empty() {
        manifests.push(policy(export, "", &others, failure));
    }
    if !namespaces.is_empty() {
        let suffix = if others.is_empty() { "" } else { "-namespaces" };
        manifests.push(policy(export, suffix, &namespaces, "Ignore"));
    }
    let looked_up = looked_up(export.program);
    if !looked_up.is_empty() {
        manifests.extend(access(export.name, &looked_up));
    }
    Ok(manifests)
}

fn policy(export: &Export<'_>, suffix: &str, rules: &[Value], failure: &str) -> Manifest {
    let mutating = export.mode != Mode::Deny && may_change(export.program);
    let context: Vec<Value> = looked_up(export.program)
        .into_iter()
        .map(|(kind, _)| json!({"apiVersion": "v1", "kind": kind}))
        .collect();
    let mut spec = Map::new();
    let mut put = |key: &str, value: Value| spec.insert(key.to_owned(), value);
    put("module", export.module.into());
    if export.mode == Mode::Monitor {
        put("mode", "monitor".into());
    }
    put("mutating", mutating.into());
    put("backgroundAudit", (!mutating).into());
    put("failurePolicy", failure.into());
    put("timeoutSeconds", TIMEOUT_SECONDS.into());
    put("sideEffects", "None".into());
    put("rules", rules.into());
    put(
        "namespaceSelector",
        json!({"matchExpressions": [
            {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": LEFT_ALONE},
        ]}),
    );
    put("matchConditions", conditions::conditions());
    if !context.is_empty() {
        put("contextAwareResources", context.into());
    }
    put("settings", settings(export));
    let (severity, category) = RATING;
    // The audit scanner puts both into its reports.
    let metadata = json!({
        "name": format!("{}{suffix}", export.name),
        "annotations": {"io.kubewarden.policy.severity": severity, "io.kubewarden.policy.category": category},
    });
    Manifest {
        notes: notes(failure, mutating, export.mode),
        resource: json!({
            "apiVersion": "policies.kubewarden.io/v1",
            "kind": "ClusterAdmissionPolicy",
            "metadata": metadata,
            "spec": spec,
        }),
    }
}

fn notes(failure: &str, mutating: bool, mode: Mode) -> Vec<String> {
    let mut notes = vec![match failure {
        "Ignore" if mode == Mode::Monitor => "failurePolicy Ignore: a look stops nothing.".to_owned(),
        "Ignore" => "failurePolicy Ignore: a webhook that fails on Namespaces would lock everybody out.".to_owned(),
        _ => "failurePolicy Fail: while the policy server is away, nothing of these kinds is created or updated.".to_owned(),
    }];
    if mutating {
        notes.push(
            "backgroundAudit false: the audit scanner takes a change for a pass. `--action deny` makes its twin."
                .to_owned(),
        );
    }
    if mode == Mode::Monitor {
        notes.push(
            "mode monitor: nothing is changed or refused. A policy can go from monitor to protect, not back."
                .to_owned(),
        );
    }
    notes
}

/// The spec of the rules; what `--action deny` forbids to change is refused.
fn settings(export: &Export<'_>) -> Value {
    let mut settings = export.spec.clone();
    if export.mode != Mode::Deny {
        return settings;
    }
    let rules = settings.pointer_mut("/rules").and_then(Value::as_array_mut);
    for rule in rules.into_iter().flatten().filter_map(Value::as_object_mut) {
        let enforces = rule.get("action").is_none_or(|action| action == "enforce");
        if enforces {
            rule.insert("action".to_owned(), "deny".into());
        }
    }
    settings
}

/// Whether some rule may change an object. A guard never does.
fn may_change(program: &Program) -> bool {
    let changes = |rule: &crate::rules::Rule| {
        rule.action == Action::Enforce && rule.transform.meta().phase != Phase::Guard
    };
    program.rules().iter().any(changes)
}

/// Kind and plural of what the rules look up at admission. Scopes are the request's there.
fn looked_up(program: &Program) -> Vec<(&'static str, &'static str)> {
    let asks = program.asks();
    let lookups = [
        (asks.namespaces, ("Namespace", "namespaces")),
        (asks.services, ("Service", "services")),
    ];
    let asked = lookups.into_iter().filter(|(asked, _)| *asked);
    asked.map(|(_, names)| names).collect()
}

/// What lets a policy server read that, and nothing else.
fn access(name: &str, looked_up: &[(&str, &str)]) -> [Manifest; 2] {
    let plurals: Vec<&str> = looked_up.iter().map(|(_, plural)| *plural).collect();
    let name = format!("boltrope-{name}-lookups");
    let (namespace, account) = ACCOUNT;
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
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    });
    [
        Manifest {
            notes: vec!["What the rules look up in the cluster, one object at a time.".to_owned()],
            resource: role,
        },
        Manifest {
            notes: vec!["The account of the policy server, where Kubewarden's charts put it.".to_owned()],
            resource: binding,
        },
    ]
}

#[cfg(test)]
mod tests;
