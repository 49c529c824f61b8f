//! What comes of a request that was not answered as hoped.

use serde_json::Value;

use super::missing::{Missing, explain};

/// Why a request to the API server has no result.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The API server does not allow it.
    #[error("{}", explain(std::slice::from_ref(missing)))]
    Forbidden {
        /// What is missing.
        missing: Missing,
    },
    /// There is no such object, or no such kind.
    #[error("{what}: the API server knows nothing of it")]
    NotFound {
        /// Verb and path.
        what: String,
    },
    /// The object is not as it was read (409), or is there already.
    #[error("{what}: somebody else wrote it in between")]
    Conflict {
        /// Verb and path.
        what: String,
    },
    /// The API server says no for another reason.
    #[error("{what}: the API server answered {status}{message}")]
    Refused {
        /// Verb and path.
        what: String,
        /// The HTTP status.
        status: u16,
        /// `: ` and its words; none about a Secret, because they may repeat what was sent.
        message: String,
    },
    /// No answer: nobody knows whether it was done.
    #[error("{what}: no answer from the API server: {why}")]
    Unheard {
        /// Verb and path.
        what: String,
        /// What happened instead.
        why: String,
    },
    /// An answer that is no JSON.
    #[error("{what}: the answer is not what an API server says (line {line}, column {column})")]
    Unreadable {
        /// Verb and path.
        what: String,
        /// Where in the answer.
        line: usize,
        /// Where in the line.
        column: usize,
    },
}

impl CallError {
    /// From an answer that is no success.
    pub(super) fn of_answer(what: String, missing: Missing, status: u16, body: &[u8]) -> Self {
        let is_secret = missing.resource == "secrets";
        match status {
            401 => Self::Refused {
                what,
                status,
                message: ": who are you? The token or certificate of the kubeconfig is not accepted"
                    .to_owned(),
            },
            403 => Self::Forbidden { missing },
            404 => Self::NotFound { what },
            409 => Self::Conflict { what },
            _ => {
                let words = serde_json::from_slice::<Value>(body).ok();
                let words = words.as_ref().and_then(|body| body.get("message")?.as_str());
                let words = words.filter(|words| !is_secret && !words.is_empty());
                // What follows is what was sent, and values hold what should be in Secrets.
                let words = words.and_then(|words| words.split("Invalid value").next());
                Self::Refused {
                    what,
                    status,
                    message: words.map(|words| format!(": {words}")).unwrap_or_default(),
                }
            }
        }
    }

    /// Whether the same request may be answered a moment later, and has not been carried out.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unheard { .. } => true,
            Self::Refused { status, .. } => [429, 500, 502, 503, 504].contains(status),
            _ => false,
        }
    }
}
