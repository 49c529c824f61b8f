//! Why there is no answer: data that JavaScript throws, with everything that is wrong at once.

use boltrope::rules::load::LoadError;
use serde::Serialize;

/// Why a call has no answer.
#[derive(Debug, Serialize)]
pub(crate) struct Trouble {
    /// What kind of thing is wrong, as `BoltropeError.reason` says it.
    reason: Reason,
    /// All of it, a line each.
    message: String,
    mistakes: Vec<Mistake>,
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Reason {
    /// The rules.
    Rules,
    /// What the function was called with.
    Arguments,
    /// A manifest.
    Unreadable,
}

/// One thing that is wrong.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Mistake {
    /// The file, `object` or `world`; empty when it is about a call.
    pub(crate) file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<usize>,
    pub(crate) pointer: String,
    pub(crate) message: String,
    pub(crate) remedy: String,
}

impl Trouble {
    /// Mistakes in rules files.
    pub(crate) fn rules(error: LoadError) -> Self {
        Self {
            reason: Reason::Rules,
            message: error.to_string(),
            mistakes: error
                .mistakes
                .into_iter()
                .map(|found| Mistake {
                    file: found.file,
                    line: found.line,
                    column: found.column,
                    pointer: found.mistake.pointer,
                    message: found.mistake.message,
                    remedy: found.mistake.remedy,
                })
                .collect(),
        }
    }

    /// A call that cannot be understood.
    pub(crate) fn arguments(pointer: &str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::one(
            Reason::Arguments,
            Mistake {
                pointer: pointer.to_owned(),
                message: message.into(),
                remedy: remedy.into(),
                ..Mistake::default()
            },
        )
    }

    /// JSON text that cannot be read. What it holds is not told: that may be a Secret.
    pub(crate) fn json(what: &str, error: &serde_json::Error) -> Self {
        let message = match error.classify() {
            serde_json::error::Category::Syntax => format!(
                "{what} cannot be read: not JSON, half of a surrogate pair, or nested more than 100 levels deep"
            ),
            _ => format!("{what} cannot be read: it is not what was expected"),
        };
        Self::arguments("", message, "")
    }

    /// A manifest that cannot be read as Kubernetes would read it.
    pub(crate) fn unreadable(file: &str, error: &boltrope_yaml::Error) -> Self {
        let position = error.position();
        Self::one(
            Reason::Unreadable,
            Mistake {
                file: file.to_owned(),
                line: Some(position.line),
                column: Some(position.column),
                message: error.message().to_owned(),
                remedy: error.remedy().to_owned(),
                ..Mistake::default()
            },
        )
    }

    /// A manifest that can be read and is not what was expected.
    pub(crate) fn unexpected(file: &str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::one(
            Reason::Unreadable,
            Mistake {
                file: file.to_owned(),
                message: message.into(),
                remedy: remedy.into(),
                ..Mistake::default()
            },
        )
    }

    fn one(reason: Reason, mistake: Mistake) -> Self {
        Self {
            reason,
            message: mistake.sentence(),
            mistakes: vec![mistake],
        }
    }

    /// As it crosses the border.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Mistake {
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
            text.push_str(&format!("; {}", self.remedy));
        }
        text
    }
}
