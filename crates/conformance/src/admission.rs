//! A case as a policy server would put it to a policy.

use anyhow::Context as _;
use boltrope::cases::{Case, documents};
use boltrope::engine::Stage;
use serde_json::{Map, Value, json};

use crate::expectation::{comparable, response};
use crate::policy::Policy;
use crate::report::Answer;

/// The payload of `validate` that a case is for a policy, if it is one.
pub(crate) fn payload(policy: &Policy, case: &Case) -> Option<Value> {
    let settings = settings(policy.transform, case)?;
    Some(json!({"settings": settings, "request": request(case, case.object()?)}))
}

/// How a policy answers a case.
pub(crate) fn answer(policy: &Policy, case: &Case) -> anyhow::Result<Answer> {
    let Some(settings) = settings(policy.transform, case) else {
        return Ok(Answer::NotAsked);
    };
    if let Some(errors) = case.errors() {
        return mistakes(policy, &settings, errors);
    }
    let valid = policy.validate_settings(&settings)?;
    if valid.get("valid") != Some(&Value::Bool(true)) {
        return Ok(Answer::compare(&json!({"valid": true}), &valid));
    }
    let Some(expected) = case.expected_at(Stage::Admission) else {
        return Ok(Answer::NotAsked);
    };
    let Some(found) = response_to(policy, case)? else {
        return Ok(Answer::NotAsked);
    };
    Ok(Answer::compare(&response(expected), &comparable(&found)))
}

/// What a policy says about the one object of a case, if the case's rules can be its settings.
pub(crate) fn response_to(policy: &Policy, case: &Case) -> anyhow::Result<Option<Value>> {
    let (Some(settings), Some(object), None) =
        (settings(policy.transform, case), case.object(), case.errors())
    else {
        return Ok(None);
    };
    let payload = json!({"settings": settings, "request": request(case, object)});
    let found = policy
        .validate(&payload, case.world(Stage::Admission))
        .with_context(|| case.name.clone())?;
    Ok(Some(found))
}

/// A mistake in the rules is the same mistake in the settings. What is wrong around `spec` or with the text itself
/// cannot be said in settings.
fn mistakes(policy: &Policy, settings: &Value, errors: &[Value]) -> anyhow::Result<Answer> {
    let mut expected = Vec::new();
    for error in errors {
        let part = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
        let Some(pointer) = part("pointer")
            .strip_prefix("/spec")
            .filter(|_| policy.transform.is_none())
        else {
            return Ok(Answer::NotAsked);
        };
        let shown = if pointer.is_empty() { "/" } else { pointer };
        expected.push(format!("{shown}: {}", part("message")));
    }
    let answer = policy.validate_settings(settings)?;
    let message = answer.get("message").and_then(Value::as_str).unwrap_or_default();
    let mut found: Vec<&str> = message.lines().collect();
    expected.sort();
    found.sort_unstable();
    let valid = answer.get("valid").cloned().unwrap_or_default();
    Ok(Answer::compare(
        &json!({"valid": expected.is_empty(), "mistakes": expected}),
        &json!({"valid": valid, "mistakes": found}),
    ))
}

/// The case's rules as settings of a policy, if they can be: a policy of one transform takes one rule of it.
pub(crate) fn settings(transform: Option<&str>, case: &Case) -> Option<Value> {
    let rules = rules(case)?;
    let spec = rules.get("spec")?.as_object()?;
    let Some(id) = transform else {
        return Some(Value::Object(spec.clone()));
    };
    let [rule] = spec.get("rules")?.as_array()?.as_slice() else {
        return None;
    };
    let mut flat: Map<String, Value> = rule.as_object()?.clone();
    let own = flat.shift_remove(id)?;
    flat.extend(own.as_object()?.clone());
    let others = spec.iter().filter(|(key, _)| *key != "rules");
    flat.extend(others.map(|(key, value)| (key.clone(), value.clone())));
    Some(Value::Object(flat))
}

/// The document of `rules.yaml`; `None` when it is no YAML, which is a case of its own.
pub(crate) fn rules(case: &Case) -> Option<Value> {
    let text = case.rules.as_deref()?;
    documents(&case.name, text).ok()?.into_iter().next()
}

/// The `AdmissionRequest`. An API server takes the namespace from the path, where clients put the object's; for a
/// Namespace it is its own name.
pub(crate) fn request(case: &Case, object: &Value) -> Value {
    let text = |at: &str| object.pointer(at).and_then(Value::as_str);
    let api_version = text("/apiVersion").unwrap_or_default();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let kind = text("/kind").unwrap_or_default();
    let namespace = case.request.namespace.as_deref().or(match (group, kind) {
        ("", "Namespace") => text("/metadata/name"),
        _ => text("/metadata/namespace"),
    });
    let kind = json!({"group": group, "version": version, "kind": kind});
    json!({
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind": kind,
        "requestKind": kind,
        "resource": {"group": group, "version": version, "resource": "things"},
        "name": text("/metadata/name").unwrap_or_default(),
        "namespace": namespace,
        "operation": case.request.operation,
        "userInfo": {"username": case.request.user.as_deref().unwrap_or("kubernetes-admin"), "groups": ["system:masters"]},
        "object": object,
        "oldObject": case.request.old,
        "dryRun": false,
        "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
    })
}
