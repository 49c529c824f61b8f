//! A stream of documents: the post-renderer in a page.

use boltrope::edit::Edit;
use boltrope::engine::{Program, Severity};
use boltrope::object::ObjectRef;
use boltrope::render::{Changed, Options as RenderOptions, Place, Rendered, Stream, render};
use serde::Serialize;
use serde_json::Value;

use crate::Answer;
use crate::input;
use crate::options::Options;
use crate::trouble::Trouble;

const KEYS: [&str; 4] = ["namespace", "release", "world", "strict"];

/// The code of what could not be read, as `boltrope check` prints it.
const UNREADABLE: &str = "unreadable";
/// The code of our own mistakes.
const INTERNAL: &str = "internal";

/// The part of a `Rendering` that is JSON.
#[derive(Debug, Serialize)]
struct Report<'r> {
    accepted: bool,
    documents: usize,
    findings: Vec<Entry<'r>>,
    changes: Vec<Change<'r>>,
}

/// A finding and its place.
#[derive(Debug, Serialize)]
struct Entry<'r> {
    code: &'r str,
    severity: Severity,
    rule: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'r ObjectRef>,
    pointer: &'r str,
    message: String,
    remedy: &'r str,
    #[serde(flatten)]
    place: &'r Place,
}

/// One edit and the document it is in.
#[derive(Debug, Serialize)]
struct Change<'r> {
    object: &'r ObjectRef,
    op: &'static str,
    pointer: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'r Value>,
    rules: &'r [String],
    #[serde(flatten)]
    place: &'r Place,
}

/// Renders what a call passes.
pub(crate) fn render_stream(program: &Program, bytes: &[u8], options: &str) -> Result<Answer, Trouble> {
    input::within_limit("a stream", bytes.len())?;
    let options = Options::read(options, &KEYS)?;
    let run = RenderOptions {
        namespace: options.name("namespace")?,
        release: options.name("release")?,
        strict: options.flag("strict")?,
        ..RenderOptions::default()
    };
    let stream = Stream {
        name: "stream",
        bytes,
    };
    let rendered = render(&[stream], program, options.world()?, &run);
    let accepted = rendered.is_accepted();
    let report = Report {
        accepted,
        documents: rendered.documents,
        findings: findings(&rendered),
        changes: rendered
            .changed
            .iter()
            .filter(|_| accepted)
            .flat_map(changes)
            .collect(),
    };
    // What was read is UTF-8, and so is what is written into it.
    let output = accepted
        .then(|| String::from_utf8(rendered.text(0)).ok())
        .flatten();
    Ok(Answer {
        report: serde_json::to_string(&report).unwrap_or_default(),
        text: output,
    })
}

/// Everything there is to tell, in the order that `boltrope check` tells it.
fn findings<'r>(rendered: &'r Rendered<'_>) -> Vec<Entry<'r>> {
    let defects = rendered.defects.iter().map(|defect| Entry {
        code: INTERNAL,
        severity: Severity::Error,
        rule: "",
        object: None,
        pointer: "",
        message: format!(
            "internal error: {}; this is a mistake in boltrope, please report it with the rules and the shape of the \
             document",
            defect.message
        ),
        remedy: "",
        place: &defect.place,
    });
    let unreadable = rendered.unreadable.iter().map(|unreadable| Entry {
        code: UNREADABLE,
        severity: Severity::Error,
        rule: "",
        object: None,
        pointer: "",
        message: unreadable.error.message().to_owned(),
        remedy: unreadable.error.remedy(),
        place: &unreadable.place,
    });
    let found = rendered.findings.iter().map(|located| Entry {
        code: &located.finding.code,
        severity: located.finding.severity,
        rule: &located.finding.rule,
        object: Some(&located.finding.object),
        pointer: &located.finding.pointer,
        message: located.finding.message.clone(),
        remedy: &located.finding.remedy,
        place: &located.place,
    });
    defects.chain(unreadable).chain(found).collect()
}

/// The edits of a document. What is written into a Secret is no secret, but nobody should have to trust that.
fn changes<'r>(changed: &'r Changed<'_>) -> Vec<Change<'r>> {
    let Some(log) = changed.log.as_deref() else {
        return Vec::new();
    };
    let applied = log.edits.iter().flatten().map(|applied| {
        let (op, value) = match &applied.edit {
            Edit::Set { value, .. } => ("set", Some(value).filter(|_| !log.secret)),
            Edit::Remove { .. } => ("remove", None),
        };
        Change {
            object: &log.object,
            op,
            pointer: applied.edit.pointer(),
            value,
            rules: &applied.rules,
            place: &changed.place,
        }
    });
    applied.collect()
}
