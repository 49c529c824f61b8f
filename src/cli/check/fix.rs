//! `--fix`: the edits of the rules written into the files, and what is left of the findings afterwards.
//!
//! A file is replaced whole or not at all. Three kinds of files are left as they are: one that cannot be read to its end,
//! one whose hosts collide with others (written, the collision would be there and no longer be found), and one that
//! somebody changed while it was being checked.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use boltrope::engine::Severity;
use boltrope::render::{Changed, Rendered};

use crate::cli::exit::Failure;
use crate::cli::files::{self, File};
use crate::cli::replace::replace;

/// Findings about several objects at once, which editing one of them would only hide.
const CONTESTED: [&str; 2] = ["host-rewrite/host-collision", "host-rewrite/host-taken"];

/// The edits of a run that may be written.
#[derive(Debug)]
pub(super) struct Fixes<'a> {
    rendered: Rendered<'a>,
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
        rendered.changed.retain(|changed| {
            let stream = changed.place.stream;
            selected(stream)
                && !broken.contains(&stream)
                && !contested.contains(&(stream, changed.place.document))
        });
        Self { rendered }
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
