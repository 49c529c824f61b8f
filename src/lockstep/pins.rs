//! One comparison for each place where a version is written down.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Chart, Drift, Found};
use crate::engine::Severity;
use crate::object::Object;

/// Where openova's umbrella charts say which upstream they wrap.
const UPSTREAM: &str = "/catalystBlueprint/upstream";

/// The chart that an object installs, by name.
pub(super) fn chart_of(object: &Value) -> Option<&str> {
    let view = Object::new(object);
    if view.kind() == "OCIRepository" {
        let url = view.text("/spec/url")?.trim_end_matches('/');
        return url.rsplit('/').next();
    }
    // A path is a chart in a GitRepository, which has the version of its commit.
    view.text("/spec/chart/spec/chart")
        .filter(|chart| !chart.contains('/'))
}

/// The version that a HelmRelease or an OCIRepository pins, against the charts of the tree.
pub(super) fn of_pin(pin: &Found, charts: &BTreeMap<&str, Vec<&Chart>>) -> Option<Drift> {
    let name = chart_of(&pin.value)?;
    let charts = charts.get(name)?;
    let is_oci = Object::new(&pin.value).kind() == "OCIRepository";
    let at = if is_oci {
        "/spec/ref/tag"
    } else {
        "/spec/chart/spec/version"
    };
    let loose = |message: String| Drift {
        code: "not-pinned",
        severity: Severity::Warning,
        ..pin.drift(
            at,
            message,
            "pin the version of the chart, so that a cluster installs what was tested",
        )
    };
    let range = Object::new(&pin.value)
        .text("/spec/ref/semver")
        .filter(|_| is_oci);
    let range = range.or_else(|| {
        Object::new(&pin.value)
            .text(at)
            .filter(|version| is_range(version))
    });
    if let Some(range) = range {
        return Some(loose(format!(
            "`{range}` is a range of versions of `{name}`, not a pin"
        )));
    }
    if pin.at(at).is_none() {
        let by_digest = is_oci && pin.at("/spec/ref/digest").is_some();
        return (!by_digest).then(|| {
            loose(format!(
                "`{name}` is not pinned: whatever is newest gets installed"
            ))
        });
    }
    // The same chart may lie in the tree twice, in copies of different age.
    let versions: Vec<(String, &str)> = charts
        .iter()
        .filter_map(|chart| {
            let version = chart.text("/version")?;
            // A tag holds no `+`; Helm writes `_` for it.
            let version = if is_oci {
                version.replace('+', "_")
            } else {
                version.to_owned()
            };
            Some((version, chart.file.as_str()))
        })
        .collect();
    let drifts: Vec<Drift> = versions
        .iter()
        .map(|(version, file)| compare("pin", pin, at, version, file))
        .collect::<Option<_>>()?;
    drifts.into_iter().next()
}

/// The dependencies of a chart, against its lock and against what it records as its upstream.
pub(super) fn of_chart(chart: &Chart) -> Vec<Drift> {
    let chart_file = Found {
        file: chart.file.clone(),
        document: 0,
        value: chart.metadata.clone(),
    };
    let mut drifts = Vec::new();
    match chart.metadata.get("version") {
        Some(Value::String(version)) if !version.is_empty() => {}
        Some(Value::Number(number)) => drifts.push(not_text(&chart_file, "/version", &number.to_string())),
        _ => drifts.push(Drift {
            code: "chart-version",
            ..chart_file.drift(
                "/version",
                "the chart has no version",
                "write a version such as \"1.2.3\"",
            )
        }),
    }
    drifts.extend(of_lock(chart, &chart_file));
    drifts.extend(of_upstream(chart));
    drifts
}

fn of_lock(chart: &Chart, chart_file: &Found) -> Vec<Drift> {
    let Some(lock) = &chart.lock else {
        return Vec::new();
    };
    let locked = |name: &str| {
        let entries = lock.get("dependencies").and_then(Value::as_array);
        let mut entries = entries.into_iter().flatten();
        entries.find(|entry| entry.get("name").and_then(Value::as_str) == Some(name))
    };
    let judge = |(index, name, version): (usize, &str, &str)| {
        let at = format!("/dependencies/{index}/version");
        let found = locked(name).and_then(|entry| entry.get("version")?.as_str());
        let message = match found {
            Some(found) if is_range(version) || same(found, version) => return None,
            Some(found) => format!("`{name}` is {version} here and {found} in Chart.lock"),
            None => format!("`{name}` is not in Chart.lock"),
        };
        Some(Drift {
            code: "dependency-lock",
            ..chart_file.drift(
                &at,
                message,
                "run `helm dependency update`, and commit Chart.lock with it",
            )
        })
    };
    dependencies(chart).into_iter().filter_map(judge).collect()
}

/// The recorded upstream of an umbrella chart: an object, or a list of them.
fn of_upstream(chart: &Chart) -> Vec<Drift> {
    let Some(values) = &chart.values else {
        return Vec::new();
    };
    let recorded: Vec<(String, &Value)> = match values.at(UPSTREAM) {
        Some(Value::Array(entries)) => entries
            .iter()
            .enumerate()
            .map(|(index, entry)| (format!("{UPSTREAM}/{index}"), entry))
            .collect(),
        Some(entry @ Value::Object(_)) => vec![(UPSTREAM.to_owned(), entry)],
        _ => Vec::new(),
    };
    let dependencies = dependencies(chart);
    let judge = |(at, entry): (String, &Value)| {
        // A chart written from scratch records an upstream without a name: there is none.
        let name = entry
            .get("chart")?
            .as_str()
            .filter(|name| !name.trim().is_empty())?;
        let Some((_, _, version)) = dependencies.iter().find(|(_, dependency, _)| *dependency == name) else {
            // A chart without dependencies wraps nothing: what it records is where its templates came from.
            return (!dependencies.is_empty()).then(|| Drift {
                code: "upstream-unknown",
                ..values.drift(
                    &format!("{at}/chart"),
                    format!("`{name}` is recorded as the upstream, and Chart.yaml does not depend on it"),
                    "name a dependency of Chart.yaml",
                )
            });
        };
        compare(
            "upstream-version",
            values,
            &format!("{at}/version"),
            version,
            &chart.file,
        )
    };
    recorded.into_iter().filter_map(judge).collect()
}

/// Index, name and version of each dependency.
fn dependencies(chart: &Chart) -> Vec<(usize, &str, &str)> {
    let entries = chart.metadata.get("dependencies").and_then(Value::as_array);
    entries
        .into_iter()
        .flatten()
        .enumerate()
        .filter_map(|(index, entry)| {
            Some((
                index,
                entry.get("name")?.as_str()?,
                entry.get("version")?.as_str()?,
            ))
        })
        .collect()
}

/// The version at a place, against the one in another file.
pub(super) fn compare(
    code: &'static str,
    found: &Found,
    at: &str,
    expected: &str,
    elsewhere: &str,
) -> Option<Drift> {
    let message = match found.at(at) {
        Some(Value::String(version)) if same(version, expected) => return None,
        Some(Value::String(version)) => {
            format!("the version is {version} here and {expected} in {elsewhere}")
        }
        Some(Value::Number(number)) => return Some(not_text(found, at, &number.to_string())),
        _ => format!("there is no version here; it is {expected} in {elsewhere}"),
    };
    Some(Drift {
        code,
        ..found.drift(
            at,
            message,
            format!("write {expected}, or move {elsewhere} along"),
        )
    })
}

fn not_text(found: &Found, at: &str, number: &str) -> Drift {
    Drift {
        code: "version-is-a-number",
        ..found.drift(
            at,
            format!("YAML reads this version as the number {number}"),
            "put it in quotes: 1.10 would be 1.1",
        )
    }
}

/// `v1.2.3` and `1.2.3` are the same version to Helm.
fn same(one: &str, other: &str) -> bool {
    let plain = |version: &str| version.strip_prefix('v').unwrap_or(version).to_owned();
    plain(one) == plain(other)
}

/// Whether Helm would take it as a range: operators, wildcards, or fewer than three numbers.
fn is_range(version: &str) -> bool {
    let (numbers, _) = version.split_once(['-', '+']).unwrap_or((version, ""));
    let operators = version.contains(|character: char| "<>=~^*|, ".contains(character));
    let parts: Vec<&str> = numbers.trim_start_matches('v').split('.').collect();
    operators || parts.len() < 3 || parts.iter().any(|part| part.eq_ignore_ascii_case("x"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_told_from_versions() {
        for version in ["1.2.3", "v1.2.3", "1.2.3-rc.1", "1.2.3+build.5", "0.1.0-x"] {
            assert!(!is_range(version), "{version}");
        }
        for range in [
            "1.2",
            "1",
            "*",
            "1.2.x",
            ">=1.2.3",
            "^1.2.3",
            "~1.2.3",
            "1.2.3 - 2.0.0",
            "1.2.3 || 2.0.0",
            ">1, <2",
        ] {
            assert!(is_range(range), "{range}");
        }
    }
}
