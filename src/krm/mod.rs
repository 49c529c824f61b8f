//! KRM functions: a `ResourceList` in, the same `ResourceList` with the rules applied and `results` out.
//!
//! ```text
//! stream --ResourceList::find--> the one document; its functionConfig may be the rules
//! render (the items are objects like those of a List) --ResourceList::respond--> text with `results`
//! ```
//!
//! This is what kustomize and kpt pipe through a function (the KRM Functions Specification, `config.kubernetes.io/v1`).
//! Items are edited where they stand, so their comments, quotes and order stay; only `results` is added.

mod results;

use boltrope_yaml::{Change, EditError, Limits, Scan, Tree, split};
use serde_json::Value;

use crate::object::position::locate;
use crate::object::{Object, split_api_version};
use crate::render::Rendered;
use crate::rules::load::{LoadError, LoadMistake};
use crate::rules::{API_VERSION, KIND, Mistake, RuleSet};
use crate::transforms::Transform;

/// The group of `ResourceList`.
const GROUP: &str = "config.kubernetes.io";
const LIST: &str = "ResourceList";
/// Where a function's own settings stand in the list.
const CONFIG: &str = "functionConfig";
/// How much of a stream is looked at before all of it is.
const HEAD_BYTES: usize = 64 * 1024;

/// A stream that is one `ResourceList`.
#[derive(Debug)]
pub struct ResourceList<'a> {
    tree: Tree<'a>,
}

impl<'a> ResourceList<'a> {
    /// The list, when the stream holds one and nothing else. A stream that cannot be read is no list: whoever renders
    /// it says what is wrong with it.
    ///
    /// ```
    /// use boltrope::krm::ResourceList;
    /// let list = b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n";
    /// assert!(ResourceList::find(list, &Default::default()).is_some());
    /// assert!(ResourceList::find(b"apiVersion: v1\nkind: List\nitems: []\n", &Default::default()).is_none());
    /// ```
    #[must_use]
    pub fn find(stream: &'a [u8], limits: &Limits) -> Option<Self> {
        // A stream of two documents is no list, and a large one mostly shows its second soon.
        let is_shown = filled_documents(head(stream), limits).is_some_and(|count| count > 1);
        if is_shown {
            return None;
        }
        let documents = split(stream, limits).ok()?;
        let mut filled = documents.iter().filter(|document| document.scan() != Scan::Empty);
        let (document, None) = (filled.next()?, filled.next()) else {
            return None;
        };
        // What a scan is sure of need not be read to know that it is something else.
        if matches!(document.scan(), Scan::Object { kind, .. } if kind != LIST) {
            return None;
        }
        let tree = document.read(limits).ok()?;
        let object = Object::new(tree.value());
        let is_list = object.kind() == LIST && object.group() == GROUP;
        is_list.then_some(Self { tree })
    }

    /// The rules that its `functionConfig` is, if it is a RuleSet.
    ///
    /// # Errors
    /// Every mistake in the rules, placed in the stream, whose name is `stream`.
    pub fn rules(
        &self,
        stream: &str,
        transforms: &[&'static dyn Transform],
    ) -> Result<Option<RuleSet>, LoadError> {
        let Some(config) = self.rules_config() else {
            return Ok(None);
        };
        RuleSet::decode(config, transforms).map(Some).map_err(|mistakes| {
            let mistakes = mistakes.into_iter().map(|mistake| self.place(stream, mistake));
            let mut mistakes: Vec<LoadMistake> = mistakes.collect();
            mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
            LoadError { mistakes }
        })
    }

    /// The text that the digest of the rules in `functionConfig` is made from.
    #[must_use]
    pub fn rules_as_json(&self) -> Option<String> {
        self.rules_config().map(Value::to_string)
    }

    fn rules_config(&self) -> Option<&Value> {
        let config = self.tree.value().get(CONFIG)?;
        let object = Object::new(config);
        let is_ours = object.kind() == KIND && object.group() == split_api_version(API_VERSION).0;
        is_ours.then_some(config)
    }

    /// A mistake in `functionConfig`, where it stands in the stream.
    #[must_use]
    pub fn place(&self, stream: &str, mistake: Mistake) -> LoadMistake {
        let pointer = format!("/{CONFIG}{}", mistake.pointer);
        let position = locate(&self.tree, &pointer);
        LoadMistake {
            file: stream.to_owned(),
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            mistake: Mistake { pointer, ..mistake },
        }
    }

    /// The stream after the rules, with what they changed and found in `results`. `rendered` is the run over this
    /// stream alone, with its log.
    ///
    /// ```
    /// use boltrope::engine::{Program, world::snapshot::Snapshot};
    /// use boltrope::krm::ResourceList;
    /// use boltrope::render::{Options, Stream, render};
    /// use boltrope::transforms::TRANSFORMS;
    ///
    /// let bytes = b"\
    /// apiVersion: config.kubernetes.io/v1
    /// kind: ResourceList
    /// items:
    /// - apiVersion: v1
    ///   kind: Service # kept
    ///   metadata:
    ///     name: web
    /// functionConfig:
    ///   apiVersion: boltrope.dev/v1alpha1
    ///   kind: RuleSet
    ///   metadata: {name: platform}
    ///   spec:
    ///     rules:
    ///     - {name: team, match: {kinds: [core/Service]}, metadata: {labels: {team: {default: web}}}}
    /// ";
    /// let list = ResourceList::find(bytes, &Default::default()).unwrap();
    /// let program = Program::compile(list.rules("stdin", TRANSFORMS).unwrap().unwrap());
    /// let stream = Stream { name: "stdin", bytes };
    /// let rendered = render(&[stream], &program, Snapshot::new(), &Options::default());
    /// let text = String::from_utf8(list.respond(&rendered, &Default::default()).unwrap()).unwrap();
    /// assert!(text.contains("kind: Service # kept\n  metadata:\n    name: web\n    labels:\n      team: web\n"), "{text}");
    /// assert!(text.contains("results:\n"), "{text}");
    /// ```
    ///
    /// # Errors
    /// The text cannot be edited in place, which only a list of somebody's own making brings about.
    pub fn respond(&self, rendered: &Rendered<'_>, limits: &Limits) -> Result<Vec<u8>, EditError> {
        let text = rendered.text(0);
        let results = results::of(self.tree.value(), rendered);
        if results.is_empty() {
            return Ok(text);
        }
        let internal = |message: &dyn std::fmt::Display| EditError::Internal {
            message: format!("the list after the rules cannot be read: {message}"),
        };
        let documents = split(&text, limits).map_err(|error| internal(&error))?;
        let list = documents
            .iter()
            .find(|document| document.scan() != Scan::Empty)
            .ok_or_else(|| internal(&"nothing is left"))?;
        let tree = list.read(limits).map_err(|error| internal(&error))?;
        // A function before this one may have left its own.
        let earlier = tree.value().get("results").and_then(Value::as_array);
        let all: Vec<Value> = earlier.into_iter().flatten().cloned().chain(results).collect();
        let value = Value::Array(all);
        let change = Change::Set {
            pointer: "/results",
            value: &value,
        };
        let edited = tree.edit(&[change], limits)?.into_text();
        let range = list.range();
        let mut answer = text.get(..range.start).unwrap_or_default().to_vec();
        answer.extend_from_slice(edited.as_bytes());
        answer.extend_from_slice(text.get(range.end..).unwrap_or_default());
        Ok(answer)
    }
}

/// Whole lines from the start of a stream.
fn head(stream: &[u8]) -> &[u8] {
    let head = stream.get(..HEAD_BYTES).unwrap_or(stream);
    let end = head.iter().rposition(|byte| *byte == b'\n').unwrap_or_default();
    head.get(..end).unwrap_or_default()
}

fn filled_documents(stream: &[u8], limits: &Limits) -> Option<usize> {
    let documents = split(stream, limits).ok()?;
    let is_filled = |document: &&boltrope_yaml::Document<'_>| document.scan() != Scan::Empty;
    Some(documents.iter().filter(is_filled).count())
}

#[cfg(test)]
mod tests;
