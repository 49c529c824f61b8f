//! What becomes of hosts: kube-external-sync puts the namespace in the place of the first label, of the host or of a domain
//! that is given.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Draft;
use crate::object::Object;

/// The hosts that a route names, of any kind that kube-external-sync copies.
pub(super) fn of(route: Object<'_>) -> Vec<String> {
    let mut hosts = Vec::new();
    let rules = route.value().pointer("/spec/rules").and_then(Value::as_array);
    for rule in rules.into_iter().flatten() {
        hosts.push(
            rule.get("host")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        );
    }
    let routes = route.value().pointer("/spec/routes").and_then(Value::as_array);
    for rule in routes.into_iter().flatten() {
        let text = rule.get("match").and_then(Value::as_str).unwrap_or_default();
        hosts.extend(quoted(text));
    }
    hosts.sort();
    hosts.dedup();
    hosts
}

/// The texts of a Traefik rule that stand in backticks or double quotes and look like hosts.
fn quoted(text: &str) -> Vec<String> {
    let parts = text.split(['`', '"']);
    let is_host = |part: &&str| part.contains('.') && !part.contains(['/', '(', ')', ' ', '{', '^']);
    parts
        .skip(1)
        .step_by(2)
        .filter(is_host)
        .map(str::to_owned)
        .collect()
}

/// Adds the entries for hosts of routes.
pub(super) fn add(draft: &mut Draft, hosts: &[String], domain: Option<&str>) {
    let given = domain
        .and_then(|domain| domain.split_once('.'))
        .map(|(_, rest)| rest.to_owned());
    let mut entries: Vec<(String, String)> = Vec::new();
    let mut results: BTreeMap<String, usize> = BTreeMap::new();
    for host in hosts {
        if host.is_empty() || host == "*" || !host.contains('.') {
            draft.differ(format!(
                "a route without a host of its own (`{host}`) became one for `<namespace>` alone; here it is held back as `catch-all`"
            ));
            continue;
        }
        let Some((_, rest)) = host.split_once('.') else {
            continue;
        };
        let to = given.clone().unwrap_or_else(|| rest.to_owned());
        if given.is_none() && !rest.contains('.') {
            draft.differ(format!(
                "`{host}` became `<namespace>.{rest}`, a domain that is not yours; here it is held back"
            ));
            continue;
        }
        let from = if given.is_some() {
            host.clone()
        } else {
            format!("*.{rest}")
        };
        *results.entry(to.clone()).or_default() += 1;
        if !entries.iter().any(|(known, _)| *known == from) {
            entries.push((from, format!("{{namespace}}.{to}")));
        }
    }
    let collide = results.values().any(|count| *count > 1);
    if collide {
        for (_, to) in &mut entries {
            *to = to.replacen("{namespace}", "{first}-{namespace}", 1);
        }
        draft.differ("several hosts became the one host `<namespace>.…` and fought over `/`; here each keeps its first label");
    }
    for entry in entries {
        if !draft.hosts.contains(&entry) {
            draft.hosts.push(entry);
        }
    }
    if hosts.is_empty()
        && let Some(rest) = given
    {
        let entry = (format!("*.{rest}"), format!("{{namespace}}.{rest}"));
        draft.differ(
            "its Ingress is not in the dump; hosts outside the domain are held back until they have an entry",
        );
        draft.hosts.push(entry);
    }
}
