//! Kubernetes' own types as an oracle: a built-in object that they read before the rules, they read after them.

use boltrope::engine::Stage;
use boltrope::object::Object;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    ConfigMap, Namespace, Pod, PodTemplate, ReplicationController, Secret, Service,
};
use k8s_openapi::api::networking::v1::Ingress;
use serde_json::Value;

use crate::all;

#[test]
fn a_changed_built_in_object_still_decodes() {
    let mut decoded = 0;
    for case in all() {
        let Ok(program) = case.program(&[]).expect("our cases have rules") else {
            continue;
        };
        for document in case.inputs() {
            let outcome =
                program.evaluate(&case.request(document, Stage::Render), &case.world(Stage::Render));
            let Some(result) = outcome.object else { continue };
            if decode(document) != Some(Ok(())) {
                continue;
            }
            assert_eq!(decode(&result), Some(Ok(())), "{}", case.name);
            decoded += 1;
        }
    }
    assert!(
        decoded > 60,
        "only {decoded} changed objects were of built-in kinds"
    );
}

/// `None` for kinds that are not asked about.
fn decode(value: &Value) -> Option<Result<(), String>> {
    let object = Object::new(value);
    let answer = match (object.api_version(), object.kind()) {
        ("v1", "ConfigMap") => read::<ConfigMap>(value),
        ("v1", "Namespace") => read::<Namespace>(value),
        ("v1", "Pod") => read::<Pod>(value),
        ("v1", "PodTemplate") => read::<PodTemplate>(value),
        ("v1", "ReplicationController") => read::<ReplicationController>(value),
        ("v1", "Secret") => read::<Secret>(value),
        ("v1", "Service") => read::<Service>(value),
        ("apps/v1", "DaemonSet") => read::<DaemonSet>(value),
        ("apps/v1", "Deployment") => read::<Deployment>(value),
        ("apps/v1", "ReplicaSet") => read::<ReplicaSet>(value),
        ("apps/v1", "StatefulSet") => read::<StatefulSet>(value),
        ("batch/v1", "CronJob") => read::<CronJob>(value),
        ("batch/v1", "Job") => read::<Job>(value),
        ("networking.k8s.io/v1", "Ingress") => read::<Ingress>(value),
        _ => return None,
    };
    Some(answer)
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<(), String> {
    serde_json::from_value::<T>(value.clone())
        .map(drop)
        .map_err(|error| error.to_string())
}
