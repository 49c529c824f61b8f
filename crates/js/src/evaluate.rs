//! One object: what a form asks about the order it is about to send.

use boltrope::engine::world::snapshot::Origin;
use boltrope::engine::{Finding, Operation, Outcome, Program, Request, Stage};
use boltrope::object::position::locate;
use boltrope_yaml::Tree;
use serde_json::Value;

use crate::Answer;
use crate::input::{self, OBJECT};
use crate::json::{Report, names, write};
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
        let found = program.collisions(&outcome.claims);
        outcome.add(found);
    }
    Ok(answer(&outcome, tree.as_ref()))
}

fn at_render<'o>(options: &'o Options, object: &'o Value) -> Result<Request<'o>, Trouble> {
    for key in ["old", "operation", "user"] {
        if options.object(key)?.is_some() {
            let message = format!("`{key}` means nothing at render");
            let remedy = "leave it out, or pass `stage: \"admission\"`";
            return Err(Trouble::arguments(&format!("/{key}"), &message, remedy));
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
        // An API server takes the request's namespace from the path, which clients take from the object. An empty one is
        // that of a request for the whole cluster.
        namespace: options
            .text("namespace")?
            .or_else(own)
            .filter(|name| !name.is_empty()),
        user: options.name("user")?,
        ..Request::admission(object, operation)
    })
}

fn answer(outcome: &Outcome, tree: Option<&Tree<'_>>) -> Answer {
    let accepted = outcome.is_accepted();
    let findings: Vec<Value> = outcome
        .findings
        .iter()
        .map(|finding| entry(finding, tree))
        .collect();
    let phases = outcome.edits.iter().filter(|_| accepted);
    let edits: Vec<Value> = phases
        .map(|phase| {
            phase
                .iter()
                .map(|applied| Value::from(Report::of_edit(applied, true)))
                .collect()
        })
        .collect();
    let report = Report::default()
        .with("accepted", accepted)
        .with("findings", findings)
        .with("edits", edits)
        .with("rules", names(&outcome.rules))
        .with("exempt", names(&outcome.exempt));
    let object = outcome.object.as_ref().filter(|_| accepted);
    Answer {
        report: report.into_text(),
        text: object.map(write),
    }
}

/// A finding, and where it is when the object came as text.
fn entry(finding: &Finding, tree: Option<&Tree<'_>>) -> Value {
    let position = tree.and_then(|tree| locate(tree, &finding.pointer));
    Report::of_finding(finding)
        .with_some("line", position.map(|position| position.line))
        .with_some("column", position.map(|position| position.column))
        .into()
}
