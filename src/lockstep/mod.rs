//! Versions that have to move together, and a release that has to fit into a Secret.
//!
//! A chart's version is written down in up to four places: `Chart.yaml`, the blueprint that offers it, the HelmRelease
//! (or the OCIRepository) that installs it, and beside its dependencies what upstream they wrap. When one of them moves
//! alone, a cluster installs an old chart or a broken pair. [`Tree`] takes the documents of a repository and names every
//! place that stayed behind.

mod pins;
mod size;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::engine::Severity;
use crate::object::{Object, embedded, pointer};
pub use size::{BUDGET_PERCENT, ChartFile, Estimate, NOTICE_PERCENT, Packed, estimate};

/// A version that does not agree with its fellows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// A word for it.
    pub code: &'static str,
    /// Whether it fails the check.
    pub severity: Severity,
    /// The file in which it is to be repaired.
    pub file: String,
    /// Which document of the file, from 0.
    pub document: usize,
    /// The JSON Pointer in it.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

/// The documents of a repository that carry versions.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    charts: BTreeMap<String, Chart>,
    blueprints: Vec<Found>,
    pins: Vec<Found>,
}

/// How much there was to compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Charts.
    pub charts: usize,
    /// Blueprints.
    pub blueprints: usize,
    /// HelmReleases and OCIRepositories that install a chart of the tree.
    pub pins: usize,
}

/// A document and where it was.
#[derive(Clone, Debug)]
struct Found {
    file: String,
    document: usize,
    value: Value,
}

/// One chart, by its folder.
#[derive(Clone, Debug, Default)]
struct Chart {
    metadata: Value,
    file: String,
    values: Option<Found>,
    lock: Option<Value>,
}

impl Tree {
    /// Knows nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one document of a file. What carries no version is left alone.
    pub fn add(&mut self, file: &str, document: usize, value: &Value) {
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        match name {
            "Chart.yaml" => {
                let chart = self.charts.entry(folder.to_owned()).or_default();
                chart.metadata = value.clone();
                file.clone_into(&mut chart.file);
            }
            "Chart.lock" => self.charts.entry(folder.to_owned()).or_default().lock = Some(value.clone()),
            "values.yaml" if document == 0 => {
                self.charts.entry(folder.to_owned()).or_default().values = Some(found(file, document, value));
            }
            _ => self.add_objects(file, document, value),
        }
    }

    /// Every version that stayed behind, in the order of files.
    #[must_use]
    pub fn drifts(&self) -> Vec<Drift> {
        let mut drifts: Vec<Drift> = self
            .charts()
            .flat_map(|(_, chart)| pins::of_chart(chart))
            .collect();
        drifts.extend(
            self.blueprints
                .iter()
                .filter_map(|blueprint| self.of_blueprint(blueprint)),
        );
        drifts.extend(
            self.pins
                .iter()
                .filter_map(|pin| pins::of_pin(pin, &self.named_charts())),
        );
        drifts.sort_by(|a, b| (&a.file, a.document, &a.pointer).cmp(&(&b.file, b.document, &b.pointer)));
        drifts
    }

    /// How much was compared.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let charts = self.named_charts();
        let is_ours = |pin: &&Found| pins::chart_of(&pin.value).is_some_and(|name| charts.contains_key(name));
        Counts {
            charts: self.charts().count(),
            blueprints: self.blueprints.len(),
            pins: self.pins.iter().filter(is_ours).count(),
        }
    }

    fn add_objects(&mut self, file: &str, document: usize, value: &Value) {
        for inner in embedded::objects(value) {
            let object = inner.object;
            // Only what is the document itself can be pointed at without more ado.
            if !inner.pointer.is_empty() {
                continue;
            }
            match (object.group(), object.kind()) {
                (group, "Blueprint") if group.ends_with("openova.io") => {
                    self.blueprints.push(found(file, document, value));
                }
                ("helm.toolkit.fluxcd.io", "HelmRelease") | ("source.toolkit.fluxcd.io", "OCIRepository") => {
                    self.pins.push(found(file, document, value));
                }
                _ => {}
            }
        }
    }

    /// What has a `Chart.yaml`; a `values.yaml` alone makes no chart.
    fn charts(&self) -> impl Iterator<Item = (&String, &Chart)> {
        self.charts.iter().filter(|(_, chart)| chart.metadata.is_object())
    }

    /// Charts by the name that they are installed by.
    fn named_charts(&self) -> BTreeMap<&str, Vec<&Chart>> {
        let mut named: BTreeMap<&str, Vec<&Chart>> = BTreeMap::new();
        for (_, chart) in self.charts() {
            if let Some(name) = chart.text("/name") {
                named.entry(name).or_default().push(chart);
            }
        }
        named
    }

    /// `spec.version` of a blueprint is the version of its chart: that of `spec.manifests.chart`, else `./chart`, else the
    /// folder it lies in.
    fn of_blueprint(&self, blueprint: &Found) -> Option<Drift> {
        let folder = blueprint.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let named = Object::new(&blueprint.value).text("/spec/manifests/chart");
        let wanted = join(folder, named.unwrap_or("./chart"));
        let chart = self.charts.get(&wanted).or_else(|| self.charts.get(folder));
        let Some(chart) = chart.filter(|chart| chart.metadata.is_object()) else {
            return named.map(|named| Drift {
                code: "chart-missing",
                ..blueprint.drift(
                    "/spec/manifests/chart",
                    format!("there is no chart at `{named}`"),
                    format!("name the folder that holds Chart.yaml, seen from `{folder}`"),
                )
            });
        };
        let version = chart.text("/version")?;
        pins::compare(
            "blueprint-version",
            blueprint,
            "/spec/version",
            version,
            &chart.file,
        )
    }
}

impl Chart {
    fn text(&self, at: &str) -> Option<&str> {
        Object::new(&self.metadata).text(at)
    }
}

impl Found {
    fn drift(&self, at: &str, message: impl Into<String>, remedy: impl Into<String>) -> Drift {
        Drift {
            code: "",
            severity: Severity::Error,
            file: self.file.clone(),
            document: self.document,
            pointer: at.to_owned(),
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    fn at(&self, at: &str) -> Option<&Value> {
        pointer::get(&self.value, at)
    }
}

fn found(file: &str, document: usize, value: &Value) -> Found {
    Found {
        file: file.to_owned(),
        document,
        value: value.clone(),
    }
}

/// A path in a folder, `.` and `..` resolved.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if folder.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_as_people_mean_them() {
        for (folder, path, joined) in [
            ("platform/flux", "./chart", "platform/flux/chart"),
            ("platform/flux", "../other/chart/", "platform/other/chart"),
            ("", "./chart", "chart"),
            ("/srv/repo/a", "chart", "/srv/repo/a/chart"),
        ] {
            assert_eq!(join(folder, path), joined);
        }
    }
}
