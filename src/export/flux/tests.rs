use serde_json::json;

use super::*;
use crate::engine::{Program, world::snapshot::Snapshot};
use crate::render::{self, Stream};
use crate::rules::load::{Source, load};
use crate::transforms::TRANSFORMS;

const LABEL: &str = "
    - name: team
      match: {kinds: [Service, Secret]}
      metadata: {labels: {team: {default: shop}}}
";
const HOSTS: &str = "
    - name: hosts
      match: {namespaces: {include: ['*']}}
      hostRewrite: {hosts: [{from: '*.example.com', to: '{namespace}.example.com'}]}
";

const FIELDS: &str = "
    - name: hosts
      match: {kinds: [Secret], namespaces: {include: ['*']}}
      hostRewrite: {hosts: [{from: x.example.com, to: '{namespace}.example.com'}], fields: [{kind: Secret, path: /stringData/host}]}
";

fn program(rules: &str) -> Program {
    let rules = format!(
        "apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata: {{name: shop}}\nspec:\n  rules:{rules}"
    );
    let source = Source {
        name: "rules.yaml",
        bytes: rules.as_bytes(),
    };
    Program::compile(load(&[source], TRANSFORMS).unwrap())
}

fn compiled(rules: &str, input: &str) -> Compiled {
    let program = program(rules);
    let stream = Stream {
        name: "stdin",
        bytes: input.as_bytes(),
    };
    let options = render::Options {
        namespace: Some("new-feature"),
        ..render::Options::default()
    };
    let rendered = render::render(&[stream], &program, Snapshot::new(), &options);
    assert!(rendered.is_accepted(), "{:?}", rendered.findings);
    compile(input.as_bytes(), &rendered).unwrap()
}

fn targets(compiled: &Compiled) -> Vec<&Value> {
    compiled.patches.iter().map(|patch| &patch.target).collect()
}

#[test]
fn names_and_groups_are_escaped_and_the_namespace_is_that_of_the_object() {
    let input = "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web.v1, namespace: new-feature}
spec: {rules: [{host: '*.example.com'}]}
";
    assert_eq!(
        targets(&compiled(HOSTS, input)),
        [&json!({
            "group": r"networking\.k8s\.io", "version": "v1", "kind": "Ingress", "name": r"web\.v1", "namespace": "new-feature"
        })]
    );
}

#[test]
fn a_list_item_is_tested_before_it_is_replaced() {
    let input = "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {rules: [{host: '*.example.com'}]}
";
    assert_eq!(
        compiled(HOSTS, input).patches[0].operations,
        [
            json!({"op": "test", "path": "/spec/rules/0/host", "value": "*.example.com"}),
            json!({"op": "replace", "path": "/spec/rules/0/host", "value": "new-feature.example.com"}),
        ]
    );
}

#[test]
fn a_namesake_of_another_group_or_namespace_is_not_selected() {
    let input = "
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: web, namespace: other}
";
    assert_eq!(
        targets(&compiled(LABEL, input)),
        [
            &json!({"group": "^$", "version": "v1", "kind": "Service", "name": "web", "namespace": "default"}),
            &json!({"group": r"serving\.knative\.dev", "version": "v1", "kind": "Service", "name": "web", "namespace": "other"}),
        ]
    );
}

#[test]
fn items_of_a_list_are_objects_of_their_own() {
    let input = "
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a}}
- {apiVersion: v1, kind: Service, metadata: {name: b, labels: {team: x}}}
- {apiVersion: v1, kind: Service, metadata: {name: c}}
";
    let compiled = compiled(LABEL, input);
    let labels = |name: &str| {
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": {"team": "shop"}},
        })
    };
    let merges: Vec<Value> = compiled
        .patches
        .iter()
        .flat_map(|patch| patch.merge.clone())
        .collect();
    assert_eq!(merges, [labels("a"), labels("c")]);
    assert_eq!(compiled.patches[1].target["name"], "c");
}

#[test]
fn the_same_object_twice_is_not_expressible() {
    let input = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: default}\n";
    let compiled = compiled(LABEL, input);
    assert!(compiled.patches.is_empty());
    assert_eq!(compiled.not_expressible.len(), 2);
    assert!(compiled.not_expressible[0].reason.contains("2 objects"));
}

#[test]
fn an_object_without_a_name_is_not_expressible() {
    let input = "apiVersion: v1\nkind: Service\nmetadata: {generateName: a-}\n";
    assert!(
        compiled(LABEL, input).not_expressible[0]
            .reason
            .contains("metadata.name")
    );
}

#[test]
fn a_label_of_a_secret_is_a_patch_and_its_value_never_is() {
    let input = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {host: x.example.com}\n";
    assert_eq!(compiled(LABEL, input).patches.len(), 1);
    let compiled = compiled(FIELDS, input);
    assert!(compiled.patches.is_empty());
    assert!(compiled.not_expressible[0].reason.contains("Secret's value"));
    assert!(!format!("{compiled:?}").contains("new-feature.example.com"));
}

#[test]
fn the_block_is_yaml_under_its_digest() {
    let input = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n";
    let block = block(&compiled(LABEL, input), "sha256:00").unwrap();
    assert_eq!(
        block,
        r#"postRenderers:
# boltrope.dev/postrenderers-digest: sha256:00
- kustomize:
    patches:
    - target:
        version: v1
        kind: Service
        name: a
      patch: |
        apiVersion: v1
        kind: Service
        metadata:
          name: a
          labels:
            team: shop
"#
    );
}

mod maps_of_others {
    use super::*;
    use crate::edit::{Edit, apply, rfc6902};

    const WEB: &str = r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}"#;

    fn object(text: &str) -> Value {
        let mut object: Value = serde_json::from_str(WEB).unwrap();
        let more: Value = serde_json::from_str(text).unwrap();
        for (key, value) in more.as_object().unwrap() {
            object[key] = value.clone();
        }
        object
    }

    /// The paths of the operations that stay, and what is merged.
    fn parts(before: &Value, edits: &[Edit]) -> (Vec<String>, Option<Value>) {
        let operations = rfc6902(before, edits);
        let (operations, merge) = merge::part(before, &apply(before, edits).unwrap(), operations);
        let path = |operation: &Value| operation["path"].as_str().unwrap().to_owned();
        (operations.iter().map(path).collect(), merge)
    }

    #[test]
    fn a_map_that_is_absent_empty_or_null_is_merged_and_the_rest_stays_operations() {
        for spec in ["{}", r#"{"selector": {}}"#, r#"{"selector": null}"#] {
            let before = object(&format!(r#"{{"spec": {spec}}}"#));
            let edits = [
                Edit::set("/spec/selector/a.b~1c", "x"),
                Edit::set("/metadata/namespace", "shop"),
            ];
            let merge = object(r#"{"spec": {"selector": {"a.b/c": "x"}}}"#);
            assert_eq!(
                parts(&before, &edits),
                (vec!["/metadata/namespace".to_owned()], Some(merge))
            );
        }
    }

    #[test]
    fn what_a_merge_would_change_is_not_merged() {
        let bare = object("{}");
        let replaced = object(r#"{"spec": {"a": {"b": 1}}}"#);
        for (before, edits) in [
            (&bare, vec![Edit::set("/spec", json!({"selector": null}))]),
            (&bare, vec![Edit::set("/spec", json!({"selector": {}}))]),
            (&bare, vec![Edit::set("/spec", json!({"$patch": "replace"}))]),
            (&bare, vec![Edit::set("/spec/selector", Value::Null)]),
            (&replaced, vec![Edit::set("/spec", json!({"a": {"b": {"c": 1}}}))]),
        ] {
            assert_eq!(parts(before, &edits).1, None, "{edits:?}");
        }
    }

    #[test]
    fn objects_whose_lists_kustomize_would_rework_are_not_merged() {
        let edit = [Edit::set("/metadata/labels/team", "shop")];
        for (list, is_merged) in [
            (
                r#"[{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]"#,
                true,
            ),
            (r#"[{"port": 53, "protocol": "UDP"}, {"port": 53}]"#, false),
            (r#"[{"port": 53}, {"port": 53, "protocol": "UDP"}]"#, false),
            (r#"[{"port": 53, "name": "a"}, {"port": 54, "name": "a"}]"#, true),
            (
                r#"[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]"#,
                false,
            ),
            (r#"[{"name": "A"}, {"value": "2"}]"#, false),
            (
                r#"[{"name": "a", "mountPath": "/a"}, {"name": "a", "mountPath": "/b"}]"#,
                true,
            ),
            (r#"["a", "a"]"#, true),
        ] {
            let before = object(&format!(r#"{{"spec": {{"deep": [{{"list": {list}}}]}}}}"#));
            assert_eq!(parts(&before, &edit).1.is_some(), is_merged, "{list}");
            let mut custom = before.clone();
            custom["apiVersion"] = json!("example.com/v1");
            assert!(parts(&custom, &edit).1.is_some(), "{list}");
        }
        let mut empty = object(r#"{"data": null}"#);
        assert!(parts(&empty, &edit).1.is_some());
        empty["apiVersion"] = json!("example.com/v1");
        assert_eq!(parts(&empty, &edit).1, None);
    }
}

mod forecasts {
    use super::*;

    const INPUT: &str = "
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {rules: [{host: '*.example.com'}]}
";

    fn forecast_of(rules: &str, input: &str, user: &str, assume: Assume) -> Forecast {
        let program = program(rules);
        let options = super::super::Options {
            namespace: Some("new-feature"),
            release: None,
            user,
            assume,
        };
        forecast(input.as_bytes(), &program, &Snapshot::new(), &options).unwrap()
    }

    fn verdicts(forecast: &Forecast) -> Vec<(&str, Verdict)> {
        let verdict = |field: &'_ Field| (field.pointer.clone(), field.verdict);
        let fields = forecast.fields.iter().map(verdict);
        fields
            .map(|(pointer, verdict)| (pointer.leak() as &str, verdict))
            .collect()
    }

    #[test]
    fn a_policy_that_answers_rewrites_and_nothing_drifts() {
        let forecast = forecast_of(
            &format!("{LABEL}{HOSTS}"),
            INPUT,
            HELM_CONTROLLER,
            Assume::Answers,
        );
        assert_eq!(
            verdicts(&forecast),
            [
                ("/metadata/labels/team", Verdict::Rewritten),
                ("/spec/rules/0/host", Verdict::Rewritten)
            ]
        );
        assert!(forecast.ignore.is_empty());
        assert_eq!(forecast.baked.patches.len(), 2);
    }

    #[test]
    fn without_the_policy_the_charts_own_values_drift_and_added_ones_are_kept() {
        let forecast = forecast_of(
            &format!("{LABEL}{HOSTS}"),
            INPUT,
            HELM_CONTROLLER,
            Assume::WebhookAbsent,
        );
        assert_eq!(
            verdicts(&forecast),
            [
                ("/metadata/labels/team", Verdict::Kept),
                ("/spec/rules/0/host", Verdict::Drift)
            ]
        );
        let target =
            json!({"group": r"networking\.k8s\.io", "version": "v1", "kind": "Ingress", "name": "web"});
        assert_eq!(
            forecast.ignore,
            [json!({"paths": ["/spec/rules/0/host"], "target": target})]
        );
    }

    #[test]
    fn a_user_who_is_exempt_is_not_answered() {
        let rules = LABEL.replace(
            "match:",
            "exempt: {users: ['system:serviceaccount:flux-system:*']}\n      match:",
        );
        assert!(
            forecast_of(&rules, INPUT, HELM_CONTROLLER, Assume::Answers)
                .fields
                .is_empty()
        );
        assert_eq!(
            forecast_of(&rules, INPUT, "jane", Assume::Answers).fields.len(),
            1
        );
    }

    #[test]
    fn an_object_that_admission_refuses_is_not_rewritten() {
        let rules = LABEL.replace("{default: shop}", "{required: true}");
        let forecast = forecast_of(&rules, INPUT, HELM_CONTROLLER, Assume::Answers);
        assert_eq!((forecast.fields.len(), forecast.refusals.len()), (0, 1));
    }

    #[test]
    fn what_a_secret_holds_is_not_told() {
        let input = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {host: x.example.com}\n";
        let forecast = forecast_of(FIELDS, input, HELM_CONTROLLER, Assume::WebhookAbsent);
        assert_eq!(verdicts(&forecast), [("/stringData/host", Verdict::Drift)]);
        assert!(!format!("{forecast:?}").contains("example.com"));
    }
}
