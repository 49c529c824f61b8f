//! A user without rights, who gets what each message asks for, and nothing else, until everything is healed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::scene::{Scene, version};
use crate::e2e::flux::is;

const NAMESPACE: &str = "shop";
const USER: &str = "somebody";

pub(super) fn check(root: &Path, _: &Path) -> anyhow::Result<()> {
    let mut scene = Scene::start(root, "recovery-rights")?;
    for name in ["unknown", "uninstall"] {
        scene.install(NAMESPACE, name)?;
    }
    scene.lose_conditions(NAMESPACE, "unknown")?;
    scene.cut_uninstall(NAMESPACE, "uninstall")?;
    let kubeconfig = impersonating(&scene)?;
    let versions = |scene: &Scene| -> anyhow::Result<Vec<String>> {
        // The controller itself writes the release whose uninstall was cut off, again and again.
        let mut versions = vec![version(&scene.release(NAMESPACE, "unknown")?).to_owned()];
        for name in ["unknown", "uninstall"] {
            let record = scene.secret(NAMESPACE, &super::record(name, 1))?;
            versions.push(version(&record).to_owned());
        }
        Ok(versions)
    };
    let mut before = versions(&scene)?;
    let mut granted: Vec<Value> = Vec::new();
    for _ in 0..30 {
        let command = ["apply", "--yes", "-n", NAMESPACE];
        let output = scene.operator_as(&command, &kubeconfig).outcome()?;
        let text = format!("{}{}", output.stdout, output.stderr);
        if !text.contains("not allowed:\n") {
            // With all rights for what is stuck just now. The controller comes back to the cut uninstall again and
            // again, and while it is at it, nothing is done.
            before = versions(&scene)?;
            if is_well(&scene)? {
                return ensure_asked(&granted);
            }
            continue;
        }
        ensure!(
            versions(&scene)? == before,
            "something was written without all rights: {text}"
        );
        for role in roles(&text)? {
            grant(&scene, &role, granted.len())?;
            granted.push(role);
        }
    }
    bail!("the Roles that it prints do not suffice: {granted:?}")
}

fn is_well(scene: &Scene) -> anyhow::Result<bool> {
    let ready = |name: &str| Ok::<bool, anyhow::Error>(is(&scene.release(NAMESPACE, name)?, "Ready", "True"));
    Ok(ready("unknown")? && ready("uninstall")?)
}

/// Every right that the two repairs need was asked for, and none of it was there before.
fn ensure_asked(granted: &[Value]) -> anyhow::Result<()> {
    for right in [
        "list helmreleases",
        "get secrets",
        "patch helmreleases",
        "patch helmreleases/status",
        "patch secrets",
        "create secrets",
        "update secrets",
        "create events",
    ] {
        ensure!(
            granted.iter().any(|role| asks(role, right)),
            "nobody asked for {right}: {granted:?}"
        );
    }
    Ok(())
}

/// The Roles of a message: YAML from the first `apiVersion` on.
fn roles(text: &str) -> anyhow::Result<Vec<Value>> {
    let (_, yaml) = text
        .split_once("\napiVersion:")
        .with_context(|| format!("no Role in\n{text}"))?;
    let yaml = format!("apiVersion:{yaml}");
    let lines: Vec<&str> = yaml
        .lines()
        .take_while(|line| !line.starts_with("without the right"))
        .collect();
    let mut roles = Vec::new();
    for document in lines.join("\n").split("\n---\n") {
        roles.push(yaml_serde::from_str(document).with_context(|| format!("reading\n{document}"))?);
    }
    Ok(roles)
}

fn asks(role: &Value, what: &str) -> bool {
    let (verb, resource) = what.split_once(' ').unwrap_or_default();
    let rules = role.get("rules").and_then(Value::as_array);
    let has = |rule: &Value, key: &str, word: &str| {
        let words = rule.get(key).and_then(Value::as_array);
        words.into_iter().flatten().any(|found| found == word)
    };
    rules
        .into_iter()
        .flatten()
        .any(|rule| has(rule, "verbs", verb) && has(rule, "resources", resource))
}

fn grant(scene: &Scene, role: &Value, number: usize) -> anyhow::Result<()> {
    let name = format!("granted-{number}");
    let mut role = role.clone();
    if let Some(metadata) = role.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("name".to_owned(), name.as_str().into());
    }
    let kind = role.get("kind").and_then(Value::as_str).unwrap_or_default();
    let namespace = role.pointer("/metadata/namespace").and_then(Value::as_str);
    let place = namespace.unwrap_or_default().to_owned();
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": format!("{kind}Binding"),
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": USER}],
    });
    scene.client().create(&role, &place, false)?.ok()?;
    scene.client().create(&binding, &place, false)?.ok()?;
    Ok(())
}

/// The administrator's kubeconfig, as somebody else.
fn impersonating(scene: &Scene) -> anyhow::Result<PathBuf> {
    let text = std::fs::read_to_string(scene.flux.kubeconfig())?;
    let mut config: Value = serde_json::from_str(&text)?;
    let user = config.pointer_mut("/users/0/user").and_then(Value::as_object_mut);
    user.context("the kubeconfig has no user")?
        .insert("as".to_owned(), USER.into());
    let path = scene.flux.folder().join("somebody.kubeconfig");
    std::fs::write(&path, config.to_string())?;
    Ok(path)
}
