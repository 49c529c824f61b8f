//! `boltrope-operator preview status`: what the operator last said about itself.

use std::fmt::Write as _;

use clap::ValueEnum;
use serde_json::Value;

use super::board;
use crate::cluster::{Connection, Resource, own_namespace};
use crate::command::{Exit, Failure, exit_codes, output};

const HELP: &str = concat!(
    exit_codes!(
        "all is well",
        "something is waited for or failed, the rules are broken, there is no status"
    ),
    "

Examples:
  boltrope-operator preview status -n boltrope
  boltrope-operator preview status -n boltrope -o json"
);

/// Print what the operator says about its previews
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    #[command(flatten)]
    connection: Connection,
    /// Where the operator keeps its status
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// How to print it
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: Format,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// Everything, for programs
    Json,
}

pub(super) async fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let namespace = arguments.namespace.clone().or_else(own_namespace);
    let namespace = namespace.ok_or_else(|| {
        Failure::Arguments("-n NAMESPACE is missing: where the operator keeps its status".to_owned())
    })?;
    let cluster = arguments.connection.open().await?;
    let found = cluster
        .get(&Resource::CONFIG_MAPS, Some(&namespace), board::NAME)
        .await?;
    let text = found
        .as_ref()
        .and_then(|found| found.get("data")?.get(board::STATUS)?.as_str());
    let Some(text) = text else {
        return Err(Failure::Held(format!(
            "there is no ConfigMap `{namespace}/{}`: no operator has written its status there yet",
            board::NAME
        )));
    };
    let status: Value = serde_json::from_str(text)
        .map_err(|error| Failure::Held(format!("the status is no JSON (line {})", error.line())))?;
    match arguments.output {
        Format::Json => output::result(&format!("{text}\n"))?,
        Format::Text => output::result(&written(&status))?,
    }
    Ok(if is_well(&status) {
        Exit::Clean
    } else {
        Exit::Remains
    })
}

fn is_well(status: &Value) -> bool {
    let is_empty = |pointer: &str| {
        status
            .pointer(pointer)
            .and_then(Value::as_array)
            .is_none_or(Vec::is_empty)
    };
    let rules = status.get("previews").and_then(Value::as_array);
    let is_waiting = rules
        .into_iter()
        .flatten()
        .any(|rule| rule.get("waiting").is_some());
    status.pointer("/rules/valid") == Some(&Value::Bool(true))
        && is_empty("/waiting")
        && is_empty("/failed/items")
        && !is_waiting
}

/// As people read it.
fn written(status: &Value) -> String {
    let text = |value: &Value, pointer: &str| {
        let found = value.pointer(pointer);
        found.map_or_else(String::new, |found| match found {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    let mut out = format!("{} copies are as they should be\n", text(status, "/copies"));
    if let Some(problem) = status.pointer("/rules/problem").and_then(Value::as_str) {
        let _ = writeln!(out, "the rules before stay in force: {problem}");
    }
    for waiting in status
        .get("waiting")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let _ = writeln!(out, "waits for {}", waiting.as_str().unwrap_or_default());
    }
    for rule in status
        .get("previews")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let [name, served, over] = ["/rule", "/namespaces", "/over"].map(|pointer| text(rule, pointer));
        let _ = write!(
            out,
            "rule `{name}`: {served} namespaces, {over} beyond maxNamespaces"
        );
        let waiting = rule.get("waiting").and_then(Value::as_str);
        let _ = writeln!(
            out,
            "{}",
            waiting
                .map(|why| format!("; it waits: {why}"))
                .unwrap_or_default()
        );
    }
    for list in ["failed", "conflicts", "held", "warnings"] {
        let items = status
            .pointer(&format!("/{list}/items"))
            .and_then(Value::as_array);
        for item in items.into_iter().flatten() {
            let object = item.get("object").unwrap_or(item);
            let [kind, namespace, name] =
                ["/kind", "/namespace", "/name"].map(|pointer| text(object, pointer));
            let [reason, message] = ["/reason", "/message"].map(|pointer| text(item, pointer));
            let _ = writeln!(out, "{list}: {kind} {namespace}/{name}: {reason}{message}");
        }
        let total = status.pointer(&format!("/{list}/total")).and_then(Value::as_u64);
        let shown = items.map_or(0, Vec::len);
        let more = total.and_then(|total| total.checked_sub(u64::try_from(shown).ok()?));
        if let Some(more) = more.filter(|more| *more > 0) {
            let _ = writeln!(out, "{list}: and {more} more");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_says_what_is_waited_for() {
        let mut status = json!({
            "rules": {"valid": true, "problem": null}, "waiting": [], "copies": 3,
            "previews": [{"rule": "previews", "source": "base", "namespaces": 2, "over": 0}],
            "failed": {"total": 0, "items": []},
            "conflicts": {"total": 201, "items": [
                {"object": {"kind": "Service", "namespace": "a", "name": "b"}, "reason": "it is not ours"},
            ]},
        });
        let text = written(&status);
        assert!(is_well(&status) && text.starts_with("3 copies"), "{text}");
        assert!(
            text.contains("conflicts: Service a/b: it is not ours\nconflicts: and 200 more\n"),
            "{text}"
        );
        status["waiting"] = json!(["ingresses: not allowed"]);
        assert!(!is_well(&status) && written(&status).contains("waits for ingresses: not allowed\n"));
    }
}
