//! `--fix`: the edits of the rules written into the files, and what is left of the findings afterwards.
//!
//! A file is replaced whole or not at all. What is left as it is: a file that cannot be read to its end or that somebody
//! changed while it was being checked; a document whose hosts collide with others' (written, the collision would be there
//! and no longer be found); a document that SOPS encrypted (its checksum covers what is not encrypted, too).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use boltrope::engine::Severity;
use boltrope::render::{Changed, Located, Place, Rendered};
use boltrope_yaml::Limits;

use crate::cli::exit::Failure;
use crate::cli::files::{self, File};
use crate::cli::replace::replace;

/// Findings about several objects at once, which editing one of them would only hide.
const CONTESTED: [&str; 2] = ["host-rewrite/host-collision", "host-rewrite/host-taken"];
/// Findings about edits that cannot be made, which judging alone does not come upon.
const UNEDITABLE: [&str; 3] = ["engine/conflict", "engine/malformed", "engine/shared-text"];

/// The edits of a run that may be written.
#[derive(Debug)]
pub(super) struct Fixes<'a> {
    rendered: Rendered<'a>,
    /// Streams with an encrypted document that would have changed.
    encrypted: BTreeSet<usize>,
}

impl<'a> Fixes<'a> {
    /// Takes the edits of a run, but those of documents that must stay and of files that `selected` leaves out.
    pub(super) fn new(mut rendered: Rendered<'a>, selected: impl Fn(usize) -> bool) -> Self {
        let broken: BTreeSet<usize> = rendered
            .unreadable
            .iter()
            .map(|unreadable| unreadable.place.stream)
            .chain(rendered.defects.iter().map(|defect| defect.place.stream))
            .collect();
        let contested: BTreeSet<(usize, usize)> = rendered
            .findings
            .iter()
            .filter(|located| located.finding.severity == Severity::Error)
            .filter(|located| CONTESTED.contains(&located.finding.code.as_str()))
            .map(|located| (located.place.stream, located.place.document))
            .collect();
        let mut encrypted = BTreeSet::new();
        rendered.changed.retain(|changed| {
            let stream = changed.place.stream;
            let may_change = selected(stream)
                && !broken.contains(&stream)
                && !contested.contains(&(stream, changed.place.document));
            if may_change && is_encrypted(changed.before) {
                encrypted.insert(stream);
                return false;
            }
            may_change
        });
        Self { rendered, encrypted }
    }

    /// Adds to the judgement of the fixed tree what only making the edits could find.
    pub(super) fn add_refusals(&self, judged: &mut Rendered<'_>) {
        let moved = |place: &Place| Place {
            line: place.line.saturating_add_signed(self.growth(place)),
            ..place.clone()
        };
        let refusals = self.rendered.findings.iter();
        let refusals = refusals.filter(|located| UNEDITABLE.contains(&located.finding.code.as_str()));
        judged.add(
            refusals
                .map(|located| Located {
                    finding: located.finding.clone(),
                    place: moved(&located.place),
                })
                .collect(),
        );
        judged.defects.extend(self.rendered.defects.iter().cloned());
    }

    /// How many lines the documents before a place have grown.
    fn growth(&self, place: &Place) -> isize {
        let lines = |text: &str| text.matches('\n').count().cast_signed();
        let before = |changed: &&Changed<'_>| {
            changed.place.stream == place.stream && changed.place.document < place.document
        };
        let changed = self.rendered.changed.iter().filter(before);
        changed
            .map(|changed| {
                let after: isize = changed.after.pieces().map(|piece| lines(piece)).sum();
                after - lines(changed.before)
            })
            .sum()
    }

    /// The files with documents that stay because SOPS encrypted them.
    pub(super) fn encrypted(&self) -> &BTreeSet<usize> {
        &self.encrypted
    }

    /// The run with only these edits.
    pub(super) fn rendered(&self) -> &Rendered<'a> {
        &self.rendered
    }

    /// The documents that change.
    pub(super) fn changed(&self) -> &[Changed<'a>] {
        &self.rendered.changed
    }

    /// How many files change.
    pub(super) fn files(&self) -> usize {
        self.streams().len()
    }

    fn streams(&self) -> BTreeSet<usize> {
        self.rendered
            .changed
            .iter()
            .map(|changed| changed.place.stream)
            .collect()
    }

    /// The new content of each file, in their order; `None` for one that stays.
    pub(super) fn contents(&self, files: &[File]) -> Vec<Option<Vec<u8>>> {
        let streams = self.streams();
        let content = |index: usize| streams.contains(&index).then(|| self.rendered.text(index));
        (0..files.len()).map(content).collect()
    }

    /// Writes the new contents. A file that cannot be written keeps its old content, here too.
    pub(super) fn write(&mut self, files: &[File], contents: &mut [Option<Vec<u8>>]) -> Vec<Failure> {
        let mut failures = Vec::new();
        for (index, (file, content)) in files.iter().zip(contents).enumerate() {
            let Some(bytes) = content else { continue };
            if let Err(reason) = write(file, bytes) {
                let message = format!("cannot fix `{}`: {reason}; it is as it was", file.name);
                failures.push(Failure::Output(message));
                *content = None;
                self.rendered
                    .changed
                    .retain(|changed| changed.place.stream != index);
            }
        }
        failures
    }
}

/// Whether SOPS encrypted a document: it keeps a checksum of all values under `sops`.
fn is_encrypted(text: &str) -> bool {
    let tree = boltrope_yaml::read(text, &Limits::default());
    tree.is_ok_and(|tree| tree.value().pointer("/sops/mac").is_some())
}

fn write(file: &File, bytes: &[u8]) -> Result<(), String> {
    let path = Path::new(&file.path);
    let reason = |error: std::io::Error| files::reason(&error);
    if fs::metadata(path).map_err(reason)?.permissions().readonly() {
        return Err("it is read-only".to_owned());
    }
    if fs::read(path).map_err(reason)? != file.bytes {
        return Err("it was changed while it was being checked".to_owned());
    }
    replace(path, bytes).map_err(reason)
}
