use serde_json::{Value, json};

use super::{Kind, Plan, Rules, Snapshot, State, plan};
use crate::rules::RuleSet;
use crate::transforms::TRANSFORMS;

pub(super) fn rules(settings: Value) -> Rules {
    let mut settings = settings;
    if settings.get("source").is_none() {
        settings["source"] = "default".into();
    }
    if settings.get("namespaces").is_none() {
        settings["namespaces"] = json!({"include": ["feature-*"]});
    }
    let spec = json!({"rules": [{"name": "previews", "preview": settings}]});
    Rules::of(&RuleSet::from_spec(&spec, TRANSFORMS).expect("the rules are valid"))
}

pub(super) fn snapshot(objects: &[Value]) -> Snapshot {
    let mut snapshot = Snapshot::new();
    for kind in Kind::ALL {
        snapshot.set_state(kind, State::Complete);
    }
    for object in objects {
        snapshot.put(object.clone());
    }
    snapshot
}

pub(super) fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": name, "labels": {"boltrope.dev/preview-source": "true"},
    }})
}

pub(super) fn service(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
    })
}

/// Carries a plan out, as an API server would.
pub(super) fn carry_out(plan: &Plan, snapshot: &mut Snapshot) {
    for apply in &plan.apply {
        snapshot.put(apply.object.clone());
    }
    for delete in &plan.delete {
        let object = &delete.object;
        snapshot.remove(&json!({
            "apiVersion": object.api_version, "kind": object.kind,
            "metadata": {"name": object.name, "namespace": object.namespace},
        }));
    }
}

#[test]
fn what_was_carried_out_needs_nothing_more_and_goes_when_its_source_does() {
    let rules = rules(json!({}));
    let mut cluster = snapshot(&[
        namespace("default"),
        namespace("feature-x"),
        service("default", "api"),
    ]);
    let first = plan(&rules, &cluster);
    assert_eq!((first.apply.len(), first.delete.len()), (1, 0), "{first:#?}");
    carry_out(&first, &mut cluster);
    let second = plan(&rules, &cluster);
    assert!(second.is_done() && second.in_step == 1, "{second:#?}");
    cluster.remove(&service("default", "api"));
    let third = plan(&rules, &cluster);
    assert_eq!(third.delete[0].reason, "its source `default/api` is gone");
}

#[test]
fn a_kind_that_is_not_known_never_leads_to_a_deletion() {
    let rules = rules(json!({}));
    let mut cluster = snapshot(&[
        namespace("default"),
        namespace("feature-x"),
        service("default", "api"),
    ]);
    carry_out(&plan(&rules, &cluster), &mut cluster);
    cluster.remove(&service("default", "api"));
    for kind in [Kind::Service, Kind::Namespace] {
        let mut cluster = cluster.clone();
        cluster.set_state(kind, State::Unavailable("the list was refused".to_owned()));
        if kind == Kind::Namespace {
            cluster.clear(kind);
        }
        let plan = plan(&rules, &cluster);
        assert!(plan.is_done(), "{plan:#?}");
        assert!(
            plan.rules[0]
                .waiting
                .as_deref()
                .unwrap()
                .contains("the list was refused")
        );
    }
}

#[test]
fn an_object_that_is_not_ours_is_never_written_or_deleted() {
    let rules = rules(json!({}));
    let mut cluster = snapshot(&[
        namespace("default"),
        namespace("feature-x"),
        service("default", "api"),
    ]);
    let copy = plan(&rules, &cluster).apply[0].object.clone();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut copy = copy.clone();
        change(&mut copy);
        copy
    };
    let theirs = [
        service("feature-x", "api"),
        changed(&|copy| copy["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "Helm".into()),
        changed(&|copy| copy["metadata"]["annotations"]["boltrope.dev/origin"] = "default/web".into()),
        changed(&|copy| copy["metadata"]["annotations"]["boltrope.dev/origin"] = "other/api".into()),
        changed(&|copy| copy["metadata"]["annotations"] = json!({})),
        changed(&|copy| {
            copy["metadata"]["managedFields"] = json!([{"manager": "kubectl", "operation": "Update"}]);
            copy["spec"]["externalName"] = "elsewhere.example.com".into();
        }),
    ];
    for object in theirs {
        cluster.put(object.clone());
        let found = plan(&rules, &cluster);
        assert!(found.is_done(), "{object}\n{found:#?}");
        assert_eq!(found.conflicts[0].code, "exists");
        cluster.remove(&service("default", "api"));
        assert!(plan(&rules, &cluster).is_done(), "{object}");
        cluster.put(service("default", "api"));
    }
}
