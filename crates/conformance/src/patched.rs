//! Every object that a surface changes, as JSON lines: what a real API server is asked to accept.
//!
//! `conformance patched` prints them for `make e2e`. The objects come from where users get them: what the command writes,
//! and `mutated_object` of a compiled policy, which is what a policy server turns into the patch.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use boltrope::cases::{Case, documents};
use boltrope::object::embedded::objects;
use serde_json::{Value, json};

use crate::policy::Policy;
use crate::{admission, command, folders};

/// One line for each changed object of each case on each surface.
pub(crate) fn run(root: &Path) -> anyhow::Result<String> {
    let policies = Policy::load(root, &[])?;
    let boltrope = command::find()?;
    let mut lines = String::new();
    for case in folders::all(root) {
        if let Some(after) = rendered(&boltrope, root, &case)? {
            for (before, after) in case.inputs().iter().zip(&after) {
                write(&mut lines, &case, "post-render", before, after)?;
            }
        }
        for policy in &policies {
            let answer = admission::response_to(policy, &case)?;
            let mutated = answer
                .as_ref()
                .and_then(|answer| answer.get("mutated_object"))
                .filter(|object| object.is_object());
            if let (Some(before), Some(after)) = (case.object(), mutated) {
                write(&mut lines, &case, &policy.id, before, after)?;
            }
        }
    }
    Ok(lines)
}

/// The documents that the command writes, when it accepts the case.
fn rendered(boltrope: &Path, root: &Path, case: &Case) -> anyhow::Result<Option<Vec<Value>>> {
    let Some(input) = &case.input else {
        return Ok(None);
    };
    let folder = root.join(&case.name);
    let (code, stdout, _) =
        command::post_render(boltrope, &folder, case, input.as_bytes()).with_context(|| case.name.clone())?;
    if code != 0 {
        return Ok(None);
    }
    let after = documents(&case.name, &stdout)?;
    anyhow::ensure!(
        after.len() == case.inputs().len(),
        "`{}`: {} documents became {}",
        case.name,
        case.inputs().len(),
        after.len()
    );
    Ok(Some(after))
}

/// A line for each object of a document that changed; the items of a list are objects of their own.
fn write(
    lines: &mut String,
    case: &Case,
    surface: &str,
    before: &Value,
    after: &Value,
) -> anyhow::Result<()> {
    for found in objects(after) {
        let before = before.pointer(&found.pointer).unwrap_or(&Value::Null);
        if before == found.object.value() {
            continue;
        }
        let line = json!({
            "case": case.name,
            "surface": surface,
            "namespace": case.request.namespace,
            "before": before,
            "after": found.object.value(),
        });
        writeln!(lines, "{line}")?;
    }
    Ok(())
}
