//! What a case cannot say: laws over arbitrary pods.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::CronJob;
use k8s_openapi::api::core::v1::Pod;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::engine::world::NoWorld;
use crate::engine::{Operation, Outcome, Program, Request};
use crate::rules::RuleSet;
use crate::transforms::TRANSFORMS;

fn rules() -> Vec<Value> {
    let rule = |name: &str, action: &str, source: &str| json!({"name": name, "action": action, "match": {"namespaces": {"include": ["feature-*"]}}, "dnsSearch": {"source": source}});
    vec![
        rule("base", "enforce", "base"),
        rule("base-again", "enforce", "base"),
        rule("shared", "enforce", "shared"),
        rule("judged", "warn", "other"),
    ]
}

fn program(rules: &[Value]) -> Program {
    let document = json!({
        "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "test"}, "spec": {"rules": rules},
    });
    Program::compile(RuleSet::decode(&document, TRANSFORMS).unwrap_or_else(|mistakes| panic!("{mistakes}")))
}

fn evaluate(program: &Program, object: &Value, admission: bool) -> Outcome {
    let request = if admission {
        Request::admission(object, Operation::Create)
    } else {
        Request::render(object)
    };
    let namespace = Some("feature-x");
    program.evaluate(&Request { namespace, ..request }, &NoWorld)
}

fn searches() -> impl Strategy<Value = Value> {
    let domain = prop_oneof![
        Just("base.svc.cluster.local".to_owned()),
        Just("BASE.svc.cluster.local.".to_owned()),
        Just("shared.svc.cluster.local".to_owned()),
        "[a-z]{1,8}\\.example",
        "[a-z]{60}\\.[a-z]{60}\\.example",
    ];
    prop_oneof![
        6 => prop::collection::vec(domain, 0..36).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!("base.svc.cluster.local")),
        1 => Just(json!([1, null])),
    ]
}

fn pod_spec() -> impl Strategy<Value = Value> {
    let policy = prop::sample::select(vec![
        json!(null),
        json!("ClusterFirst"),
        json!("ClusterFirstWithHostNet"),
        json!("Default"),
        json!("None"),
        json!(7),
    ]);
    let config = prop_oneof![
        4 => searches().prop_map(|searches| json!({"nameservers": ["1.2.3.4"], "searches": searches})),
        1 => Just(Value::Null),
        1 => Just(json!({})),
        1 => Just(json!("text")),
    ];
    (policy, any::<bool>(), config).prop_map(|(policy, host_network, config)| {
        json!({
            "containers": [{"name": "web", "image": "web"}],
            "dnsPolicy": policy, "hostNetwork": host_network, "dnsConfig": config,
        })
    })
}

fn workload() -> impl Strategy<Value = Value> {
    (pod_spec(), 0..3u8).prop_map(|(spec, kind)| {
        let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": spec});
        match kind {
            0 => json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec}),
            1 => json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
                "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template},
            }),
            _ => json!({
                "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "web"},
                "spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}},
            }),
        }
    })
}

/// Whether Kubernetes' own types read the object.
fn decodes(object: &Value) -> bool {
    let object = object.clone();
    match object.get("kind").and_then(Value::as_str) {
        Some("Pod") => serde_json::from_value::<Pod>(object).is_ok(),
        Some("Deployment") => serde_json::from_value::<Deployment>(object).is_ok(),
        _ => serde_json::from_value::<CronJob>(object).is_ok(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_was_added_is_not_added_again(object in workload()) {
        let program = program(&rules());
        if let Some(once) = evaluate(&program, &object, false).object {
            prop_assert_eq!(evaluate(&program, &once, false).object, None, "{} became {}", object, once);
        }
    }

    #[test]
    fn the_order_of_rules_has_no_meaning(object in workload()) {
        let mut reversed = rules();
        reversed.reverse();
        prop_assert_eq!(evaluate(&program(&rules()), &object, false), evaluate(&program(&reversed), &object, false));
    }

    #[test]
    fn only_search_domains_are_written_and_never_too_many(object in workload()) {
        for applied in evaluate(&program(&rules()), &object, false).edits.concat() {
            let pointer = applied.edit.pointer();
            prop_assert!(pointer.trim_end_matches("/-").ends_with("/spec/dnsConfig/searches"), "{}", pointer);
        }
        if let Some(changed) = evaluate(&program(&rules()), &object, false).object {
            let places = ["/spec/dnsConfig/searches", "/spec/template/spec/dnsConfig/searches",
                "/spec/jobTemplate/spec/template/spec/dnsConfig/searches"];
            let list = places.iter().find_map(|place| changed.pointer(place)).and_then(Value::as_array);
            let texts: Vec<&str> = list.into_iter().flatten().filter_map(Value::as_str).collect();
            prop_assert!(texts.len() <= 32 && texts.join(" ").len() <= 2048, "{:?}", texts);
        }
    }

    #[test]
    fn a_pod_stays_what_kubernetes_reads(object in workload()) {
        if let Some(changed) = evaluate(&program(&rules()), &object, false).object {
            prop_assert!(!decodes(&object) || decodes(&changed), "{}", changed);
        }
    }

    #[test]
    fn at_admission_only_pods_are_changed(object in workload()) {
        let outcome = evaluate(&program(&rules()), &object, true);
        let is_pod = object.get("kind") == Some(&json!("Pod"));
        prop_assert!(is_pod || outcome.object.is_none() && outcome.findings.is_empty());
        let rendered = evaluate(&program(&rules()), &object, false);
        prop_assert!(!is_pod || outcome == rendered, "a Pod is treated alike at both stages");
    }
}
