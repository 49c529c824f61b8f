//! Rules from the text of files: every mistake with file, line and column.
//!
//! A rules file is one YAML document, read by the same reader as manifests. Several files are one set of rules
//! (rules.md 1.4). A mistake is placed at the key it is about, else at the value, else at the nearest parent.

use std::fmt;

use boltrope_yaml::{Document, Limits, Position, Tree, WarningKind};
use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Mistake, RuleSet};
use crate::object::position::locate;
use crate::order;
use crate::transforms::Transform;

/// A rules file is written by people; what is larger is something else.
const MAX_BYTES: usize = 1 << 20;
/// What to do about a file with no rules in it.
const START: &str = "start one with `boltrope rules init`";

/// One rules file.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What people know it by: its path.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// A mistake in a rules file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoadMistake {
    /// The file's name; empty when there is no file.
    pub file: String,
    /// Line, from 1; `None` when the mistake is about the file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Character in the line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What is wrong.
    #[serde(flatten)]
    pub mistake: Mistake,
}

/// Everything that is wrong with some rules files, by file, line and column. Displays one mistake a line:
/// ``rules.yaml:7:9: unknown key `nmae`; did you mean `name`?``.
#[derive(Clone, Debug, Default, PartialEq, Eq, Error)]
pub struct LoadError {
    /// The mistakes; never empty in an `Err`.
    pub mistakes: Vec<LoadMistake>,
}

/// Rules files that are right: what they say, and as they were written.
#[derive(Debug)]
pub struct Loaded {
    /// All files as one set of rules.
    pub rules: RuleSet,
    /// The document of each file.
    pub documents: Vec<Value>,
}

impl Loaded {
    /// One `spec` of all files: the settings of a policy that runs them.
    #[must_use]
    pub fn spec(&self) -> Value {
        let mut merged = Map::new();
        let mut rules = Vec::new();
        let specs = self.documents.iter().filter_map(|document| document.get("spec"));
        for (key, value) in specs.filter_map(Value::as_object).flatten() {
            match value.as_array().filter(|_| key == "rules") {
                Some(more) => rules.extend(more.iter().cloned()),
                // Two files that say the same thing differently do not load.
                None => {
                    merged.insert(key.clone(), value.clone());
                }
            }
        }
        merged.insert("rules".to_owned(), rules.into());
        Value::Object(merged)
    }

    /// `metadata.name` of the first file.
    #[must_use]
    pub fn name(&self) -> &str {
        let first = self.documents.first();
        let name = first.and_then(|document| document.pointer("/metadata/name")?.as_str());
        name.unwrap_or_default()
    }
}

/// Reads rules files as one set of rules.
///
/// ```
/// use boltrope::rules::load::{Source, load};
/// let bytes = b"apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata:\n  nmae: platform\nspec: {rules: []}\n";
/// let error = load(&[Source { name: "rules.yaml", bytes }], &[]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "rules.yaml:3:1: `name` is missing; add `name`\n\
///      rules.yaml:4:3: unknown key `nmae`; did you mean `name`?",
/// );
/// ```
///
/// # Errors
/// Every mistake in every file; mistakes of the files together (duplicate names, conflicts) once each file alone is
/// right.
pub fn load(sources: &[Source<'_>], transforms: &[&'static dyn Transform]) -> Result<RuleSet, LoadError> {
    load_written(sources, transforms).map(|loaded| loaded.rules)
}

/// [`load`], for who needs the rules as they were written too.
///
/// # Errors
/// As [`load`].
pub fn load_written(
    sources: &[Source<'_>],
    transforms: &[&'static dyn Transform],
) -> Result<Loaded, LoadError> {
    let mut error = LoadError::default();
    if sources.is_empty() {
        error.about_file("", "there is no rules file", START);
    }
    let mut sets = Vec::with_capacity(sources.len());
    let mut trees = Vec::with_capacity(sources.len());
    for source in sources {
        let Some(tree) = read(source, &mut error) else {
            continue;
        };
        match RuleSet::decode(tree.value(), transforms) {
            Ok(set) => sets.push(set),
            Err(mistakes) => {
                for mistake in mistakes {
                    error.at(source.name, locate(&tree, &mistake.pointer), mistake);
                }
            }
        }
        trees.push((source.name, tree));
    }
    if error.mistakes.is_empty() {
        match RuleSet::concat(sets) {
            Ok(rules) => {
                let documents = trees.into_iter().map(|(_, tree)| tree.into_value()).collect();
                return Ok(Loaded { rules, documents });
            }
            Err(mistakes) => {
                for (index, mistake) in mistakes {
                    if let Some((name, tree)) = trees.get(index) {
                        error.at(name, locate(tree, &mistake.pointer), mistake);
                    }
                }
            }
        }
    }
    error.sort();
    Err(error)
}

/// The one document of a rules file, when it can be read.
fn read<'a>(source: &Source<'a>, error: &mut LoadError) -> Option<Tree<'a>> {
    let size = source.bytes.len();
    if size > MAX_BYTES {
        let message =
            format!("a rules file of {size} bytes is above the limit of 1 MiB; is this a rules file?");
        error.about_file(source.name, &message, "");
        return None;
    }
    let limits = Limits::default();
    let mut refuse = |found: &boltrope_yaml::Error| {
        let mistake = Mistake::new("", found.message(), found.remedy());
        error.at(source.name, Some(found.position()), mistake);
    };
    let documents = boltrope_yaml::split(source.bytes, &limits)
        .map_err(|found| refuse(&found))
        .ok()?;
    let mut trees: Vec<(Document<'a>, Tree<'a>)> = Vec::new();
    for document in documents {
        let tree = document.read(&limits).map_err(|found| refuse(&found)).ok()?;
        if !tree.is_empty() {
            trees.push((document, tree));
        }
    }
    if let Some((second, _)) = trees.get(1) {
        let message = "a second document; a rules file is one document";
        let mistake = Mistake::new(
            "",
            message,
            "put it in a file of its own and give both with --rules",
        );
        error.at(source.name, Some(second.position()), mistake);
        return None;
    }
    let Some((_, tree)) = trees.pop() else {
        error.about_file(source.name, "the file is empty", START);
        return None;
    };
    for warning in tree.warnings() {
        let remedy = match warning.kind {
            WarningKind::IgnoredText => "remove it",
            _ => "remove one of the two",
        };
        let mistake = Mistake::new(&warning.pointer, &warning.message, remedy);
        error.at(source.name, Some(warning.position), mistake);
    }
    Some(tree)
}

impl LoadError {
    pub(crate) fn at(&mut self, file: &str, position: Option<Position>, mistake: Mistake) {
        self.mistakes.push(LoadMistake {
            file: file.to_owned(),
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            mistake,
        });
    }

    pub(crate) fn about_file(&mut self, file: &str, message: &str, remedy: &str) {
        self.at(file, None, Mistake::new("", message, remedy));
    }

    /// By place within each file; files keep the order they were given in.
    fn sort(&mut self) {
        let mut files: Vec<String> = Vec::new();
        for mistake in &self.mistakes {
            if !files.contains(&mistake.file) {
                files.push(mistake.file.clone());
            }
        }
        let rank = |file: &String| files.iter().position(|other| other == file);
        let place = |mistake: &LoadMistake| (rank(&mistake.file), mistake.line, mistake.column);
        order::sort_by(&mut self.mistakes, |left, right| place(left).cmp(&place(right)));
    }
}

impl fmt::Display for LoadMistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(formatter, "{}:", self.file)?;
        }
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(formatter, "{line}:{column}:")?;
        }
        let space = if self.file.is_empty() { "" } else { " " };
        write!(formatter, "{space}{}", self.mistake)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{mistake}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "apiVersion: boltrope.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: a}\n";

    fn message(files: &[(&str, &str)]) -> String {
        let sources: Vec<Source<'_>> = files
            .iter()
            .map(|(name, text)| Source {
                name,
                bytes: text.as_bytes(),
            })
            .collect();
        load(&sources, &[])
            .map(|_| "accepted".to_owned())
            .unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn no_file_and_an_empty_one_say_how_to_start() {
        assert_eq!(
            message(&[]),
            "there is no rules file; start one with `boltrope rules init`"
        );
        for empty in ["", "\n", "# soon\n", "---\n---\n"] {
            assert_eq!(
                message(&[("r.yaml", empty)]),
                "r.yaml: the file is empty; start one with `boltrope rules init`"
            );
        }
    }

    #[test]
    fn a_second_document_is_named_by_its_line() {
        let text = format!("{HEAD}spec: {{rules: []}}\n---\nkind: RuleSet\n");
        assert_eq!(
            message(&[("r.yaml", &text)]),
            "r.yaml:6:1: a second document; a rules file is one document; put it in a file of its own and give both \
             with --rules"
        );
        assert_eq!(
            message(&[("r.yaml", &format!("---\n{HEAD}spec: {{rules: []}}\n---\n"))]),
            "accepted"
        );
    }

    #[test]
    fn mistakes_of_all_files_come_at_once_in_order() {
        let broken = format!("{HEAD}spec:\n  ruels: []\n  clusterDomain: 7\n");
        assert_eq!(
            message(&[("z.yaml", &broken), ("a.yaml", "[1, 2]\n")]),
            "z.yaml:4:1: `rules` is missing; add `rules:` with a list of rules\n\
             z.yaml:5:3: unknown key `ruels`; did you mean `rules`?\n\
             z.yaml:6:3: expected text, found a whole number\n\
             a.yaml:1:1: a rules file is a mapping with `apiVersion: boltrope.dev/v1alpha1` and `kind: RuleSet`"
        );
    }

    #[test]
    fn different_settings_of_two_files_are_named_where_the_second_stands() {
        let with = |domain: &str| format!("{HEAD}spec:\n  clusterDomain: {domain}\n  rules: []\n");
        assert_eq!(
            message(&[("a.yaml", &with("cluster.local")), ("b.yaml", &with("corp"))]),
            "b.yaml:5:3: `clusterDomain` is `corp` here and `cluster.local` in an earlier rules file; keep one value"
        );
    }

    #[test]
    fn several_files_are_one_spec() {
        let first = format!("{HEAD}spec: {{clusterDomain: corp, rules: []}}\n");
        let second = format!("{HEAD}spec: {{rules: []}}\n");
        let sources = [("a.yaml", &first), ("b.yaml", &second)].map(|(name, text)| Source {
            name,
            bytes: text.as_bytes(),
        });
        let loaded = load_written(&sources, &[]).unwrap();
        assert_eq!(
            loaded.spec(),
            serde_json::json!({"clusterDomain": "corp", "rules": []})
        );
        assert_eq!(loaded.name(), "a");
    }

    #[test]
    fn a_key_written_twice_is_a_mistake() {
        let text = format!("{HEAD}spec:\n  rules: []\n  rules: []\n");
        assert_eq!(
            message(&[("r.yaml", &text)]),
            "r.yaml:6:3: key `rules` is there twice; Kubernetes keeps the last one; remove one of the two"
        );
    }
}
