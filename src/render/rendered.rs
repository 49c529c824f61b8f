//! The result of a run: what changed, what was found, what could not be read.

use std::ops::Range;

use boltrope_yaml::Edited;

use super::{Place, Spans, Stream};
use crate::engine::{Applied, Finding, Severity};
use crate::object::ObjectRef;
use crate::order;

/// What the rules made of some streams. Lists are in the order of the streams and their documents.
#[derive(Clone, Debug)]
pub struct Rendered<'a> {
    pub(super) streams: Vec<&'a [u8]>,
    /// How many documents the streams have; empty ones count.
    pub documents: usize,
    /// The documents that changed.
    pub changed: Vec<Changed<'a>>,
    /// What was found.
    pub findings: Vec<Located>,
    /// Documents and streams that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// Edits whose result was not what the rules wanted: mistakes of this program, never the user's.
    pub defects: Vec<Defect>,
}

/// A document that changed.
#[derive(Clone, Debug)]
pub struct Changed<'a> {
    /// Where its first content stands.
    pub place: Place,
    /// The bytes of the stream that it takes.
    pub range: Range<usize>,
    /// The first line of its text in the stream.
    pub line: usize,
    /// Its text as it came.
    pub before: &'a str,
    /// Its text as it leaves: what stayed is borrowed from the stream.
    pub after: Edited<'a>,
    /// Which rules changed what, if [`super::Options::log`] asked for it.
    pub log: Option<Box<ChangeLog>>,
}

/// What a diff or a report tells about a document that changed.
#[derive(Clone, Debug)]
pub struct ChangeLog {
    /// The document as an object.
    pub object: ObjectRef,
    /// Whether a Secret is in it, whose values nobody should print.
    pub secret: bool,
    /// The edits, one list per phase.
    pub edits: Vec<Vec<Applied>>,
}

/// A finding and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// What was found.
    pub finding: Finding,
    /// Where: the key it is about, else the value, else the nearest parent.
    pub place: Place,
}

/// Something that could not be read as Kubernetes would read it.
#[derive(Clone, Debug)]
pub struct Unreadable {
    /// Where.
    pub place: Place,
    /// Why.
    pub error: boltrope_yaml::Error,
}

/// A result that was not what the rules wanted; it is not given out.
#[derive(Clone, Debug)]
pub struct Defect {
    /// The document.
    pub place: Place,
    /// What went wrong, without any value of the document.
    pub message: String,
}

impl<'a> Rendered<'a> {
    pub(super) fn new(streams: &[Stream<'a>]) -> Self {
        Self {
            streams: streams.iter().map(|stream| stream.bytes).collect(),
            documents: 0,
            changed: Vec::new(),
            findings: Vec::new(),
            unreadable: Vec::new(),
            defects: Vec::new(),
        }
    }

    /// How many findings are errors.
    #[must_use]
    pub fn errors(&self) -> usize {
        let is_error = |located: &&Located| located.finding.severity == Severity::Error;
        self.findings.iter().filter(is_error).count()
    }

    /// How many findings are warnings.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.findings.len() - self.errors()
    }

    /// Whether everything was read and no finding is an error, so that the result may be used.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.unreadable.is_empty() && self.defects.is_empty() && self.errors() == 0
    }

    /// Adds findings about the streams, at their places among the others.
    pub fn add(&mut self, findings: Vec<Located>) {
        self.findings.extend(findings);
        order::sort_by(&mut self.findings, |left, right| {
            let place = |located: &Located| (located.place.stream, located.place.document);
            let places = place(left).cmp(&place(right));
            places.then_with(|| left.finding.rank().cmp(&right.finding.rank()))
        });
    }

    /// A stream after the rules, piece by piece: spans of the input, and the documents that changed.
    #[must_use]
    pub fn spans(&self, stream: usize) -> Spans<'_> {
        let changed = self.changed.as_slice();
        let start = changed.partition_point(|changed| changed.place.stream < stream);
        let end = changed.partition_point(|changed| changed.place.stream <= stream);
        Spans::new(
            self.streams.get(stream).copied().unwrap_or_default(),
            changed.get(start..end).unwrap_or_default(),
        )
    }

    /// A stream after the rules, in one piece.
    #[must_use]
    pub fn text(&self, stream: usize) -> Vec<u8> {
        self.spans(stream).flatten().copied().collect()
    }
}
