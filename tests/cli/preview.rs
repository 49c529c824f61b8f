//! `preview`: plans, copies, imports and lists of names, whole outputs, bad input.

use serde_json::Value;

use crate::folder::Folder;

const RULES: &str = "\
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: platform}
spec:
  rules:
    - name: previews
      preview:
        source: default
        namespaces: {include: [\"feature-*\"], exclude: [feature-old]}
        routes:
          hosts: [{from: \"*.example.com\", to: \"{first}-{namespace}.example.com\"}]
          tls: {secretName: {set: wildcard-preview}}
";

const DUMP: &str = "\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: default, labels: {boltrope.dev/preview-source: \"true\"}}}
- {apiVersion: v1, kind: Namespace, metadata: {name: feature-login}}
- {apiVersion: v1, kind: Namespace, metadata: {name: feature-old}}
- {apiVersion: v1, kind: Service, metadata: {name: api, namespace: default}, spec: {ports: [{port: 80, targetPort: 8080}]}}
- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: default}, spec: {ports: [{port: 80}]}}
- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: feature-login}, spec: {selector: {app: web}, ports: [{port: 80}]}}
- apiVersion: networking.k8s.io/v1
  kind: Ingress
  metadata: {name: shop, namespace: default}
  spec:
    ingressClassName: nginx
    rules: [{host: shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
- apiVersion: networking.k8s.io/v1
  kind: Ingress
  metadata: {name: apex, namespace: default}
  spec:
    ingressClassName: nginx
    rules: [{host: example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
";

const TABLE: &str = "\
rule previews: source default, 1 preview

          NAMESPACE      OBJECT        RULE      WHY
create    feature-login  Ingress/shop  previews  `default/shop` has no copy here yet
create    feature-login  Service/api   previews  `default/api` has no copy here yet
conflict  feature-login  Service/web   previews  Service `web` is there and is not ours
hold      feature-login  Ingress/apex  previews  host-rewrite/unmatched-host: no `from` takes the host `example.com`. Add an entry that takes it to `hosts`, or set `unmatched: keep`.

NAMESPACES
default        out  previews: it is the source itself
feature-login  in   previews: `include` has `feature-*`
feature-old    out  previews: `exclude` has `feature-old`

2 to write, 0 to delete, 0 in step, 1 held back, 1 conflict
";

const PLAN: &str = "preview plan --rules rules.yaml -f dump.yaml";

fn folder(test: &str) -> Folder {
    with(test, RULES, DUMP)
}

fn with(test: &str, rules: &str, dump: &str) -> Folder {
    Folder::new(&format!("preview-{test}"))
        .with("rules.yaml", rules)
        .with("dump.yaml", dump)
}

#[test]
fn the_table_says_what_becomes_of_each_object_and_why() {
    let found = folder("table").run(PLAN, "");
    assert_eq!(
        (found.stdout.as_str(), found.code),
        (TABLE, Some(1)),
        "{}",
        found.stderr
    );
}

#[test]
fn json_and_yaml_are_the_plan() {
    let folder = folder("formats");
    let plan = format!("{PLAN} --namespace feature-login -o");
    let json = folder.run(&format!("{plan} json"), "");
    let plan_of_json: Value = serde_json::from_str(&json.stdout).expect("JSON");
    let keys: Vec<&str> = plan_of_json["apply"][0]
        .as_object()
        .expect("an entry")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, ["object", "rule", "reason"]);
    assert_eq!(
        plan_of_json["apply"][1]["object"]["spec"]["ports"][0]["targetPort"],
        80
    );
    assert_eq!(plan_of_json["namespaces"].as_array().map(Vec::len), Some(1));
    let yaml = folder.run(&format!("{plan} yaml"), "");
    let plan_of_yaml: Value = yaml_serde::from_str(&yaml.stdout).expect("YAML");
    assert_eq!(plan_of_yaml, plan_of_json);
}

#[test]
fn copies_are_printed_for_a_namespace_that_is_not_there_yet() {
    let folder = folder("render");
    let render = |namespace| {
        folder.run(
            &format!("preview render --rules rules.yaml -f dump.yaml --namespace {namespace}"),
            "",
        )
    };
    let found = render("feature-new");
    assert!(
        found.stdout.contains("host: shop-feature-new.example.com\n"),
        "{}",
        found.stdout
    );
    assert_eq!(
        found.stdout.matches("\n  namespace: feature-new\n").count(),
        3,
        "{}",
        found.stdout
    );
    assert!(
        found
            .stderr
            .contains("namespace `feature-new` is not in the dump"),
        "{}",
        found.stderr
    );
    assert!(
        found.stderr.contains("apex") && found.code == Some(1),
        "{}",
        found.stderr
    );
    let out = render("feature-old");
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(0)));
    assert!(
        out.stderr
            .contains("rule previews leaves `feature-old` out: `exclude` has `feature-old`"),
        "{}",
        out.stderr
    );
}

#[test]
fn what_was_rendered_and_is_there_is_in_step() {
    let folder = folder("in-step");
    let copies = folder.run(
        "preview render --rules rules.yaml -f dump.yaml --namespace feature-login",
        "",
    );
    let folder = folder.with("copies.yaml", &copies.stdout);
    let found: Value =
        serde_json::from_str(&folder.run(&format!("{PLAN} copies.yaml -o json"), "").stdout).expect("JSON");
    assert_eq!(
        (found["apply"].as_array().map(Vec::len), &found["inStep"]),
        (Some(0), &2.into()),
        "{found}"
    );
}

#[test]
fn the_names_that_a_chart_brings_are_listed() {
    let folder = folder("yield-list");
    folder
        .run("preview yield-list", DUMP)
        .gives("apex\napi\nshop\nweb\n");
    folder
        .run("preview yield-list -o csv", DUMP)
        .gives("apex,api,shop,web\n");
    folder.run("preview yield-list", "kind: ConfigMap\n").gives("");
    let empty = "error: stdin: there is no manifest in it; pipe what `helm template` prints\n";
    folder.run("preview yield-list", "").fails(3, empty);
}

#[test]
fn what_is_imported_can_be_planned_with() {
    let annotated = "\
apiVersion: v1
kind: Service
metadata:
  name: api
  namespace: default
  annotations: {kube-external-sync.io/replicate-to: \"feature-.*\", kube-external-sync.io/keep-owner-references: \"true\"}
spec: {ports: [{port: 80}]}
";
    let folder = folder("import").with("kes.yaml", annotated);
    let found = folder.run("preview import -f kes.yaml", "");
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    assert!(
        found.stdout.contains("    # `keep-owner-references` is gone"),
        "{}",
        found.stdout
    );
    let folder = folder.with("rules.yaml", &found.stdout);
    let plan = folder.run(PLAN, "");
    assert!(
        plan.stdout.contains("create  feature-login  Service/api"),
        "{}{}",
        plan.stdout,
        plan.stderr
    );
    let nothing = folder.run("preview import -f dump.yaml", "");
    assert_eq!(nothing.code, Some(3));
    assert!(
        nothing.stderr.contains("nothing of kube-external-sync in it"),
        "{}",
        nothing.stderr
    );
}

#[test]
fn rules_that_cannot_be_used_are_refused_with_their_place() {
    for (from, to, expected) in [
        (
            "exclude: [feature-old]",
            "excludeRegex: [\"feature-(\"]",
            "`feature-(` is not a regular expression",
        ),
        (
            "exclude: [feature-old]",
            "labels: {matchExpressions: [{key: a, operator: In}]}",
            "this operator needs values",
        ),
        (
            "[\"feature-*\"]",
            "[default]",
            "`default` is the source and cannot be a preview of itself",
        ),
        (
            "source: default",
            "source: default\n        maxNamespace: 3",
            "did you mean `maxNamespaces`?",
        ),
        (
            "exclude: [feature-old]",
            "annotations: [{key: a}]",
            "trustAnnotations: true",
        ),
    ] {
        let rules = RULES.replace(from, to);
        assert_ne!(rules, RULES);
        let found = with("bad-rules", &rules, DUMP).run(PLAN, "");
        assert_eq!((found.stdout.as_str(), found.code), ("", Some(2)), "{to}");
        assert!(
            found.stderr.contains(expected) && found.stderr.contains("rules.yaml:"),
            "{to}: {}",
            found.stderr
        );
    }
    let none = "apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: x}\nspec: {rules: []}\n";
    let found = with("no-rules", none, DUMP).run(PLAN, "");
    assert!(
        found.code == Some(2) && found.stderr.contains("the rules have no `preview` rule"),
        "{}",
        found.stderr
    );
}

#[test]
fn a_cluster_that_does_not_fit_the_rules_is_told() {
    let plan = |rules: &str, dump: &str| with("bad-cluster", rules, dump).run(PLAN, "");
    let missing = plan(&RULES.replace("source: default", "source: defualt"), DUMP);
    assert!(
        missing.stdout.contains("waits: there is no Namespace `defualt`"),
        "{}",
        missing.stdout
    );
    assert!(
        missing.stdout.contains("0 to write, 0 to delete") && missing.code == Some(1),
        "{}",
        missing.stdout
    );
    let many = DUMP.to_owned() + "- {apiVersion: v1, kind: Namespace, metadata: {name: feature-b}}\n";
    let over = plan(
        &RULES.replace("source: default", "source: default\n        maxNamespaces: 1"),
        &many,
    );
    assert!(
        over.stdout
            .starts_with("rule previews: source default, 1 preview, 1 more are beyond maxNamespaces\n"),
        "{}",
        over.stdout
    );
    assert!(
        over.stdout
            .contains("beyond `maxNamespaces: 1`, so nothing new is made there"),
        "{}",
        over.stdout
    );
    let unasked = plan(RULES, &DUMP.replace("boltrope.dev/preview-source", "x"));
    assert!(
        unasked
            .stdout
            .contains("has no label `boltrope.dev/preview-source: \"true\"`")
            && unasked.code == Some(1),
        "{}",
        unasked.stdout
    );
    let empty = plan(RULES, "");
    assert!(
        empty.code == Some(3) && empty.stderr.contains("no Namespace in it"),
        "{}",
        empty.stderr
    );
    let broken = plan(RULES, "a: [");
    assert_eq!(
        (broken.stdout.as_str(), broken.code),
        ("", Some(3)),
        "{}",
        broken.stderr
    );
}

#[test]
fn a_namespace_that_is_no_name_is_refused() {
    let found = folder("bad-name").run(&format!("{PLAN} --namespace Feature_X"), "");
    assert!(
        found.code == Some(2)
            && found
                .stderr
                .contains("`Feature_X` is not the name of a namespace"),
        "{}",
        found.stderr
    );
}
