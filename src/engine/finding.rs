//! What was found: data with stable codes; each surface renders it its own way.

use std::fmt;

use serde::Serialize;

use crate::object::ObjectRef;

/// How bad a finding is. Errors refuse the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The object does not pass.
    Error,
    /// The object passes, somebody should know.
    Warning,
}

/// One thing found about one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `<transform>/<slug>` or `engine/<slug>`, of a closed set.
    pub code: String,
    /// Whether it refuses the object.
    pub severity: Severity,
    /// The rule's name.
    pub rule: String,
    /// The object.
    pub object: ObjectRef,
    /// Where in the document, as a JSON Pointer.
    pub pointer: String,
    /// One sentence with the offending value in backticks; never a whole object, never a Secret's value.
    pub message: String,
    /// What to write where.
    pub remedy: String,
}

/// The engine's own codes with a sentence each.
pub const ENGINE_CODES: &[(&str, &str)] = &[
    (
        "colliding-keys",
        "Two keys of different type, such as `1` and `\"1\"`, become one; which of them Kubernetes keeps is chance.",
    ),
    (
        "conflict",
        "Two rules want different values at one place; nothing is changed.",
    ),
    (
        "duplicate-key",
        "A key is written twice; Kubernetes keeps the last one. An error with --strict.",
    ),
    (
        "ignored-text",
        "Text that Kubernetes never reads: after `...`, or after a separator that it does not see.",
    ),
    (
        "lookup-unavailable",
        "A rule needs an answer about the cluster that this surface cannot give.",
    ),
    (
        "malformed",
        "A field that a rule would write into is not what Kubernetes expects there.",
    ),
    (
        "namespace-unknown",
        "A rule needs the namespace an object will live in, and nothing says which.",
    ),
    (
        "shared-text",
        "The text a rule would change also means something elsewhere: an alias, an anchor in use, a merge key.",
    ),
];

impl Finding {
    /// What findings about one document are sorted by.
    pub(crate) fn rank(&self) -> [&str; 3] {
        [&self.pointer, &self.code, &self.rule]
    }
}

impl fmt::Display for Finding {
    /// `<rule>: <message>. <remedy>.` as people read it at admission.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.rule, self.message)?;
        if !self.remedy.is_empty() {
            write!(formatter, " {}", self.remedy)?;
        }
        Ok(())
    }
}
