//! Our item put into the list of one HelmRelease, replaced there, or taken out.
//!
//! Values are edited by the YAML layer; comments are written beside it, and the text is read again after each.

use boltrope_yaml::{Change, Document, EditError, Limits, Tree};
use serde_json::{Value, json};

use super::comment::{commented, comments, whole_line};
use super::{Found, LIST, ReleaseError};
use crate::export::flux::item::{DIGEST_ANNOTATION, DIGEST_COMMENT, item_digest};
use crate::object::{Object, pointer};

/// One HelmRelease on its way to its new text.
pub(super) struct Editor<'a> {
    tree: Tree<'a>,
    limits: Limits,
    /// Byte of the stream at which the text begins.
    start: usize,
}

impl<'a> Editor<'a> {
    pub(super) fn new(document: &Document<'a>, limits: Limits) -> Result<Self, ReleaseError> {
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

    pub(super) fn write(&self, item: Option<&Value>, digest: &str) -> Result<(String, Found), ReleaseError> {
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
