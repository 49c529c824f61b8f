//! The policy server's side of host calls, answered from a case's world.

use std::error::Error;

use boltrope::engine::world::snapshot::Snapshot;
use boltrope::engine::world::{Answer, World as _};
use serde_json::{Map, Value};

/// What a host call gives.
pub(crate) type Answered = Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

/// Answers as a policy server does: the object without the fields that were not asked for, its own words for one that
/// does not exist, and an error for what the case says nothing about.
pub(crate) fn answer(world: &Snapshot, call: [&str; 3], payload: &[u8]) -> Answered {
    if call != ["kubewarden", "kubernetes", "get_resource"] {
        return Err(format!("unexpected host call {call:?}").into());
    }
    let question: Value = serde_json::from_slice(payload)?;
    let text = |key: &str| question.get(key).and_then(Value::as_str);
    let name = text("name").ok_or("no name")?;
    let found = match (text("api_version"), text("kind"), text("namespace")) {
        (Some("v1"), Some("Namespace"), None) => world.namespace(name),
        (Some("v1"), Some("Service"), Some(namespace)) => world.service(namespace, name),
        _ => return Err(format!("unexpected question {question}").into()),
    };
    match found {
        Answer::Known(object) => Ok(serde_json::to_vec(&masked(object, &question))?),
        Answer::Absent => {
            let (kind, namespace) = (text("kind").unwrap_or_default(), text("namespace"));
            Err(format!("Cannot find v1/{kind} named '{name}' inside of namespace '{namespace:?}'").into())
        }
        Answer::Unavailable(_) => Err("the server is currently unable to handle the request".into()),
    }
}

/// Types and metadata are always there, other fields only when asked for.
fn masked(object: Value, question: &Value) -> Value {
    let Value::Object(map) = object else {
        return object;
    };
    let masks = question.get("field_masks").and_then(Value::as_array);
    let wanted = |key: &str| {
        ["apiVersion", "kind", "metadata"].contains(&key)
            || masks.is_none_or(|masks| {
                masks
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|mask| mask.split('.').next() == Some(key))
            })
    };
    let kept: Map<String, Value> = map.into_iter().filter(|(key, _)| wanted(key)).collect();
    Value::Object(kept)
}

#[cfg(test)]
mod tests {
    use boltrope::engine::world::snapshot::Origin;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_that_was_not_asked_for_is_not_there() {
        let mut world = Snapshot::new();
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}, "spec": {}});
        world.add(&namespace, Origin::World);
        let question = json!({"api_version": "v1", "kind": "Namespace", "name": "a", "field_masks": ["metadata.labels"]});
        let call = ["kubewarden", "kubernetes", "get_resource"];
        let ask = |question: &Value| answer(&world, call, &serde_json::to_vec(question).unwrap());
        let found: Value = serde_json::from_slice(&ask(&question).unwrap()).unwrap();
        assert_eq!(
            found,
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}})
        );
        let other = json!({"api_version": "v1", "kind": "Secret", "name": "a"});
        assert!(ask(&other).is_err());
    }
}
