//! The policy server's side of a lookup, answered from manifests: what a policy sees where there is no cluster.

use serde_json::{Map, Value};

use crate::engine::world::snapshot::Snapshot;
use crate::engine::world::{Answer, World as _};

/// Answers `kubernetes/get_resource` as a policy server does: the object without the fields that were not asked for, its
/// own words for one that does not exist, and an error for what the manifests say nothing about. Use it as the
/// [`GetResource`](super::GetResource) of a policy:
///
/// ```
/// use boltrope::{admission::recorded, engine::world::snapshot::Snapshot};
/// let world = Snapshot::new();
/// let host = |request: &[u8]| recorded(&world, request);
/// let request = br#"{"api_version": "v1", "kind": "Namespace", "name": "shop", "field_masks": ["metadata.labels"]}"#;
/// assert!(host(request).unwrap_err().contains("pass --world with the Namespace `shop`"));
/// ```
///
/// # Errors
/// What a policy server would say, or why the manifests cannot answer.
pub fn recorded(world: &Snapshot, request: &[u8]) -> Result<Vec<u8>, String> {
    let question: Value = serde_json::from_slice(request).map_err(|error| error.to_string())?;
    let text = |key: &str| question.get(key).and_then(Value::as_str);
    let name = text("name").ok_or("no name")?;
    let found = match (text("api_version"), text("kind"), text("namespace")) {
        (Some("v1"), Some("Namespace"), None) => world.namespace(name),
        (Some("v1"), Some("Service"), Some(namespace)) => world.service(namespace, name),
        _ => return Err(format!("no policy asks {question}")),
    };
    match found {
        Answer::Known(object) => {
            serde_json::to_vec(&masked(object, &question)).map_err(|error| error.to_string())
        }
        Answer::Absent => {
            let (kind, namespace) = (text("kind").unwrap_or_default(), text("namespace"));
            Err(format!(
                "Cannot find v1/{kind} named '{name}' inside of namespace '{namespace:?}'"
            ))
        }
        Answer::Unavailable(reason) => Err(reason),
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
                let masks = masks.iter().filter_map(Value::as_str);
                masks.into_iter().any(|mask| mask.split('.').next() == Some(key))
            })
    };
    let kept: Map<String, Value> = map.into_iter().filter(|(key, _)| wanted(key)).collect();
    Value::Object(kept)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::world::snapshot::Origin;

    fn ask(world: &Snapshot, question: &Value) -> Result<Value, String> {
        let answer = recorded(world, &serde_json::to_vec(question).unwrap())?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    #[test]
    fn a_field_that_was_not_asked_for_is_not_there() {
        let mut world = Snapshot::new();
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}, "spec": {}});
        world.add(&namespace, Origin::World);
        let question = json!({"api_version": "v1", "kind": "Namespace", "name": "a", "field_masks": ["metadata.labels"]});
        assert_eq!(
            ask(&world, &question).unwrap(),
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}})
        );
    }

    #[test]
    fn what_is_not_there_is_said_in_the_hosts_words() {
        let mut world = Snapshot::new();
        let service =
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "base"}});
        world.add(&service, Origin::World);
        let question = json!({"api_version": "v1", "kind": "Service", "name": "b", "namespace": "base"});
        assert_eq!(
            ask(&world, &question).unwrap_err(),
            "Cannot find v1/Service named 'b' inside of namespace 'Some(\"base\")'"
        );
        let other = json!({"api_version": "v1", "kind": "Secret", "name": "a"});
        assert!(ask(&world, &other).is_err());
        assert!(ask(&world, &json!({})).is_err());
    }
}
