//! How our item among the post-renderers is known again.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// How the comment above our item begins; the digest of rules and input follows.
pub const DIGEST_COMMENT: &str = "boltrope.dev/postrenderers-digest: ";

/// The annotation of a HelmRelease whose list cannot carry comments; its value is the digest of our item.
pub const DIGEST_ANNOTATION: &str = "boltrope.dev/postrenderers-digest";

/// What a compiled block came from: the rules files in their order and the stream.
#[must_use]
pub fn digest(rules: &[&[u8]], input: &[u8]) -> String {
    let mut hasher = Sha256::new();
    for part in rules.iter().chain([&input]) {
        // Each part with its length, so that no two lists of parts say the same.
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    format!("sha256:{:x}", hasher.finalize())
}

/// What an item of `spec.postRenderers` says, whatever its text looks like.
#[must_use]
pub fn item_digest(item: &Value) -> String {
    let mut canonical = item.clone();
    canonical.sort_all_objects();
    format!("sha256:{:x}", Sha256::digest(canonical.to_string()))
}
