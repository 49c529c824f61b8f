//! The twin that refuses, beside the policy that changes: it must pass what the other put right, or nothing that is changed
//! could be created where both are deployed (`docs/rollout.md`).

use boltrope::cases::Case;
use serde_json::{Value, json};

use super::process::Entry;
use super::questions::Question;

/// For a question whose answer changes the object, the twin and what it is asked: the changed object.
pub(super) fn of(case: &Case, entry: &Entry, request: &Value, asked: &Question) -> Option<(Entry, Question)> {
    let changed = asked.expected.get("object")?;
    let name = format!("{}-deny", entry.name);
    let twin = Entry {
        name: name.clone(),
        module: entry.module.clone(),
        settings: refusing(&entry.settings)?,
    };
    let mut request = request.clone();
    request
        .as_object_mut()?
        .insert("object".to_owned(), changed.clone());
    let body = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request});
    let question = Question {
        name: format!("{}, what the policy made of it, to {name}", case.name),
        path: format!("/validate/{name}"),
        body: serde_json::to_vec(&body).ok()?,
        object: changed.clone(),
        expected: json!({"allowed": true}),
    };
    Some((twin, question))
}

/// The settings with every rule that would change something refusing it.
fn refusing(settings: &Value) -> Option<Value> {
    let mut settings = settings.clone();
    let refuse = |rule: &mut Value| {
        let rule = rule.as_object_mut()?;
        if rule.get("action").is_none_or(|action| action == "enforce") {
            rule.insert("action".to_owned(), "deny".into());
        }
        Some(())
    };
    match settings.get_mut("rules").and_then(Value::as_array_mut) {
        Some(rules) => rules.iter_mut().try_for_each(refuse)?,
        None => refuse(&mut settings)?,
    }
    Some(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rules_that_enforce_refuse_in_the_twin() {
        let rules = json!({"rules": [{"name": "a"}, {"name": "b", "action": "warn"}, {"name": "c", "action": "enforce"}]});
        let expected = json!({"rules": [
            {"name": "a", "action": "deny"}, {"name": "b", "action": "warn"}, {"name": "c", "action": "deny"},
        ]});
        assert_eq!(refusing(&rules), Some(expected));
        assert_eq!(
            refusing(&json!({"labels": {}})),
            Some(json!({"labels": {}, "action": "deny"}))
        );
        assert_eq!(refusing(&json!([])), None);
    }
}
