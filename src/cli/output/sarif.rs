//! Findings as SARIF 2.1.0, which code scanning services take.
//!
//! A finding's code is the SARIF rule; the rule of ours that found it is a property. Fingerprints hold no line, so that a
//! finding stays the same one when text above it grows. What could not be read is a result too: a report that left it
//! out would be taken for a clean one.

use std::collections::BTreeMap;
use std::path::Path;

use boltrope::engine::Severity;
use serde_json::{Map, Value, json};

use super::judgement::{INTERNAL, Judgement, Problem, UNREADABLE};
use super::paths::{relative, uri};
use crate::cli::exit::Exit;
use crate::cli::explain;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// What viewers put in front of relative paths.
const ROOT: &str = "%SRCROOT%";

/// The whole log.
pub(crate) fn render(judgement: &Judgement<'_>, here: &Path) -> Value {
    let problems = judgement.problems();
    let mut codes: BTreeMap<&str, usize> = problems.iter().map(|problem| (problem.code, 0)).collect();
    for (index, (_, position)) in codes.iter_mut().enumerate() {
        *position = index;
    }
    let rules: Vec<Value> = codes.keys().map(|code| descriptor(code)).collect();
    let results: Vec<Value> = problems
        .iter()
        .map(|problem| {
            result(
                problem,
                codes.get(problem.code).copied().unwrap_or_default(),
                here,
            )
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "boltrope",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": matches!(judgement.exit, Exit::Clean | Exit::Findings),
                "exitCode": judgement.exit.code(),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn descriptor(code: &str) -> Value {
    let sentence = match code {
        UNREADABLE => "The file cannot be read as Kubernetes would read it.".to_owned(),
        INTERNAL => "A mistake in boltrope itself.".to_owned(),
        _ => explain::sentence(code).unwrap_or_else(|| code.to_owned()),
    };
    json!({
        "id": code,
        "shortDescription": {"text": sentence},
        "help": {"text": format!("`boltrope explain {code}` tells more.")},
    })
}

fn result(problem: &Problem<'_>, index: usize, here: &Path) -> Value {
    let level = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let file = relative(problem.file, here);
    let subject = problem.subject();
    let fingerprint = [problem.code, problem.rule, &file, &subject, problem.pointer].join(" | ");
    let mut properties = Map::new();
    for (name, text) in [("rule", problem.rule), ("pointer", problem.pointer)] {
        if !text.is_empty() {
            properties.insert(name.to_owned(), text.into());
        }
    }
    json!({
        "ruleId": problem.code,
        "ruleIndex": index,
        "level": level,
        "message": {"text": problem.sentence()},
        "locations": [location(problem, &file, &subject)],
        "partialFingerprints": {"boltrope/v1": fingerprint},
        "properties": properties,
    })
}

fn location(problem: &Problem<'_>, file: &str, subject: &str) -> Value {
    let mut artifact = Map::new();
    artifact.insert("uri".to_owned(), uri(file).into());
    if !file.starts_with('/') {
        artifact.insert("uriBaseId".to_owned(), ROOT.into());
    }
    let mut physical = Map::new();
    physical.insert("artifactLocation".to_owned(), Value::Object(artifact));
    if let Some(place) = problem.place {
        let region = json!({"startLine": place.line, "startColumn": place.column});
        physical.insert("region".to_owned(), region);
    }
    let mut location = Map::new();
    location.insert("physicalLocation".to_owned(), Value::Object(physical));
    if !subject.is_empty() {
        let logical = json!([{"fullyQualifiedName": subject, "kind": "resource"}]);
        location.insert("logicalLocations".to_owned(), logical);
    }
    Value::Object(location)
}
