//! What the library answers to a case, in the words of `expected.yaml`.

use boltrope::engine::world::snapshot::{Origin, Snapshot};
use boltrope::engine::{Outcome, Program, Request, Stage};
use boltrope::render::{Options, Stream};
use boltrope::rules::load::{LoadMistake, Source, load};
use boltrope::transforms::TRANSFORMS;
use serde_json::{Map, Value, json};

use crate::case::Case;

/// The compiled rules, or the mistakes as `errors:`.
pub(crate) fn program(case: &Case) -> Result<Program, Value> {
    let source = Source {
        name: "rules.yaml",
        bytes: case.rules.as_bytes(),
    };
    load(&[source], TRANSFORMS)
        .map(Program::compile)
        .map_err(|error| {
            let describe = |found: &LoadMistake| {
                json!({
                    "line": found.line,
                    "column": found.column,
                    "pointer": found.mistake.pointer,
                    "message": found.mistake.to_string(),
                })
            };
            json!({"errors": error.mistakes.iter().map(describe).collect::<Vec<_>>()})
        })
}

/// The World of a case at a stage: its files, and at render the stream itself.
pub(crate) fn world(case: &Case, stage: Stage) -> Snapshot {
    let mut snapshot = Snapshot::new();
    for manifest in case.world.iter().flatten() {
        snapshot.add(manifest, Origin::World);
    }
    if stage == Stage::Render {
        for document in case.inputs() {
            snapshot.add(
                &document,
                Origin::Stream {
                    namespace: case.request.namespace.as_deref(),
                },
            );
        }
    }
    snapshot
}

/// The request that a stage makes of one document.
pub(crate) fn request<'a>(case: &'a Case, document: &'a Value, stage: Stage) -> Request<'a> {
    let common = Request {
        release: case.request.release.as_deref(),
        namespace: case.request.namespace.as_deref(),
        ..Request::render(document)
    };
    match stage {
        Stage::Render => common,
        Stage::Admission => Request {
            namespace: common.namespace.or_else(|| namespace_of(document)),
            // No admission request names a release.
            release: None,
            operation: case.request.operation,
            old: case.request.old.as_ref(),
            user: case.request.user.as_deref(),
            stage,
            ..common
        },
    }
}

/// An API server takes the request's namespace from the path, which clients take from the object.
fn namespace_of(document: &Value) -> Option<&str> {
    document.pointer("/metadata/namespace")?.as_str()
}

/// What one document gives, as `object`, `findings`, `accepted`.
pub(crate) fn evaluate(case: &Case, program: &Program, stage: Stage) -> Value {
    let documents = case.inputs();
    let document = documents.first().expect("a case about one document");
    let outcome = program.evaluate(&request(case, document, stage), &world(case, stage));
    describe(&outcome)
}

fn describe(outcome: &Outcome) -> Value {
    let mut findings = outcome.findings.clone();
    if outcome.is_accepted() {
        let collisions = boltrope::engine::collisions(&outcome.claims);
        findings.extend(collisions.into_iter().map(|(_, finding)| finding));
        findings.sort_by(|a, b| (&a.pointer, &a.code, &a.rule).cmp(&(&b.pointer, &b.code, &b.rule)));
    }
    let accepted = findings
        .iter()
        .all(|finding| finding.severity != boltrope::engine::Severity::Error);
    let mut answer = Map::new();
    if let Some(object) = outcome.object.as_ref().filter(|_| accepted) {
        answer.insert("object".to_owned(), object.clone());
    }
    if !findings.is_empty() {
        answer.insert("findings".to_owned(), findings.iter().map(finding).collect());
    }
    answer.insert("accepted".to_owned(), accepted.into());
    Value::Object(answer)
}

/// A finding without its object: the case has only one, or the pointer and the document tell.
fn finding(finding: &boltrope::engine::Finding) -> Value {
    let mut value = serde_json::to_value(finding).expect("findings are plain data");
    if let Some(map) = value.as_object_mut() {
        map.shift_remove("object");
    }
    value
}

/// What a whole stream gives at render: `output`, `findings`, `accepted`.
pub(crate) fn render(case: &Case, program: &Program) -> Value {
    let input = case.input.as_deref().unwrap_or_default();
    let options = Options {
        namespace: case.request.namespace.as_deref(),
        release: case.request.release.as_deref(),
        ..Options::default()
    };
    let mut known = Snapshot::new();
    for manifest in case.world.iter().flatten() {
        known.add(manifest, Origin::World);
    }
    let stream = Stream {
        name: "input.yaml",
        bytes: input.as_bytes(),
    };
    let rendered = boltrope::render::render(&[stream], program, known, &options);
    assert!(
        rendered.unreadable.is_empty(),
        "{}: {:?}",
        case.folder.display(),
        rendered.unreadable
    );
    assert!(
        rendered.defects.is_empty(),
        "{}: {:?}",
        case.folder.display(),
        rendered.defects
    );
    let mut answer = Map::new();
    if rendered.is_accepted() {
        let output = String::from_utf8(rendered.text(0)).expect("UTF-8 in, UTF-8 out");
        answer.insert("output".to_owned(), output.into());
    }
    if !rendered.findings.is_empty() {
        let findings = rendered.findings.iter().map(|located| finding(&located.finding));
        answer.insert("findings".to_owned(), findings.collect());
    }
    answer.insert("accepted".to_owned(), rendered.is_accepted().into());
    Value::Object(answer)
}
