//! Why there is no answer: data that JavaScript throws, with everything that is wrong at once.

use boltrope::rules::load::LoadError;
use serde_json::Value;

use crate::json::Report;

/// Why a call has no answer.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// What kind of thing is wrong, as `BoltropeError.reason` says it: `rules`, `arguments` or `unreadable`.
    reason: &'static str,
    /// All of it, a line each.
    message: String,
    mistakes: Vec<Mistake>,
}

/// One thing that is wrong.
#[derive(Debug, Default)]
struct Mistake {
    /// The file, `object` or `world`; empty when it is about a call.
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    pointer: String,
    message: String,
    remedy: String,
}

impl Trouble {
    /// Mistakes in rules files.
    pub(crate) fn rules(error: &LoadError) -> Self {
        let mistakes = error.mistakes.iter().map(|found| Mistake {
            file: found.file.clone(),
            line: found.line,
            column: found.column,
            pointer: found.mistake.pointer.clone(),
            message: found.mistake.message.clone(),
            remedy: found.mistake.remedy.clone(),
        });
        Self {
            reason: "rules",
            message: error.to_string(),
            mistakes: mistakes.collect(),
        }
    }

    /// A call that cannot be understood.
    pub(crate) fn arguments(pointer: &str, message: &str, remedy: &str) -> Self {
        let mistake = Mistake {
            pointer: pointer.to_owned(),
            ..Mistake::new("", message, remedy)
        };
        Self::one("arguments", mistake)
    }

    /// A manifest that cannot be read as Kubernetes would read it.
    pub(crate) fn unreadable(file: &str, error: &boltrope_yaml::Error) -> Self {
        let position = error.position();
        let mistake = Mistake {
            line: Some(position.line),
            column: Some(position.column),
            ..Mistake::new(file, error.message(), error.remedy())
        };
        Self::one("unreadable", mistake)
    }

    /// A manifest that can be read and is not what was expected.
    pub(crate) fn unexpected(file: &str, message: &str, remedy: &str) -> Self {
        Self::one("unreadable", Mistake::new(file, message, remedy))
    }

    fn one(reason: &'static str, mistake: Mistake) -> Self {
        Self {
            reason,
            message: mistake.sentence(),
            mistakes: vec![mistake],
        }
    }

    /// As it crosses the border.
    pub(crate) fn to_json(&self) -> String {
        let mistakes: Vec<Value> = self.mistakes.iter().map(Mistake::to_value).collect();
        Report::default()
            .with("reason", self.reason)
            .with("message", self.message.as_str())
            .with("mistakes", mistakes)
            .into_text()
    }
}

impl Mistake {
    fn new(file: &str, message: &str, remedy: &str) -> Self {
        Self {
            file: file.to_owned(),
            message: message.to_owned(),
            remedy: remedy.to_owned(),
            ..Self::default()
        }
    }

    /// ``world:3:1: message; remedy``, as rules files are spoken of.
    fn sentence(&self) -> String {
        let mut text = String::new();
        if !self.file.is_empty() {
            text.push_str(&self.file);
            if let (Some(line), Some(column)) = (self.line, self.column) {
                text.push_str(&format!(":{line}:{column}"));
            }
            text.push_str(": ");
        }
        text.push_str(&self.message);
        if !self.remedy.is_empty() {
            text.push_str("; ");
            text.push_str(&self.remedy);
        }
        text
    }

    fn to_value(&self) -> Value {
        Report::default()
            .with("file", self.file.as_str())
            .with_some("line", self.line)
            .with_some("column", self.column)
            .with("pointer", self.pointer.as_str())
            .with("message", self.message.as_str())
            .with("remedy", self.remedy.as_str())
            .into()
    }
}
