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
    let paths: Vec<&str> = compiled.patches[0]
        .operations
        .iter()
        .map(|op| op["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["/metadata/labels", "/metadata/labels/team"]);
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
        - op: add
          path: /metadata/labels
          value: {}
        - op: add
          path: /metadata/labels/team
          value: shop
"#
    );
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

mod helm_release {
    use super::*;

    const ITEM: &str = "sha256:00";

    fn item() -> Value {
        let input = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n";
        compiled(LABEL, input).item()
    }

    fn written(file: &str, item: Option<&Value>, digest: &str) -> String {
        let release = find(file.as_bytes(), None).unwrap();
        let written = write(file.as_bytes(), &release, item, digest).unwrap();
        String::from_utf8(written.bytes).unwrap()
    }

    const BARE: &str = "\
# the shop
apiVersion: v1
kind: ConfigMap
metadata: {name: values}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web # ours
  namespace: shop
spec:
  interval: 5m
";

    #[test]
    fn the_item_is_appended_replaced_and_removed_and_nothing_else_moves() {
        let first = written(BARE, Some(&item()), ITEM);
        assert!(first.starts_with(BARE), "{first}");
        assert!(
            first.contains("# boltrope.dev/postrenderers-digest: sha256:00\n"),
            "{first}"
        );
        assert_eq!(written(&first, Some(&item()), ITEM), first);
        let other = json!({"kustomize": {"patches": []}});
        let second = written(&first, Some(&other), "sha256:01");
        assert!(
            second.contains("digest: sha256:01\n") && !second.contains("sha256:00"),
            "{second}"
        );
        assert_eq!(written(&second, None, "sha256:02"), BARE);
    }

    #[test]
    fn other_post_renderers_and_their_comments_stay() {
        let file = format!(
            "{BARE}  postRenderers:\n  # theirs\n  - kustomize:\n      images: [{{name: a, newTag: b}}] # pinned\n"
        );
        let first = written(&file, Some(&item()), ITEM);
        assert!(first.starts_with(&file), "{first}");
        assert_eq!(written(&first, None, ITEM), file);
    }

    #[test]
    fn a_list_in_flow_style_is_marked_by_the_annotation() {
        let file = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec: {postRenderers: [{kustomize: {images: []}}]}\n";
        let first = written(file, Some(&item()), ITEM);
        assert!(first.contains(DIGEST_ANNOTATION), "{first}");
        assert_eq!(written(&first, Some(&item()), ITEM), first);
        let by_hand = first.replace("shop", "shed");
        let release = find(by_hand.as_bytes(), None).unwrap();
        assert!(matches!(
            write(by_hand.as_bytes(), &release, None, ITEM),
            Err(ReleaseError::Changed)
        ));
    }

    #[test]
    fn two_marks_are_refused() {
        let first = written(BARE, Some(&item()), ITEM);
        let list = first.split_once("  postRenderers:\n").unwrap().1.to_owned();
        let twice = format!("{first}{list}");
        let release = find(twice.as_bytes(), None).unwrap();
        assert!(matches!(
            write(twice.as_bytes(), &release, None, ITEM),
            Err(ReleaseError::Twice { count: 2 })
        ));
    }

    #[test]
    fn a_long_name_is_shortened_as_helm_controller_does() {
        let name = "a".repeat(60);
        let file =
            format!("apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}}}\n");
        let release = find(file.as_bytes(), None).unwrap();
        assert_eq!((release.release.len(), release.namespace), (53, None));
    }

    #[test]
    fn the_release_is_found_by_either_name() {
        let file = "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: a}
spec: {targetNamespace: shop}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: b, namespace: flux}
spec: {releaseName: c}
";
        let name = |wanted| find(file.as_bytes(), Some(wanted)).map(|found| found.name);
        assert_eq!(name("shop-a").unwrap(), "a");
        assert_eq!(name("c").unwrap(), "b");
        assert_eq!(
            name("d").unwrap_err().to_string(),
            "no HelmRelease `d` in it; it has `a`, `b`"
        );
        let several = find(file.as_bytes(), None).unwrap_err().to_string();
        assert_eq!(
            several,
            "2 HelmReleases in it (`a`, `b`): say which with --release"
        );
    }
}
