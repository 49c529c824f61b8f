//! Every case, and what must hold for the plan of every case.

use boltrope::object::Object;
use boltrope::preview::{Plan, Snapshot, plan};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::Ingress;
use serde_json::{Value, json};

use crate::case::{self, Case};

#[test]
fn every_case_gives_its_plan() {
    let cases = case::all();
    assert!(cases.len() > 40, "{} cases", cases.len());
    cases.iter().for_each(Case::check);
}

#[test]
fn after_a_plan_was_carried_out_nothing_is_left_to_do() {
    for case in case::all() {
        let Some(rules) = case.rules() else { continue };
        let mut snapshot = case.snapshot();
        let first = plan(&rules, &snapshot);
        carry_out(&first, &mut snapshot);
        let second = plan(&rules, &snapshot);
        assert!(second.is_done(), "{}: {second:#?}", case.name());
        assert_eq!(
            second.in_step,
            first.in_step + first.apply.len(),
            "{}",
            case.name()
        );
    }
}

#[test]
fn an_object_without_our_marks_is_never_touched() {
    for case in case::all() {
        let Some(rules) = case.rules() else { continue };
        let snapshot = case.snapshot();
        let plan = plan(&rules, &snapshot);
        let touched = plan.delete.iter().map(|delete| &delete.object);
        let touched = touched.chain(plan.released.iter().map(|released| &released.object));
        for identity in touched.chain(plan.apply.iter().filter_map(|apply| apply.existing.as_ref())) {
            let found = case.find(&identity.kind, &identity.namespace, &identity.name);
            let object = Object::new(found);
            let manager = object.label("app.kubernetes.io/managed-by");
            assert_eq!(manager, Some("boltrope"), "{}: {found}", case.name());
            assert!(
                object.label("boltrope.dev/origin").is_some(),
                "{}: {found}",
                case.name()
            );
        }
    }
}

#[test]
fn what_is_written_kubernetes_can_read() {
    for case in case::all() {
        let Some(rules) = case.rules() else { continue };
        for apply in plan(&rules, &case.snapshot()).apply {
            let kind = Object::new(&apply.object).kind().to_owned();
            let read = |result: Result<(), serde_json::Error>| {
                result.unwrap_or_else(|error| panic!("{}: {error}", case.name()))
            };
            match kind.as_str() {
                "Service" => read(serde_json::from_value::<Service>(apply.object).map(drop)),
                "Ingress" => read(serde_json::from_value::<Ingress>(apply.object).map(drop)),
                _ => {}
            }
        }
    }
}

/// As an API server would.
pub(crate) fn carry_out(plan: &Plan, snapshot: &mut Snapshot) {
    for apply in &plan.apply {
        snapshot.put(apply.object.clone());
    }
    let identity = |object: &boltrope::preview::Identity| {
        json!({
            "apiVersion": object.api_version, "kind": object.kind,
            "metadata": {"name": object.name, "namespace": object.namespace},
        })
    };
    for delete in &plan.delete {
        assert!(snapshot.remove(&identity(&delete.object)), "{delete:?}");
    }
    for released in &plan.released {
        assert!(snapshot.remove(&identity(&released.object)), "{released:?}");
        let mut left = identity(&released.object);
        left["spec"] = json!({"selector": {"app": "theirs"}});
        snapshot.put(left);
    }
}

impl Case {
    fn find(&self, kind: &str, namespace: &str, name: &str) -> &Value {
        let objects = self.objects();
        let is_it = |object: &&Value| {
            let view = Object::new(object);
            view.kind() == kind && view.namespace() == Some(namespace) && view.name() == Some(name)
        };
        objects
            .into_iter()
            .find(is_it)
            .unwrap_or_else(|| panic!("{}: no {kind} {namespace}/{name}", self.name()))
    }
}
