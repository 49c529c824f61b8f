//! A stream of documents: the post-renderer in a page.

use boltrope::engine::{Program, Severity};
use boltrope::render::{Changed, Options as RenderOptions, Rendered, Stream, render};
use serde_json::Value;

use crate::Answer;
use crate::input;
use crate::json::{Report, object};
use crate::options::Options;
use crate::trouble::Trouble;

const KEYS: [&str; 4] = ["namespace", "release", "world", "strict"];

/// The code of what could not be read, as `boltrope check` prints it.
const UNREADABLE: &str = "unreadable";
/// The code of our own mistakes.
const INTERNAL: &str = "internal";

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
    let changed = rendered.changed.iter().filter(|_| accepted);
    let report = Report::default()
        .with("accepted", accepted)
        .with("documents", rendered.documents)
        .with("findings", findings(&rendered))
        .with("changes", changed.flat_map(changes).collect::<Vec<Value>>());
    // What was read is UTF-8, and so is what is written into it.
    let output = accepted
        .then(|| String::from_utf8(rendered.text(0)).ok())
        .flatten();
    Ok(Answer {
        report: report.into_text(),
        text: output,
    })
}

/// Everything there is to tell, in the order that `boltrope check` tells it.
fn findings(rendered: &Rendered<'_>) -> Vec<Value> {
    let mut told: Vec<Value> = Vec::new();
    for defect in &rendered.defects {
        let message = format!(
            "internal error: {}; this is a mistake in boltrope, please report it with the rules and the shape of the \
             document",
            defect.message
        );
        let problem = Report::of_problem(INTERNAL, Severity::Error, &message, "");
        told.push(problem.at(&defect.place).into());
    }
    for unreadable in &rendered.unreadable {
        let error = &unreadable.error;
        let problem = Report::of_problem(UNREADABLE, Severity::Error, error.message(), error.remedy());
        told.push(problem.at(&unreadable.place).into());
    }
    for located in &rendered.findings {
        told.push(Report::of_finding(&located.finding).at(&located.place).into());
    }
    told
}

/// The edits of a document. What is written into a Secret is no secret, but nobody should have to trust that.
fn changes(changed: &Changed<'_>) -> Vec<Value> {
    let Some(log) = changed.log.as_deref() else {
        return Vec::new();
    };
    let edits = log.edits.iter().flatten();
    edits
        .map(|applied| {
            Report::of_edit(applied, !log.secret)
                .with("object", object(&log.object))
                .at(&changed.place)
                .into()
        })
        .collect()
}
