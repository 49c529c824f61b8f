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
        let words = words(body, &missing.resource);
        match status {
            401 => Self::Refused {
                what,
                status,
                message: ": who are you? The token or certificate of the kubeconfig is not accepted"
                    .to_owned(),
            },
            // Quotas, webhooks and namespaces that end say 403 too, and no Role helps against them.
            403 if is_admission(&words) => Self::Refused {
                what,
                status,
                message: words,
            },
            403 => Self::Forbidden { missing },
            404 => Self::NotFound { what },
            409 => Self::Conflict { what },
            _ => Self::Refused {
                what,
                status,
                message: words,
            },
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

/// `: ` and what the API server says. It may repeat what was sent: of a Secret nothing is said, of a HelmRelease nothing
/// after `Invalid value`, because its values may hold what should be in Secrets.
fn words(body: &[u8], resource: &str) -> String {
    let body = serde_json::from_slice::<Value>(body).ok();
    let words = body.as_ref().and_then(|body| body.get("message")?.as_str());
    let words = match resource.split('/').next().unwrap_or_default() {
        "secrets" => None,
        "helmreleases" => words.and_then(|words| words.split("Invalid value").next()),
        _ => words,
    };
    let words = words.filter(|words| !words.is_empty());
    words.map(|words| format!(": {words}")).unwrap_or_default()
}

/// Whether a 403 comes from admission: the authorizer's says which user cannot do what.
fn is_admission(words: &str) -> bool {
    let is_authorizer = words.contains("User \"") && words.contains(" cannot ");
    !words.is_empty() && !is_authorizer
}
