//! The block as text: what a person pastes under `spec` of a HelmRelease.

use boltrope_yaml::{Change, EditError, Limits};
use serde_json::{Value, json};

use super::item::DIGEST_COMMENT;
use super::{Compiled, NotExpressible};

/// `postRenderers:` with one item that says its digest, ready to be pasted under `spec`.
///
/// Nothing to patch gives `postRenderers: []`.
///
/// # Errors
/// The text that was written could not be read back: a mistake of this program.
pub fn block(compiled: &Compiled, digest: &str) -> Result<String, EditError> {
    let missing: String = compiled.not_expressible.iter().map(comment).collect();
    if compiled.patches.is_empty() {
        return Ok(format!("{missing}postRenderers: []\n"));
    }
    let list = yaml(&json!([compiled.item()]))?;
    Ok(format!(
        "{missing}postRenderers:\n# {DIGEST_COMMENT}{digest}\n{list}"
    ))
}

/// `driftDetection:` with the paths that Flux leaves alone, ready to be pasted under `spec`.
///
/// # Errors
/// The text that was written could not be read back: a mistake of this program.
pub fn drift_detection(ignore: &[Value]) -> Result<String, EditError> {
    let list: String = yaml(&json!(ignore))?
        .lines()
        .map(|line| format!("  {line}\n"))
        .collect();
    Ok(format!("driftDetection:\n  mode: enabled\n  ignore:\n{list}"))
}

fn comment(missing: &NotExpressible) -> String {
    let object = &missing.object;
    let place = object
        .namespace
        .as_ref()
        .map_or_else(String::new, |namespace| format!("{namespace}/"));
    format!(
        "# not expressible: {} {place}{}: {}\n",
        object.kind, object.name, missing.reason
    )
}

/// The YAML text that `patch` holds.
pub(super) fn patch(patch: &Value) -> String {
    // JSON is YAML too, so text that cannot be laid out in lines still says the same.
    yaml(patch).unwrap_or_else(|_| patch.to_string())
}

/// A list or a map as block YAML, by the same writer that edits files.
fn yaml(value: &Value) -> Result<String, EditError> {
    let limits = Limits::default();
    let empty = boltrope_yaml::read("it:\n", &limits).map_err(|error| EditError::Internal {
        message: error.to_string(),
    })?;
    let written = empty.edit(
        &[Change::Set {
            pointer: "/it",
            value,
        }],
        &limits,
    )?;
    let text = written.text().strip_prefix("it:\n").unwrap_or_default();
    // How far the writer indents what stands under a key is its habit; here it stands alone.
    let first = text.lines().next().unwrap_or_default();
    let margin = first.len() - first.trim_start().len();
    let line = |line: &str| format!("{}\n", line.get(margin..).unwrap_or_default());
    Ok(text.lines().map(line).collect())
}
