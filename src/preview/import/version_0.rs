//! Version 0: the object ExternalSyncRule (api/types/v1/externalsyncrule.go at v0.3.0).

use serde_json::{Map, Value, json};

use super::{Draft, ImportedRule, SUFFIX, anywhere, hosts};
use crate::object::{Object, list};
use crate::selector::Pattern;

/// The rules of all ExternalSyncRules.
pub(super) fn rules(objects: &[Object<'_>]) -> Vec<ImportedRule> {
    let is_rule = |object: &&Object<'_>| {
        object.group() == "kube-external-sync.io" && object.kind() == "ExternalSyncRule"
    };
    objects
        .iter()
        .filter(is_rule)
        .map(|rule| import(*rule, objects))
        .collect()
}

fn import(rule: Object<'_>, objects: &[Object<'_>]) -> ImportedRule {
    let source = rule.text("/spec/namespace").unwrap_or_default().to_owned();
    let mut draft = Draft {
        name: rule.name().unwrap_or_default().to_owned(),
        source: source.clone(),
        services: rule
            .text("/spec/service/name")
            .map(str::to_owned)
            .into_iter()
            .collect(),
        routes: rule
            .text("/spec/ingress/name")
            .map(str::to_owned)
            .into_iter()
            .collect(),
        secret: rule.text("/spec/ingress/secretName").map(str::to_owned),
        ..Draft::default()
    };
    let suffix = rule.text("/spec/service/externalNameSuffix").unwrap_or(SUFFIX);
    if suffix != SUFFIX {
        draft.differ(format!(
            "`externalNameSuffix: {suffix}` is gone: mirrors lead to `svc.<clusterDomain>`"
        ));
    }
    if let Some(name) = rule.text("/spec/ingress/name") {
        let is_it = |object: &&Object<'_>| {
            object.kind() == "Ingress" && object.name() == Some(name) && object.namespace() == Some(&source)
        };
        let found = objects.iter().find(is_it).map(|ingress| hosts::of(*ingress));
        hosts::add(
            &mut draft,
            &found.unwrap_or_default(),
            rule.text("/spec/ingress/topLevelDomain"),
        );
    }
    select(rule, &mut draft);
    draft.finish()
}

/// `spec.rules.namespaces`: an exclude wins, an empty list of includes is every namespace.
fn select(rule: Object<'_>, draft: &mut Draft) {
    let empty = Value::Null;
    let written = rule.value().pointer("/spec/rules/namespaces").unwrap_or(&empty);
    let names = |key: &str| -> Vec<Value> { list(written, key).to_vec() };
    let mut namespaces = Map::new();
    let include = names("include");
    if !include.is_empty() {
        namespaces.insert("include".to_owned(), include.into());
    }
    let mut exclude = names("exclude");
    exclude.retain(|name| name.as_str() != Some(draft.source.as_str()));
    if !exclude.is_empty() {
        namespaces.insert("exclude".to_owned(), exclude.into());
    }
    for key in ["includeRegex", "excludeRegex"] {
        let regexes = regexes(&names(key), draft);
        if !regexes.is_empty() {
            namespaces.insert(key.to_owned(), regexes.into());
        }
    }
    let annotations: Vec<Value> = list(written, "includeAnnotation")
        .iter()
        .filter_map(|written| annotation(written, draft))
        .collect();
    if !annotations.is_empty() {
        draft.trust_annotations = true;
        namespaces.insert("annotations".to_owned(), annotations.into());
    }
    let has_include = ["include", "includeRegex", "annotations"]
        .iter()
        .any(|key| namespaces.contains_key(*key));
    if !has_include {
        namespaces.insert("include".to_owned(), json!(["*"]));
        draft.differ("without an include it served every namespace, kube-system too; protected namespaces are out here");
    }
    if let Some(Value::Array(include)) = namespaces.get_mut("include") {
        include.retain(|name| name.as_str() != Some(draft.source.as_str()));
        if include.is_empty() {
            draft.needs_a_person = true;
            draft.differ("it included its own source alone, which was never served");
            include.push(json!("no-namespace"));
        }
    }
    draft.namespaces = namespaces;
}

fn regexes(written: &[Value], draft: &mut Draft) -> Vec<String> {
    let mut regexes = Vec::new();
    for text in written.iter().filter_map(Value::as_str) {
        match Pattern::new(&anywhere(text)) {
            Ok(_) => regexes.push(anywhere(text)),
            Err(why) => broken(text, &why, draft),
        }
    }
    if !regexes.is_empty() {
        draft.differ(
            "regexes matched anywhere in a name; here they match the whole, so `.*` stands around them",
        );
    }
    regexes
}

fn annotation(written: &Value, draft: &mut Draft) -> Option<Value> {
    let text = |key: &str| written.get(key).and_then(Value::as_str).unwrap_or_default();
    let (key, value) = (text("key"), text("value"));
    let is_regex = written
        .get("isRegex")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    if !is_regex {
        return Some(json!({"key": key, "value": value}));
    }
    if value.is_empty() {
        return Some(json!({"key": key}));
    }
    if let Err(why) = Pattern::new(&anywhere(value)) {
        broken(value, &why, draft);
        return None;
    }
    Some(json!({"key": key, "valueRegex": anywhere(value)}))
}

fn broken(text: &str, why: &str, draft: &mut Draft) {
    draft.needs_a_person = true;
    draft.differ(format!(
        "`{text}` is no regex ({why}): it counted as no match, so an exclude let everything in; correct it, add it and remove \
         `action: ignore`"
    ));
}
