//! How large the Secret of a release will be, before a cluster refuses it.
//!
//! Helm stores metadata, templates, values and all other files of the chart, the values that were given, and what was
//! rendered, as base64 of gzip of JSON (Helm 4.2.4, `pkg/chart/v2/chart.go`, `pkg/release/v1/release.go`). Subcharts are not
//! stored; `Chart.yaml` is stored decoded, so its comments cost nothing, while those of a template are paid for twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};

use crate::recovery::storage::{SECRET_LIMIT, stored_size};

/// From this part of the limit on, a release is too large: one more comment, and no cluster installs it.
pub const BUDGET_PERCENT: usize = 90;
/// From this part of the limit on, it is said.
pub const NOTICE_PERCENT: usize = 75;
/// Percent that are added to what is measured: encoders differ by one or two, hooks are stored a little differently.
const ALLOWANCE_PERCENT: usize = 3;
const MOMENT: &str = "2026-01-01T00:00:00.123456789Z";

/// A file of a chart, by its path in the chart.
#[derive(Clone, Debug)]
pub struct ChartFile<'a> {
    /// With `/`.
    pub path: &'a str,
    /// As it is.
    pub bytes: &'a [u8],
}

/// What goes into the record.
#[derive(Clone, Debug)]
pub struct Packed<'a> {
    /// `Chart.yaml`, decoded.
    pub metadata: &'a Value,
    /// `values.yaml`, decoded.
    pub values: &'a Value,
    /// The files of the chart, those that `.helmignore` names left out.
    pub files: &'a [ChartFile<'a>],
    /// The values that were given.
    pub config: &'a Value,
    /// What `helm template` printed.
    pub manifest: &'a str,
}

/// What a release will need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Bytes of the Secret's data, with the allowance.
    pub bytes: usize,
    /// What a Secret may hold.
    pub limit: usize,
    /// Bytes of the templates.
    pub templates: usize,
    /// Bytes of the other files.
    pub files: usize,
    /// Bytes of what was rendered.
    pub manifest: usize,
}

/// Packs what Helm would pack and measures it.
#[must_use]
pub fn estimate(release: &Packed<'_>) -> Estimate {
    let stored = |file: &ChartFile<'_>| json!({"name": file.path, "modtime": MOMENT, "data": STANDARD.encode(file.bytes)});
    let is_template = |file: &&ChartFile<'_>| file.path.starts_with("templates/");
    let is_other = |file: &&ChartFile<'_>| {
        let decoded = ["Chart.yaml", "values.yaml", "Chart.lock", "values.schema.json"].contains(&file.path);
        !decoded && !is_template(file) && !file.path.starts_with("charts/")
    };
    let of = |files: &[&ChartFile<'_>]| files.iter().map(|file| file.bytes.len()).sum();
    let templates: Vec<&ChartFile<'_>> = release.files.iter().filter(is_template).collect();
    let others: Vec<&ChartFile<'_>> = release.files.iter().filter(is_other).collect();
    let schema = release
        .files
        .iter()
        .find(|file| file.path == "values.schema.json");
    let record = json!({
        "name": "release",
        "info": {
            "first_deployed": MOMENT, "last_deployed": MOMENT,
            "deleted": "", "description": "Install complete", "status": "deployed",
        },
        "chart": {
            "metadata": release.metadata,
            "lock": null,
            "templates": templates.iter().map(|file| stored(file)).collect::<Value>(),
            "values": release.values,
            "schema": schema.map(|file| STANDARD.encode(file.bytes)),
            "schemamodtime": MOMENT,
            "modtime": MOMENT,
            "files": others.iter().map(|file| stored(file)).collect::<Value>(),
        },
        "config": release.config,
        "manifest": release.manifest,
        "hooks": [],
        "apply_method": "ssa",
        "version": 1,
        "namespace": "default",
    });
    // Go writes these three so, in strings, which is the only place where they can be.
    let json = record
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    let size = stored_size(json.as_bytes());
    Estimate {
        bytes: size.saturating_add(size / 100 * ALLOWANCE_PERCENT),
        limit: SECRET_LIMIT,
        templates: of(&templates),
        files: of(&others),
        manifest: release.manifest.len(),
    }
}

impl Estimate {
    /// Of the limit, in percent, rounded up.
    #[must_use]
    pub fn percent(&self) -> usize {
        self.bytes.saturating_mul(100).div_ceil(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helm_does_not_store_costs_nothing() {
        // The finalizer of splitmix64: bytes that gzip can do nothing about.
        let byte = |n: u64| {
            let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (mixed >> 56) as u8
        };
        let noise: Vec<u8> = (1..=60_000).map(byte).collect();
        let file = |path: &'static str, bytes| ChartFile { path, bytes };
        let size = |files: &[ChartFile<'_>]| {
            let nothing = json!({});
            let packed = Packed {
                metadata: &nothing,
                values: &nothing,
                files,
                config: &nothing,
                manifest: "",
            };
            estimate(&packed)
        };
        let empty = size(&[]).bytes;
        assert_eq!(
            size(&[file("charts/sub.tgz", &noise), file("Chart.lock", &noise)]).bytes,
            empty
        );
        for path in [
            "README.md",
            "templates/a.yaml",
            "crds/a.yaml",
            "values.schema.json",
        ] {
            assert!(size(&[file(path, &noise)]).bytes > empty + 60_000, "{path}");
        }
        let estimate = size(&[file("templates/a.yaml", &noise), file("README.md", b"12345")]);
        assert_eq!(
            (estimate.templates, estimate.files, estimate.manifest),
            (60_000, 5, 0)
        );
    }
}
