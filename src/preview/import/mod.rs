//! kube-external-sync's configuration as rules of ours, with every deliberate difference.
//!
//! Version 1 has annotations on the source objects, version 0 the cluster-scoped ExternalSyncRule. Each becomes a rule that
//! selects the same namespaces and gives the same names and hosts; where ours does not do the same, a sentence says so.

mod differences;
mod hosts;
mod requirements;
mod version_0;
mod version_1;

use serde_json::{Map, Value, json};

pub use self::differences::{DIFFERENCES, Difference};
use crate::object::Object;
use crate::object::embedded;

/// The prefix of its annotations.
const PREFIX: &str = "kube-external-sync.io/";
/// The suffix that it gives external names by default.
const SUFFIX: &str = "svc.cluster.local";

/// What was imported.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The rules, by source.
    pub rules: Vec<ImportedRule>,
    /// The cluster's domain, where all sources name the same other one.
    pub cluster_domain: Option<String>,
}

/// One rule, as a person would write it.
#[derive(Clone, Debug)]
pub struct ImportedRule {
    /// The rule.
    pub rule: Value,
    /// What it does not do the same way.
    pub differences: Vec<String>,
}

impl Imported {
    /// What holds for every rule.
    pub fn general(&self) -> impl Iterator<Item = String> {
        DIFFERENCES
            .iter()
            .map(|difference| format!("{}: {}", difference.what, difference.ours))
    }

    /// The rules that a person must look at before they act.
    pub fn paused(&self) -> impl Iterator<Item = &str> {
        let is_paused = |rule: &&ImportedRule| rule.rule.get("action").is_some();
        self.rules
            .iter()
            .filter(is_paused)
            .filter_map(|rule| rule.rule.get("name")?.as_str())
    }
}

/// Reads a dump.
///
/// ```
/// use boltrope::preview::import::import;
/// let service = serde_json::json!({
///     "apiVersion": "v1", "kind": "Service",
///     "metadata": {"name": "api", "namespace": "default", "annotations": {
///         "kube-external-sync.io/replicate-to": "feature-.*",
///     }},
/// });
/// let imported = import(&[service]);
/// assert_eq!(imported.rules[0].rule["preview"]["namespaces"]["includeRegex"][0], "feature-.*");
/// ```
#[must_use]
pub fn import(documents: &[Value]) -> Imported {
    let objects: Vec<Object<'_>> = documents
        .iter()
        .flat_map(embedded::objects)
        .map(|embedded| embedded.object)
        .collect();
    let mut imported = Imported {
        rules: version_0::rules(&objects),
        cluster_domain: None,
    };
    let (rules, suffixes) = version_1::rules(&objects);
    imported.rules.extend(rules);
    // One other cluster domain for all is a setting of ours.
    if let [only] = suffixes.iter().collect::<Vec<_>>().as_slice()
        && let Some(domain) = only.strip_prefix("svc.").filter(|_| only.as_str() != SUFFIX)
    {
        imported.cluster_domain = Some(domain.to_owned());
    }
    let mut names = std::collections::BTreeSet::new();
    for rule in &mut imported.rules {
        let name = rule
            .rule
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let mut unique = name.clone();
        let mut number = 1;
        while !names.insert(unique.clone()) {
            number += 1;
            unique = format!("{name}-{number}");
        }
        if let Some(place) = rule.rule.get_mut("name") {
            *place = unique.into();
        }
    }
    imported
}

/// A rule in the making.
#[derive(Debug, Default)]
struct Draft {
    name: String,
    source: String,
    namespaces: Map<String, Value>,
    trust_annotations: bool,
    services: Vec<String>,
    routes: Vec<String>,
    hosts: Vec<(String, String)>,
    secret: Option<String>,
    keep_labels: Vec<String>,
    keep_annotations: Vec<String>,
    differences: Vec<String>,
    needs_a_person: bool,
}

impl Draft {
    fn differ(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.differences.contains(&sentence) {
            self.differences.push(sentence);
        }
    }

    fn finish(mut self) -> ImportedRule {
        let mut preview = Map::from_iter([
            ("source".to_owned(), json!(self.source)),
            ("consent".to_owned(), json!("none")),
            (
                "namespaces".to_owned(),
                Value::Object(std::mem::take(&mut self.namespaces)),
            ),
        ]);
        if self.trust_annotations {
            preview.insert("trustAnnotations".to_owned(), json!(true));
        }
        let services = match self.services.as_slice() {
            [] => json!({"exclude": ["*"]}),
            names => json!({"include": names}),
        };
        preview.insert("services".to_owned(), services);
        if !self.routes.is_empty() && self.hosts.is_empty() {
            self.differ("no host of its routes can be rewritten, so they are not copied; write `routes.hosts` by hand");
            self.needs_a_person = true;
        } else if !self.routes.is_empty() {
            let hosts: Vec<Value> = self
                .hosts
                .iter()
                .map(|(from, to)| json!({"from": from, "to": to}))
                .collect();
            let mut routes = Map::from_iter([
                ("include".to_owned(), json!(self.routes)),
                ("hosts".to_owned(), json!(hosts)),
            ]);
            if let Some(secret) = &self.secret {
                routes.insert("tls".to_owned(), json!({"secretName": {"set": secret}}));
            }
            preview.insert("routes".to_owned(), Value::Object(routes));
        }
        let mut kept = Map::new();
        for (key, keys) in [
            ("keepLabels", &self.keep_labels),
            ("keepAnnotations", &self.keep_annotations),
        ] {
            if !keys.is_empty() {
                kept.insert(key.to_owned(), json!(keys));
            }
        }
        if !kept.is_empty() {
            preview.insert("metadata".to_owned(), Value::Object(kept));
        }
        let mut rule = Map::from_iter([("name".to_owned(), json!(label(&self.name)))]);
        if self.needs_a_person {
            rule.insert("action".to_owned(), json!("ignore"));
        }
        rule.insert("preview".to_owned(), Value::Object(preview));
        ImportedRule {
            rule: Value::Object(rule),
            differences: self.differences,
        }
    }
}

/// A name as a rule must have it.
fn label(name: &str) -> String {
    let plain = |letter: char| {
        if letter.is_ascii_lowercase() || letter.is_ascii_digit() {
            letter
        } else {
            '-'
        }
    };
    let text: String = name.to_ascii_lowercase().chars().map(plain).take(60).collect();
    let text = text.trim_matches('-');
    if text.is_empty() {
        "previews".to_owned()
    } else {
        text.to_owned()
    }
}

/// A Go regex that matches anywhere, as one that matches the whole.
fn anywhere(regex: &str) -> String {
    format!(".*(?:{regex}).*")
}

#[cfg(test)]
mod tests;
