//! What the border says, without the border.

use serde_json::{Value, json};

use crate::Rules;

const RULES: &str = "\
apiVersion: boltrope.dev/v1alpha1
kind: RuleSet
metadata: {name: platform}
spec:
  rules:
    - name: orders-in-system
      namespacePlacement: {allowed: [system], scope: Namespaced}
    - name: team
      match: {kinds: [core/Service]}
      metadata: {labels: {team: {default: web}}}
";

fn rules() -> Rules {
    compile(RULES).unwrap()
}

fn compile(text: &str) -> Result<Rules, Value> {
    let files = json!([{"name": "rules.yaml", "text": text}]).to_string();
    Rules::compile(&files).map_err(|trouble| serde_json::from_str(&trouble).unwrap())
}

fn evaluate(request: &Value) -> Result<(Value, Option<Value>), String> {
    let read = |text: String| serde_json::from_str(&text).unwrap();
    match rules().evaluate(&request.to_string()) {
        Ok(answer) => Ok((read(answer.report()), answer.text().map(read))),
        Err(trouble) => {
            let trouble: Value = read(trouble);
            Err(trouble["message"].as_str().unwrap().to_owned())
        }
    }
}

#[test]
fn mistakes_in_rules_come_at_once_and_with_their_places() {
    let trouble =
        compile("apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata:\n  nmae: a\nspec: {}\n")
            .unwrap_err();
    assert_eq!(trouble["reason"], "rules");
    let places: Vec<_> = trouble["mistakes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mistake| (mistake["line"].as_u64(), mistake["column"].as_u64()))
        .collect();
    assert_eq!(
        places,
        [(Some(3), Some(1)), (Some(4), Some(3)), (Some(5), Some(1))]
    );
    assert!(
        trouble["message"]
            .as_str()
            .unwrap()
            .contains("rules.yaml:4:3: unknown key `nmae`")
    );
}

#[test]
fn an_object_is_answered_at_both_stages() {
    let order =
        json!({"apiVersion": "openportal.dev/v1", "kind": "ManagedNamespace", "metadata": {"name": "a"}});
    let (report, object) = evaluate(&json!({"object": order})).unwrap();
    assert_eq!(report["accepted"], true);
    assert_eq!(report["edits"][0][0]["rules"], json!(["orders-in-system"]));
    assert_eq!(object.unwrap()["metadata"]["namespace"], "system");
    let request = json!({"object": order, "stage": "admission", "namespace": "shop"});
    let (report, object) = evaluate(&request).unwrap();
    assert_eq!(
        report["findings"][0]["code"],
        "namespace-placement/namespace-not-allowed"
    );
    assert_eq!((report["accepted"].as_bool(), object), (Some(false), None));
}

#[test]
fn a_finding_about_text_has_its_line() {
    let yaml =
        "apiVersion: openportal.dev/v1\nkind: ManagedNamespace\nmetadata:\n  name: a\n  namespace: shop\n";
    let (report, _) = evaluate(&json!({"yaml": yaml})).unwrap();
    assert_eq!(
        (
            report["findings"][0]["line"].as_u64(),
            report["findings"][0]["column"].as_u64()
        ),
        (Some(5), Some(3))
    );
}

#[test]
fn a_call_that_means_nothing_says_what_to_write() {
    let object = json!({"apiVersion": "v1", "kind": "Service"});
    for (request, expected) in [
        (
            json!([]),
            "the options are no object; pass an object with some of `object`, `yaml`",
        ),
        (
            json!({}),
            "neither `object` nor `yaml` is given; pass one of them",
        ),
        (
            json!({"object": object, "yaml": "a: 1"}),
            "both `object` and `yaml` are given; pass one of them",
        ),
        (
            json!({"object": object, "namspace": "a"}),
            "unknown key `namspace`; did you mean `namespace`?",
        ),
        (
            json!({"object": object, "namespace": 1}),
            "`namespace` is not text; pass a string",
        ),
        (
            json!({"object": object, "stage": "later"}),
            "`stage` is `later`; write `render` or `admission`",
        ),
        (
            json!({"object": object, "user": "a"}),
            "`user` means nothing at render; leave it out, or",
        ),
        (
            json!({"object": object, "world": 1}),
            "`world` is neither text nor a list; pass manifests",
        ),
        (json!({"object": object, "world": "a: ["}), "world:1:5: "),
        (
            json!({"yaml": "a: 1\n---\nb: 2\n"}),
            "object: it holds 2 documents; pass one at a time",
        ),
        (
            json!({"yaml": "# nothing\n"}),
            "object: it is empty; pass one manifest",
        ),
        (json!({"yaml": "a: *b\n"}), "object:1:4: "),
    ] {
        let found = evaluate(&request).unwrap_err();
        assert!(found.starts_with(expected), "{request}: {found}");
    }
}

#[test]
fn depth_is_limited_in_json_too() {
    let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert!(evaluate(&json!({"object": nested(100)})).is_ok());
    assert_eq!(
        evaluate(&json!({"object": nested(101)})).unwrap_err(),
        "object: it is nested more than 100 levels deep"
    );
    assert!(
        evaluate(&json!({"object": nested(200)}))
            .unwrap_err()
            .contains("100 levels deep")
    );
}

#[test]
fn a_stream_keeps_its_bytes_and_tells_what_changed() {
    let stream = "\u{feff}# web\r\nkind: Service   # kept\r\napiVersion: v1\r\nmetadata: {name: web}\r\n---\r\nkind: Pod\r\n";
    let answer = rules().render_stream(stream.as_bytes(), "{}").unwrap();
    let report: Value = serde_json::from_str(&answer.report()).unwrap();
    assert_eq!(
        answer.text().unwrap(),
        stream.replace("{name: web}", "{name: web, labels: {team: web}}")
    );
    assert_eq!(
        (
            report["documents"].as_u64(),
            report["changes"][0]["rules"][0].as_str()
        ),
        (Some(2), Some("team"))
    );
    assert_eq!(report["changes"][0]["document"], 1);
}

#[test]
fn a_stream_that_cannot_be_read_has_no_output_and_a_line() {
    let answer = rules()
        .render_stream(b"kind: Service\napiVersion: v1\nmetadata: {\n", "{}")
        .unwrap();
    let report: Value = serde_json::from_str(&answer.report()).unwrap();
    assert_eq!((answer.text(), report["accepted"].as_bool()), (None, Some(false)));
    assert_eq!(report["findings"][0]["code"], "unreadable");
    assert!(report["findings"][0]["line"].is_u64());
    let large = vec![b'a'; (16 << 20) + 1];
    let refused = rules().render_stream(&large, "{}").unwrap_err();
    assert!(refused.contains("above the limit of 16 MiB"), "{refused}");
}
