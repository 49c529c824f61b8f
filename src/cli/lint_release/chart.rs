//! A chart's folder as Helm packs it: every file but those that `.helmignore` names.

use std::fs;
use std::path::{Path, PathBuf};

use boltrope::lockstep::{ChartFile, Estimate, Packed, estimate};
use boltrope_yaml::Limits;
use serde_json::{Map, Value};

use crate::cli::exit::Failure;
use crate::cli::files;

/// Measures the release of a chart that was rendered.
pub(super) fn measure(chart: &Path, rendered: &Path, values: &[PathBuf]) -> Result<Estimate, Failure> {
    let mut found = Vec::new();
    walk(chart, "", &Ignored::read(chart), &mut found).map_err(|(path, error)| {
        let reason = files::reason(&error);
        Failure::Arguments(format!("--chart: cannot read `{}`: {reason}", path.display()))
    })?;
    let bytes_of = |name: &str| {
        found
            .iter()
            .find(|(path, _)| path == name)
            .map(|(_, bytes)| bytes.as_slice())
    };
    let Some(metadata) = bytes_of("Chart.yaml") else {
        let message = format!("--chart: there is no Chart.yaml in `{}`", chart.display());
        return Err(Failure::Arguments(message));
    };
    let metadata = yaml(metadata, "Chart.yaml")?;
    let defaults = bytes_of("values.yaml").map_or(Ok(Value::Null), |bytes| yaml(bytes, "values.yaml"))?;
    let mut config = Value::Object(Map::new());
    for path in values {
        merge(
            &mut config,
            &yaml(&read(path, "--values")?, &path.display().to_string())?,
        );
    }
    let manifest = read(rendered, "--rendered")?;
    let manifest = String::from_utf8_lossy(&manifest);
    let files: Vec<ChartFile<'_>> = found
        .iter()
        .map(|(path, bytes)| ChartFile { path, bytes })
        .collect();
    Ok(estimate(&Packed {
        metadata: &metadata,
        values: &defaults,
        files: &files,
        config: &config,
        manifest: &manifest,
    }))
}

fn read(path: &Path, flag: &str) -> Result<Vec<u8>, Failure> {
    let file = files::read(path).map_err(|refused| {
        let reason = files::reason(&refused.error);
        Failure::Arguments(format!("{flag}: cannot read `{}`: {reason}", refused.name))
    })?;
    Ok(file.bytes)
}

fn yaml(bytes: &[u8], name: &str) -> Result<Value, Failure> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| Failure::Unreadable(format!("{name}: it is not UTF-8")))?;
    boltrope_yaml::read(text, &Limits::default())
        .map(boltrope_yaml::Tree::into_value)
        .map_err(|error| Failure::Unreadable(format!("{name}: {error}")))
}

/// As Helm merges values files: later ones win, key by key.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

type Broken = (PathBuf, std::io::Error);

fn walk(
    folder: &Path,
    below: &str,
    ignored: &Ignored,
    found: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), Broken> {
    let at = |error| (folder.to_owned(), error);
    let mut entries = fs::read_dir(folder)
        .map_err(at)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(at)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        let is_folder = path.is_dir();
        if ignored.names(&name, is_folder) {
            continue;
        }
        if is_folder {
            walk(&path, &format!("{name}/"), ignored, found)?;
        } else {
            let bytes = fs::read(&path).map_err(|error| (path.clone(), error))?;
            found.push((name, bytes));
        }
    }
    Ok(())
}

/// `.helmignore`: one pattern a line, `!` for exceptions, `/` at the end for folders. Helm knows no `**`.
#[derive(Debug)]
struct Ignored {
    patterns: Vec<String>,
}

impl Ignored {
    fn read(chart: &Path) -> Self {
        let text = fs::read_to_string(chart.join(".helmignore")).unwrap_or_default();
        let lines = text.lines().map(str::trim);
        Self {
            patterns: lines
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The last pattern that matches decides.
    fn names(&self, path: &str, is_folder: bool) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut ignored = false;
        for pattern in &self.patterns {
            let (negated, pattern) = pattern
                .strip_prefix('!')
                .map_or((false, pattern.as_str()), |rest| (true, rest));
            let (folders_only, pattern) = pattern
                .strip_suffix('/')
                .map_or((false, pattern), |rest| (true, rest));
            let whole = pattern.contains('/');
            let pattern = pattern.trim_start_matches('/');
            if (!folders_only || is_folder) && matches(pattern, if whole { path } else { name }) {
                ignored = !negated;
            }
        }
        ignored
    }
}

/// `*` and `?` within one part of a path. What else Helm's patterns know (`[a-z]`) matches nothing here, so the file counts.
fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let tail = rest.as_str();
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.take_while(|at| !text.get(..*at).unwrap_or_default().contains('/'))
                .any(|at| text.get(at..).is_some_and(|text| matches(tail, text)))
        }
        Some(wanted) => {
            let mut text = text.chars();
            let found = text
                .next()
                .filter(|found| *found == wanted || wanted == '?' && *found != '/');
            found.is_some() && matches(rest.as_str(), text.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_helm_matches_them() {
        let ignored = |lines: &[&str]| Ignored {
            patterns: lines.iter().map(|line| (*line).to_owned()).collect(),
        };
        for (lines, path, is_folder, expected) in [
            (&["*.md"][..], "docs/a.md", false, true),
            (&["*.md"], "docs/a.mdx", false, false),
            (&["tests/"], "tests", true, true),
            (&["tests/"], "tests", false, false),
            (&["/README.md"], "docs/README.md", false, false),
            (&["/README.md"], "README.md", false, true),
            (&["docs/*.txt"], "docs/a.txt", false, true),
            (&["docs/*.txt"], "docs/b/a.txt", false, false),
            (&["*.md", "!KEEP.md"], "KEEP.md", false, false),
            (&["?.sh"], "a.sh", false, true),
            (&["[ab].sh"], "a.sh", false, false),
        ] {
            assert_eq!(
                ignored(lines).names(path, is_folder),
                expected,
                "{lines:?} {path}"
            );
        }
    }
}
