//! A HelmRelease in its Git file: where it is, and the same file with our item written into it.
//!
//! Our item is known by the comment above it, else by the annotation that holds its digest. Every byte that is not
//! ours stays: other post-renderers, comments, other documents.

mod comment;
mod editor;
#[cfg(test)]
mod tests;

use std::ops::Range;

use boltrope_yaml::{EditError, Error, Limits};
use serde_json::Value;
use thiserror::Error;

use super::item::DIGEST_ANNOTATION;
use crate::object::Object;
use crate::recovery::identity::{self, Identity};

use editor::Editor;

const LIST: &str = "/spec/postRenderers";

/// A HelmRelease and where its text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelmRelease {
    /// `metadata.name`.
    pub name: String,
    /// The namespace that its objects get: `spec.targetNamespace`, else its own.
    pub namespace: Option<String>,
    /// `spec.releaseName`, else what helm-controller makes of the names.
    pub release: String,
    /// The bytes of the file that hold it.
    pub range: Range<usize>,
}

/// How our item was found in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The digest comment stands above it.
    Comment,
    /// Its digest is the annotation's.
    Annotation,
    /// It is not there yet.
    Nowhere,
}

/// The file with our item in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// How the item that was there before was found.
    pub found: Found,
}

/// Why a file is not written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// The text is not YAML as Kubernetes reads it.
    #[error(transparent)]
    Unreadable(#[from] Error),
    /// The text cannot be edited in place.
    #[error("the HelmRelease cannot be edited in place: {0}")]
    Edit(#[from] EditError),
    /// No document is a HelmRelease of that name.
    #[error("no HelmRelease {wanted}in it; it has {}", list(.known))]
    Missing {
        /// The name that was asked for, in backticks and with a blank behind, or nothing.
        wanted: String,
        /// The names of those that are there.
        known: Vec<String>,
    },
    /// Several documents could be meant.
    #[error("{} HelmReleases in it ({}): say which with --release", .known.len(), list(.known))]
    Several {
        /// Their names.
        known: Vec<String>,
    },
    /// `spec.postRenderers` is not a list.
    #[error("`{LIST}` is not a list")]
    NotAList,
    /// Two items carry our mark.
    #[error(
        "{count} digest comments of boltrope in it, and one item is ours: remove the others with their items"
    )]
    Twice {
        /// How many.
        count: usize,
    },
    /// The comment stands above nothing.
    #[error("the digest comment in line {line} stands above no item of `{LIST}`: remove it")]
    Stray {
        /// Its line.
        line: usize,
    },
    /// The annotation's digest is no item's.
    #[error(
        "annotation `{DIGEST_ANNOTATION}` names no item of `{LIST}`: someone changed it; remove the item and the annotation, then export again"
    )]
    Changed,
}

fn list(known: &[String]) -> String {
    if known.is_empty() {
        return "none".to_owned();
    }
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    known.join(", ")
}

/// Finds the HelmRelease that a file is about; `release` is its name, or that of its Helm release, where the file has
/// several.
///
/// # Errors
/// The file cannot be read, has none, or has several that could be meant.
pub fn find(file: &[u8], release: Option<&str>) -> Result<HelmRelease, ReleaseError> {
    let limits = Limits::default();
    let mut known = Vec::new();
    let mut found = Vec::new();
    for document in boltrope_yaml::split(file, &limits)? {
        let tree = document.read(&limits)?;
        let object = Object::new(tree.value());
        if object.kind() != "HelmRelease" || object.group() != "helm.toolkit.fluxcd.io" {
            continue;
        }
        let candidate = describe(object, document.range());
        known.push(candidate.name.clone());
        if release.is_none_or(|wanted| wanted == candidate.name || wanted == candidate.release) {
            found.push(candidate);
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(ReleaseError::Several { known }),
        (None, _) => {
            let wanted = release.map_or_else(String::new, |name| format!("`{name}` "));
            Err(ReleaseError::Missing { wanted, known })
        }
    }
}

fn describe(object: Object<'_>, range: Range<usize>) -> HelmRelease {
    let Identity {
        release, namespace, ..
    } = identity::desired(object.value());
    HelmRelease {
        name: object.name().unwrap_or_default().to_owned(),
        namespace: Some(namespace).filter(|namespace| !namespace.is_empty()),
        release,
        range,
    }
}

/// The file with `item` as our post-renderer, or without ours when there is none.
///
/// # Errors
/// The list is not a list, our item is not to be told from others, or the text cannot be edited in place.
pub fn write(
    file: &[u8],
    release: &HelmRelease,
    item: Option<&Value>,
    digest: &str,
) -> Result<Written, ReleaseError> {
    let limits = Limits::default();
    let mut bytes = Vec::with_capacity(file.len());
    let mut found = Found::Nowhere;
    let mut end = 0;
    for document in boltrope_yaml::split(file, &limits)? {
        if document.range() != release.range {
            continue;
        }
        let (text, how) = Editor::new(&document, limits)?.write(item, digest)?;
        let range = document.range();
        bytes.extend_from_slice(file.get(..range.start).unwrap_or_default());
        bytes.extend_from_slice(text.as_bytes());
        (found, end) = (how, range.end);
    }
    bytes.extend_from_slice(file.get(end..).unwrap_or_default());
    Ok(Written { bytes, found })
}
