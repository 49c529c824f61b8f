//! The operator's chart as data: its table of permissions and its values, printed into the pages that show them.
//!
//! `charts/boltrope-operator/files/rbac.yaml` is what the chart makes Roles from, so a page that is printed from it cannot
//! disagree with them; the same for the values and the schema that Helm holds them against.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// The chart.
pub(crate) const FOLDER: &str = "charts/boltrope-operator";
const README: &str = "charts/boltrope-operator/README.md";
const PERMISSIONS: &str = "docs/recovery-rbac.md";

/// One row of the table of permissions.
#[derive(Debug)]
pub(crate) struct Permission {
    pub(crate) why: String,
    /// The setting that asks for it; empty: always.
    pub(crate) when: String,
    /// The kinds for whose sake it is granted; empty: not for a kind.
    pub(crate) kinds: Vec<String>,
    pub(crate) place: String,
    pub(crate) groups: Vec<String>,
    pub(crate) resources: Vec<String>,
    /// Only objects of these names; empty: any.
    pub(crate) names: Vec<String>,
    pub(crate) verbs: Vec<String>,
}

/// The rows, by part: `recovery`, `preview`.
pub(crate) fn permissions(root: &Path) -> anyhow::Result<BTreeMap<String, Vec<Permission>>> {
    let table = read(root, "files/rbac.yaml")?;
    let parts = table.as_object().context("files/rbac.yaml is no mapping")?;
    let rows = |rows: &Value| {
        let rows = rows.as_array().into_iter().flatten();
        rows.map(Permission::read).collect::<anyhow::Result<Vec<_>>>()
    };
    parts
        .iter()
        .map(|(part, value)| {
            Ok((
                part.clone(),
                rows(value).with_context(|| format!("rbac.yaml: {part}"))?,
            ))
        })
        .collect()
}

/// The pages that show the table and the values.
pub(crate) fn files(root: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let page =
        |path: &str| std::fs::read_to_string(root.join(path)).with_context(|| format!("reading `{path}`"));
    let mut rights = page(PERMISSIONS)?;
    for (part, rows) in permissions(root)? {
        rights = between(&rights, &format!("rbac {part}"), &table(&rows))?;
    }
    let readme = between(&page(README)?, "values", &values(root)?)?;
    Ok(vec![(PERMISSIONS.into(), rights), (README.into(), readme)])
}

impl Permission {
    fn read(row: &Value) -> anyhow::Result<Self> {
        for key in row.as_object().context("a row is a mapping")?.keys() {
            let known = [
                "why",
                "when",
                "kinds",
                "place",
                "apiGroups",
                "resources",
                "names",
                "verbs",
            ];
            ensure!(known.contains(&key.as_str()), "unknown key `{key}`");
        }
        let text = |key: &str| {
            row.get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let list = |key: &str| {
            let items = row.get(key).and_then(Value::as_array).into_iter().flatten();
            items
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect::<Vec<_>>()
        };
        let row = Self {
            why: text("why"),
            when: text("when"),
            kinds: list("kinds"),
            place: text("place"),
            groups: list("apiGroups"),
            resources: list("resources"),
            names: list("names"),
            verbs: list("verbs"),
        };
        ensure!(
            !row.why.is_empty() && !row.place.is_empty(),
            "say why and where: {row:?}"
        );
        ensure!(
            !row.groups.is_empty() && !row.resources.is_empty() && !row.verbs.is_empty(),
            "a rule needs groups, resources and verbs: {row:?}"
        );
        Ok(row)
    }
}

fn table(rows: &[Permission]) -> String {
    let mut text = "| what | verbs | where | why | only with |\n|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let group = match row.groups.join(", ") {
            group if group.is_empty() => String::new(),
            group => format!(" ({group})"),
        };
        let names = match row.names.is_empty() {
            true => String::new(),
            false => format!(" named `{}`", row.names.join("`, `")),
        };
        let when = match (row.when.as_str(), row.kinds.is_empty()) {
            ("", true) => String::new(),
            ("", false) => format!("`onlyKinds` empty, or with {}", row.kinds.join(" or ")),
            (when, _) => format!("`{when}`"),
        };
        let resources = row.resources.join("`, `");
        let (verbs, place, why) = (row.verbs.join(", "), &row.place, &row.why);
        text.push_str(&format!(
            "| `{resources}`{group}{names} | {verbs} | {place} | {why} | {when} |\n"
        ));
    }
    text
}

/// A row for each value: its name, its default, and what the schema says it is.
fn values(root: &Path) -> anyhow::Result<String> {
    let (values, schema) = (read(root, "values.yaml")?, read(root, "values.schema.json")?);
    let mut text = "| value | default | what |\n|---|---|---|\n".to_owned();
    let mut rows = Vec::new();
    walk("", &values, &schema, &mut rows)?;
    for (name, default, about) in rows {
        text.push_str(&format!("| `{name}` | `{default}` | {about} |\n"));
    }
    Ok(text)
}

/// Values and schema side by side; a name that only one of them has is a mistake.
fn walk(
    prefix: &str,
    values: &Value,
    schema: &Value,
    rows: &mut Vec<(String, String, String)>,
) -> anyhow::Result<()> {
    let known = schema.get("properties").and_then(Value::as_object);
    let (Some(known), Some(values)) = (known, values.as_object()) else {
        bail!("`{prefix}`: not a mapping in both files");
    };
    for name in known.keys() {
        // `global` comes from a parent chart, `claims` is what few need.
        let is_left = ["global", "claims"].contains(&name.as_str());
        let is_given = values.contains_key(name) || prefix.ends_with("resources.");
        ensure!(
            is_left || is_given,
            "values.yaml has no `{prefix}{name}`, which the schema has"
        );
    }
    for (name, value) in values {
        let full = format!("{prefix}{name}");
        let schema = known
            .get(name)
            .with_context(|| format!("values.schema.json has no `{full}`, which values.yaml has"))?;
        if schema.get("properties").is_some() {
            walk(&format!("{full}."), value, schema, rows)?;
            continue;
        }
        let about = schema
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        rows.push((full, value.to_string(), about.replace('|', "\\|")));
    }
    Ok(())
}

fn read(root: &Path, name: &str) -> anyhow::Result<Value> {
    let path = root.join(FOLDER).join(name);
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
    yaml_serde::from_str(&text).with_context(|| format!("reading `{}`", path.display()))
}

/// A page with what stands between two of its marks replaced.
fn between(page: &str, mark: &str, text: &str) -> anyhow::Result<String> {
    let (start, end) = (
        format!("<!-- {mark}: generated by make generate -->\n"),
        format!("<!-- /{mark} -->"),
    );
    let parts = page
        .split_once(&start)
        .and_then(|(head, rest)| Some((head, rest.split_once(&end)?.1)));
    let (head, tail) = parts.with_context(|| format!("a page lost its marks `{mark}`"))?;
    Ok(format!("{head}{start}{text}{end}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkout;

    #[test]
    fn the_chart_has_the_version_of_the_program() {
        let chart = read(&checkout::root().unwrap(), "Chart.yaml").unwrap();
        for key in ["version", "appVersion"] {
            assert_eq!(chart[key], env!("CARGO_PKG_VERSION"), "{key}");
        }
    }

    #[test]
    fn previews_are_granted_nothing_on_secrets() {
        let permissions = permissions(&checkout::root().unwrap()).unwrap();
        let rows = &permissions["preview"];
        assert!(rows.len() > 10);
        for row in rows {
            let all = row.resources.iter().chain(&row.groups).chain(&row.verbs);
            for word in all {
                assert!(word != "*" && !word.contains("secret"), "{row:?}");
            }
        }
    }

    #[test]
    fn nothing_is_granted_by_a_star_and_nothing_deletes_but_copies_and_backups() {
        for (part, rows) in permissions(&checkout::root().unwrap()).unwrap() {
            for row in rows {
                let all = row.resources.iter().chain(&row.groups).chain(&row.verbs);
                assert!(all.into_iter().all(|word| word != "*"), "{row:?}");
                let deletes = row.verbs.iter().any(|verb| verb.starts_with("delete"));
                assert!(
                    !deletes || part == "preview" || row.when == "backupSecrets",
                    "{row:?}"
                );
            }
        }
    }

    #[test]
    fn the_pages_show_what_the_chart_has() {
        let root = checkout::root().unwrap();
        for (path, text) in files(&root).unwrap() {
            let found = std::fs::read_to_string(root.join(&path)).unwrap();
            assert!(found == text, "{}: run `make generate`", path.display());
        }
    }

    #[test]
    fn a_page_without_its_marks_is_named() {
        let page = "a\n<!-- x: generated by make generate -->\nold\n<!-- /x -->\nb";
        let new = between(page, "x", "new\n").unwrap();
        assert_eq!(
            new,
            "a\n<!-- x: generated by make generate -->\nnew\n<!-- /x -->\nb"
        );
        assert!(between(page, "y", "").is_err());
    }
}
