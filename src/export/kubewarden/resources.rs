//! What the webhook is registered for: the resources of every kind that a rule matches.

use serde_json::{Value, json};

use super::{Export, ExportError};
use crate::engine::Operation;
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
    let mut found: Vec<Registered> = Vec::new();
    for rule in export.program.rules() {
        for pattern in rule.matching.kinds() {
            for resource in matched(export, &rule.name, pattern)? {
                let operations = rule.transform.operations(&resource.group, &resource.kind);
                add(&mut found, resource, operations);
            }
        }
    }
    if found.is_empty() {
        return Err(ExportError::NoRules);
    }
    for (group, kind) in WRAPPERS {
        if let Some(resource) = export.catalog.find(group, kind) {
            add(&mut found, resource, &[Operation::Create, Operation::Update]);
        }
    }
    found.sort_by(|left, right| left.order().cmp(&right.order()));
    let (namespaces, others): (Vec<Registered>, Vec<Registered>) =
        found.into_iter().partition(|registered| {
            let resource = &registered.resource;
            resource.group.is_empty() && resource.kind == "Namespace"
        });
    Ok((grouped(&namespaces), grouped(&others)))
}

/// A resource, and what is done with it when a rule has something to say.
struct Registered {
    resource: Resource,
    operations: Vec<Operation>,
}

impl Registered {
    fn order(&self) -> (&str, &str) {
        (&self.resource.group, &self.resource.plural)
    }
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

fn add(found: &mut Vec<Registered>, resource: Resource, operations: &[Operation]) {
    if operations.is_empty() {
        return;
    }
    let is_same = |other: &&mut Registered| {
        (&other.resource.group, &other.resource.kind) == (&resource.group, &resource.kind)
    };
    let Some(known) = found.iter_mut().find(is_same) else {
        found.push(Registered {
            resource,
            operations: operations.to_vec(),
        });
        return;
    };
    let versions = &mut known.resource.versions;
    let more = resource.versions.into_iter();
    versions.extend(
        more.filter(|version| !versions.contains(version))
            .collect::<Vec<_>>(),
    );
    let all = [Operation::Create, Operation::Update];
    known.operations = Vec::from_iter(
        all.into_iter()
            .filter(|operation| known.operations.contains(operation) || operations.contains(operation)),
    );
}

/// One entry for the resources of a group that have the same versions and operations. CREATE and UPDATE go together
/// wherever a rule has something to say at both: with one of them alone the other undoes a rule.
fn grouped(registered: &[Registered]) -> Vec<Value> {
    let mut groups: Vec<(&Registered, Vec<&str>)> = Vec::new();
    for one in registered {
        let same = |(first, _): &&mut (&Registered, Vec<&str>)| {
            first.resource.group == one.resource.group
                && first.resource.versions == one.resource.versions
                && first.operations == one.operations
        };
        match groups.iter_mut().find(same) {
            Some((_, plurals)) => plurals.push(&one.resource.plural),
            None => groups.push((one, vec![&one.resource.plural])),
        }
    }
    let entry = |(first, plurals): (&Registered, Vec<&str>)| {
        json!({
            "apiGroups": [first.resource.group],
            "apiVersions": first.resource.versions,
            "resources": plurals,
            "operations": first.operations,
        })
    };
    groups.into_iter().map(entry).collect()
}
