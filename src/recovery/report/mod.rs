//! A round of diagnoses as people and programs read it: a table, everything about one release, JSON, YAML.
//!
//! The offline command and the operator print the same words. Nothing that a Secret holds is in a diagnosis, so nothing of
//! it is in here.

mod explain;
mod table;

use boltrope_yaml::{Change, Limits};
use serde::Serialize;
use serde_json::Value;

pub use explain::explain;

use super::Timestamp;
use super::controller::ControllerVersion;
use super::plan::Plan;
use super::verdict::{Diagnosis, Evidence};
use crate::rules::API_VERSION;

/// What was found out.
#[derive(Clone, Debug)]
pub struct Report {
    /// One for each release, in the order in which they are shown.
    pub diagnoses: Vec<Diagnosis>,
    /// The helm-controller that works on them, if it is known.
    pub controller: Option<ControllerVersion>,
    /// The moment of what was judged.
    pub at: Timestamp,
    /// What could not be read: where and why.
    pub failures: Vec<(String, String)>,
}

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the report cannot be written: {why}")]
pub struct ReportError {
    /// What stopped it.
    why: String,
}

impl Report {
    /// How many releases need somebody.
    #[must_use]
    pub fn stuck(&self) -> usize {
        self.diagnoses
            .iter()
            .filter(|found| found.verdict.is_stuck())
            .count()
    }

    /// 0 nothing is stuck, 1 something is, 3 something could not be read.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.failures.is_empty(), self.stuck()) {
            (false, _) => 3,
            (true, 0) => 0,
            (true, _) => 1,
        }
    }

    /// One line for each release, and one about all of them, with colours (ANSI).
    #[must_use]
    pub fn table(&self) -> String {
        table::table(self)
    }

    /// As JSON.
    ///
    /// # Errors
    /// When it cannot be written, which is a mistake of this library.
    pub fn json(&self) -> Result<String, ReportError> {
        serde_json::to_string_pretty(&envelope(self))
            .map(|json| json + "\n")
            .map_err(|error| broken(&error))
    }

    /// As YAML that every parser reads alike.
    ///
    /// # Errors
    /// When it cannot be written, which is a mistake of this library.
    pub fn yaml(&self) -> Result<String, ReportError> {
        yaml(self)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'r> {
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

fn yaml(found: &Report) -> Result<String, ReportError> {
    let report = serde_json::to_value(envelope(found)).map_err(|error| broken(&error))?;
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

fn envelope(found: &Report) -> Envelope<'_> {
    Envelope {
        api_version: API_VERSION,
        kind: "RecoveryReport",
        at: found.at.to_string(),
        controller_version: found.controller.map(|version| version.to_string()),
        summary: Summary {
            exit_code: found.exit_code(),
            releases: found.diagnoses.len(),
            stuck: found.stuck(),
            unreadable: found.failures.len(),
        },
        releases: found.diagnoses.iter().map(release).collect(),
        failures: found
            .failures
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

fn broken(error: &dyn std::fmt::Display) -> ReportError {
    ReportError {
        why: error.to_string(),
    }
}
