//! Everything about all releases, for programs, in the same envelope as other reports.

use boltrope::recovery::{Diagnosis, Evidence, Plan};
use boltrope::rules::API_VERSION;
use boltrope_yaml::{Change, Limits};
use serde::Serialize;
use serde_json::Value;

use super::diagnose::Found;
use crate::cli::exit::Failure;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'r> {
    api_version: &'static str,
    kind: &'static str,
    at: String,
    controller_version: Option<String>,
    summary: Summary,
    releases: Vec<Release<'r>>,
    failures: Vec<Problem<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    exit_code: u8,
    releases: usize,
    stuck: usize,
    unreadable: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Release<'r> {
    namespace: &'r str,
    name: &'r str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    stuck: bool,
    summary: &'r str,
    evidence: &'r [Evidence],
    blockers: &'r [String],
    plan: &'r Plan,
}

#[derive(Serialize)]
struct Problem<'r> {
    file: &'r str,
    message: &'r str,
}

/// As JSON.
pub(super) fn json(found: &Found) -> Result<String, Failure> {
    serde_json::to_string_pretty(&report(found))
        .map(|json| json + "\n")
        .map_err(|error| broken(&error))
}

/// As YAML that every parser reads alike.
pub(super) fn yaml(found: &Found) -> Result<String, Failure> {
    let report = serde_json::to_value(report(found)).map_err(|error| broken(&error))?;
    let limits = Limits::default();
    let map = report.as_object().into_iter().flatten();
    let pointers: Vec<(String, &Value)> = map.map(|(key, value)| (format!("/{key}"), value)).collect();
    let changes: Vec<Change<'_>> = pointers
        .iter()
        .map(|(pointer, value)| Change::Set { pointer, value })
        .collect();
    // The editor writes what it would write into a file: quoted where a parser could misread it, and read again.
    let tree = boltrope_yaml::read("apiVersion: x\n", &limits).map_err(|error| broken(&error))?;
    let edited = tree.edit(&changes, &limits).map_err(|error| broken(&error))?;
    Ok(edited.text().to_owned())
}

fn report(found: &Found) -> Report<'_> {
    Report {
        api_version: API_VERSION,
        kind: "RecoveryReport",
        at: found.at.to_string(),
        controller_version: found.controller.map(|version| version.to_string()),
        summary: Summary {
            exit_code: found.exit().code(),
            releases: found.diagnoses.len(),
            stuck: found.stuck(),
            unreadable: found.unreadable.len(),
        },
        releases: found.diagnoses.iter().map(release).collect(),
        failures: found
            .unreadable
            .iter()
            .map(|(file, message)| Problem { file, message })
            .collect(),
    }
}

fn release(found: &Diagnosis) -> Release<'_> {
    Release {
        namespace: &found.namespace,
        name: &found.name,
        verdict: found.verdict.as_str(),
        cause: found.verdict.cause(),
        stuck: found.verdict.is_stuck(),
        summary: &found.summary,
        evidence: &found.evidence,
        blockers: &found.blockers,
        plan: &found.plan,
    }
}

fn broken(error: &dyn std::fmt::Display) -> Failure {
    Failure::Internal(format!("the report cannot be written: {error}"))
}
