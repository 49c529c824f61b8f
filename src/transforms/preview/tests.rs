use serde_json::{Value, json};

use crate::engine::world::NoWorld;
use crate::engine::{Program, Request};
use crate::rules::RuleSet;
use crate::transforms::TRANSFORMS;

fn rules(settings: &Value) -> Value {
    json!({"rules": [{"name": "previews", "preview": settings}]})
}

fn mistakes(spec: &Value) -> Vec<String> {
    let found = RuleSet::from_spec(spec, TRANSFORMS).expect_err("a mistake");
    found
        .iter()
        .map(|mistake| format!("{}: {mistake}", mistake.pointer))
        .collect()
}

#[test]
fn objects_that_pass_are_none_of_its_business() {
    let set = RuleSet::from_spec(
        &rules(&json!({"source": "base", "namespaces": {"include": ["*"]}})),
        TRANSFORMS,
    );
    let program = Program::compile(set.expect("the rules are valid"));
    assert!(!program.is_interested("v1", "Service"));
    let service =
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": "feature-x"}});
    let outcome = program.evaluate(&Request::render(&service), &NoWorld);
    assert_eq!(
        (outcome.object, outcome.findings.len(), outcome.edits.len()),
        (None, 0, 0)
    );
}

#[test]
fn every_mistake_in_the_settings_is_told_with_what_to_write() {
    let settings = json!({
        "source": "Base", "consent": "nobody", "strategy": [], "maxNamespaces": 0,
        "namespaces": {"include": ["Base"], "includeRegex": ["feature-("], "annotations": [{"key": "a"}]},
        "services": {"include": []},
        "routes": {"include": [], "hosts": [{"from": "*.a.io", "to": "a.io"}]},
        "metadata": {"keepLabels": ["team", "helm.sh/chart"], "keepAnnotations": ["nginx.*", "cert-manager.io/issuer"]},
    });
    let found = mistakes(&rules(&settings));
    for expected in [
        "/rules/0/preview/consent: unknown value `nobody`; known here: `namespace`, `object`, `none`",
        "/rules/0/preview/source: `Base` cannot be the name of a namespace",
        "/rules/0/preview/strategy: `strategy` is empty; write `externalName`, `gatewayGrant` or both",
        "/rules/0/preview/maxNamespaces: no namespace could be served",
        "/rules/0/preview/namespaces/include: `Base` is the source and cannot be a preview of itself",
        "/rules/0/preview/namespaces/includeRegex/0: `feature-(` is not a regular expression",
        "/rules/0/preview/namespaces/annotations: whoever may edit a Namespace may write its annotations",
        "/rules/0/preview/services/include: `include` is empty",
        "/rules/0/preview/routes/include: `include` is empty",
        "/rules/0/preview/routes/hosts/0/to: `a.io`: it gives every namespace the same host",
        "/rules/0/preview/metadata/keepLabels/1: `helm.sh/chart` never comes along (`helm.sh/*`)",
        "/rules/0/preview/metadata/keepAnnotations/0: `nginx.*` is not a key; write each key in full",
        "/rules/0/preview/metadata/keepAnnotations/1: `cert-manager.io/issuer` never comes along",
    ] {
        assert!(
            found.iter().any(|found| found.starts_with(expected)),
            "{expected}\n{found:#?}"
        );
    }
    assert_eq!(found.len(), 13, "{found:#?}");
}

#[test]
fn what_is_about_passing_objects_is_refused() {
    let rule = json!({
        "name": "previews", "action": "deny", "match": {"kinds": ["Service"]}, "exempt": {"users": ["a"]},
        "preview": {"source": "base", "namespaces": {"include": ["feature-*"]}, "maxNamespaces": -1},
    });
    let found = mistakes(&json!({"rules": [rule]}));
    let expected = [
        "/rules/0/preview/maxNamespaces: expected a whole number below 4294967296, found a negative whole number",
        "/rules/0/match: `preview` takes no `match`; remove it; what the rule is about stands under `preview`",
        "/rules/0/exempt: `preview` takes no `exempt`; remove it; what the rule is about stands under `preview`",
        "/rules/0/action: `preview` is carried out or not, so its action cannot only judge; write `enforce`, or `ignore` to pause it",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_rule_must_say_its_namespaces_and_a_grant_needs_routes() {
    for (settings, expected) in [
        (
            json!({"source": "base", "namespaces": {}}),
            "/rules/0/preview/namespaces: `preview` needs to be told its namespaces",
        ),
        (
            json!({"source": "base", "namespaces": {"include": ["x"]}, "strategy": ["gatewayGrant"]}),
            "/rules/0/preview/strategy: `gatewayGrant` is about routes, and the rule has none",
        ),
        (
            json!({"source": "base"}),
            "/rules/0/preview: `namespaces` is missing",
        ),
        (
            json!({"source": "base", "namespaces": {"include": ["x"]}, "routes": {"hosts": [], "inclde": []}}),
            "/rules/0/preview/routes/inclde: unknown key `inclde`; did you mean `include`?",
        ),
    ] {
        let found = mistakes(&rules(&settings));
        assert!(
            found.iter().any(|found| found.starts_with(expected)),
            "{expected}\n{found:#?}"
        );
    }
}
