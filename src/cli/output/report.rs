//! The report: what was found and changed, as JSON in a versioned envelope.
//!
//! Helm 4 throws a plugin's stderr away, so for its users this file is all there is. Values of Secrets are never in
//! it.

use std::path::Path;

use boltrope::edit::Edit;
use boltrope::engine::Finding;
use boltrope::object::ObjectRef;
use boltrope::render::{Changed, Place, Rendered, Unreadable};
use boltrope::rules::API_VERSION;
use serde::Serialize;
use serde_json::Value;

use super::text;
use crate::cli::exit::{Exit, Failure};
use crate::cli::files::{Refused, reason};
use crate::cli::replace::replace;

/// A whole report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report<'r> {
    api_version: &'static str,
    kind: &'static str,
    summary: Summary,
    /// What was found.
    results: Vec<Entry<'r>>,
    /// What was changed, edit by edit.
    changes: Vec<Change<'r>>,
    /// Why there is no complete result.
    failures: Vec<Problem<'r>>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    exit_code: u8,
    documents: usize,
    changed: usize,
    errors: usize,
    warnings: usize,
    unreadable: usize,
}

/// A finding and its place.
#[derive(Debug, Serialize)]
struct Entry<'r> {
    #[serde(flatten)]
    finding: &'r Finding,
    #[serde(flatten)]
    place: Located<'r>,
}

#[derive(Debug, Serialize)]
struct Located<'r> {
    file: &'r str,
    #[serde(flatten)]
    place: &'r Place,
}

#[derive(Debug, Serialize)]
struct Change<'r> {
    object: &'r ObjectRef,
    op: &'static str,
    pointer: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'r Value>,
    rules: &'r [String],
    #[serde(flatten)]
    place: Located<'r>,
}

#[derive(Debug, Serialize)]
struct Problem<'r> {
    reason: &'static str,
    message: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    remedy: &'r str,
    #[serde(skip_serializing_if = "str::is_empty")]
    file: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'r str>,
}

impl<'r> Report<'r> {
    /// The report of a run over streams with these names.
    pub(crate) fn new(rendered: &'r Rendered<'_>, names: &[&'r str]) -> Self {
        let locate = |place: &'r Place| Located {
            file: names.get(place.stream).copied().unwrap_or_default(),
            place,
        };
        let defects = rendered.defects.iter().map(|defect| {
            let message = text::internal(&defect.message);
            Problem::at("internal", message, "", &locate(&defect.place))
        });
        let unreadable = rendered
            .unreadable
            .iter()
            .map(|found| Problem::unreadable(found, &locate(&found.place)));
        Self {
            summary: Summary {
                exit_code: text::exit(rendered).code(),
                documents: rendered.documents,
                changed: rendered.changed.len(),
                errors: rendered.errors(),
                warnings: rendered.warnings(),
                unreadable: rendered.unreadable.len(),
            },
            results: rendered
                .findings
                .iter()
                .map(|located| Entry {
                    finding: &located.finding,
                    place: locate(&located.place),
                })
                .collect(),
            changes: rendered
                .changed
                .iter()
                .flat_map(|changed| changes(changed, names))
                .collect(),
            failures: defects.chain(unreadable).collect(),
            ..Self::empty(Exit::Clean)
        }
    }

    /// The report of a command that had no result.
    pub(crate) fn of_failure(failure: &'r Failure) -> Self {
        let plain = |reason: &'static str, message: String| vec![Problem::plain(reason, message)];
        let failures = match failure {
            Failure::Arguments(message) => plain("arguments", message.clone()),
            Failure::Unreadable(message) => plain("unreadable", message.clone()),
            Failure::Internal(message) => plain("internal", text::internal(message)),
            Failure::Output(message) => plain("output", message.clone()),
            Failure::Closed => Vec::new(),
            Failure::Rules(error) => error
                .mistakes
                .iter()
                .map(|found| Problem {
                    remedy: &found.mistake.remedy,
                    file: &found.file,
                    line: found.line,
                    column: found.column,
                    pointer: Some(&found.mistake.pointer),
                    ..Problem::plain("rules", found.mistake.message.clone())
                })
                .collect(),
        };
        Self {
            failures,
            ..Self::empty(failure.exit())
        }
    }

    /// Says what was changed before this run, in files with these names.
    pub(crate) fn with_changes(mut self, changed: &'r [Changed<'r>], names: &[&'r str]) -> Self {
        self.summary.changed = changed.len();
        self.changes = changed
            .iter()
            .flat_map(|changed| changes(changed, names))
            .collect();
        self
    }

    /// Adds files that could not be read at all.
    pub(crate) fn with_refused(mut self, refused: &'r [Refused], exit: Exit) -> Self {
        self.summary.exit_code = exit.code();
        self.summary.unreadable += refused.len();
        self.failures.extend(refused.iter().map(|refused| Problem {
            file: &refused.name,
            ..Problem::plain("unreadable", reason(&refused.error))
        }));
        self
    }

    /// The report as text.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, Failure> {
        let broken =
            |error: serde_json::Error| Failure::Internal(format!("the report cannot be written: {error}"));
        let mut json = serde_json::to_vec_pretty(self).map_err(broken)?;
        json.push(b'\n');
        Ok(json)
    }

    fn empty(exit: Exit) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "Report",
            summary: Summary {
                exit_code: exit.code(),
                ..Summary::default()
            },
            results: Vec::new(),
            changes: Vec::new(),
            failures: Vec::new(),
        }
    }
}

impl<'r> Problem<'r> {
    fn plain(reason: &'static str, message: String) -> Self {
        Self {
            reason,
            message,
            remedy: "",
            file: "",
            line: None,
            column: None,
            pointer: None,
            document: None,
            source: None,
        }
    }

    fn at(reason: &'static str, message: String, remedy: &'r str, located: &Located<'r>) -> Self {
        Self {
            remedy,
            file: located.file,
            line: Some(located.place.line),
            column: Some(located.place.column),
            document: Some(located.place.document),
            source: located.place.source.as_deref(),
            ..Self::plain(reason, message)
        }
    }

    fn unreadable(found: &'r Unreadable, located: &Located<'r>) -> Self {
        let reason = found.error.kind().as_str();
        Self::at(
            reason,
            found.error.message().to_owned(),
            found.error.remedy(),
            located,
        )
    }
}

fn changes<'r>(changed: &'r Changed<'_>, names: &[&'r str]) -> Vec<Change<'r>> {
    let file = names.get(changed.place.stream).copied().unwrap_or_default();
    let Some(log) = changed.log.as_deref() else {
        return Vec::new();
    };
    let applied = log.edits.iter().flatten().map(|applied| {
        let (op, value) = match &applied.edit {
            // What a rule writes into a Secret's metadata is no secret, but nobody should have to trust that.
            Edit::Set { value, .. } => ("set", Some(value).filter(|_| !log.secret)),
            Edit::Remove { .. } => ("remove", None),
        };
        Change {
            object: &log.object,
            op,
            pointer: applied.edit.pointer(),
            value,
            rules: &applied.rules,
            place: Located {
                file,
                place: &changed.place,
            },
        }
    });
    applied.collect()
}

/// Writes a report to its place, whole or not at all.
pub(crate) fn write(path: &Path, report: &Report<'_>) -> Result<(), Failure> {
    let json = report.to_json()?;
    replace(path, &json).map_err(|error| {
        let message = format!(
            "cannot write the report to `{}`: {}",
            path.display(),
            reason(&error)
        );
        Failure::Arguments(message)
    })
}
