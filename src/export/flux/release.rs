//! A HelmRelease in its Git file: where it is, and the same file with our item written into it.
//!
//! Our item is known by the comment above it, else by the annotation that holds its digest. Every byte that is not
//! ours stays: other post-renderers, comments, other documents.

use std::ops::Range;

use boltrope_yaml::{Change, Document, EditError, Error, Limits, Tree};
use serde_json::{Value, json};
use thiserror::Error;

use super::item::{DIGEST_ANNOTATION, DIGEST_COMMENT, item_digest};
use crate::object::{Object, pointer};
use crate::recovery::identity::{self, Identity};

const LIST: &str = "/spec/postRenderers";

/// A HelmRelease and where its text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelmRelease {
    /// `metadata.name`.
    pub name: String,
    /// The namespace that its objects get: `spec.targetNamespace`, else its own.
    pub namespace: Option<String>,
    /// `spec.releaseName`, else what helm-controller makes of the names.
    pub release: String,
    /// The bytes of the file that hold it.
    pub range: Range<usize>,
}

/// How our item was found in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The digest comment stands above it.
    Comment,
    /// Its digest is the annotation's.
    Annotation,
    /// It is not there yet.
    Nowhere,
}

/// The file with our item in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// How the item that was there before was found.
    pub found: Found,
}

/// Why a file is not written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// The text is not YAML as Kubernetes reads it.
    #[error(transparent)]
    Unreadable(#[from] Error),
    /// The text cannot be edited in place.
    #[error("the HelmRelease cannot be edited in place: {0}")]
    Edit(#[from] EditError),
    /// No document is a HelmRelease of that name.
    #[error("no HelmRelease {wanted}in it; it has {}", list(.known))]
    Missing {
        /// The name that was asked for, in backticks and with a blank behind, or nothing.
        wanted: String,
        /// The names of those that are there.
        known: Vec<String>,
    },
    /// Several documents could be meant.
    #[error("{} HelmReleases in it ({}): say which with --release", .known.len(), list(.known))]
    Several {
        /// Their names.
        known: Vec<String>,
    },
    /// `spec.postRenderers` is not a list.
    #[error("`{LIST}` is not a list")]
    NotAList,
    /// Two items carry our mark.
    #[error(
        "{count} digest comments of boltrope in it, and one item is ours: remove the others with their items"
    )]
    Twice {
        /// How many.
        count: usize,
    },
    /// The comment stands above nothing.
    #[error("the digest comment in line {line} stands above no item of `{LIST}`: remove it")]
    Stray {
        /// Its line.
        line: usize,
    },
    /// The annotation's digest is no item's.
    #[error(
        "annotation `{DIGEST_ANNOTATION}` names no item of `{LIST}`: someone changed it; remove the item and the annotation, then export again"
    )]
    Changed,
}

fn list(known: &[String]) -> String {
    if known.is_empty() {
        return "none".to_owned();
    }
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    known.join(", ")
}

/// Finds the HelmRelease that a file is about; `release` is its name, or that of its Helm release, where the file has
/// several.
///
/// # Errors
/// The file cannot be read, has none, or has several that could be meant.
pub fn find(file: &[u8], release: Option<&str>) -> Result<HelmRelease, ReleaseError> {
    let limits = Limits::default();
    let mut known = Vec::new();
    let mut found = Vec::new();
    for document in boltrope_yaml::split(file, &limits)? {
        let tree = document.read(&limits)?;
        let object = Object::new(tree.value());
        if object.kind() != "HelmRelease" || object.group() != "helm.toolkit.fluxcd.io" {
            continue;
        }
        let candidate = describe(object, document.range());
        known.push(candidate.name.clone());
        if release.is_none_or(|wanted| wanted == candidate.name || wanted == candidate.release) {
            found.push(candidate);
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(ReleaseError::Several { known }),
        (None, _) => {
            let wanted = release.map_or_else(String::new, |name| format!("`{name}` "));
            Err(ReleaseError::Missing { wanted, known })
        }
    }
}

fn describe(object: Object<'_>, range: Range<usize>) -> HelmRelease {
    let Identity {
        release, namespace, ..
    } = identity::desired(object.value());
    HelmRelease {
        name: object.name().unwrap_or_default().to_owned(),
        namespace: Some(namespace).filter(|namespace| !namespace.is_empty()),
        release,
        range,
    }
}

/// The file with `item` as our post-renderer, or without ours when there is none.
///
/// # Errors
/// The list is not a list, our item is not to be told from others, or the text cannot be edited in place.
pub fn write(
    file: &[u8],
    release: &HelmRelease,
    item: Option<&Value>,
    digest: &str,
) -> Result<Written, ReleaseError> {
    let limits = Limits::default();
    let mut bytes = Vec::with_capacity(file.len());
    let mut found = Found::Nowhere;
    let mut end = 0;
    for document in boltrope_yaml::split(file, &limits)? {
        if document.range() != release.range {
            continue;
        }
        let (text, how) = Editor::new(&document, limits)?.write(item, digest)?;
        let range = document.range();
        bytes.extend_from_slice(file.get(..range.start).unwrap_or_default());
        bytes.extend_from_slice(text.as_bytes());
        (found, end) = (how, range.end);
    }
    bytes.extend_from_slice(file.get(end..).unwrap_or_default());
    Ok(Written { bytes, found })
}

/// One HelmRelease on its way to its new text.
struct Editor<'a> {
    tree: Tree<'a>,
    limits: Limits,
    /// Byte of the stream at which the text begins.
    start: usize,
}

impl<'a> Editor<'a> {
    fn new(document: &Document<'a>, limits: Limits) -> Result<Self, ReleaseError> {
        let tree = document.read(&limits)?;
        match tree.value().pointer(LIST) {
            None | Some(Value::Null | Value::Array(_)) => {}
            Some(_) => return Err(ReleaseError::NotAList),
        }
        Ok(Self {
            tree,
            limits,
            start: document.range().start,
        })
    }

    fn write(&self, item: Option<&Value>, digest: &str) -> Result<(String, Found), ReleaseError> {
        let (index, found) = self.ours()?;
        let comment = format!("# {DIGEST_COMMENT}{digest}");
        let text = match (index, item) {
            (None, None) => self.tree.text().to_owned(),
            (None, Some(item)) => self.append(item, &comment)?,
            (Some(index), Some(item)) => self.replace(index, item, found, &comment)?,
            (Some(index), None) => self.remove(index, found)?,
        };
        Ok((text, found))
    }

    /// The index of our item.
    fn ours(&self) -> Result<(Option<usize>, Found), ReleaseError> {
        let comments = comments(self.tree.text(), &self.limits, self.tree.value());
        match comments.as_slice() {
            [] => self.annotated(),
            [comment] => {
                let below = (0..self.items().len()).find(|index| self.offset(*index) > Some(comment.start));
                let line = 1 + self
                    .tree
                    .text()
                    .get(..comment.start)
                    .map_or(0, |text| text.matches('\n').count());
                below
                    .map(|index| (Some(index), Found::Comment))
                    .ok_or(ReleaseError::Stray { line })
            }
            several => Err(ReleaseError::Twice { count: several.len() }),
        }
    }

    fn annotated(&self) -> Result<(Option<usize>, Found), ReleaseError> {
        let Some(digest) = Object::new(self.tree.value()).annotation(DIGEST_ANNOTATION) else {
            return Ok((None, Found::Nowhere));
        };
        let mut same = (0..)
            .zip(self.items())
            .filter(|(_, item)| item_digest(item) == digest);
        match (same.next(), same.count()) {
            (None, _) => Err(ReleaseError::Changed),
            (Some((index, _)), 0) => Ok((Some(index), Found::Annotation)),
            (Some(_), others) => Err(ReleaseError::Twice { count: others + 1 }),
        }
    }

    fn append(&self, item: &Value, comment: &str) -> Result<String, ReleaseError> {
        let count = self.items().len();
        let list = json!([item]);
        let change = if count == 0 {
            Change::Set {
                pointer: LIST,
                value: &list,
            }
        } else {
            Change::Set {
                pointer: "/spec/postRenderers/-",
                value: item,
            }
        };
        let edited = self.tree.edit(&[change], &self.limits)?;
        match commented(&edited, count, self.start, comment, &self.limits) {
            Some(text) => Ok(text),
            None => self.annotate(&edited, Some(item)),
        }
    }

    fn replace(
        &self,
        index: usize,
        item: &Value,
        found: Found,
        comment: &str,
    ) -> Result<String, ReleaseError> {
        let at = pointer::push_index(LIST, index);
        let edited = self.tree.edit(
            &[Change::Set {
                pointer: &at,
                value: item,
            }],
            &self.limits,
        )?;
        if found == Found::Annotation {
            return self.annotate(&edited, Some(item));
        }
        let mut text = edited.text().to_owned();
        if let Some(place) = comments(&text, &self.limits, edited.value()).into_iter().next() {
            text.replace_range(place, comment);
        }
        self.verify(text, edited.value())
    }

    fn remove(&self, index: usize, found: Found) -> Result<String, ReleaseError> {
        let at = pointer::push_index(LIST, index);
        let at = if self.items().len() == 1 { LIST } else { &at };
        let edited = self.tree.edit(&[Change::Remove { pointer: at }], &self.limits)?;
        if found == Found::Annotation {
            return self.annotate(&edited, None);
        }
        let mut text = edited.text().to_owned();
        if let Some(place) = comments(&text, &self.limits, edited.value()).into_iter().next() {
            text.replace_range(whole_line(&text, place), "");
        }
        self.verify(text, edited.value())
    }

    /// Says in the annotation which item is ours.
    fn annotate(&self, edited: &Tree<'_>, item: Option<&Value>) -> Result<String, ReleaseError> {
        let at = pointer::push("/metadata/annotations", DIGEST_ANNOTATION);
        let digest = item.map(|item| Value::from(item_digest(item)));
        let change = match &digest {
            Some(value) => Change::Set { pointer: &at, value },
            None => Change::Remove { pointer: &at },
        };
        Ok(edited.edit(&[change], &self.limits)?.text().to_owned())
    }

    /// Text that was touched beside the editor must still say the same.
    fn verify(&self, text: String, value: &Value) -> Result<String, ReleaseError> {
        if boltrope_yaml::read(&text, &self.limits)?.value() == value {
            return Ok(text);
        }
        let message = "a comment could not be written without changing a value".to_owned();
        Err(EditError::Internal { message }.into())
    }

    fn items(&self) -> &[Value] {
        self.tree
            .value()
            .pointer(LIST)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// Where an item begins, in the text of the document.
    fn offset(&self, index: usize) -> Option<usize> {
        let position = self.tree.position(&pointer::push_index(LIST, index))?;
        position.offset.checked_sub(self.start)
    }
}

/// The text with our comment above item `index`; `None` where the list's style has no place for one.
fn commented(
    edited: &Tree<'_>,
    index: usize,
    start: usize,
    comment: &str,
    limits: &Limits,
) -> Option<String> {
    let text = edited.text();
    let position = edited.position(&pointer::push_index(LIST, index))?;
    let offset = position.offset.checked_sub(start)?;
    let line = text.get(..offset)?.rfind('\n').map_or(0, |end| end + 1);
    let indent = text.get(line..offset)?;
    let dash = indent.trim_start().strip_prefix('-')?;
    if !dash.trim().is_empty() {
        return None;
    }
    let blanks = indent.get(..indent.len() - indent.trim_start().len())?;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut with = text.to_owned();
    with.insert_str(line, &format!("{blanks}{comment}{newline}"));
    let again = boltrope_yaml::read(&with, limits).ok()?;
    (again.value() == edited.value()).then_some(with)
}

/// Our digest comments: text that looks like one and whose absence changes no value.
fn comments(text: &str, limits: &Limits, value: &Value) -> Vec<Range<usize>> {
    let mark = format!("# {DIGEST_COMMENT}");
    let mut found = Vec::new();
    for (start, _) in text.match_indices(mark.as_str()) {
        let rest = text.get(start..).unwrap_or_default();
        let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
        let place = start..start + length;
        let mut without = text.to_owned();
        without.replace_range(place.clone(), "");
        if boltrope_yaml::read(&without, limits).is_ok_and(|tree| tree.value() == value) {
            found.push(place);
        }
    }
    found
}

/// The line of a comment that stands alone in it, its end included; else the comment.
fn whole_line(text: &str, place: Range<usize>) -> Range<usize> {
    let start = text
        .get(..place.start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |end| end + 1);
    let alone = text
        .get(start..place.start)
        .is_some_and(|before| before.trim().is_empty());
    let end = text
        .get(place.end..)
        .and_then(|rest| rest.find('\n'))
        .map_or(place.end, |end| place.end + end + 1);
    if alone { start..end } else { place }
}
