//! Who publishes the policies, where, and since when: `[workspace.metadata.publishing]` of the root manifest and the
//! release's line in the changelog. A fork changes these and nothing else.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::program::Program;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const TABLE: &str = "/metadata/publishing";
/// What Artifact Hub is told of a version that no release has yet: a day that nobody takes for one.
const UNRELEASED: &str = "1970-01-01";

/// What generated files say of the publisher.
#[derive(Debug)]
pub(super) struct Publisher {
    /// Where the images of the policies are, without `registry://`.
    pub(super) registry: String,
    /// The name of the people who answer.
    pub(super) name: String,
    /// Their address.
    pub(super) mail: String,
    /// What Artifact Hub gave the repository when it was registered there.
    pub(super) repository_id: Option<String>,
    /// When the version was released, as Artifact Hub wants it. A clock would never generate the same file twice.
    pub(super) created_at: String,
}

impl Publisher {
    /// Reads both.
    ///
    /// # Errors
    /// A key that is missing or no text, a release without a day.
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let manifest = Program::cargo()
            .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
            .in_folder(root)
            .stdout()?;
        let changelog =
            std::fs::read_to_string(root.join("CHANGELOG.md")).context("reading `CHANGELOG.md`")?;
        Self::of(&serde_json::from_str(&manifest)?, &changelog)
    }

    fn of(manifest: &Value, changelog: &str) -> anyhow::Result<Self> {
        let table = manifest.pointer(TABLE);
        let text = |key: &str| {
            let found = table.and_then(|table| table.get(key)?.as_str());
            found.map(str::to_owned)
        };
        let needed = |key: &str| {
            text(key)
                .with_context(|| format!("`Cargo.toml` has no `{key}` in [workspace.metadata.publishing]"))
        };
        Ok(Self {
            registry: needed("registry")?,
            name: needed("maintainer")?,
            mail: needed("mail")?,
            repository_id: text("artifacthub-repository-id").filter(|id| !id.is_empty()),
            created_at: format!("{}T00:00:00Z", day_of_release(changelog)?),
        })
    }
}

/// The day in the changelog's heading of this version, `## [0.1.0] - 2026-11-21`.
fn day_of_release(changelog: &str) -> anyhow::Result<&str> {
    let heading = format!("## [{VERSION}]");
    let Some(rest) = changelog.lines().find_map(|line| line.strip_prefix(&heading)) else {
        return Ok(UNRELEASED);
    };
    let day = rest.trim().trim_start_matches('-').trim();
    let is_day = day.len() == UNRELEASED.len()
        && day
            .bytes()
            .zip(UNRELEASED.bytes())
            .all(|(found, like)| match like {
                b'-' => found == b'-',
                _ => found.is_ascii_digit(),
            });
    ensure!(
        is_day,
        "`CHANGELOG.md`: `{heading}` needs its day, `{heading} - 2026-11-21`"
    );
    Ok(day)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest() -> Value {
        let publishing = json!({
            "registry": "registry.example.com/policies", "maintainer": "A", "mail": "a@example.com",
            "artifacthub-repository-id": "",
        });
        json!({"metadata": {"publishing": publishing}})
    }

    #[test]
    fn the_day_is_that_of_the_release() {
        let released = format!("# Changelog\n## [Unreleased]\n## [{VERSION}] - 2026-12-01\n");
        for (changelog, expected) in [
            (released.as_str(), "2026-12-01"),
            ("## [Unreleased]\n", UNRELEASED),
        ] {
            let publisher = Publisher::of(&manifest(), changelog).unwrap();
            assert_eq!(publisher.created_at, format!("{expected}T00:00:00Z"));
            assert_eq!(publisher.repository_id, None);
        }
        for wrong in ["soon", "2026-1-1", ""] {
            let changelog = format!("## [{VERSION}] - {wrong}");
            let error = Publisher::of(&manifest(), &changelog).unwrap_err().to_string();
            assert!(error.contains("needs its day"), "{error}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Publisher::of(&json!({"metadata": null}), "")
            .unwrap_err()
            .to_string();
        assert!(error.contains("no `registry`"), "{error}");
    }
}
