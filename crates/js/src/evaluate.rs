//! One object: what a form asks about the order it is about to send.

use boltrope::engine::world::snapshot::Origin;
use boltrope::engine::{Applied, Finding, Operation, Outcome, Program, Request, Stage, collisions};
use boltrope::object::position::locate;
use boltrope_yaml::Tree;
use serde::Serialize;
use serde_json::Value;

use crate::Answer;
use crate::input::{self, OBJECT};
use crate::options::Options;
use crate::trouble::Trouble;

const KEYS: [&str; 9] = [
    "object",
    "yaml",
    "old",
    "stage",
    "operation",
    "namespace",
    "release",
    "user",
    "world",
];

/// The part of an `Outcome` that is JSON.
#[derive(Debug, Serialize)]
struct Report<'o> {
    accepted: bool,
    findings: Vec<Entry<'o>>,
    /// One list per phase that changed something; none when the object is refused.
    edits: &'o [Vec<Applied>],
    rules: &'o [String],
    exempt: &'o [String],
}

/// A finding, and where it is when the object came as text.
#[derive(Debug, Serialize)]
struct Entry<'o> {
    #[serde(flatten)]
    finding: &'o Finding,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

/// Evaluates what a call asks about.
pub(crate) fn evaluate(program: &Program, call: &str) -> Result<Answer, Trouble> {
    let options = Options::read(call, &KEYS)?;
    let tree = options
        .text("yaml")?
        .map(|text| input::one(OBJECT, text))
        .transpose()?;
    let object = match (&tree, options.object(OBJECT)?) {
        (Some(tree), None) => tree.value(),
        (None, Some(object)) => object,
        (None, None) => {
            return Err(Trouble::arguments(
                "",
                "neither `object` nor `yaml` is given",
                "pass one of them",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(Trouble::arguments(
                "/yaml",
                "both `object` and `yaml` are given",
                "pass one of them",
            ));
        }
    };
    let stages = [("render", Stage::Render), ("admission", Stage::Admission)];
    let request = match options.word("stage", &stages)?.unwrap_or(Stage::Render) {
        Stage::Render => at_render(&options, object)?,
        Stage::Admission => at_admission(&options, object)?,
    };
    let mut world = options.world()?;
    if request.stage == Stage::Render {
        let namespace = request.namespace;
        world.add(object, Origin::Stream { namespace });
    }
    let mut outcome = program.evaluate(&request, &world);
    if outcome.is_accepted() {
        let found = collisions(&outcome.claims);
        outcome
            .findings
            .extend(found.into_iter().map(|(_, finding)| finding));
        let by_place = |finding: &Finding| {
            (
                finding.pointer.clone(),
                finding.code.clone(),
                finding.rule.clone(),
            )
        };
        outcome.findings.sort_by_cached_key(by_place);
    }
    Ok(answer(&outcome, tree.as_ref()))
}

fn at_render<'o>(options: &'o Options, object: &'o Value) -> Result<Request<'o>, Trouble> {
    for key in ["old", "operation", "user"] {
        if options.object(key)?.is_some() {
            let message = format!("`{key}` means nothing at render");
            let remedy = "leave it out, or pass `stage: \"admission\"`";
            return Err(Trouble::arguments(&format!("/{key}"), message, remedy));
        }
    }
    Ok(Request {
        namespace: options.name("namespace")?,
        release: options.name("release")?,
        ..Request::render(object)
    })
}

fn at_admission<'o>(options: &'o Options, object: &'o Value) -> Result<Request<'o>, Trouble> {
    if options.text("release")?.is_some() {
        let remedy = "leave it out: no admission request names a release";
        return Err(Trouble::arguments(
            "/release",
            "`release` means nothing at admission",
            remedy,
        ));
    }
    let operations = [("CREATE", Operation::Create), ("UPDATE", Operation::Update)];
    let operation = options.word("operation", &operations)?.unwrap_or_default();
    let own = || object.pointer("/metadata/namespace").and_then(Value::as_str);
    Ok(Request {
        old: options.object("old")?.filter(|_| operation == Operation::Update),
        // An API server takes the request's namespace from the path, which clients take from the object.
        namespace: options
            .name("namespace")?
            .or_else(own)
            .filter(|name| !name.is_empty()),
        user: options.name("user")?,
        ..Request::admission(object, operation)
    })
}

fn answer(outcome: &Outcome, tree: Option<&Tree<'_>>) -> Answer {
    let accepted = outcome.is_accepted();
    let report = Report {
        accepted,
        findings: outcome
            .findings
            .iter()
            .map(|finding| entry(finding, tree))
            .collect(),
        edits: if accepted { &outcome.edits } else { &[] },
        rules: &outcome.rules,
        exempt: &outcome.exempt,
    };
    let object = outcome.object.as_ref().filter(|_| accepted);
    Answer {
        report: serde_json::to_string(&report).unwrap_or_default(),
        text: object.map(ToString::to_string),
    }
}

fn entry<'o>(finding: &'o Finding, tree: Option<&Tree<'_>>) -> Entry<'o> {
    let position = tree.and_then(|tree| locate(tree, &finding.pointer));
    Entry {
        finding,
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
    }
}
