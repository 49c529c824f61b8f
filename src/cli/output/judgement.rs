//! The result of a check as a flat list of problems, which is what machine formats want.
//!
//! Findings, documents and files that cannot be read, and our own mistakes all become a [`Problem`] with a place.

use std::borrow::Cow;

use boltrope::engine::Severity;
use boltrope::object::ObjectRef;
use boltrope::render::{Changed, Place, Rendered};

use super::text;
use crate::cli::exit::Exit;
use crate::cli::files::{Refused, reason};

/// The code of what could not be read.
pub(crate) const UNREADABLE: &str = "unreadable";
/// The code of our own mistakes.
pub(crate) const INTERNAL: &str = "internal";

/// What a check found, and in which files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judgement<'r> {
    pub(crate) rendered: &'r Rendered<'r>,
    /// The names of the streams.
    pub(crate) names: &'r [&'r str],
    /// The streams that findings are shown of: all, or those that changed.
    pub(crate) shown: &'r [usize],
    /// Files that could not be read at all.
    pub(crate) refused: &'r [Refused],
    /// The documents that were fixed before, or with `--diff` would be.
    pub(crate) fixed: &'r [Changed<'r>],
    /// Whether they were written.
    pub(crate) written: bool,
    pub(crate) exit: Exit,
}

/// One thing to tell, whatever it is.
#[derive(Debug)]
pub(crate) struct Problem<'r> {
    pub(crate) code: &'r str,
    pub(crate) severity: Severity,
    pub(crate) message: Cow<'r, str>,
    pub(crate) remedy: &'r str,
    pub(crate) rule: &'r str,
    pub(crate) object: Option<&'r ObjectRef>,
    pub(crate) pointer: &'r str,
    pub(crate) file: &'r str,
    /// Absent for a file that could not be read at all.
    pub(crate) place: Option<&'r Place>,
}

impl<'r> Judgement<'r> {
    /// The names of the streams that are shown.
    pub(crate) fn shown_names(&self) -> impl Iterator<Item = &'r str> {
        self.shown
            .iter()
            .filter_map(|stream| self.names.get(*stream).copied())
    }

    /// Everything there is to tell: our own mistakes, what could not be read, the findings.
    pub(crate) fn problems(&self) -> Vec<Problem<'r>> {
        let defects = self.rendered.defects.iter().map(|defect| {
            let message = Cow::Owned(text::internal(&defect.message));
            self.failure(INTERNAL, message, "", &defect.place)
        });
        let unreadable = self.rendered.unreadable.iter().map(|unreadable| {
            let message = Cow::Borrowed(unreadable.error.message());
            self.failure(UNREADABLE, message, unreadable.error.remedy(), &unreadable.place)
        });
        let refused = self.refused.iter().map(|refused| Problem {
            code: UNREADABLE,
            severity: Severity::Error,
            message: Cow::Owned(format!("cannot read this file: {}", reason(&refused.error))),
            remedy: "",
            rule: "",
            object: None,
            pointer: "",
            file: &refused.name,
            place: None,
        });
        let findings = self.rendered.findings.iter().map(|located| {
            let finding = &located.finding;
            Problem {
                code: &finding.code,
                severity: finding.severity,
                message: Cow::Borrowed(&finding.message),
                remedy: &finding.remedy,
                rule: &finding.rule,
                object: Some(&finding.object),
                pointer: &finding.pointer,
                file: self.file(&located.place),
                place: Some(&located.place),
            }
        });
        defects.chain(unreadable).chain(refused).chain(findings).collect()
    }

    fn failure(
        &self,
        code: &'static str,
        message: Cow<'r, str>,
        remedy: &'r str,
        place: &'r Place,
    ) -> Problem<'r> {
        Problem {
            code,
            severity: Severity::Error,
            message,
            remedy,
            rule: "",
            object: None,
            pointer: "",
            file: self.file(place),
            place: Some(place),
        }
    }

    fn file(&self, place: &Place) -> &'r str {
        self.names.get(place.stream).copied().unwrap_or_default()
    }
}

impl Problem<'_> {
    /// Message and remedy as one text.
    pub(crate) fn sentence(&self) -> String {
        if self.remedy.is_empty() {
            return self.message.clone().into_owned();
        }
        format!("{} {}", self.message, self.remedy)
    }

    /// `Service shop/web`, empty where no object is concerned.
    pub(crate) fn subject(&self) -> String {
        self.object.map(text::object).unwrap_or_default()
    }
}
