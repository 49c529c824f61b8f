//! Where Helm keeps releases: one Secret for each revision, `sh.helm.release.v1.<release>.v<revision>`.
//!
//! Source: Helm 4.2.4, `pkg/storage/driver/{secrets,util}.go`, `pkg/storage/storage.go`. Helm finds records by the labels
//! `owner` and `name` and then trusts the body for status and revision; queries for `deployed` trust the label. So both
//! have to be read, and a repair has to change both.

mod codec;
mod status;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;

pub use codec::{Body, BodyError, Head, stored_size};
pub use status::{Pending, Status};

use super::Timestamp;
use crate::object::Object;

/// The API server's limit on all values of a Secret together, in bytes (`MaxSecretSize` of Kubernetes).
pub const SECRET_LIMIT: usize = 1_048_576;
/// The type of a Secret that holds a release.
pub const SECRET_TYPE: &str = "helm.sh/release.v1";
const NAME_PREFIX: &str = "sh.helm.release.v1.";

/// One revision of a release in Helm's storage: the Secret as it came, data included or not.
#[derive(Clone)]
pub struct StorageRecord {
    object: Value,
    release: String,
    version: u64,
}

/// The name of the Secret that holds a revision.
///
/// ```
/// assert_eq!(boltrope::recovery::storage::secret_name("web", 3), "sh.helm.release.v1.web.v3");
/// ```
#[must_use]
pub fn secret_name(release: &str, version: u64) -> String {
    format!("{NAME_PREFIX}{release}.v{version}")
}

impl StorageRecord {
    /// Whether an object is one of Helm's records.
    #[must_use]
    pub fn is_record(object: &Value) -> bool {
        let view = Object::new(object);
        view.kind() == "Secret"
            && view.group().is_empty()
            && view.name().is_some_and(|name| name.starts_with(NAME_PREFIX))
    }

    /// Takes a Secret (or its metadata alone). `None` if it is not one of Helm's records.
    #[must_use]
    pub fn new(object: Value) -> Option<Self> {
        if !Self::is_record(&object) {
            return None;
        }
        let view = Object::new(&object);
        // The name cannot be changed, labels can: the name says which revision this is.
        let (release, version) = view.name()?.strip_prefix(NAME_PREFIX)?.rsplit_once(".v")?;
        let version = version.parse().ok()?;
        let release = release.to_owned();
        Some(Self {
            release,
            version,
            object,
        })
    }

    /// The release's name.
    #[must_use]
    pub fn release(&self) -> &str {
        &self.release
    }

    /// The revision, from the Secret's name, as a number.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The namespace of the Secret.
    #[must_use]
    pub fn namespace(&self) -> &str {
        Object::new(&self.object).namespace().unwrap_or_default()
    }

    /// The name of the Secret.
    #[must_use]
    pub fn name(&self) -> &str {
        Object::new(&self.object).name().unwrap_or_default()
    }

    /// Whether Helm itself would find it: it selects by the labels `owner` and `name`.
    #[must_use]
    pub fn is_found_by_helm(&self) -> bool {
        let view = Object::new(&self.object);
        view.label("owner") == Some("helm") && view.label("name") == Some(self.release())
    }

    /// The status that the label claims.
    #[must_use]
    pub fn label_status(&self) -> Option<Status> {
        Object::new(&self.object).label("status").and_then(Status::parse)
    }

    /// When Helm wrote the record last, from its labels `modifiedAt` and `createdAt`.
    #[must_use]
    pub fn written(&self) -> Option<Timestamp> {
        let view = Object::new(&self.object);
        let label = |key: &str| Some(Timestamp::from_unix(view.label(key)?.parse().ok()?));
        label("modifiedAt").max(label("createdAt"))
    }

    /// Whether the Secret's data is there; a list of metadata has none.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.data().is_some()
    }

    /// What counts against [`SECRET_LIMIT`], in bytes; `None` without data.
    #[must_use]
    pub fn size(&self) -> Option<usize> {
        let padding = |text: &str| text.len() - text.trim_end_matches('=').len();
        self.data()
            .map(|data| (data.len() / 4 * 3).saturating_sub(padding(data)))
    }

    /// Unpacks the body.
    ///
    /// # Errors
    /// When there is none, or it is broken.
    pub fn body(&self) -> Result<Body, BodyError> {
        Body::decode(self.data().ok_or(BodyError::Missing)?)
    }

    /// The Secret itself. It holds whatever the release holds: show none of it to anybody.
    #[must_use]
    pub fn object(&self) -> &Value {
        &self.object
    }

    fn data(&self) -> Option<&str> {
        self.object.pointer("/data/release")?.as_str()
    }
}

impl fmt::Debug for StorageRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StorageRecord")
            .field("namespace", &self.namespace())
            .field("name", &self.name())
            .field("label_status", &self.label_status())
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
