//! Requests for a policy server, made of the cases, and what `boltrope eval` says to each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use boltrope::cases::Case;
use boltrope::transforms::judging;
use serde_json::{Map, Value, json};

use super::process::{self, Entry};
use super::twins;
use crate::expectation::without_reason;
use crate::policy::WHOLE;
use crate::{admission, command, folders, review};

/// One request.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) name: String,
    /// `/validate/<policy>`.
    pub(super) path: String,
    /// The AdmissionReview.
    pub(super) body: Vec<u8>,
    pub(super) object: Value,
    /// The answer of `boltrope eval`.
    pub(super) expected: Value,
}

/// How a request differs from the one of its case.
const VARIANTS: &[&str] = &[
    "as it is",
    "dry run",
    "CREATE",
    "UPDATE",
    "by Crossplane",
    "status",
    "DELETE",
];

/// The parts of an answer that are compared.
pub(super) const PARTS: [&str; 6] = ["allowed", "code", "audit", "message", "warnings", "object"];

/// What a server is asked.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) policies: Vec<Entry>,
    pub(super) questions: Vec<Question>,
    /// What the policies changed, to their twins.
    pub(super) twins: Vec<Question>,
}

/// `count` requests and the policies they go to: every case that is one object, to each policy that takes its rules, then
/// variants of them.
pub(super) fn of_cases(root: &Path, boltrope: &Path, count: usize) -> anyhow::Result<Asked> {
    let cases = folders::all(root);
    let policies = policies(root)?;
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut asked = Asked::default();
    for variant in VARIANTS {
        for case in cases.iter().filter(|case| case.errors().is_none()) {
            for policy in &policies {
                let settings = admission::settings(policy.transform, case);
                let request = case
                    .object()
                    .and_then(|object| varied(admission::request(case, object), variant));
                let (Some(settings), Some(request)) = (settings, request) else {
                    continue;
                };
                if asked.questions.len() == count {
                    return Ok(asked);
                }
                let key = format!("{}{settings}", policy.id);
                let is_new = !names.contains_key(&key);
                let number = *names.entry(key).or_insert(asked.policies.len());
                let entry = Entry {
                    name: format!("{}-{number}", policy.id),
                    module: policy.module.clone(),
                    settings,
                };
                let expected = evaluated(root, boltrope, case, &request)?;
                let question = Question::new(case, variant, &entry.name, &request, &expected)?;
                if let Some((twin, question)) =
                    twins::of(case, &entry, &request, &question).filter(|_| is_new)
                {
                    asked.policies.push(twin);
                    asked.twins.push(question);
                }
                if is_new {
                    asked.policies.push(entry);
                }
                asked.questions.push(question);
            }
        }
    }
    Ok(asked)
}

/// An AdmissionResponse with the object that its patch makes instead of the patch, without what is null and without the
/// reason of a failed lookup.
pub(super) fn told(response: &Value, object: &Value) -> anyhow::Result<Map<String, Value>> {
    let mut parts = Map::new();
    for key in PARTS {
        let pointer = match key {
            "code" => "/status/code",
            "message" => "/status/message",
            "audit" => "/auditAnnotations",
            "object" => "/patch",
            "warnings" => "/warnings",
            _ => "/allowed",
        };
        let value = match (key, response.pointer(pointer)) {
            (_, None | Some(Value::Null)) => continue,
            ("object", Some(Value::String(patch))) => review::patched(object, patch)?,
            (_, Some(Value::String(text))) => without_reason(text).into(),
            (_, Some(Value::Array(texts))) => texts
                .iter()
                .filter_map(Value::as_str)
                .map(without_reason)
                .collect(),
            (_, Some(value)) => value.clone(),
        };
        parts.insert(key.to_owned(), value);
    }
    Ok(parts)
}

fn evaluated(root: &Path, boltrope: &Path, case: &Case, request: &Value) -> anyhow::Result<Value> {
    let mut eval = Command::new(boltrope);
    eval.arg("eval")
        .arg("--rules")
        .arg(root.join(&case.name).join("rules.yaml"))
        .arg("-");
    let (code, stdout, stderr) = command::run(eval, &serde_json::to_vec(request)?)?;
    ensure!(
        code == 0,
        "{}: `boltrope eval` ended with {code}: {stderr}",
        case.name
    );
    serde_json::from_str(&stdout).with_context(|| case.name.clone())
}

fn varied(mut request: Value, variant: &str) -> Option<Value> {
    let map = request.as_object_mut()?;
    let object = map.get("object").cloned()?;
    let changes = match variant {
        "dry run" => vec![("dryRun", true.into())],
        "CREATE" => vec![("oldObject", Value::Null), ("operation", "CREATE".into())],
        "UPDATE" => vec![("oldObject", object), ("operation", "UPDATE".into())],
        "by Crossplane" => {
            let user = json!({"username": "system:serviceaccount:crossplane-system:crossplane"});
            vec![("userInfo", user)]
        }
        "status" => vec![("subResource", "status".into())],
        "DELETE" => vec![
            ("object", Value::Null),
            ("oldObject", object),
            ("operation", "DELETE".into()),
        ],
        _ => Vec::new(),
    };
    for (key, value) in changes {
        map.insert(key.to_owned(), value);
    }
    Some(request)
}

/// A policy with its module, which carries the metadata.
struct Served {
    id: &'static str,
    transform: Option<&'static str>,
    module: PathBuf,
}

fn policies(root: &Path) -> anyhow::Result<Vec<Served>> {
    let single = judging().map(|transform| {
        let meta = transform.meta();
        (meta.slug, Some(meta.id))
    });
    let serve = |(id, transform)| {
        let folder = root.join("policies").join(id);
        let module = process::annotate(root, &folder.join("policy.wasm"), &metadata(&folder)?, id)?;
        Ok(Served {
            id,
            transform,
            module,
        })
    };
    std::iter::once((WHOLE, None)).chain(single).map(serve).collect()
}

/// `metadata.yml` with the version of the protocol, which `kwctl annotate` asks the module for.
pub(super) fn metadata(folder: &Path) -> anyhow::Result<Value> {
    let path = folder.join("metadata.yml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
    let mut metadata: Value = yaml_serde::from_str(&text)?;
    let map = metadata.as_object_mut().context("metadata that is no mapping")?;
    map.insert("protocolVersion".to_owned(), "v1".into());
    Ok(metadata)
}

impl Question {
    fn new(
        case: &Case,
        variant: &str,
        policy: &str,
        request: &Value,
        expected: &Value,
    ) -> anyhow::Result<Self> {
        let object = request.get("object").cloned().unwrap_or_default();
        let review =
            json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request});
        Ok(Self {
            name: format!("{}, {variant}, to {policy}", case.name),
            path: format!("/validate/{policy}"),
            body: serde_json::to_vec(&review)?,
            expected: Value::Object(told(expected, &object)?),
            object,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_with_the_object_that_its_patch_makes() {
        // [{"op":"add","path":"/b","value":2}]
        let response = json!({
            "uid": "1", "allowed": true, "patchType": "JSONPatch", "warnings": null,
            "patch": "W3sib3AiOiJhZGQiLCJwYXRoIjoiL2IiLCJ2YWx1ZSI6Mn1d",
            "auditAnnotations": {"rules": "team"},
        });
        let found = told(&response, &json!({"a": 1})).unwrap();
        let expected = json!({"allowed": true, "object": {"a": 1, "b": 2}, "audit": {"rules": "team"}});
        assert_eq!(Value::Object(found), expected);
    }

    #[test]
    fn a_deletion_has_only_an_old_object() {
        let request = varied(json!({"operation": "CREATE", "object": {"a": 1}}), "DELETE").unwrap();
        assert_eq!(
            request,
            json!({"operation": "DELETE", "object": null, "oldObject": {"a": 1}})
        );
    }
}
