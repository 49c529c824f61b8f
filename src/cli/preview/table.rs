//! One line for each object, then why each namespace is in or out.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use boltrope::object::{Object, ObjectRef};
use boltrope::preview::{Identity, Plan};

use crate::cli::output::text;

const HEAD: Style = Style::new().bold();
const DOES: Style = AnsiColor::Green.on_default();
const GOES: Style = AnsiColor::Red.on_default();
const NOT: Style = AnsiColor::Yellow.on_default();

/// What becomes of one object.
struct Line {
    action: &'static str,
    style: Style,
    namespace: String,
    object: String,
    rule: String,
    why: String,
}

/// The table.
pub(super) fn table(plan: &Plan) -> String {
    let mut table = String::new();
    for rule in &plan.rules {
        let over = match rule.over {
            0 => String::new(),
            over => format!(", {over} more are beyond maxNamespaces"),
        };
        let previews = text::count(rule.namespaces, "preview");
        let _ = writeln!(
            table,
            "rule {}: source {}, {previews}{over}",
            rule.rule, rule.source
        );
        if let Some(waiting) = &rule.waiting {
            let _ = writeln!(table, "  {NOT}waits{NOT:#}: {waiting}");
        }
    }
    let lines = lines(plan);
    if !lines.is_empty() {
        table.push('\n');
    }
    write_lines(&lines, &mut table);
    if !plan.namespaces.is_empty() {
        let _ = writeln!(table, "\n{HEAD}NAMESPACES{HEAD:#}");
    }
    let width = plan
        .namespaces
        .iter()
        .map(|selection| selection.namespace.len())
        .max()
        .unwrap_or(0);
    for selection in &plan.namespaces {
        let (word, style) = if selection.selected {
            ("in ", DOES)
        } else {
            ("out", NOT)
        };
        let (name, rule, reason) = (&selection.namespace, &selection.rule, &selection.reason);
        let _ = writeln!(table, "{name:width$}  {style}{word}{style:#}  {rule}: {reason}");
    }
    let _ = writeln!(
        table,
        "\n{} to write, {} to delete, {} in step, {} held back, {}",
        plan.apply.len(),
        plan.delete.len() + plan.released.len(),
        plan.in_step,
        plan.held.len(),
        text::count(plan.conflicts.len(), "conflict"),
    );
    table
}

fn write_lines(lines: &[Line], table: &mut String) {
    let width =
        |head: &str, of: &dyn Fn(&Line) -> usize| lines.iter().map(of).max().unwrap_or(0).max(head.len());
    let action = width("", &|line| line.action.len());
    let namespace = width("NAMESPACE", &|line| line.namespace.len());
    let object = width("OBJECT", &|line| line.object.len());
    let rule = width("RULE", &|line| line.rule.len());
    if !lines.is_empty() {
        let _ = writeln!(
            table,
            "{HEAD}{:action$}  {:namespace$}  {:object$}  {:rule$}  WHY{HEAD:#}",
            "", "NAMESPACE", "OBJECT", "RULE"
        );
    }
    for line in lines {
        let style = line.style;
        let _ = writeln!(
            table,
            "{style}{:action$}{style:#}  {:namespace$}  {:object$}  {:rule$}  {}",
            line.action, line.namespace, line.object, line.rule, line.why
        );
    }
}

fn lines(plan: &Plan) -> Vec<Line> {
    let mut lines = Vec::new();
    for apply in &plan.apply {
        let action = if apply.existing.is_some() {
            "update"
        } else {
            "create"
        };
        let object = Object::new(&apply.object).reference();
        lines.push(line((action, DOES), &object, &apply.rule, &apply.reason));
    }
    for delete in &plan.delete {
        lines.push(line(
            ("delete", GOES),
            &reference(&delete.object),
            &delete.rule,
            &delete.reason,
        ));
    }
    for released in &plan.released {
        lines.push(line(
            ("release", GOES),
            &reference(&released.object),
            &released.rule,
            &released.reason,
        ));
    }
    for conflict in &plan.conflicts {
        lines.push(line(
            ("conflict", NOT),
            &conflict.object,
            &conflict.rule,
            &conflict.reason,
        ));
    }
    for held in &plan.held {
        let why = format!("{}: {}", held.code, held.reason);
        lines.push(line(("hold", NOT), &held.object, &held.rule, &why));
    }
    for warning in &plan.warnings {
        let why = format!("{}: {}", warning.code, warning.message);
        lines.push(line(("warning", NOT), &warning.object, &warning.rule, &why));
    }
    for skipped in &plan.skipped {
        lines.push(line(
            ("skip", NOT),
            &skipped.object,
            &skipped.rule,
            &skipped.reason,
        ));
    }
    lines
}

fn line((action, style): (&'static str, Style), object: &ObjectRef, rule: &str, why: &str) -> Line {
    Line {
        action,
        style,
        namespace: object.namespace.clone().unwrap_or_default(),
        object: format!("{}/{}", object.kind, object.name),
        rule: rule.to_owned(),
        why: why.to_owned(),
    }
}

fn reference(identity: &Identity) -> ObjectRef {
    ObjectRef {
        api_version: identity.api_version.clone(),
        kind: identity.kind.clone(),
        namespace: Some(identity.namespace.clone()),
        name: identity.name.clone(),
    }
}
