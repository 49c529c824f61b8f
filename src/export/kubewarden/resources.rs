//! What the webhook is registered for: the resources of every kind that a rule matches.

use serde_json::{Value, json};

use super::{Export, ExportError};
use crate::resource::Resource;
use crate::selector::KindPattern;

/// Kinds that the API server never sends to a webhook, or that are questions and not objects.
const NEVER_STORED: &[&str] = &[
    "Binding",
    "ComponentStatus",
    "LocalSubjectAccessReview",
    "SelfSubjectAccessReview",
    "SelfSubjectReview",
    "SelfSubjectRulesReview",
    "SubjectAccessReview",
    "TokenReview",
];
/// Manifests inside them are judged by the rules for what they hold.
const WRAPPERS: &[(&str, &str)] = &[
    ("kubernetes.crossplane.io", "Object"),
    ("kubernetes.m.crossplane.io", "Object"),
];

/// The webhook's rules for Namespaces, and those for everything else.
pub(super) fn rules(export: &Export<'_>) -> Result<(Vec<Value>, Vec<Value>), ExportError> {
    let mut found: Vec<Resource> = Vec::new();
    for rule in export.program.rules() {
        for pattern in rule.matching.kinds() {
            for resource in matched(export, &rule.name, pattern)? {
                add(&mut found, resource);
            }
        }
    }
    for (group, kind) in WRAPPERS {
        found.extend(
            export
                .catalog
                .find(group, kind)
                .filter(|_| !is_there(&found, group, kind)),
        );
    }
    found.sort_by(|left, right| (&left.group, &left.plural).cmp(&(&right.group, &right.plural)));
    let (namespaces, others): (Vec<Resource>, Vec<Resource>) = found
        .into_iter()
        .partition(|resource| resource.group.is_empty() && resource.kind == "Namespace");
    Ok((grouped(&namespaces), grouped(&others)))
}

fn matched(export: &Export<'_>, rule: &str, pattern: &KindPattern) -> Result<Vec<Resource>, ExportError> {
    let (group, version, kind) = pattern.parts();
    if (group, kind) == ("*", "*") {
        return Err(ExportError::EveryKind {
            rule: rule.to_owned(),
            kind: pattern.to_string(),
        });
    }
    let mut found = export.catalog.matching(pattern);
    found.retain(|resource| !NEVER_STORED.contains(&resource.kind.as_str()));
    if found.is_empty() && version != "*" {
        // A kind that is known in other versions is called the same in this one.
        let other = export.catalog.find(group, kind);
        found.extend(other.map(|resource| Resource {
            versions: vec![version.to_owned()],
            ..resource
        }));
    }
    if found.is_empty() {
        let or = |part: &'static str, text: &str| {
            if text == "*" {
                part.to_owned()
            } else {
                text.to_owned()
            }
        };
        let (version, kind) = (or("v1", version), or("Widget", kind));
        let group = or("example.org", group);
        return Err(ExportError::UnknownPlural {
            rule: rule.to_owned(),
            kind: pattern.to_string(),
            example: format!("{group}/{version}/{kind}=PLURAL"),
        });
    }
    Ok(found)
}

fn add(found: &mut Vec<Resource>, resource: Resource) {
    let known = found
        .iter_mut()
        .find(|other| (&other.group, &other.kind) == (&resource.group, &resource.kind));
    let Some(known) = known else {
        found.push(resource);
        return;
    };
    for version in resource.versions {
        if !known.versions.contains(&version) {
            known.versions.push(version);
        }
    }
}

fn is_there(found: &[Resource], group: &str, kind: &str) -> bool {
    found
        .iter()
        .any(|resource| resource.group == group && resource.kind == kind)
}

/// One entry for the resources of a group that have the same versions. CREATE and UPDATE always go together: with one of
/// them alone the other undoes a rule.
fn grouped(resources: &[Resource]) -> Vec<Value> {
    let mut groups: Vec<(&str, &[String], Vec<&str>)> = Vec::new();
    for resource in resources {
        let same = groups
            .iter_mut()
            .find(|(group, versions, _)| *group == resource.group && *versions == resource.versions);
        match same {
            Some((_, _, plurals)) => plurals.push(&resource.plural),
            None => groups.push((&resource.group, &resource.versions, vec![&resource.plural])),
        }
    }
    let entry = |(group, versions, plurals): (&str, &[String], Vec<&str>)| {
        json!({
            "apiGroups": [group],
            "apiVersions": versions,
            "resources": plurals,
            "operations": ["CREATE", "UPDATE"],
        })
    };
    groups.into_iter().map(entry).collect()
}
