//! Version 1: eight annotations on the source objects (client/replicate/common/constants.go at v1.2.1).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Draft, ImportedRule, PREFIX, SUFFIX, hosts, requirements};
use crate::object::Object;
use crate::preview::kind::Kind;
use crate::selector::{Glob, Pattern};
use crate::transforms::external_name::FOREIGN_ANNOTATIONS;
use crate::transforms::preview::{NEVER_ANNOTATIONS, NEVER_LABELS};

/// What objects must have in common to be one rule: source, both selectors, domain and Secret.
type Group<'a> = (
    &'a str,
    Option<&'a str>,
    Option<&'a str>,
    Option<&'a str>,
    Option<&'a str>,
);

/// The rules of all annotated objects, and the suffixes that Services ask for.
pub(super) fn rules(objects: &[Object<'_>]) -> (Vec<ImportedRule>, BTreeSet<String>) {
    let mut groups: BTreeMap<Group<'_>, Vec<Object<'_>>> = BTreeMap::new();
    let mut suffixes = BTreeSet::new();
    for object in objects.iter().copied() {
        let read = |key: &str| annotation(object, key);
        let (to, matching) = (read("replicate-to"), read("replicate-to-matching"));
        let kind = Kind::of(object.value());
        let is_copied = matches!(
            kind,
            Some(Kind::Service | Kind::Ingress | Kind::IngressRoute | Kind::LegacyIngressRoute)
        );
        let is_copy = object
            .annotation("kube-external-sync.io/replicated-from")
            .is_some();
        if !is_copied || is_copy || to.is_none() && matching.is_none() {
            continue;
        }
        let is_service = kind == Some(Kind::Service);
        if is_service {
            suffixes.insert(read("external-name-suffix").unwrap_or(SUFFIX).to_owned());
        }
        let route_only = |key: &str| read(key).filter(|_| !is_service);
        let namespace = object.namespace().unwrap_or("default");
        let group = (
            namespace,
            to,
            matching,
            route_only("top-level-domain"),
            route_only("tld-secret-name"),
        );
        groups.entry(group).or_default().push(object);
    }
    let rules = groups
        .into_iter()
        .map(|(group, objects)| import(group, &objects))
        .collect();
    (rules, suffixes)
}

fn annotation<'a>(object: Object<'a>, key: &str) -> Option<&'a str> {
    object.annotation(&format!("{PREFIX}{key}"))
}

fn import((source, to, matching, domain, secret): Group<'_>, objects: &[Object<'_>]) -> ImportedRule {
    let mut draft = Draft {
        name: format!("previews-of-{source}"),
        source: source.to_owned(),
        secret: secret.map(str::to_owned),
        ..Draft::default()
    };
    select(&mut draft, to, matching);
    let mut found = Vec::new();
    for object in objects {
        let name = object.name().unwrap_or_default().to_owned();
        if object.kind() == "Service" {
            draft.services.push(name);
        } else {
            found.extend(hosts::of(*object));
            draft.routes.push(name);
        }
        keep(&mut draft, *object);
        explain(&mut draft, *object);
    }
    found.sort();
    found.dedup();
    if !draft.routes.is_empty() {
        hosts::add(&mut draft, &found, domain);
    }
    draft.services.sort();
    draft.services.dedup();
    draft.routes.sort();
    draft.routes.dedup();
    draft.finish()
}

fn select(draft: &mut Draft, to: Option<&str>, matching: Option<&str>) {
    let mut namespaces = Map::new();
    let mut regexes = Vec::new();
    for item in to
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
    {
        let whole = item.strip_prefix('^').unwrap_or(item);
        let whole = whole.strip_suffix('$').unwrap_or(whole);
        match Pattern::new(whole) {
            Ok(_) => regexes.push(Value::from(whole)),
            Err(why) => draft.differ(format!(
                "`{item}` is no regex ({why}); it was dropped with a log line, and is here too"
            )),
        }
    }
    if !regexes.is_empty() {
        namespaces.insert("includeRegex".to_owned(), regexes.into());
    }
    match matching.map(requirements::parse) {
        Some(Ok(selector)) => {
            namespaces.insert("labels".to_owned(), selector);
        }
        Some(Err(part)) => {
            draft.differ(format!(
                "`{part}` is no label selector; it selected nothing, and does not here"
            ));
        }
        None => {}
    }
    if namespaces.is_empty() {
        draft.needs_a_person = true;
        draft.differ("nothing of its selectors can be used; write `namespaces`, and remove `action: ignore`");
        namespaces.insert("include".to_owned(), Value::from(vec!["no-namespace"]));
    }
    draft.namespaces = namespaces;
}

/// Labels and annotations that came along, except those that others act on.
fn keep(draft: &mut Draft, object: Object<'_>) {
    let is_stripped = |key: &str| annotation(object, key) == Some("true");
    let strips_labels = object.label(&format!("{PREFIX}strip-labels")) == Some("true");
    if is_stripped("strip-labels") && !strips_labels {
        draft.differ("`strip-labels` was read from a label, so the annotation did nothing; here it is taken at its word");
    }
    let add = |kept: &mut Vec<String>, map: Option<&Map<String, Value>>, never: &[&[&str]]| {
        for key in map.into_iter().flat_map(Map::keys) {
            let mut globs = never.iter().copied().flatten();
            if !globs.any(|glob| Glob::new(*glob).matches(key)) && !kept.contains(key) {
                kept.push(key.clone());
            }
        }
    };
    if !strips_labels && !is_stripped("strip-labels") {
        add(&mut draft.keep_labels, object.labels(), &[&NEVER_LABELS]);
    }
    if !is_stripped("strip-annotations") {
        let never: [&[&str]; 2] = [&NEVER_ANNOTATIONS, &FOREIGN_ANNOTATIONS];
        add(&mut draft.keep_annotations, object.annotations(), &never);
    }
}

fn explain(draft: &mut Draft, object: Object<'_>) {
    if annotation(object, "keep-owner-references") == Some("true") {
        let sentence = "`keep-owner-references` is gone: an owner in another namespace counts as absent, and the garbage \
                        collector deletes the copy";
        draft.differ(sentence);
    }
    let suffix = annotation(object, "external-name-suffix").filter(|suffix| *suffix != SUFFIX);
    if let Some(suffix) = suffix.filter(|_| object.kind() == "Service") {
        let sentence = match suffix.strip_prefix("svc.") {
            Some(domain) => format!(
                "`external-name-suffix: {suffix}` is `clusterDomain: {domain}`, for all rules of a file"
            ),
            None => format!(
                "`external-name-suffix: {suffix}` is gone: mirrors lead to `svc.<clusterDomain>`, never outside"
            ),
        };
        draft.differ(sentence);
    }
    if annotation(object, "top-level-domain").is_some() && object.kind() != "Service" {
        draft.differ(
            "every route got one TLS entry, also where the source has none; here TLS stays as in the source",
        );
    }
}
