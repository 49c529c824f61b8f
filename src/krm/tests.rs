use super::*;
use crate::engine::Program;
use crate::engine::world::snapshot::Snapshot;
use crate::render::{Options, Stream, render};
use crate::transforms::TRANSFORMS;

const ITEMS: &str = "\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
# the web's own
- apiVersion: v1
  kind: Service # kept
  metadata:
    name: 'web'
    annotations:
      internal.config.kubernetes.io/path: web/service.yaml
      internal.config.kubernetes.io/index: '1'
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: web}
  data: {a: \"yes\"}
";
const RULES: &str = "\
functionConfig:
  apiVersion: boltrope.dev/v1alpha1
  kind: RuleSet
  metadata: {name: platform}
  spec:
    rules:
    - {name: team, match: {kinds: [core/Service]}, metadata: {labels: {team: {default: web}}}}
    - {name: owner, action: warn, match: {kinds: [core/ConfigMap]}, metadata: {annotations: {a.b/c: {required: true}}}}
";

fn respond(text: &str) -> String {
    let limits = Limits::default();
    let list = ResourceList::find(text.as_bytes(), &limits).unwrap();
    let program = Program::compile(list.rules("stdin", TRANSFORMS).unwrap().unwrap());
    let stream = Stream {
        name: "stdin",
        bytes: text.as_bytes(),
    };
    let rendered = render(&[stream], &program, Snapshot::new(), &Options::default());
    assert!(rendered.is_accepted(), "{:?}", rendered.findings);
    String::from_utf8(list.respond(&rendered, &limits).unwrap()).unwrap()
}

#[test]
fn items_keep_their_bytes_and_results_say_what_happened() {
    let answer = respond(&format!("{ITEMS}{RULES}"));
    let (before, results) = answer.split_once("results:\n").unwrap();
    let changed = ITEMS.replace("index: '1'\n", "index: '1'\n    labels:\n      team: web\n");
    assert_eq!(before, format!("{changed}{RULES}"));
    let results: Value = yaml_serde::from_str(results).unwrap();
    assert_eq!(
        results,
        serde_json::json!([
            {
                "message": "`team` sets `metadata.labels.team`",
                "severity": "info",
                "resourceRef": {"apiVersion": "v1", "kind": "Service", "name": "web"},
                "field": {"path": "metadata.labels.team", "proposedValue": "web"},
                "file": {"path": "web/service.yaml", "index": 1},
                "tags": {"rules": "team"},
            },
            {
                "message": results[1]["message"],
                "severity": "warning",
                "resourceRef": {"apiVersion": "v1", "kind": "ConfigMap", "name": "web"},
                "field": {"path": results[1]["field"]["path"]},
                "tags": {"code": "metadata/missing", "rule": "owner"},
            },
        ])
    );
    assert!(
        results[1]["message"].as_str().unwrap().contains("a.b/c"),
        "{results}"
    );
}

#[test]
fn a_list_that_no_rule_touches_comes_back_byte_for_byte() {
    let items = ITEMS.replace("Service", "Secret").replace("ConfigMap", "Node");
    let text = format!("# first\n---\n{items}{RULES}");
    assert_eq!(respond(&text), text);
}

#[test]
fn results_of_a_function_before_this_one_stay() {
    let answer = respond(&format!("{ITEMS}{RULES}results:\n- message: earlier\n"));
    let list: Value = yaml_serde::from_str(&answer).unwrap();
    assert_eq!(list["results"].as_array().unwrap().len(), 3);
    assert_eq!(list["results"][0]["message"], "earlier");
}

#[test]
fn a_list_in_json_is_answered_in_json() {
    let value: Value = yaml_serde::from_str(&format!("{ITEMS}{RULES}")).unwrap();
    let answer = respond(&value.to_string());
    let list: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(list["items"][0]["metadata"]["labels"]["team"], "web");
    assert_eq!(list["results"].as_array().unwrap().len(), 2);
}

#[test]
fn values_around_a_secret_are_not_told() {
    let text = format!("{ITEMS}{RULES}").replace("kind: ConfigMap", "kind: Secret");
    let answer = respond(&text);
    assert!(
        !answer.contains("proposedValue") && !answer.contains("currentValue"),
        "{answer}"
    );
}

#[test]
fn mistakes_in_the_rules_are_placed_in_the_stream() {
    let text = format!("{ITEMS}{}", RULES.replace("name: platform", "nmae: platform"));
    let list = ResourceList::find(text.as_bytes(), &Limits::default()).unwrap();
    let error = list.rules("stdin", TRANSFORMS).unwrap_err().to_string();
    assert!(error.contains("stdin:19:14: unknown key `nmae`"), "{error}");
}

#[test]
fn only_one_resource_list_alone_is_one() {
    let limits = Limits::default();
    let large = format!("{}---\n{ITEMS}", "kind: A\napiVersion: v1\n---\n".repeat(10_000));
    for text in [
        "",
        "---\n",
        "apiVersion: v1\nkind: List\nitems: []\n",
        "apiVersion: v1\nkind: ResourceList\nitems: []\n",
        &format!("{ITEMS}---\nkind: A\n"),
        &large,
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [\n",
    ] {
        assert!(ResourceList::find(text.as_bytes(), &limits).is_none(), "{text}");
    }
    for text in [
        ITEMS,
        &format!("# a\n---\n{ITEMS}---\n# b\n"),
        &ITEMS.replace("/v1\n", "/v1beta1\n"),
    ] {
        assert!(ResourceList::find(text.as_bytes(), &limits).is_some(), "{text}");
    }
}

#[test]
fn another_functions_settings_are_no_rules() {
    let text = format!("{ITEMS}functionConfig: {{apiVersion: v1, kind: ConfigMap}}\n");
    for text in [ITEMS, &text] {
        let list = ResourceList::find(text.as_bytes(), &Limits::default()).unwrap();
        assert!(list.rules("stdin", TRANSFORMS).unwrap().is_none());
    }
}
