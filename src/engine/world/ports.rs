//! The named container ports behind a Service, from pods and pod templates.

use serde_json::{Map, Value};

use super::ContainerPort;
use crate::order;

/// The labels by which a Service selects pods; a Service without them selects none.
pub(super) fn selector(service: &Value) -> Option<&Map<String, Value>> {
    service
        .pointer("/spec/selector")?
        .as_object()
        .filter(|selector| !selector.is_empty())
}

/// Whether a pod or pod template has all the labels.
pub(super) fn selects(selector: &Map<String, Value>, pod: &Value) -> bool {
    let labels = pod.pointer("/metadata/labels").and_then(Value::as_object);
    selector
        .iter()
        .all(|(key, value)| labels.is_some_and(|labels| labels.get(key) == Some(value)))
}

/// The named ports of pods, sorted by name; or, as the end of a sentence, the name that has two numbers.
pub(super) fn named(pods: &[&Value]) -> Result<Vec<ContainerPort>, String> {
    let mut numbers: Vec<(&str, u16)> = Vec::new();
    for (name, number) in pods.iter().flat_map(|pod| containers(pod)).flat_map(ports) {
        match numbers.iter().find(|(other, _)| *other == name) {
            None => numbers.push((name, number)),
            Some((_, first)) if *first == number => {}
            Some((_, first)) => {
                return Err(format!(
                    "give the port `{name}` two numbers, {first} and {number}"
                ));
            }
        }
    }
    order::sort(&mut numbers);
    let port = |(name, port): (&str, u16)| ContainerPort {
        name: name.to_owned(),
        port,
    };
    Ok(numbers.into_iter().map(port).collect())
}

/// The containers that run beside each other: an init container does when it restarts always.
fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let list = |at: &str| pod.pointer(at).and_then(Value::as_array).into_iter().flatten();
    let sidecar =
        |container: &&Value| container.get("restartPolicy").and_then(Value::as_str) == Some("Always");
    list("/spec/containers").chain(list("/spec/initContainers").filter(sidecar))
}

fn ports(container: &Value) -> impl Iterator<Item = (&str, u16)> {
    let ports = container.get("ports").and_then(Value::as_array);
    ports.into_iter().flatten().filter_map(|port| {
        let number = port.get("containerPort")?.as_u64()?;
        Some((port.get("name")?.as_str()?, u16::try_from(number).ok()?))
    })
}
