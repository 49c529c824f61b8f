//! The documents of a tree that a question is about, found by a scan and read once.

use boltrope_yaml::{Document, Limits, Scan, Tree};
use serde_json::Value;

use super::File;
use crate::engine::{Finding, Severity};
use crate::object::position::locate;
use crate::object::{Object, embedded, split_api_version};
use crate::render::{Located, Place};

/// A document with an object of a wanted kind in it.
pub(super) struct Found<'a> {
    /// The index of its file.
    pub(super) file: usize,
    pub(super) document: Document<'a>,
    pub(super) tree: Tree<'a>,
}

/// The documents with objects of kinds that are `wanted` (group, kind), in order. What cannot be read is somebody else's
/// to report.
pub(super) fn find<'a>(
    files: &[File<'a>],
    limits: &Limits,
    wanted: &dyn Fn(&str, &str) -> bool,
) -> Vec<Found<'a>> {
    let mut all = Vec::new();
    for (file, content) in files.iter().enumerate() {
        for document in boltrope_yaml::split(content.bytes, limits).unwrap_or_default() {
            let is_wanted = match document.scan() {
                Scan::Empty => false,
                Scan::Object { api_version, kind } => {
                    embedded::may_hold_objects(api_version, kind)
                        || wanted(split_api_version(api_version).0, kind)
                }
                _ => true,
            };
            let Some(tree) = is_wanted.then(|| document.read(limits).ok()).flatten() else {
                continue;
            };
            let found = Found { file, document, tree };
            if found.objects(wanted).next().is_some() {
                all.push(found);
            }
        }
    }
    all
}

impl Found<'_> {
    /// The wanted objects in it, with their pointers: the document itself, items of lists.
    pub(super) fn objects<'f>(
        &'f self,
        wanted: &'f dyn Fn(&str, &str) -> bool,
    ) -> impl Iterator<Item = (String, Object<'f>)> {
        let value: &'f Value = self.tree.value();
        embedded::objects(value)
            .into_iter()
            .filter(|embedded| embedded.wrapper != embedded::Wrapper::CrossplaneObject)
            .filter(|embedded| wanted(embedded.object.group(), embedded.object.kind()))
            .map(|embedded| (embedded.pointer, embedded.object))
    }

    /// Where something in it stands.
    pub(super) fn place(&self, pointer: &str) -> Place {
        Place::new(self.file, &self.document, locate(&self.tree, pointer))
    }

    /// A finding about an object in it.
    pub(super) fn finding(&self, object: Object<'_>, said: Said<'_>) -> Located {
        Located {
            place: self.place(&said.pointer),
            finding: Finding {
                code: said.code.to_owned(),
                severity: said.severity,
                rule: said.rule.to_owned(),
                object: object.reference(),
                pointer: said.pointer,
                message: said.message,
                remedy: said.remedy,
            },
        }
    }
}

/// The words of a finding.
pub(super) struct Said<'a> {
    pub(super) code: &'a str,
    pub(super) severity: Severity,
    pub(super) rule: &'a str,
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) remedy: String,
}
