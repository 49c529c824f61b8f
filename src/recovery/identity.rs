//! Which Helm release a HelmRelease means, and where its storage is.
//!
//! Source: helm-controller 1.6.3, `api/v2/helmrelease_types.go` (`GetReleaseName`, `GetReleaseNamespace`,
//! `GetStorageNamespace`), `internal/release/name.go` (`ShortenName`), `internal/action/verify.go`
//! (`ReleaseTargetChanged`).

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::storage::secret_name;
use crate::object::Object;

/// Helm's own limit on release names.
const MAX_NAME: usize = 53;
const HASH: usize = 12;

/// A Helm release and the place of its records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The release's name.
    pub release: String,
    /// The namespace that it is installed in.
    pub namespace: String,
    /// The namespace of its records.
    pub storage_namespace: String,
}

/// The records to fetch where Secrets may be read by name only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    /// The namespace of the Secrets.
    pub namespace: String,
    /// Their names, oldest first.
    pub names: Vec<String>,
    /// Whether later ones may exist that no name can be foretold of: without a history, follow the revisions upward
    /// while they are found, or list by the labels `owner=helm,name=<release>`.
    pub open: bool,
}

/// The release that the spec asks for.
///
/// ```
/// use boltrope::recovery::identity::desired;
/// let release = serde_json::json!({
///     "kind": "HelmRelease", "metadata": {"name": "web", "namespace": "flux"},
///     "spec": {"targetNamespace": "shop"},
/// });
/// let identity = desired(&release);
/// assert_eq!((identity.release.as_str(), identity.storage_namespace.as_str()), ("shop-web", "flux"));
/// ```
#[must_use]
pub fn desired(release: &Value) -> Identity {
    let object = Object::new(release);
    let own = object.namespace().unwrap_or_default();
    let name = object.name().unwrap_or_default();
    let target = object.text("/spec/targetNamespace");
    let full = match (object.text("/spec/releaseName"), target) {
        (Some(given), _) => given.to_owned(),
        (None, Some(target)) => format!("{target}-{name}"),
        (None, None) => name.to_owned(),
    };
    Identity {
        release: shorten(&full),
        namespace: target.unwrap_or(own).to_owned(),
        storage_namespace: object.text("/spec/storageNamespace").unwrap_or(own).to_owned(),
    }
}

/// The release that the controller has worked on, from its status; `None` before the first attempt.
#[must_use]
pub fn observed(release: &Value) -> Option<Identity> {
    let object = Object::new(release);
    let latest = super::conditions::latest_snapshot(release)?;
    Some(Identity {
        release: latest.name.to_owned(),
        namespace: latest.namespace.to_owned(),
        storage_namespace: object.text("/status/storageNamespace")?.to_owned(),
    })
}

/// Where to look for records: what the controller worked on, else what the spec asks for.
#[must_use]
pub fn current(release: &Value) -> Identity {
    observed(release).unwrap_or_else(|| {
        let wanted = desired(release);
        let storage = Object::new(release).text("/status/storageNamespace");
        Identity {
            storage_namespace: storage.map_or(wanted.storage_namespace, str::to_owned),
            ..wanted
        }
    })
}

/// The records to fetch by exact name: those of the history and the three after it.
#[must_use]
pub fn wanted_records(release: &Value) -> Wanted {
    let identity = current(release);
    let versions = super::conditions::history_versions(release);
    let open = versions.is_empty();
    let last = versions.iter().max().copied().unwrap_or(0);
    let mut versions: Vec<u64> = versions.into_iter().chain((last + 1)..=(last + 3)).collect();
    versions.sort_unstable();
    versions.dedup();
    Wanted {
        names: versions
            .iter()
            .map(|version| secret_name(&identity.release, *version))
            .collect(),
        namespace: identity.storage_namespace,
        open,
    }
}

/// Helm's limit as Flux keeps it: 40 characters, `-`, and 12 of the hash of the whole name.
///
/// ```
/// // A row of helm-controller's own test.
/// let long = "release-name-with-very-long-name-which-is-longer-than-53-characters";
/// assert_eq!(boltrope::recovery::identity::shorten(long), "release-name-with-very-long-name-which-i-788ca0d0d7b0");
/// ```
#[must_use]
pub fn shorten(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let hash = format!("{:x}", Sha256::digest(name));
    let hash = hash.get(..HASH).unwrap_or_default();
    let head = name.as_bytes().get(..MAX_NAME - HASH - 1).unwrap_or_default();
    format!("{}-{hash}", String::from_utf8_lossy(head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_shortened_as_upstream_tests_say() {
        for (name, expected) in [
            ("release-name", "release-name"),
            (
                "another-release-name-with-very-long-name-which-is-longer-than-53-characters",
                "another-release-name-with-very-long-name-7e72150d5a36",
            ),
            ("", ""),
        ] {
            assert_eq!(shorten(name), expected);
        }
        assert_eq!(shorten(&"a".repeat(53)).len(), 53);
        assert_eq!(shorten(&"é".repeat(40)).chars().count(), 33);
    }

    #[test]
    fn without_a_history_the_revisions_are_followed_upward() {
        let release = json!({"metadata": {"name": "web", "namespace": "shop"}});
        let wanted = wanted_records(&release);
        assert!(wanted.open);
        assert_eq!(wanted.names.first().unwrap(), "sh.helm.release.v1.web.v1");
        let release = json!({
            "metadata": {"name": "web", "namespace": "shop"}, "spec": {"storageNamespace": "elsewhere"},
            "status": {"storageNamespace": "shop", "history": [
                {"name": "web", "namespace": "shop", "version": 10}, {"name": "web", "namespace": "shop", "version": 9},
            ]},
        });
        let wanted = wanted_records(&release);
        assert_eq!((wanted.namespace.as_str(), wanted.open), ("shop", false));
        let versions: Vec<&str> = wanted
            .names
            .iter()
            .filter_map(|name| name.rsplit('v').next())
            .collect();
        assert_eq!(versions, ["9", "10", "11", "12", "13"]);
    }
}
