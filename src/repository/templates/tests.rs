//! What a template fixes is judged, and nothing else.

use serde_json::json;

use super::*;
use crate::engine::world::snapshot::Snapshot;
use crate::rules::RuleSet;
use crate::transforms::TRANSFORMS;

/// `pointer: code` for each finding about a template with these parameters and steps.
fn judge(parameters: &str, steps: &str) -> Vec<String> {
    let rules = json!({
        "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "a"},
        "spec": {"rules": [
            {"name": "orders", "namespacePlacement": {"scope": "Namespaced", "allowed": ["system", "infra"]}},
            {"name": "labels", "match": {"kinds": ["openportal.dev/*"]}, "metadata": {"labels": {
                "team": {"required": true}, "tier": {"enum": ["gold"]},
            }}},
            {"name": "some", "match": {"kinds": ["openportal.dev/*"], "names": ["*"]}, "metadata": {"labels": {
                "named": {"required": true},
            }}},
        ]},
    });
    let program = Program::compile(RuleSet::decode(&rules, TRANSFORMS).unwrap());
    let text = format!(
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: t}}\nspec:\n  parameters: {parameters}\n  \
         steps:\n{steps}"
    );
    let file = File {
        path: "/t.yaml",
        name: "t.yaml",
        bytes: text.as_bytes(),
    };
    let found = check(&[file], &program, &Snapshot::new(), None, &Limits::default());
    found
        .iter()
        .map(|located| {
            assert_eq!(located.finding.object.kind, "Template");
            format!("{}: {}", located.finding.pointer, located.finding.code)
        })
        .collect()
}

fn claim(more: &str) -> String {
    format!(
        "    - id: make\n      action: terasky:claim-template\n      input: {{apiVersion: openportal.dev/v1, kind: Thing{more}}}\n"
    )
}

const REFUSED: &str = "namespace-placement/namespace-not-allowed";

#[test]
fn the_namespaces_that_a_form_offers_are_judged_where_they_stand() {
    for (property, expected) in [
        ("{type: string}", vec![]),
        ("{const: system}", vec![]),
        ("{const: shop}", vec!["/const"]),
        ("{default: shop, ui:widget: hidden}", vec!["/default"]),
        (
            "{enum: [system, shop, infra, demo], default: shop}",
            vec!["/enum/1", "/enum/3"],
        ),
        ("{default: '${{ user.entity.metadata.name }}'}", vec![]),
        ("{default: 1}", vec![]),
    ] {
        let at = |page: &str| -> Vec<String> {
            let place = |end: &&str| format!("/spec/parameters{page}/properties/ns{end}: {REFUSED}");
            expected.iter().map(place).collect()
        };
        let step = claim(", namespaceParam: ns");
        let page = format!("{{properties: {{ns: {property}}}}}");
        assert_eq!(judge(&page, &step), at(""), "{property}");
        assert_eq!(
            judge(&format!("[{{title: a}}, {page}]"), &step),
            at("/1"),
            "{property}"
        );
    }
}

#[test]
fn the_parameter_has_a_default_name_and_an_empty_one_is_none() {
    let page = "{properties: {xrNamespace: {const: shop}}}";
    let refused = format!("/spec/parameters/properties/xrNamespace/const: {REFUSED}");
    assert_eq!(judge(page, &claim("")), [refused]);
    assert_eq!(
        judge(page, &claim(", namespaceParam: ''")),
        ["/spec/steps/0/input/namespaceParam: namespace-placement/missing-namespace"]
    );
    assert_eq!(judge(page, &claim(", namespaceParam: 1")), [""; 0]);
    let other_kind = claim("").replace("openportal.dev", "example.com");
    assert_eq!(judge(page, &other_kind), [""; 0]);
    let open_kind = claim("").replace("Thing", "'${{ parameters.kind }}'");
    assert_eq!(judge(page, &open_kind), [""; 0]);
}

#[test]
fn of_a_manifest_in_a_step_only_what_is_fixed_is_judged() {
    let step = |metadata: &str| {
        format!(
            "    - id: apply\n      action: kube:apply\n      input:\n        clusters: [a]\n        manifest:\n          \
             apiVersion: openportal.dev/v1\n          kind: Thing\n          metadata: {metadata}\n"
        )
    };
    let at = "/spec/steps/0/input/manifest/metadata";
    for (metadata, expected) in [
        ("{namespace: system, labels: {team: a}}", vec![]),
        (
            "{namespace: shop, labels: {tier: tin}}",
            vec![
                format!("{at}/labels/team: metadata/missing"),
                format!("{at}/labels/tier: metadata/not-allowed"),
                format!("{at}/namespace: {REFUSED}"),
            ],
        ),
        ("{namespace: '${{ parameters.ns }}', labels: {team: a}}", vec![]),
        ("{namespace: system, labels: '${{ parameters.labels }}'}", vec![]),
        (
            "{namespace: system, labels: {team: '${{ parameters.team }}', tier: gold}}",
            vec![],
        ),
        ("{namespace: system, labels: {'${{ a }}': b}}", vec![]),
        (
            "{name: a, namespace: system, labels: {team: a}}",
            vec![format!("{at}/labels/named: metadata/missing")],
        ),
        (
            "{name: 'a-${{ parameters.name }}', namespace: system, labels: {team: a}}",
            vec![],
        ),
    ] {
        assert_eq!(judge("[]", &step(metadata)), expected, "{metadata}");
    }
}

#[test]
fn a_manifest_that_is_text_is_read_and_one_that_is_no_yaml_yet_is_left_alone() {
    let step = |text: &str| {
        let text = text.replace('\n', "\n            ");
        format!(
            "    - name: Write\n      action: roadiehq:utils:fs:write\n      input:\n        content: |\n            {text}\n"
        )
    };
    let order = "apiVersion: openportal.dev/v1\nkind: Thing\nmetadata:\n  name: ${{ parameters.name }}\n  labels: {team: a}\n";
    assert_eq!(
        judge("[]", &step(&format!("{order}  namespace: shop"))),
        [format!("/spec/steps/0/input/content: {REFUSED}")]
    );
    assert_eq!(
        judge("[]", &step(&format!("{order}  namespace: system"))),
        [""; 0]
    );
    assert_eq!(
        judge("[]", &step(&format!("{{% if x %}}\n{order}  namespace: shop"))),
        [""; 0]
    );
    assert_eq!(
        judge("[]", "    - id: a\n    - 1\n    - input: [{kind: 1}]\n"),
        [""; 0]
    );
}
