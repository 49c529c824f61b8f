//! A rules document becomes a [`RuleSet`], or the list of everything that is wrong with it.

use serde_json::{Map, Value};

use super::conflict;
use super::deserialize::decode as decode_settings;
use super::mistake::unknown_key;
use super::version::Version;
use super::{API_VERSION, KIND, Keyed, Mistake, Mistakes, Rule, decode_whole, is_dns_subdomain, record};
use crate::object::pointer::{push, push_index};
use crate::transforms::{Settings, Transform};

/// Kubernetes' default cluster domain.
const CLUSTER_DOMAIN: &str = "cluster.local";
/// The keys of `spec`.
pub(super) const SPEC_KEYS: [&str; 3] = ["clusterDomain", "minimumVersion", "rules"];
/// The keys of a rule that are not a transform's.
pub(super) const RULE_KEYS: [&str; 7] = [
    "name",
    "description",
    "action",
    "match",
    "exempt",
    "ratchet",
    "onLookupError",
];

/// `metadata` of a rules file.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawMetadata {
    /// The name of the rule set.
    pub name: String,
    /// Free labels.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Keyed<String>,
    /// Free annotations.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub annotations: Keyed<String>,
}

record!(
    RawMetadata,
    required { "name" => name },
    optional { "labels" => labels, "annotations" => annotations }
);

/// The keys of `spec` besides `rules`, as written; also the settings of a Kubewarden policy that runs a whole file.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase")
)]
pub struct RawSpec {
    /// The cluster's DNS domain; `cluster.local` by default.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub cluster_domain: Option<String>,
    /// A program older than this refuses the file.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub minimum_version: Option<String>,
}

record!(
    ignoring others: RawSpec,
    required {},
    optional { "clusterDomain" => cluster_domain, "minimumVersion" => minimum_version }
);

/// A valid set of rules.
///
/// ```
/// use boltrope::{rules::RuleSet, transforms::TRANSFORMS};
/// let document = serde_json::json!({
///     "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "platform"},
///     "spec": {"rules": [{
///         "name": "orders-in-system",
///         "match": {"kinds": ["openportal.dev/ManagedNamespace"]},
///         "namespacePlacement": {"allowed": ["system"]},
///     }]},
/// });
/// let rules = RuleSet::decode(&document, TRANSFORMS).unwrap();
/// assert_eq!(rules.rules[0].name, "orders-in-system");
/// ```
#[derive(Debug, Default)]
pub struct RuleSet {
    /// The cluster's DNS domain.
    pub cluster_domain: Option<String>,
    /// A program older than this refuses the rules.
    pub minimum_version: Option<String>,
    /// The rules, in the order written. The order has no meaning.
    pub rules: Vec<Rule>,
}

impl RuleSet {
    /// Decodes a whole rules document; `transforms` are those the surface knows.
    ///
    /// # Errors
    /// Every mistake in the document, with JSON Pointers into it.
    pub fn decode(document: &Value, transforms: &[&'static dyn Transform]) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::new();
        let Some(map) = document.as_object() else {
            let message =
                format!("a rules file is a mapping with `apiVersion: {API_VERSION}` and `kind: {KIND}`");
            mistakes.push(Mistake::plain("", message));
            return Err(mistakes);
        };
        for key in map
            .keys()
            .filter(|key| !["apiVersion", "kind", "metadata", "spec"].contains(&key.as_str()))
        {
            mistakes.push(unknown_key("", key, &["apiVersion", "kind", "metadata", "spec"]));
        }
        expect_text(map, "apiVersion", API_VERSION, &mut mistakes);
        expect_text(map, "kind", KIND, &mut mistakes);
        match map.get("metadata") {
            None => mistakes.push(Mistake::new(
                "",
                "`metadata` is missing",
                "add `metadata: {name: …}`",
            )),
            Some(metadata) => {
                if let Err(found) = decode_whole::<RawMetadata>(metadata) {
                    mistakes.extend_below("/metadata", found);
                }
            }
        }
        let decoded = match map.get("spec") {
            None => {
                mistakes.push(Mistake::new("", "`spec` is missing", "add `spec: {rules: […]}`"));
                Self::default()
            }
            Some(spec) => Self::decode_spec(spec, "/spec", transforms, &|_| true, &mut mistakes),
        };
        conflict::find(&[&decoded], &mut mistakes);
        mistakes.into_result(decoded)
    }

    /// Decodes `spec`, found at `at`, collecting mistakes; conflicts between rules are not looked for. Rules whose index is
    /// not `wanted` are left out unread.
    pub(crate) fn decode_spec(
        spec: &Value,
        at: &str,
        transforms: &[&'static dyn Transform],
        wanted: &dyn Fn(usize) -> bool,
        mistakes: &mut Mistakes,
    ) -> Self {
        let Some(map) = spec.as_object() else {
            mistakes.push(Mistake::plain(at, "`spec` is a mapping with `rules`"));
            return Self::default();
        };
        refuse_unknown(map, at, &SPEC_KEYS, mistakes);
        let mut set = Self::decode_keys(spec, at, mistakes);
        let rules_at = push(at, "rules");
        let items = match map.get("rules").map(Value::as_array) {
            Some(Some(items)) => items.as_slice(),
            Some(None) => {
                mistakes.push(Mistake::plain(&rules_at, "`rules` is a list of rules"));
                &[]
            }
            None => {
                mistakes.push(Mistake::new(
                    at,
                    "`rules` is missing",
                    "add `rules:` with a list of rules",
                ));
                &[]
            }
        };
        let decode = |(index, item)| decode_rule(item, &push_index(&rules_at, index), transforms, mistakes);
        let wanted = items.iter().enumerate().filter(|(index, _)| wanted(*index));
        set.rules.extend(wanted.filter_map(decode));
        set
    }

    /// Decodes the keys of `spec`, found at `at`, besides `rules`; other keys are none of its business.
    pub(super) fn decode_keys(spec: &Value, at: &str, mistakes: &mut Mistakes) -> Self {
        let raw = decode_whole::<RawSpec>(spec).unwrap_or_else(|found| {
            mistakes.extend_below(at, found);
            RawSpec::default()
        });
        let text = |key: &str| spec.get(key).and_then(Value::as_str);
        check_version(text("minimumVersion"), at, mistakes);
        check_domain(text("clusterDomain"), at, mistakes);
        Self {
            cluster_domain: raw.cluster_domain,
            minimum_version: raw.minimum_version,
            rules: Vec::new(),
        }
    }

    /// The cluster's DNS domain, the default when none is set.
    #[must_use]
    pub fn cluster_domain(&self) -> &str {
        self.cluster_domain.as_deref().unwrap_or(CLUSTER_DOMAIN)
    }

    /// Several documents as one (rules.md 1.4); mistakes are about the documents together.
    ///
    /// # Errors
    /// Duplicate rule names, different values of one `spec` key, conflicts between rules; each mistake comes
    /// with the index of the document it is in.
    pub fn concat(sets: Vec<Self>) -> Result<Self, Vec<(usize, Mistake)>> {
        let mut mistakes = Mistakes::new();
        let origins = conflict::find(&sets.iter().collect::<Vec<_>>(), &mut mistakes);
        if !mistakes.is_empty() {
            return Err(origins.into_iter().zip(mistakes).collect());
        }
        let mut joined = Self::default();
        for set in sets {
            joined.cluster_domain = joined.cluster_domain.or(set.cluster_domain);
            joined.minimum_version = joined.minimum_version.or(set.minimum_version);
            joined.rules.extend(set.rules);
        }
        Ok(joined)
    }
}

/// Decodes one rule: the transform's key is taken out, the rest must be the keys of a rule.
fn decode_rule(
    item: &Value,
    at: &str,
    transforms: &[&'static dyn Transform],
    mistakes: &mut Mistakes,
) -> Option<Rule> {
    let Some(map) = item.as_object() else {
        mistakes.push(Mistake::plain(
            at,
            "a rule is a mapping with `name` and one transform",
        ));
        return None;
    };
    let chosen: Vec<_> = transforms
        .iter()
        .filter(|transform| map.contains_key(transform.meta().id))
        .collect();
    let ids: Vec<&str> = transforms.iter().map(|transform| transform.meta().id).collect();
    let has_unknown_key = refuse_unknown(map, at, &[&RULE_KEYS[..], &ids].concat(), mistakes);
    let transform = choose(&chosen, &ids, at, has_unknown_key, mistakes);
    let mut settings = None;
    for transform in &chosen {
        let id = transform.meta().id;
        match transform.decode(map.get(id).unwrap_or(&Value::Null)) {
            Ok(decoded) => settings = Some(decoded),
            Err(found) => mistakes.extend_below(&format!("{at}/{id}"), found),
        }
    }
    decode_around(item, at, transform, settings, mistakes)
}

/// Decodes the keys of a rule, found at `at`, around those of the transform, which has read its `settings`.
pub(super) fn decode_around(
    item: &Value,
    at: &str,
    transform: Option<&'static dyn Transform>,
    settings: Option<Settings>,
    mistakes: &mut Mistakes,
) -> Option<Rule> {
    let validate = |raw, found: &mut Mistakes| Rule::validate(raw, transform, settings, at, found);
    match decode_settings(item, validate) {
        Ok(rule) => rule,
        Err(found) => {
            mistakes.extend_below(at, found);
            None
        }
    }
}

/// Reports the keys that are not known, each with the one that was probably meant: what reads a part of the mapping does
/// not know the other parts' keys. Tells whether there were any.
fn refuse_unknown(map: &Map<String, Value>, at: &str, known: &[&str], mistakes: &mut Mistakes) -> bool {
    let before = mistakes.len();
    for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
        mistakes.push(unknown_key(at, key, known));
    }
    mistakes.len() > before
}

/// The one transform of a rule. An unknown key is probably the transform, misspelt: one mistake is enough then.
fn choose(
    chosen: &[&&'static dyn Transform],
    ids: &[&str],
    at: &str,
    has_unknown_key: bool,
    mistakes: &mut Mistakes,
) -> Option<&'static dyn Transform> {
    match chosen {
        [transform] => return Some(**transform),
        [] if has_unknown_key => {}
        [] => {
            let known = ids
                .iter()
                .map(|id| format!("`{id}`"))
                .collect::<Vec<_>>()
                .join(", ");
            mistakes.push(Mistake::new(
                at,
                "the rule has no transform",
                format!("add one of {known}"),
            ));
        }
        several => {
            let names = several
                .iter()
                .map(|transform| format!("`{}`", transform.meta().id))
                .collect::<Vec<_>>();
            let message = format!("the rule has {} transforms: {}", names.len(), names.join(", "));
            mistakes.push(Mistake::new(at, message, "write one rule for each"));
        }
    }
    None
}

fn expect_text(map: &Map<String, Value>, key: &str, wanted: &str, mistakes: &mut Mistakes) {
    match map.get(key) {
        None => mistakes.push(Mistake::new(
            "",
            format!("`{key}` is missing"),
            format!("add `{key}: {wanted}`"),
        )),
        Some(Value::String(found)) if found == wanted => {}
        Some(found) => {
            let found = found
                .as_str()
                .map(|text| format!("`{text}`"))
                .unwrap_or_else(|| "something else".to_owned());
            mistakes.push(Mistake::plain(
                format!("/{key}"),
                format!("expected `{wanted}`, found {found}"),
            ));
        }
    }
}

/// Names are compared with the domain label by label, so it must be one as DNS writes it.
fn check_domain(domain: Option<&str>, at: &str, mistakes: &mut Mistakes) {
    let Some(domain) = domain.filter(|domain| !is_dns_subdomain(domain)) else {
        return;
    };
    let message = format!("`{domain}` is not a DNS domain");
    let remedy = "write it in lower case without a dot at either end, as `cluster.local`";
    mistakes.push(Mistake::new(push(at, "clusterDomain"), message, remedy));
}

fn check_version(minimum: Option<&str>, at: &str, mistakes: &mut Mistakes) {
    let Some(text) = minimum else { return };
    let at = push(at, "minimumVersion");
    match Version::parse(text) {
        None => mistakes.push(Mistake::new(
            at,
            format!("`{text}` is not a version"),
            "write three numbers, `0.1.0`",
        )),
        Some(wanted) if wanted > Version::current() => {
            let message = format!(
                "these rules need version {text}, this is {}",
                env!("CARGO_PKG_VERSION")
            );
            mistakes.push(Mistake::new(at, message, "update boltrope"));
        }
        Some(_) => {}
    }
}
