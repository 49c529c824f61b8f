//! What is exported for which rules.

use serde_json::json;

use super::*;
use crate::rules::RuleSet;
use crate::transforms::TRANSFORMS;

fn export(rules: &Value, catalog: &Catalog, mode: Mode) -> Result<Vec<Manifest>, ExportError> {
    let spec = json!({ "rules": rules });
    let program = Program::compile(RuleSet::from_spec(&spec, TRANSFORMS).unwrap());
    manifests(&Export {
        name: "platform",
        module: "registry://example.org/boltrope:v1",
        spec: &spec,
        program: &program,
        catalog,
        mode,
    })
}

fn exported(rules: &Value, mode: Mode) -> Vec<Value> {
    let found = export(rules, &Catalog::new(), mode).unwrap();
    found.into_iter().map(|manifest| manifest.resource).collect()
}

fn plurals(policy: &Value) -> Vec<String> {
    let rules = policy["spec"]["rules"].as_array().unwrap();
    let names = rules.iter().flat_map(|rule| {
        assert_eq!(rule["operations"], json!(["CREATE", "UPDATE"]));
        assert!(!rule.to_string().contains('*'), "{rule}");
        rule["resources"].as_array().unwrap()
    });
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn namespaces_have_a_policy_of_their_own() {
    let rules = json!([{"name": "team", "metadata": {"labels": {"team": {"default": "web"}}}}]);
    let found = exported(&rules, Mode::Enforce);
    assert_eq!(found.len(), 2);
    assert_eq!(
        plurals(&found[0]),
        [
            "daemonsets",
            "deployments",
            "statefulsets",
            "rollouts",
            "cronjobs",
            "jobs",
            "objects",
            "objects"
        ]
    );
    assert_eq!(plurals(&found[1]), ["namespaces"]);
    for (policy, name, failure) in [
        (&found[0], "platform", "Fail"),
        (&found[1], "platform-namespaces", "Ignore"),
    ] {
        assert_eq!(policy["metadata"]["name"], name);
        let spec = &policy["spec"];
        assert_eq!(spec["failurePolicy"], failure);
        assert_eq!(
            (&spec["mutating"], &spec["backgroundAudit"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(spec["settings"]["rules"], rules);
        assert_eq!(spec["contextAwareResources"], Value::Null);
    }
}

#[test]
fn a_guard_changes_nothing_and_is_audited() {
    let rules = json!([{"name": "guard", "externalNameGuard": {"allowedSuffixes": ["example.org"]}}]);
    let found = exported(&rules, Mode::Enforce);
    let [policy] = found.as_slice() else {
        panic!("{found:#?}")
    };
    assert_eq!(policy["spec"]["mutating"], false);
    assert_eq!(policy["spec"]["backgroundAudit"], true);
    assert_eq!(plurals(policy), ["services", "objects", "objects"]);
}

#[test]
fn deny_refuses_what_enforce_would_change() {
    let labels = json!({"labels": {"team": {"default": "web"}}});
    let rules = json!([
        {"name": "a", "metadata": labels},
        {"name": "b", "action": "warn", "metadata": {"labels": {"x": {"required": true}}}},
    ]);
    let found = exported(&rules, Mode::Deny);
    let spec = &found[0]["spec"];
    assert_eq!(spec["mutating"], false);
    assert_eq!(spec["settings"]["rules"][0]["action"], "deny");
    assert_eq!(spec["settings"]["rules"][1]["action"], "warn");
    let found = exported(&rules, Mode::Monitor);
    assert_eq!(found[0]["spec"]["mode"], "monitor");
    assert_eq!(found[0]["spec"]["failurePolicy"], "Ignore");
    assert_eq!(found[0]["spec"]["settings"]["rules"], rules);
}

#[test]
fn lookups_bring_the_right_to_make_them_and_no_more() {
    let rules = json!([{
        "name": "alias", "match": {"namespaces": {"labels": {"matchLabels": {"preview": "true"}}}},
        "externalName": {"source": "base", "lookupSource": true},
    }]);
    let found = exported(&rules, Mode::Enforce);
    let kinds: Vec<&Value> = found.iter().map(|resource| &resource["kind"]).collect();
    assert_eq!(
        kinds,
        ["ClusterAdmissionPolicy", "ClusterRole", "ClusterRoleBinding"]
    );
    assert_eq!(
        found[0]["spec"]["contextAwareResources"],
        json!([{"apiVersion": "v1", "kind": "Namespace"}, {"apiVersion": "v1", "kind": "Service"}])
    );
    assert_eq!(
        found[1]["rules"],
        json!([{"apiGroups": [""], "resources": ["namespaces", "services"], "verbs": ["get"]}])
    );
}

#[test]
fn pods_whose_dns_is_set_are_asked_about_once() {
    let everywhere = json!({"namespaces": {"include": ["*"]}});
    let rules = json!([{"name": "dns", "match": everywhere, "dnsSearch": {"source": "base"}}]);
    let found = exported(&rules, Mode::Enforce);
    let [policy] = found.as_slice() else {
        panic!("{found:#?}")
    };
    let first = &policy["spec"]["rules"][0];
    assert_eq!(
        (&first["resources"], &first["operations"]),
        (&json!(["pods"]), &json!(["CREATE"]))
    );
    let labels = json!({"labels": {"team": {"default": "a"}}});
    let both = json!([
        {"name": "dns", "match": everywhere, "dnsSearch": {"source": "base"}},
        {"name": "team", "match": {"kinds": ["core/Pod"]}, "metadata": labels},
    ]);
    assert_eq!(
        exported(&both, Mode::Enforce)[0]["spec"]["rules"][0]["operations"],
        json!(["CREATE", "UPDATE"])
    );
}

#[test]
fn only_controllers_of_the_cluster_are_left_alone() {
    let conditions = conditions::conditions().to_string();
    assert_eq!(conditions.matches("system:serviceaccount:").count(), 3);
    for account in [
        "kube-system:generic-garbage-collector",
        "kube-system:namespace-controller",
        "crossplane-system:",
    ] {
        assert!(conditions.contains(account), "{conditions}");
    }
}

#[test]
fn what_cannot_be_registered_is_an_error_that_says_what_to_do() {
    let rule = |kind: &str| json!([{"name": "a", "match": {"kinds": [kind]}, "namespacePlacement": {"allowed": ["b"]}}]);
    let message = |rules: &Value| {
        export(rules, &Catalog::new(), Mode::Enforce)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        message(&rule("example.org/Widget")),
        "rule `a` is about `example.org/Widget`, and nothing says its plural; pass --world with its \
         CustomResourceDefinition or CompositeResourceDefinition, or say it with --resource \
         example.org/v1/Widget=PLURAL"
    );
    assert!(message(&rule("*")).starts_with("rule `a` is about every kind (`*`)"));
    assert_eq!(
        message(&json!([])),
        "no rule does anything at admission: there is nothing to export"
    );
    let found = exported(&rule("apps/v1beta2/Deployment"), Mode::Enforce);
    assert_eq!(found[0]["spec"]["rules"][0]["apiVersions"], json!(["v1beta2"]));
}
