//! Changes to a document's text that leave everything else as it is.
//!
//! The changes become one [`plan`]; the [`editor`] walks it along the spans of the nodes and collects replacements; the new
//! text is read again and must give the value that the plan gives. Entries and items are added and removed in [`block`] and
//! [`flow`] collections, whole values are written anew in [`replace`]; [`shared`] refuses what an alias
//! or a merge key would carry elsewhere; [`layout`] knows the lines, [`write`] and [`scalar`]
//! how new text looks.

mod block;
mod change;
mod editor;
mod flow;
mod layout;
mod plan;
mod replace;
mod scalar;
mod shared;
mod splice;
mod verify;
mod write;

use std::borrow::Cow;

use serde_json::Value;

pub use self::change::{Change, EditError, apply};
use self::editor::{Editor, Slot, SlotKind};
use self::layout::{Habits, Layout};
use self::plan::Plan;
use self::scalar::Quotes;
use self::verify::gives;
pub(crate) use self::verify::is_same;
use self::write::Writer;
use crate::tree::{read_document, says};
use crate::{Error, ErrorKind, Limits, Tree, WarningKind};

/// An edited text that was not read again yet. Nobody can look at it: [`Tree::confirm`] gives it out.
#[derive(Debug)]
pub struct Draft<'a> {
    pieces: Vec<Cow<'a, str>>,
}

/// An edited text that was read again and says what it should, as pieces of the old text and new ones between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited<'a> {
    pieces: Vec<Cow<'a, str>>,
}

impl<'a> Edited<'a> {
    /// The pieces, which together are the text.
    pub fn pieces(&self) -> std::slice::Iter<'_, Cow<'a, str>> {
        self.pieces.iter()
    }

    /// The pieces, put together.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.pieces.concat()
    }
}

pub(crate) fn draft<'a>(
    tree: &Tree<'a>,
    changes: &[Change<'_>],
    limits: &Limits,
) -> Result<Draft<'a>, EditError> {
    let pieces = match plan::build(tree.value(), changes, limits.depth)? {
        Some(plan) => edit_text(tree, &plan, limits)?,
        None => None,
    };
    Ok(Draft {
        pieces: pieces.unwrap_or_else(|| vec![tree.text.clone()]),
    })
}

pub(crate) fn confirm<'a>(
    tree: &Tree<'_>,
    draft: Draft<'a>,
    value: &Value,
    limits: &Limits,
) -> Result<Edited<'a>, EditError> {
    let edited = Edited { pieces: draft.pieces };
    let pieces: Vec<&str> = edited.pieces().map(AsRef::as_ref).collect();
    if !tree.json && says(&pieces, value, limits) {
        return Ok(edited);
    }
    // No certain yes: the whole tree has to tell, or what is wrong.
    let read = read_document(Cow::Owned(edited.to_text()), tree.place(), tree.json, limits);
    let read = read.map_err(|error| unreadable(tree, &error))?;
    if is_same(read.value(), value) {
        Ok(edited)
    } else {
        Err(internal(tree, "the edited text does not say what it should"))
    }
}

pub(crate) fn edit(
    tree: &Tree<'_>,
    changes: &[Change<'_>],
    limits: &Limits,
) -> Result<Tree<'static>, EditError> {
    let Some(plan) = plan::build(tree.value(), changes, limits.depth)? else {
        return Ok(tree.clone().into_static());
    };
    let Some(text) = edit_text(tree, &plan, limits)? else {
        return Ok(tree.clone().into_static());
    };
    let edited = read_document(Cow::Owned(text.concat()), tree.place(), tree.json, limits);
    let edited = edited.map_err(|error| unreadable(tree, &error))?;
    if gives(&plan, tree.value(), edited.value()) {
        Ok(edited)
    } else {
        Err(internal(
            tree,
            "the edited text has another value than the changes give",
        ))
    }
}

/// A value as a block YAML document, every text quoted that Kubernetes would otherwise read as something else.
///
/// ```
/// let value = serde_json::json!({"name": "web", "on": ["no", 1.5], "none": {}});
/// assert_eq!(boltrope_yaml::write(&value), "name: web\n\"on\":\n- \"no\"\n- 1.5\nnone: {}\n");
/// ```
#[must_use]
pub fn write(value: &Value) -> String {
    let habits = Habits {
        newline: "\n",
        step: 2,
        dash: 0,
        json: false,
    };
    let writer = Writer { habits };
    match writer.scalar(value, Quotes::Bare, false) {
        Some(line) => line + "\n",
        None => writer.lines(value, 0),
    }
}

/// The new text; `None` if nothing changes.
fn edit_text<'a>(
    tree: &Tree<'a>,
    plan: &Plan<'_>,
    limits: &Limits,
) -> Result<Option<Vec<Cow<'a, str>>>, EditError> {
    let newline = match tree.text().find('\n') {
        Some(at) if tree.text().get(..at).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        _ => "\n",
    };
    // Kubernetes reads a last line without a line feed as if it had one; so it gets one while it is edited.
    let unfinished = !tree.text().ends_with('\n') && !tree.text().is_empty() && !tree.json;
    let padded = if unfinished {
        Cow::Owned(format!("{}{newline}", tree.text()))
    } else {
        Cow::Borrowed(tree.text())
    };
    let layout = Layout::new(tree, &padded, newline);
    let mut editor = Editor::new(layout, limits);
    if tree.is_empty() {
        editor.check_keys(&plan.fresh(), plan.pointer())?;
        editor.fill(&plan.fresh());
    } else {
        editor.change(
            0,
            tree.value(),
            plan,
            Slot {
                kind: SlotKind::Root,
                start: 0,
                column: 0,
                flow: tree.json,
            },
        )?;
    }
    if editor.splices.is_empty() {
        return Ok(None);
    }
    let splices = editor.splices;
    let overlap = || internal(tree, "two replacements of text overlap");
    if let (Cow::Borrowed(text), false) = (&tree.text, unfinished) {
        return splices.apply(text).ok_or_else(overlap).map(Some);
    }
    let mut text = splices.apply(&padded).ok_or_else(overlap)?.concat();
    // Only a line that does not end gets its line feed from the reader: blank lines at the end need theirs.
    if let Some(rest) = text
        .strip_suffix(newline)
        .filter(|rest| unfinished && !rest.ends_with('\n'))
    {
        text.truncate(rest.len());
    }
    Ok(Some(vec![Cow::Owned(text)]))
}

impl Editor<'_> {
    /// The first content of an empty document, after its comments.
    fn fill(&mut self, value: &Value) {
        let end = self.layout.text.len();
        let at = self
            .layout
            .node(0)
            .map_or(end, |root| self.layout.line_start(root.start()));
        let lines = match self.writer.scalar(value, scalar::Quotes::Double, false) {
            Some(text) => format!("{text}{}", self.writer.habits.newline),
            None => self.writer.lines(value, 0),
        };
        self.splices.insert(at, lines);
    }
}

fn unreadable(tree: &Tree<'_>, error: &Error) -> EditError {
    match error.kind() {
        ErrorKind::TooDeep
        | ErrorKind::DocumentTooLarge
        | ErrorKind::AliasExpansion
        | ErrorKind::KeyTooLong => EditError::Limit {
            reason: error.message().to_owned(),
        },
        _ => internal(
            tree,
            &format!("the edited text cannot be read ({})", error.message()),
        ),
    }
}

/// The result was wrong: because of text that nobody sees or that Kubernetes does not read, or by a mistake here.
fn internal(tree: &Tree<'_>, message: &str) -> EditError {
    let text = tree.text();
    let ignored = tree
        .warnings()
        .iter()
        .find(|warning| warning.kind == WarningKind::IgnoredText);
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}']) || has_bare_return(text) {
        let found = "line breaks that are no line feeds (a bare carriage return, U+0085, U+2028 or U+2029)";
        EditError::Unusual { found }
    } else if text.contains('\u{feff}') {
        EditError::Unusual {
            found: "byte order marks inside of it",
        }
    } else if let Some(warning) = ignored {
        EditError::IgnoredText {
            position: warning.position,
        }
    } else if text.lines().any(starts_with_tab) {
        EditError::Unusual {
            found: "lines that begin with tabs",
        }
    } else {
        EditError::Internal {
            message: message.to_owned(),
        }
    }
}

fn has_bare_return(text: &str) -> bool {
    memchr::memchr_iter(b'\r', text.as_bytes()).any(|at| text.as_bytes().get(at + 1) != Some(&b'\n'))
}

/// Blank lines, comments and goings-on of plain text may begin with tabs, nothing else.
fn starts_with_tab(line: &str) -> bool {
    line.trim_start_matches(' ').starts_with('\t')
}
