//! One run over all documents: learn what they say about the cluster, evaluate each, compare what routes claim.

use std::mem::take;
use std::ops::Range;
use std::sync::OnceLock;

use boltrope_yaml::{Document, Position, Scan, Tree, WarningKind};
use serde_json::Value;

use super::annotate::annotate;
use super::rewrite::{refuse, rewrite};
use super::{ChangeLog, Changed, Defect, Located, Options, Place, Rendered, Stream, Unreadable};
use crate::engine::world::snapshot::{Origin, Snapshot};
use crate::engine::{Claim, Finding, Outcome, Program, Request, Severity, Transformer, collisions};
use crate::object::position::locate;
use crate::object::{Object, embedded, split_api_version};
use crate::order;
use crate::transforms::Asks;

/// Text that makes a piece of work: enough to outweigh handing it to a thread.
const PIECE_BYTES: usize = 32 * 1024;

/// The one way of objects that no kustomization touches.
const AS_IT_IS: &[Option<Transformer<'_>>] = &[None];

/// What some neighbouring documents gave.
#[derive(Default)]
pub(super) struct Part<'a> {
    claims: Vec<(usize, Claim)>,
    changed: Vec<Changed<'a>>,
    pub(super) findings: Vec<Located>,
    unreadable: Vec<Unreadable>,
    pub(super) defects: Vec<Defect>,
}

/// A run on its way.
pub(super) struct Run<'a, 'r> {
    program: &'r Program,
    world: Snapshot,
    options: &'r Options<'r>,
    documents: Vec<(usize, Document<'a>)>,
    /// What routes claim, each with the index of its document.
    claims: Vec<(usize, Claim)>,
    rendered: Rendered<'a>,
}

impl<'a, 'r> Run<'a, 'r> {
    pub(super) fn new(
        streams: &[Stream<'a>],
        program: &'r Program,
        world: Snapshot,
        options: &'r Options<'r>,
    ) -> Self {
        let mut rendered = Rendered::new(streams);
        let mut documents = Vec::new();
        for (index, stream) in streams.iter().enumerate() {
            match boltrope_yaml::split(stream.bytes, &options.limits) {
                Ok(found) => documents.extend(found.into_iter().map(|document| (index, document))),
                Err(error) => rendered.unreadable.push(Unreadable {
                    place: Place::of_error(index, &error),
                    error,
                }),
            }
        }
        rendered.documents = documents.len();
        Self {
            program,
            world,
            options,
            documents,
            claims: Vec::new(),
            rendered,
        }
    }

    /// Objects of the run answer questions about the cluster, wherever they stand in it, so they are read first.
    pub(super) fn learn(&mut self) {
        if self.program.asks() == Asks::default() {
            return;
        }
        for (stream, document) in &self.documents {
            let Some(ways) = self.ways(*stream) else { continue };
            let may_tell = is_worth_reading(document, |api_version, kind| {
                embedded::may_hold_objects(api_version, kind)
                    || self.program.feeds_world(split_api_version(api_version).0, kind)
            });
            if !may_tell {
                continue;
            }
            // A document that cannot be read here is read again, and reported, when it is evaluated.
            if let Ok(tree) = document.read(&self.options.limits) {
                let tells = |object: Object<'_>| self.program.feeds_world(object.group(), object.kind());
                if embedded::objects(tree.value())
                    .iter()
                    .any(|embedded| tells(embedded.object))
                {
                    for way in ways {
                        let origin = match way {
                            Some(Transformer { namespace, .. }) => Origin::Transformed { namespace },
                            None => Origin::Stream {
                                namespace: self.options.namespace,
                            },
                        };
                        self.world.add(tree.value(), origin);
                    }
                }
            }
        }
    }

    pub(super) fn evaluate(&mut self) {
        let pieces = self.pieces();
        let parts: Vec<OnceLock<Part<'a>>> = pieces.iter().map(|_| OnceLock::new()).collect();
        let run = &*self;
        self.options.spread.each(pieces.len(), &|piece| {
            if let (Some(range), Some(part)) = (pieces.get(piece), parts.get(piece)) {
                part.get_or_init(|| run.part(range.clone()));
            }
        });
        for part in parts.into_iter().filter_map(OnceLock::into_inner) {
            self.claims.extend(part.claims);
            self.rendered.changed.extend(part.changed);
            self.rendered.findings.extend(part.findings);
            self.rendered.unreadable.extend(part.unreadable);
            self.rendered.defects.extend(part.defects);
        }
    }

    /// Runs of neighbouring documents, each of enough text to be worth handing out.
    fn pieces(&self) -> Vec<Range<usize>> {
        let mut pieces = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        for (index, (_, document)) in self.documents.iter().enumerate() {
            bytes += document.text().len();
            if bytes >= PIECE_BYTES {
                pieces.push(start..index + 1);
                (start, bytes) = (index + 1, 0);
            }
        }
        pieces.push(start..self.documents.len());
        pieces
    }

    fn part(&self, range: Range<usize>) -> Part<'a> {
        let mut part = Part::default();
        for index in range {
            let Some((stream, document)) = self.documents.get(index).copied() else {
                continue;
            };
            if self.must_read(&document) {
                match document.read(&self.options.limits) {
                    Ok(mut tree) => self.document(index, stream, &document, &mut tree, &mut part),
                    Err(error) => part.unreadable.push(Unreadable {
                        place: Place::of_error(stream, &error),
                        error,
                    }),
                }
            }
        }
        part
    }

    fn must_read(&self, document: &Document<'_>) -> bool {
        if !self.options.scan || self.options.strict {
            return true;
        }
        is_worth_reading(document, |api_version, kind| {
            self.program.is_interested(api_version, kind)
        })
    }

    fn document(
        &self,
        index: usize,
        stream: usize,
        document: &Document<'a>,
        tree: &mut Tree<'a>,
        part: &mut Part<'a>,
    ) {
        self.warn(stream, document, tree, part);
        let object = Object::new(tree.value());
        if object.api_version().is_empty() || object.kind().is_empty() {
            return;
        }
        let Some(ways) = self.ways(stream) else { return };
        let mut outcome = self.outcome(tree.value_mut(), ways);
        for finding in take(&mut outcome.findings) {
            let place = Place::new(stream, document, locate(tree, &finding.pointer));
            part.findings.push(Located { finding, place });
        }
        part.claims
            .extend(take(&mut outcome.claims).into_iter().map(|claim| (index, claim)));
        if !outcome.edits.is_empty() {
            if let Some(digest) = self.options.annotate
                && let Err(error) = annotate(tree.value(), &mut outcome, digest)
            {
                let place = Place::new(stream, document, None);
                let message = format!("the annotations cannot be written: {error}");
                part.defects.push(Defect { place, message });
                return;
            }
            self.edit(stream, document, tree, outcome, part);
        }
    }

    /// On which ways the objects of a stream reach clusters; `None` when it holds none.
    fn ways(&self, stream: usize) -> Option<&'r [Option<Transformer<'r>>]> {
        let Some(route) = self.options.routes.get(stream) else {
            return Some(AS_IT_IS);
        };
        let ways = if route.ways.is_empty() {
            AS_IT_IS
        } else {
            &route.ways
        };
        (!route.is_part).then_some(ways)
    }

    /// What the rules make of a document on all its ways. Where they disagree on the edits, nothing is edited: one text
    /// cannot be right for all.
    fn outcome(&self, document: &mut Value, ways: &[Option<Transformer<'_>>]) -> Outcome {
        if let [way] = ways {
            return self.one_way(document, *way, self.options.judge);
        }
        let mut all = |judge: bool| -> Vec<Outcome> {
            ways.iter()
                .map(|way| self.one_way(document, *way, judge))
                .collect()
        };
        let mut outcomes = all(self.options.judge);
        if outcomes
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a.edits != b.edits))
        {
            outcomes = all(true);
        }
        let mut outcomes = outcomes.into_iter();
        let mut merged = outcomes.next().unwrap_or_default();
        for outcome in outcomes {
            for finding in outcome.findings {
                if !merged.findings.contains(&finding) {
                    merged.findings.push(finding);
                }
            }
            merged.claims.extend(outcome.claims);
        }
        merged
    }

    /// What the rules make of a document on one way. The document is left as it was read, because its text is edited by it.
    fn one_way(&self, document: &mut Value, way: Option<Transformer<'_>>, judge: bool) -> Outcome {
        let request = Request {
            namespace: self.options.namespace,
            release: self.options.release,
            judge,
            transformer: way,
            bases: self.options.bases,
            ..Request::render(&Value::Null)
        };
        let (outcome, history) = self.program.evaluate_in_place(document, &request, &self.world);
        history.into_iter().rev().for_each(|undo| undo.revert(document));
        outcome
    }

    /// Does the edits of an outcome on the text.
    fn edit(
        &self,
        stream: usize,
        document: &Document<'a>,
        tree: &mut Tree<'a>,
        outcome: Outcome,
        part: &mut Part<'a>,
    ) {
        let log = self
            .options
            .log
            .then(|| (Object::new(tree.value()).reference(), holds_secret(tree.value())));
        let place = Place::new(stream, document, locate(tree, ""));
        let after = match rewrite(tree, &outcome.edits, &self.options.limits) {
            Ok(after) => after,
            Err((phase, error)) => {
                let at = |pointer: &str| Place::new(stream, document, locate(tree, pointer));
                refuse(&error, phase, tree, at, part);
                return;
            }
        };
        part.changed.push(Changed {
            place,
            range: document.range(),
            line: document.position().line,
            before: document.text(),
            after,
            log: log.map(|(object, secret)| {
                let edits = outcome.edits;
                Box::new(ChangeLog {
                    object,
                    secret,
                    edits,
                })
            }),
        });
    }

    /// What Kubernetes reads without complaint though its author hardly meant it.
    fn warn(&self, stream: usize, document: &Document<'_>, tree: &Tree<'_>, part: &mut Part<'_>) {
        for warning in tree.warnings() {
            let strict = self.options.strict && warning.kind != WarningKind::IgnoredText;
            let remedy = match warning.kind {
                WarningKind::IgnoredText => "Remove it, or put `---` on a line of its own before it.",
                _ => "Keep one of the two.",
            };
            let finding = Finding {
                code: format!("engine/{}", warning.kind.as_str()),
                severity: if strict {
                    Severity::Error
                } else {
                    Severity::Warning
                },
                rule: String::new(),
                object: Object::new(tree.value()).reference(),
                pointer: warning.pointer.clone(),
                message: format!("{}.", warning.message),
                remedy: remedy.to_owned(),
            };
            let place = Place::new(stream, document, Some(warning.position));
            part.findings.push(Located { finding, place });
        }
    }

    /// Routes of the whole run that cannot hold together (rules.md 5.7, 5.8).
    pub(super) fn collide(&mut self) {
        let (origins, claims): (Vec<usize>, Vec<Claim>) = take(&mut self.claims).into_iter().unzip();
        let mut positions = Positions::default();
        for (index, finding) in collisions(&claims) {
            let Some(document) = origins.get(index) else {
                continue;
            };
            let Some((stream, text)) = self.documents.get(*document) else {
                continue;
            };
            let position = positions.find(*document, text, &finding.pointer, self.options);
            let place = Place::new(*stream, text, position);
            self.rendered.findings.push(Located { finding, place });
        }
    }

    pub(super) fn finish(mut self) -> Rendered<'a> {
        self.rendered.add(Vec::new());
        let offset = |unreadable: &Unreadable| (unreadable.place.stream, unreadable.place.offset);
        order::sort_by(&mut self.rendered.unreadable, |left, right| {
            offset(left).cmp(&offset(right))
        });
        self.rendered
    }
}

/// Documents read once more, to place findings that come after all of them: rare, so nothing is kept for it before.
#[derive(Default)]
struct Positions<'a> {
    /// By the document's index.
    trees: Vec<(usize, Tree<'a>)>,
}

impl<'a> Positions<'a> {
    fn find(
        &mut self,
        index: usize,
        document: &Document<'a>,
        pointer: &str,
        options: &Options<'_>,
    ) -> Option<Position> {
        let at = match self.trees.binary_search_by_key(&index, |(index, _)| *index) {
            Ok(at) => at,
            Err(at) => {
                self.trees
                    .insert(at, (index, document.read(&options.limits).ok()?));
                at
            }
        };
        locate(&self.trees.get(at)?.1, pointer)
    }
}

/// Whether a document is of a kind that matters, or may be, as far as a scan can tell.
fn is_worth_reading(document: &Document<'_>, matters: impl Fn(&str, &str) -> bool) -> bool {
    match document.scan() {
        Scan::Empty => false,
        Scan::Object { api_version, kind } => matters(api_version, kind),
        _ => true,
    }
}

fn holds_secret(document: &Value) -> bool {
    embedded::objects(document)
        .iter()
        .any(|embedded| embedded.object.kind() == "Secret")
}
