//! JSON text in, JSON text out, through [`Value`] alone.
//!
//! A derived reader or writer is a copy of serde's code for each struct; the module would be a twentieth larger with them.

use boltrope::edit::Edit;
use boltrope::engine::{Applied, Finding, Severity};
use boltrope::object::ObjectRef;
use boltrope::render::Place;
use serde_json::{Map, Value};

use crate::trouble::Trouble;

/// An object of JSON on its way out. Keys without a value are left out.
#[derive(Debug, Default)]
pub(crate) struct Report(Map<String, Value>);

impl Report {
    /// The same with one more key.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// The same with one more key, if there is a value.
    pub(crate) fn with_some(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// The same with where it is in a stream.
    pub(crate) fn at(self, place: &Place) -> Self {
        self.with("document", place.document)
            .with_some("source", place.source.as_deref())
            .with("line", place.line)
            .with("column", place.column)
    }

    /// What was found.
    pub(crate) fn of_finding(finding: &Finding) -> Self {
        Self::of_problem(&finding.code, finding.severity, &finding.message, &finding.remedy)
            .with("rule", finding.rule.as_str())
            .with("object", object(&finding.object))
            .with("pointer", finding.pointer.as_str())
    }

    /// What was found where there is no object to speak of.
    pub(crate) fn of_problem(code: &str, severity: Severity, message: &str, remedy: &str) -> Self {
        let severity = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        Self::default()
            .with("code", code)
            .with("severity", severity)
            .with("rule", "")
            .with("pointer", "")
            .with("message", message)
            .with("remedy", remedy)
    }

    /// What was done; the value is left out where nobody should see it.
    pub(crate) fn of_edit(applied: &Applied, shows_value: bool) -> Self {
        let (op, value) = match &applied.edit {
            Edit::Set { value, .. } => ("set", Some(value.clone())),
            Edit::Remove { .. } => ("remove", None),
        };
        Self::default()
            .with("op", op)
            .with("pointer", applied.edit.pointer())
            .with_some("value", value.filter(|_| shows_value))
            .with("rules", names(&applied.rules))
    }

    /// As it crosses the border.
    pub(crate) fn into_text(self) -> String {
        write(&Value::Object(self.0))
    }
}

impl From<Report> for Value {
    fn from(report: Report) -> Self {
        Self::Object(report.0)
    }
}

/// Names as a list.
pub(crate) fn names(names: &[String]) -> Value {
    names.iter().map(String::as_str).collect()
}

/// The object that something is about.
pub(crate) fn object(object: &ObjectRef) -> Value {
    Report::default()
        .with("apiVersion", object.api_version.as_str())
        .with("kind", object.kind.as_str())
        .with_some("namespace", object.namespace.as_deref())
        .with("name", object.name.as_str())
        .into()
}

/// Reads text; `what` is what it is called.
pub(crate) fn read(what: &str, text: &str) -> Result<Value, Trouble> {
    serde_json::from_str(text).map_err(|_| {
        // What it holds is not told: that may be a Secret.
        let message =
            format!("{what} cannot be read: half of a surrogate pair in it, or more than 100 levels deep");
        Trouble::arguments("", &message, "")
    })
}

/// Writes a value. JSON text of a [`Value`] is always written.
pub(crate) fn write(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
