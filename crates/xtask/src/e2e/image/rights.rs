//! The operator with the token of the chart's ServiceAccount, on a cluster with releases that want every kind of write.
//!
//! `recover plan` asks the API server for everything that a run would need, as a run does before its first write. With the
//! chart's Roles nothing may be missing; with a rule less, what is missing is named, with the Role that grants it.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::scene::{NAMESPACE, Scene};
use crate::e2e::cluster::Client;
use crate::program::{Outcome, Program};

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/flux-system/roles";
pub(super) fn suffice(root: &Path, _boltrope: &Path) -> anyhow::Result<()> {
    let program = super::program(root)?;
    let scene = Scene::start(root, "image-rights")?;
    scene.lose_conditions("web", "deployed")?;
    scene.cut_off_uninstall("old")?;
    let (client, account) = (scene.client(), &scene.account);
    let plan = || -> anyhow::Result<Outcome> {
        Program::new(&program)
            .args(["recover", "plan", "-n", NAMESPACE, "--kubeconfig"])
            .args([&scene.kubeconfig])
            .without_env("KUBECONFIG")
            .outcome()
    };
    ensure_allowed(&plan()?)?;
    let mut missed = 0;
    for (index, rule) in rules(client, account)?.into_iter().enumerate() {
        let writes = ["create", "delete", "patch", "update"];
        let is_needed = rule.verbs.iter().any(|verb| writes.contains(&verb.as_str()));
        // The Lease is for a program that stays.
        if is_needed && rule.resource != "leases" {
            let whole = client.get(&format!("{ROLES}/{account}"))?;
            client.merge(
                &format!("{ROLES}/{account}"),
                &json!({"rules": without(&whole, index)}),
            )?;
            rule.is_missed(&plan()?)?;
            client.merge(
                &format!("{ROLES}/{account}"),
                &json!({"rules": whole.get("rules")}),
            )?;
            missed += 1;
        }
    }
    ensure!(missed >= 5, "only {missed} rules were taken away");
    Ok(())
}

/// Nothing is missing, and every kind of write is planned.
fn ensure_allowed(said: &Outcome) -> anyhow::Result<()> {
    ensure!(said.code == Some(1), "{said:?}");
    for word in [
        "deployed-unknown",
        "uninstalling-stale",
        "mark-released",
        "mark-record-failed",
    ] {
        ensure!(
            said.stdout.contains(word),
            "`{word}` is not in the plan: {said:?}"
        );
    }
    for word in ["not allowed", "nothing was written", "not healthy"] {
        let is_said = said.stdout.contains(word) || said.stderr.contains(word);
        ensure!(!is_said, "`{word}`: {said:?}");
    }
    Ok(())
}

/// One rule of a Role.
#[derive(Debug)]
struct Rule {
    resource: String,
    verbs: Vec<String>,
}

impl Rule {
    /// Whether a run without it says which verb is missing, and the Role that grants it.
    fn is_missed(&self, said: &Outcome) -> anyhow::Result<()> {
        let text = format!("{}{}", said.stdout, said.stderr);
        let mut verbs = self.verbs.iter().map(|verb| format!("{verb} {} ", self.resource));
        let is_named = text.contains("not allowed") && verbs.any(|missing| text.contains(&missing));
        ensure!(
            is_named && text.contains("kind: Role") && said.code == Some(1),
            "without {self:?}: {said:?}"
        );
        Ok(())
    }
}

fn rules(client: &Client, role: &str) -> anyhow::Result<Vec<Rule>> {
    let role = client.get(&format!("{ROLES}/{role}"))?;
    let texts = |rule: &Value, key: &str| {
        let texts = rule.get(key).and_then(Value::as_array).into_iter().flatten();
        texts
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let rules = role
        .get("rules")
        .and_then(Value::as_array)
        .context("a Role without rules")?;
    let rule = |rule: &Value| Rule {
        resource: texts(rule, "resources").into_iter().next().unwrap_or_default(),
        verbs: texts(rule, "verbs"),
    };
    Ok(rules.iter().map(rule).collect())
}

fn without(role: &Value, index: usize) -> Vec<Value> {
    let rules = role.get("rules").and_then(Value::as_array).into_iter().flatten();
    rules
        .enumerate()
        .filter(|(at, _)| *at != index)
        .map(|(_, rule)| rule.clone())
        .collect()
}
