use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::engine::Severity;
use crate::rules::load::{Source, load};
use crate::transforms::TRANSFORMS;

const HEAD: &str =
    "apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: test}\nspec:\n  rules:\n";
const LABEL: &str = "    - name: team
      match: {kinds: [core/Service]}
      metadata: {labels: {team: {default: web}}}
";
const PLACEMENT: &str = "    - name: orders
      match: {kinds: [openportal.dev/Order]}
      namespacePlacement: {allowed: [system]}
";
const HOSTS: &str = "    - name: hosts
      match: {namespaces: {include: [\"*\"]}}
      hostRewrite: {hosts: [{from: \"*.example.com\", to: \"{namespace}.example.com\"}]}
";

fn program(rules: &[&str]) -> Program {
    let text = format!("{HEAD}{}", rules.concat());
    let source = Source {
        name: "rules.yaml",
        bytes: text.as_bytes(),
    };
    Program::compile(load(&[source], TRANSFORMS).unwrap())
}

fn run<'a>(rules: &[&str], streams: &[&'a str], options: &Options<'_>) -> Rendered<'a> {
    let streams: Vec<Stream<'a>> = streams
        .iter()
        .map(|text| Stream {
            name: "stream",
            bytes: text.as_bytes(),
        })
        .collect();
    render(&streams, &program(rules), Snapshot::new(), options)
}

fn text(rendered: &Rendered<'_>, stream: usize) -> String {
    String::from_utf8(rendered.text(stream)).unwrap()
}

fn ingress(name: &str, host: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\nspec:\n  rules:\n    - host: {host}\n      \
         http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: {name}, port: {{number: 80}}}}}}}}]}}\n"
    )
}

#[test]
fn items_of_a_list_and_manifests_of_crossplane_are_edited_where_they_stand() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n- apiVersion: v1\n  kind: ConfigMap\n";
    let wrapped = "apiVersion: kubernetes.crossplane.io/v1alpha2\nkind: Object\nmetadata: {name: o}\nspec:\n  forProvider:\n    manifest:\n      apiVersion: v1\n      kind: Service\n      metadata: {name: b}\n";
    let rendered = run(&[LABEL], &[list, wrapped], &Options::default());
    assert_eq!(
        text(&rendered, 0),
        list.replace("{name: a}", "{name: a, labels: {team: web}}")
    );
    assert_eq!(
        text(&rendered, 1),
        wrapped.replace("{name: b}", "{name: b, labels: {team: web}}")
    );
}

#[test]
fn what_a_later_document_says_about_scope_counts_for_an_earlier_one() {
    let order = "apiVersion: openportal.dev/v1alpha1\nkind: Order\nmetadata:\n  name: a\n";
    let crd = |scope: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: orders.openportal.dev}}\n\
             spec: {{group: openportal.dev, scope: {scope}, names: {{kind: Order, plural: orders}}}}\n"
        )
    };
    let stream = format!("{order}---\n{}", crd("Namespaced"));
    let rendered = run(&[PLACEMENT], &[&stream], &Options::default());
    assert_eq!(
        text(&rendered, 0),
        stream.replace("  name: a\n", "  name: a\n  namespace: system\n")
    );
    let (order, crd) = (order.to_owned(), crd("Cluster"));
    let rendered = run(&[PLACEMENT], &[&order, &crd], &Options::default());
    assert_eq!((text(&rendered, 0), rendered.findings.len()), (order.clone(), 0));
}

#[test]
fn hosts_collide_across_documents_and_streams_at_their_places() {
    let first = format!("---\n{}", ingress("a", "a.example.com"));
    let second = ingress("b", "b.example.com");
    let options = Options {
        namespace: Some("shop"),
        ..Options::default()
    };
    let rendered = run(&[HOSTS], &[&first, &second], &options);
    let found: Vec<(&str, usize, usize, usize)> = rendered
        .findings
        .iter()
        .map(|located| {
            let place = &located.place;
            (
                located.finding.code.as_str(),
                place.stream,
                place.line,
                place.column,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("host-rewrite/host-collision", 0, 8, 7),
            ("host-rewrite/host-collision", 1, 7, 7)
        ]
    );
    assert!(!rendered.is_accepted());
}

#[test]
fn judging_changes_nothing_and_reports_what_would_change() {
    let stream = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n";
    let options = Options {
        judge: true,
        ..Options::default()
    };
    let rendered = run(&[LABEL], &[stream], &options);
    assert_eq!(text(&rendered, 0), stream);
    assert_eq!(rendered.findings[0].finding.code, "metadata/would-change");
    assert_eq!(rendered.findings[0].finding.severity, Severity::Error);
}

#[test]
fn documents_that_are_no_objects_are_left_alone() {
    let rule =
        "    - name: all\n      match: {kinds: [\"*\"]}\n      metadata: {labels: {team: {default: web}}}\n";
    let stream = "replicas: 3\n---\nplain\n---\n- kind: Service\n---\napiVersion: v1\nkind: yes\n";
    let rendered = run(&[rule], &[stream], &Options::default());
    assert_eq!(
        (text(&rendered, 0).as_str(), rendered.findings.len()),
        (stream, 0)
    );
}

#[test]
fn a_broken_document_that_no_rule_is_about_passes_only_unread() {
    let stream = "apiVersion: v1\nkind: ConfigMap\ndata: [\n";
    assert!(run(&[LABEL], &[stream], &Options::default()).is_accepted());
    for options in [
        Options {
            scan: false,
            ..Options::default()
        },
        Options {
            strict: true,
            ..Options::default()
        },
    ] {
        assert_eq!(run(&[LABEL], &[stream], &options).unreadable.len(), 1);
    }
}

/// One document from lines that a scan might misread, in any order.
fn document() -> impl Strategy<Value = String> {
    let api_version = select(vec![
        "apiVersion: v1",
        "apiVersion: \"v1\"",
        "'apiVersion': v1",
        "apiVersion: &a v1",
        "apiVersion:\n  v1",
        "? apiVersion\n: v1",
        "apiVersion: networking.k8s.io/v1",
        "apiVersion: v1 # one",
        "\"api\\x56ersion\": v1",
        "",
    ]);
    let kind = select(vec![
        "kind: Service",
        "kind: 'Service'",
        "kind: Ingress",
        "kind: ConfigMap",
        "kind: ConfigMap\nkind: Service",
        "kind: Service\nkind: ConfigMap",
        "kind: |-\n  Service",
        "kind: Config\n  Map",
        "kind: yes",
        "kind: List\nitems: [{apiVersion: v1, kind: Service, metadata: {name: item}}]",
        "<<: {kind: Service}",
        "kind: !!str Service",
        "",
    ]);
    let body = subsequence(
        vec![
            "metadata:\n  name: web",
            "data:\n  text: |\n    kind: Service\n    apiVersion: v1",
            "spec: {a: 1,\nb: 2}",
            "quoted: \"first\nkind: Service\n\"",
            "plain: first\n  kind Service",
            "# Source: web/templates/x.yaml",
            "items: []",
            "...",
            "folded: >\n\n  kind: Service",
            "other: [a,\n  b]",
        ],
        0..4,
    );
    (api_version, kind, body)
        .prop_flat_map(|(api_version, kind, body)| {
            let mut lines = vec![api_version, kind];
            lines.extend(body);
            Just(lines).prop_shuffle()
        })
        .prop_map(|lines| {
            let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            lines.join("\n") + "\n"
        })
}

fn stream() -> impl Strategy<Value = String> {
    let separator = select(vec!["---\n", "--- # next\n", "---   \n", "\n---\n", "---\n---\n"]);
    let line_end = select(vec!["\n", "\r\n"]);
    (prop::collection::vec((document(), separator), 1..5), line_end).prop_map(|(documents, line_end)| {
        let text: String = documents
            .into_iter()
            .map(|(document, separator)| document + separator)
            .collect();
        text.replace('\n', line_end)
    })
}

proptest! {
    /// The scan may only ever save work: whoever reads everything gets the same, as long as everything can be read.
    #[test]
    fn reading_every_document_gives_the_same(stream in stream()) {
        let options = |scan| Options { scan, namespace: Some("shop"), ..Options::default() };
        let read = run(&[LABEL, HOSTS], &[&stream], &options(false));
        // About one stream in ten; not an assumption, because a long run would use up what may be rejected.
        if !read.unreadable.is_empty() {
            return Ok(());
        }
        let scanned = run(&[LABEL, HOSTS], &[&stream], &options(true));
        prop_assert_eq!(scanned.unreadable.len(), 0);
        prop_assert_eq!(scanned.is_accepted(), read.is_accepted());
        prop_assert_eq!(text(&scanned, 0), text(&read, 0));
        let of_rules = |rendered: &Rendered<'_>| -> Vec<String> {
            let by_rule = rendered.findings.iter().filter(|located| !located.finding.rule.is_empty());
            by_rule.map(|located| format!("{located:?}")).collect()
        };
        prop_assert_eq!(of_rules(&scanned), of_rules(&read));
    }
}

#[test]
fn a_changed_object_says_which_rules_changed_it_and_a_second_run_leaves_its_bytes() {
    let options = Options {
        annotate: Some("sha256:00"),
        namespace: Some("shop"),
        ..Options::default()
    };
    let ingress = ingress("web", "\"*.example.com\"");
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web # kept\n  annotations: null\n";
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n- apiVersion: v1\n  kind: ConfigMap\n";
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n";
    let stream = format!("{ingress}---\n{service}---\n{list}---\n{other}");
    let once = text(&run(&[LABEL, HOSTS], &[&stream], &options), 0);
    let value = |index: usize, pointer: &str| {
        let document = boltrope_yaml::split(once.as_bytes(), &Default::default())
            .unwrap()
            .remove(index);
        let tree = document.read(&Default::default()).unwrap();
        tree.value().pointer(pointer).cloned()
    };
    let both = |rules: &str| Some(serde_json::json!({RULES: rules, DIGEST: "sha256:00"}));
    assert_eq!(value(0, "/metadata/annotations"), both("hosts"), "{once}");
    assert_eq!(value(1, "/metadata/annotations"), both("team"), "{once}");
    assert_eq!(value(2, "/items/0/metadata/annotations"), both("team"), "{once}");
    assert_eq!(value(2, "/items/1/metadata"), None);
    assert!(once.ends_with(&format!("---\n{other}")), "{once}");
    assert!(once.contains("  name: web # kept\n"), "{once}");
    assert_eq!(text(&run(&[LABEL, HOSTS], &[&once], &options), 0), once);
}

#[test]
fn rules_of_an_earlier_run_are_named_as_long_as_the_rules_are_the_same() {
    let options = |digest| Options {
        annotate: Some(digest),
        ..Options::default()
    };
    let annotated = format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n    {RULES}: a,z\n    {DIGEST}: sha256:00\n"
    );
    let same = text(&run(&[LABEL], &[&annotated], &options("sha256:00")), 0);
    assert!(same.contains(&format!("{RULES}: a,team,z\n")), "{same}");
    let other = text(&run(&[LABEL], &[&annotated], &options("sha256:01")), 0);
    assert!(
        other.contains(&format!("{RULES}: team\n    {DIGEST}: sha256:01\n")),
        "{other}"
    );
}
