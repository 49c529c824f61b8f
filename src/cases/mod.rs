//! Cases: folders of plain YAML that say what rules make of an object, as `tests/README.md` describes them.
//!
//! ```text
//! files of a folder --Case::read--> Case --Case::answer--> what the rules give, in the words of expected.yaml
//! ```
//!
//! Our own suites, the comparison of all surfaces and `boltrope test` read cases here, so that they cannot disagree about
//! what a case says. Finding the folders and reading the files is theirs.

mod answer;
mod request;

use std::collections::BTreeMap;

use boltrope_yaml::{Limits, split};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::engine::Stage;
use crate::rules::{nearest, suggest};

pub use request::CaseRequest;

/// The names of a case's files.
pub const FILES: [&str; 5] = [
    "rules.yaml",
    "input.yaml",
    "request.yaml",
    "world.yaml",
    "expected.yaml",
];

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What people know it by: its folder.
    pub name: String,
    /// `rules.yaml` as text; `None` when the case uses rules from elsewhere.
    pub rules: Option<String>,
    /// `input.yaml` as text.
    pub input: Option<String>,
    /// `request.yaml`.
    pub request: CaseRequest,
    /// The documents of `world.yaml`; `None` when the file is absent.
    pub world: Option<Vec<Value>>,
    /// `expected.yaml`, null when absent.
    pub expected: Value,
    inputs: Vec<Value>,
    expected_text: String,
}

/// Why a folder is no case.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}: {message}")]
pub struct CaseError {
    /// The folder or the file in it.
    pub file: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl Case {
    /// Reads a case from the files of its folder, by name. Files that are no YAML or JSON are nobody's business.
    ///
    /// ```
    /// use boltrope::cases::Case;
    /// let rules = "\
    /// apiVersion: boltrope.dev/v1alpha1
    /// kind: RuleSet
    /// metadata: {name: platform}
    /// spec: {rules: [{name: team, metadata: {labels: {team: {required: true}}}}]}
    /// ";
    /// let input = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}}\n";
    /// let files = [("rules.yaml", rules), ("input.yaml", input)]
    ///     .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    /// let case = Case::read("cases/team", &files.into_iter().collect()).unwrap();
    /// let found = case.answer(&[]).unwrap();
    /// assert_eq!(found["accepted"], false);
    /// assert_eq!(found["findings"][0]["code"], "metadata/missing");
    /// ```
    ///
    /// # Errors
    /// The first file that cannot be read as what its name says.
    pub fn read(name: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<Self, CaseError> {
        for file in files.keys() {
            let is_manifest = [".yaml", ".yml", ".json"]
                .iter()
                .any(|extension| file.ends_with(extension));
            if is_manifest && !FILES.contains(&file.as_str()) {
                let hint = nearest(file, &FILES)
                    .map_or_else(|| FILES.join(", "), |near| format!("did you mean `{near}`?"));
                let message = format!("`{file}` is not a file of a case; {hint}");
                return Err(CaseError::new(name, &message));
            }
        }
        let text = |file: &str| match files.get(file).map(|bytes| std::str::from_utf8(bytes)) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text.to_owned())),
            Some(Err(_)) => Err(CaseError::new(&format!("{name}/{file}"), "it is not UTF-8")),
        };
        let all = |file: &str| -> Result<Option<Vec<Value>>, CaseError> {
            text(file)?
                .map(|text| documents(&format!("{name}/{file}"), &text))
                .transpose()
        };
        let one = |file: &str| -> Result<Value, CaseError> {
            let mut found = all(file)?.unwrap_or_default();
            if found.len() > 1 {
                let message = format!("it holds {} documents; one was expected", found.len());
                return Err(CaseError::new(&format!("{name}/{file}"), &message));
            }
            Ok(found.pop().unwrap_or_default())
        };
        let request = one("request.yaml")?;
        Ok(Self {
            name: name.to_owned(),
            rules: text("rules.yaml")?,
            input: text("input.yaml")?,
            request: CaseRequest::decode(&request)
                .map_err(|message| CaseError::new(&format!("{name}/request.yaml"), &message))?,
            world: all("world.yaml")?,
            expected: one("expected.yaml")?,
            inputs: all("input.yaml")?.unwrap_or_default(),
            expected_text: text("expected.yaml")?.unwrap_or_default(),
        })
    }

    /// The documents of `input.yaml` that hold something.
    #[must_use]
    pub fn inputs(&self) -> &[Value] {
        &self.inputs
    }

    /// The one object of the case, if both stages can be asked about it.
    #[must_use]
    pub fn object(&self) -> Option<&Value> {
        match self.inputs.as_slice() {
            [object] => Some(object),
            _ => None,
        }
    }

    /// The numbers of `covers:`, which only our own cases have.
    #[must_use]
    pub fn covers(&self) -> Option<Vec<&str>> {
        let covers = self.expected.get("covers")?.as_array()?;
        covers.iter().map(Value::as_str).collect()
    }

    /// What must come out: `expected.yaml` without `covers:`. An empty mapping when nothing was written yet.
    #[must_use]
    pub fn expectation(&self) -> Value {
        let mut expected = self.expected.as_object().cloned().unwrap_or_else(Map::new);
        expected.shift_remove("covers");
        Value::Object(expected)
    }

    /// What must come out at a stage; `None` when the case says nothing about it.
    #[must_use]
    pub fn expected_at(&self, stage: Stage) -> Option<&Value> {
        let key = match stage {
            Stage::Render => "render",
            Stage::Admission => "admission",
        };
        let differs = ["render", "admission"]
            .iter()
            .any(|key| self.expected.get(key).is_some());
        if differs {
            self.expected.get(key)
        } else {
            Some(&self.expected)
        }
    }

    /// The mistakes in the rules, when the case is about them.
    #[must_use]
    pub fn errors(&self) -> Option<&[Value]> {
        Some(self.expected.get("errors")?.as_array()?.as_slice())
    }

    /// The text of an `expected.yaml` that expects what was found; comments at its head and `covers:` stay.
    #[must_use]
    pub fn blessed(&self, found: &Value) -> String {
        let mut text: String = self
            .expected_text
            .lines()
            .take_while(|line| line.starts_with('#'))
            .map(|line| format!("{line}\n"))
            .collect();
        if let Some(covers) = self.covers() {
            let numbers: Vec<String> = covers.iter().map(|number| format!("\"{number}\"")).collect();
            text.push_str(&format!("covers: [{}]\n", numbers.join(", ")));
        }
        text.push_str(&boltrope_yaml::write(found));
        text
    }
}

impl CaseError {
    fn new(file: &str, message: &str) -> Self {
        Self {
            file: file.to_owned(),
            message: message.to_owned(),
        }
    }
}

/// The documents of a stream that hold something, as Kubernetes reads them.
///
/// # Errors
/// Why the stream cannot be read; `file` is what people know it by.
pub fn documents(file: &str, text: &str) -> Result<Vec<Value>, CaseError> {
    let limits = Limits::default();
    let broken = |error: boltrope_yaml::Error| CaseError::new(file, &error.to_string());
    let mut found = Vec::new();
    for document in split(text.as_bytes(), &limits).map_err(broken)? {
        let value = document.read(&limits).map_err(broken)?.into_value();
        if !value.is_null() {
            found.push(value);
        }
    }
    Ok(found)
}

/// A sentence about a key that nobody knows.
fn unknown_key(key: &str, known: &[&str]) -> String {
    format!("unknown key `{key}`; {}", suggest(key, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Result<Case, CaseError> {
        let files = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
        Case::read("cases/a", &files.collect())
    }

    #[test]
    fn what_is_no_case_is_named_with_its_file() {
        for (file, text, expected) in [
            (
                "expect.yaml",
                "",
                "cases/a: `expect.yaml` is not a file of a case; did you mean `expected.yaml`?",
            ),
            (
                "request.yaml",
                "namspace: a\n",
                "cases/a/request.yaml: unknown key `namspace`; did you mean `namespace`?",
            ),
            (
                "request.yaml",
                "operation: DELETE\n",
                "cases/a/request.yaml: `operation` is `DELETE`; write CREATE or UPDATE: no rule is asked about anything else",
            ),
            (
                "request.yaml",
                "a: 1\n---\nb: 2\n",
                "cases/a/request.yaml: it holds 2 documents; one was expected",
            ),
            (
                "request.yaml",
                "[]\n",
                "cases/a/request.yaml: it is not a mapping",
            ),
            (
                "request.yaml",
                "user: 1\n",
                "cases/a/request.yaml: `user` is not text",
            ),
        ] {
            assert_eq!(read(&[(file, text)]).unwrap_err().to_string(), expected);
        }
        let broken = read(&[("input.yaml", "a: [")]).unwrap_err().to_string();
        assert!(broken.starts_with("cases/a/input.yaml: "), "{broken}");
        assert!(read(&[("README.md", "\u{feff}"), ("input.yaml", "")]).is_ok());
    }

    #[test]
    fn comments_and_covers_survive_a_blessing() {
        let text = "# why\ncovers: [\"1.10\"]\naccepted: true\n";
        let case = read(&[("expected.yaml", text), ("input.yaml", "{}")]).unwrap();
        let found = serde_json::json!({"accepted": false, "findings": [{"message": "on: `no`."}]});
        let blessed = case.blessed(&found);
        assert!(
            blessed.starts_with("# why\ncovers: [\"1.10\"]\naccepted: false\n"),
            "{blessed}"
        );
        let again = read(&[("expected.yaml", &blessed)]).unwrap();
        assert_eq!(again.expectation(), found);
        assert_eq!(again.covers(), Some(vec!["1.10"]));
    }

    #[test]
    fn a_case_without_rules_needs_some() {
        let case = read(&[("input.yaml", "kind: Service\n")]).unwrap();
        assert_eq!(
            case.answer(&[]).unwrap_err().to_string(),
            "cases/a: it has no rules.yaml; write one, or pass --rules for all cases without"
        );
    }
}
