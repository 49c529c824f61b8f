//! The answer.

use serde::Serialize;
use serde_json::Value;

use super::{Claim, Finding, Severity};
use crate::edit::Edit;
use crate::order;

/// One edit with the rules that wanted it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Applied {
    /// The edit, addressed to the document as its phase found it.
    #[serde(flatten)]
    pub edit: Edit,
    /// Names of the rules.
    pub rules: Vec<String>,
}

/// What the rules made of one document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The document with all edits done; `None` when nothing changed.
    pub object: Option<Value>,
    /// One list per phase that changed something, in order; each list is addressed to the document as the
    /// lists before it left it.
    pub edits: Vec<Vec<Applied>>,
    /// What was found, sorted by pointer, then code, then rule.
    pub findings: Vec<Finding>,
    /// What the document's routes claim, for [`super::collisions`].
    pub claims: Vec<Claim>,
    /// Names of the rules that changed or found something, sorted.
    pub rules: Vec<String>,
    /// Names of the rules that skipped the request because it is exempt, sorted.
    pub exempt: Vec<String>,
}

impl Outcome {
    /// Whether the object passes: no finding is an error.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity != Severity::Error)
    }

    /// Adds findings of a whole run, such as [`super::collisions`], at their places among the others.
    pub fn add(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
        order::sort_by(&mut self.findings, |left, right| left.rank().cmp(&right.rank()));
    }
}
