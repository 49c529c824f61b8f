//! What the library answers to a case, in the words of `expected.yaml`.

use serde_json::{Map, Value, json};

use super::{Case, CaseError};
use crate::engine::world::snapshot::{Origin, Snapshot};
use crate::engine::{Finding, Outcome, Program, Request, Severity, Stage, collisions};
use crate::render::{Options, Stream, render};
use crate::rules::load::{LoadMistake, Source, load};
use crate::transforms::TRANSFORMS;

impl Case {
    /// What the rules make of the case: the answer at both stages, written once when it is the same. `shared` are the
    /// rules of a case that has none of its own.
    ///
    /// # Errors
    /// No rules at all, or a mistake of the program itself.
    pub fn answer(&self, shared: &[Source<'_>]) -> Result<Value, CaseError> {
        let program = match self.program(shared)? {
            Ok(program) => program,
            Err(errors) => return Ok(errors),
        };
        if self.input.is_none() {
            return Ok(json!({"errors": []}));
        }
        let Some(object) = self.object() else {
            return Ok(json!({"render": self.render(&program)?}));
        };
        let mut render = self.evaluate(&program, object, Stage::Render);
        let admission = self.evaluate(&program, object, Stage::Admission);
        let same = render == admission;
        let wants_text = ["/output", "/render/output"]
            .iter()
            .any(|at| self.expected.pointer(at).is_some());
        if wants_text {
            let text = self.render(&program)?;
            if let (Some(map), Some(output)) = (render.as_object_mut(), text.get("output")) {
                map.insert("output".to_owned(), output.clone());
            }
        }
        Ok(if same {
            render
        } else {
            json!({"render": render, "admission": admission})
        })
    }

    /// The compiled rules, or the mistakes in them as `errors:`.
    ///
    /// # Errors
    /// No rules at all.
    pub fn program(&self, shared: &[Source<'_>]) -> Result<Result<Program, Value>, CaseError> {
        let own = self.rules.as_ref().map(|text| Source {
            name: "rules.yaml",
            bytes: text.as_bytes(),
        });
        let sources = own.as_ref().map_or(shared, std::slice::from_ref);
        if sources.is_empty() {
            let message = "it has no rules.yaml; write one, or pass --rules for all cases without";
            return Err(CaseError::new(&self.name, message));
        }
        Ok(load(sources, TRANSFORMS).map(Program::compile).map_err(|error| {
            let mistakes: Vec<Value> = error.mistakes.iter().map(mistake).collect();
            json!({"errors": mistakes})
        }))
    }

    /// The World of the case at a stage: its files, and at render the stream itself.
    #[must_use]
    pub fn world(&self, stage: Stage) -> Snapshot {
        let mut snapshot = Snapshot::new();
        for manifest in self.world.iter().flatten() {
            snapshot.add(manifest, Origin::World);
        }
        if stage == Stage::Render {
            let namespace = self.request.namespace.as_deref();
            for document in self.inputs() {
                snapshot.add(document, Origin::Stream { namespace });
            }
        }
        snapshot
    }

    /// The request that a stage makes of one document.
    #[must_use]
    pub fn request<'a>(&'a self, document: &'a Value, stage: Stage) -> Request<'a> {
        let known = &self.request;
        let common = Request {
            release: known.release.as_deref(),
            namespace: known.namespace.as_deref(),
            ..Request::render(document)
        };
        match stage {
            Stage::Render => common,
            Stage::Admission => Request {
                // An API server takes the request's namespace from the path, which clients take from the object.
                namespace: common
                    .namespace
                    .or_else(|| document.pointer("/metadata/namespace")?.as_str()),
                // No admission request names a release.
                release: None,
                operation: known.operation,
                old: known.old.as_ref(),
                user: known.user.as_deref(),
                stage,
                ..common
            },
        }
    }

    /// What one document gives, as `object`, `findings`, `accepted`.
    fn evaluate(&self, program: &Program, document: &Value, stage: Stage) -> Value {
        describe(program.evaluate(&self.request(document, stage), &self.world(stage)))
    }

    /// What the whole stream gives at render: `output`, `findings`, `accepted`.
    fn render(&self, program: &Program) -> Result<Value, CaseError> {
        let options = Options {
            namespace: self.request.namespace.as_deref(),
            release: self.request.release.as_deref(),
            ..Options::default()
        };
        let stream = Stream {
            name: "input.yaml",
            bytes: self.input.as_deref().unwrap_or_default().as_bytes(),
        };
        // The stream itself is put into the World by the renderer.
        let rendered = render(&[stream], program, self.world(Stage::Admission), &options);
        let input = format!("{}/input.yaml", self.name);
        if let Some(unreadable) = rendered.unreadable.first() {
            return Err(CaseError::new(&input, &unreadable.error.to_string()));
        }
        if let Some(defect) = rendered.defects.first() {
            let message = format!(
                "a mistake in boltrope, please report the case: {}",
                defect.message
            );
            return Err(CaseError::new(&input, &message));
        }
        let mut answer = Map::new();
        if rendered.is_accepted() {
            let output = String::from_utf8_lossy(&rendered.text(0)).into_owned();
            answer.insert("output".to_owned(), output.into());
        }
        put_findings(
            &mut answer,
            rendered.findings.iter().map(|located| &located.finding),
        );
        answer.insert("accepted".to_owned(), rendered.is_accepted().into());
        Ok(Value::Object(answer))
    }
}

fn mistake(found: &LoadMistake) -> Value {
    json!({
        "line": found.line,
        "column": found.column,
        "pointer": found.mistake.pointer,
        "message": found.mistake.to_string(),
    })
}

fn describe(outcome: Outcome) -> Value {
    let mut findings = outcome.findings;
    if findings.iter().all(|finding| finding.severity != Severity::Error) {
        let found = collisions(&outcome.claims);
        findings.extend(found.into_iter().map(|(_, finding)| finding));
        findings.sort_by(|a, b| (&a.pointer, &a.code, &a.rule).cmp(&(&b.pointer, &b.code, &b.rule)));
    }
    let accepted = findings.iter().all(|finding| finding.severity != Severity::Error);
    let mut answer = Map::new();
    if let Some(object) = outcome.object.filter(|_| accepted) {
        answer.insert("object".to_owned(), object);
    }
    put_findings(&mut answer, findings.iter());
    answer.insert("accepted".to_owned(), accepted.into());
    Value::Object(answer)
}

fn put_findings<'a>(answer: &mut Map<String, Value>, findings: impl Iterator<Item = &'a Finding>) {
    let findings: Vec<Value> = findings.map(finding).collect();
    if !findings.is_empty() {
        answer.insert("findings".to_owned(), findings.into());
    }
}

/// A finding without its object: the case has only one, or the pointer and the document tell.
fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.code,
        "severity": finding.severity,
        "rule": finding.rule,
        "pointer": finding.pointer,
        "message": finding.message,
        "remedy": finding.remedy,
    })
}
