//! A permission that is missing, as one message: verb, resource, namespace, and the Role that grants it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use super::Resource;

/// One thing that may not be done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Missing {
    /// Where; `None` for the whole cluster.
    pub(crate) namespace: Option<String>,
    /// The API group.
    pub(crate) group: String,
    /// The plural name, with the part: `helmreleases/status`.
    pub(crate) resource: String,
    /// `get`, `list`, `patch`.
    pub(crate) verb: &'static str,
}

impl Missing {
    /// A verb on a kind (or a part of it) in a namespace, or in all.
    pub(crate) fn new(
        verb: &'static str,
        resource: &Resource,
        part: Option<&str>,
        namespace: Option<&str>,
    ) -> Self {
        let plural = &resource.plural;
        Self {
            namespace: namespace.map(str::to_owned),
            group: resource.group.clone().into_owned(),
            resource: part.map_or_else(|| plural.to_string(), |part| format!("{plural}/{part}")),
            verb,
        }
    }
}

/// `patch helmreleases/status.helm.toolkit.fluxcd.io in namespace shop`
impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(formatter, " ({})", self.group)?;
        }
        match &self.namespace {
            Some(namespace) => write!(formatter, " in namespace `{namespace}`"),
            None => formatter.write_str(" in all namespaces"),
        }
    }
}

/// All that is missing as one message, with the Roles (or the ClusterRole) that grant it.
pub(crate) fn explain(missing: &[Missing]) -> String {
    let mut text = "not allowed:\n".to_owned();
    for one in missing {
        let _ = writeln!(text, "  {one}");
    }
    let mut places: BTreeMap<Option<&str>, Rules<'_>> = BTreeMap::new();
    for one in missing {
        let rules = places.entry(one.namespace.as_deref()).or_default();
        let verbs = rules.entry((&one.group, &one.resource)).or_default();
        verbs.insert(one.verb);
    }
    let roles: Vec<String> = places
        .iter()
        .map(|(namespace, rules)| role(*namespace, rules))
        .collect();
    let what = match places.len() {
        1 => "this grants it; bind it to whoever runs boltrope-operator:",
        _ => "these grant it; bind them to whoever runs boltrope-operator:",
    };
    let _ = write!(text, "{what}\n{}", roles.join("---\n"));
    text.trim_end().to_owned()
}

/// Verbs by group and resource.
type Rules<'m> = BTreeMap<(&'m str, &'m str), BTreeSet<&'static str>>;

fn role(namespace: Option<&str>, rules: &Rules<'_>) -> String {
    let kind = if namespace.is_some() {
        "Role"
    } else {
        "ClusterRole"
    };
    let mut text = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: boltrope-operator\n"
    );
    if let Some(namespace) = namespace {
        let _ = writeln!(text, "  namespace: \"{namespace}\"");
    }
    text.push_str("rules:\n");
    for ((group, resource), verbs) in rules {
        let verbs: Vec<&str> = verbs.iter().copied().collect();
        let _ = writeln!(
            text,
            "- apiGroups: [\"{group}\"]\n  resources: [\"{resource}\"]\n  verbs: [{}]",
            verbs.join(", ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_everything_and_the_role_grants_it() {
        let releases = Resource::new("helm.toolkit.fluxcd.io", "v2", "helmreleases");
        let missing = [
            Missing::new("patch", &releases, Some("status"), Some("shop")),
            Missing::new("get", &Resource::SECRETS, None, Some("shop")),
            Missing::new("create", &Resource::SECRETS, None, Some("shop")),
        ];
        let expected = "\
not allowed:
  patch helmreleases/status (helm.toolkit.fluxcd.io) in namespace `shop`
  get secrets in namespace `shop`
  create secrets in namespace `shop`
this grants it; bind it to whoever runs boltrope-operator:
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: boltrope-operator
  namespace: \"shop\"
rules:
- apiGroups: [\"\"]
  resources: [\"secrets\"]
  verbs: [create, get]
- apiGroups: [\"helm.toolkit.fluxcd.io\"]
  resources: [\"helmreleases/status\"]
  verbs: [patch]";
        assert_eq!(explain(&missing), expected);
    }

    #[test]
    fn all_namespaces_take_a_cluster_role() {
        let all = explain(&[Missing::new("list", &Resource::DEPLOYMENTS, None, None)]);
        assert!(all.contains("list deployments (apps) in all namespaces"), "{all}");
        assert!(
            all.contains("kind: ClusterRole\n") && !all.contains("namespace:"),
            "{all}"
        );
    }
}
