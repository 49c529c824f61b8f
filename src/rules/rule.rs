//! One rule: who it is about (`match`), what it wants (a transform's settings), how strictly (`action`).

use serde::Serialize;

use super::{Mistake, Mistakes, record, words};
use crate::selector::{Glob, Match, RawMatch};
use crate::transforms::{Settings, Transform};

/// What a rule may do with what it finds (rules.md 1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Action {
    /// Change what may be changed, refuse the rest.
    #[default]
    Enforce,
    /// Change nothing; a change that would be needed is an error.
    Deny,
    /// Change nothing, refuse nothing, report.
    Warn,
    /// Skip the rule.
    Ignore,
}

words!(Action { "enforce" => Enforce, "deny" => Deny, "warn" => Warn, "ignore" => Ignore });

/// What a rule does when a lookup it needs gets no answer (rules.md 1.10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum OnLookupError {
    /// Refuse: the error `engine/lookup-unavailable`.
    #[default]
    Deny,
    /// Let the object pass as if the rule did not match.
    Allow,
    /// Let the object pass with a warning.
    Warn,
}

words!(OnLookupError { "deny" => Deny, "allow" => Allow, "warn" => Warn });

/// The keys of a rule besides its transform's, as written.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase")
)]
pub struct RawRule {
    /// A DNS-1123 label, unique in the rules; it appears in every finding.
    #[cfg_attr(feature = "schema", schemars(pattern("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")))]
    pub name: String,
    /// What the rule is for, in a sentence.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub description: Option<String>,
    /// What the rule may do with what it finds.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub action: Action,
    /// Which objects the rule is about; by default the transform's own kinds everywhere.
    #[cfg_attr(feature = "schema", schemars(rename = "match", default))]
    pub matching: Option<RawMatch>,
    /// Requests that the rule skips at admission.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub exempt: Option<RawExempt>,
    /// On UPDATE, a violation that the old object already had is only a warning.
    #[cfg_attr(feature = "schema", schemars(default = "yes"))]
    pub ratchet: bool,
    /// What to do when a lookup gets no answer.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub on_lookup_error: OnLookupError,
}

record!(
    ignoring others: RawRule,
    required { "name" => name },
    optional {
        "description" => description,
        "action" => action,
        "match" => matching,
        "exempt" => exempt,
        "ratchet" => ratchet = true,
        "onLookupError" => on_lookup_error,
    }
);

#[cfg(feature = "schema")]
fn yes() -> bool {
    true
}

/// Exemptions as written (rules.md 1.15).
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct RawExempt {
    /// Globs on the requesting user's name.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub users: Vec<String>,
    /// Skip objects that Crossplane composed, if the user matches `composedBy`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub composed: bool,
    /// Globs on the users that compose; Crossplane's service accounts by default.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub composed_by: Option<Vec<String>>,
}

record!(
    RawExempt,
    required {},
    optional { "users" => users, "composed" => composed, "composedBy" => composed_by }
);

/// Exemptions that can be asked.
#[derive(Clone, Debug, Default)]
pub struct Exempt {
    users: Vec<Glob>,
    composed_by: Vec<Glob>,
}

impl Exempt {
    fn validate(raw: RawExempt, mistakes: &mut Mistakes) -> Self {
        if raw.composed_by.is_some() && !raw.composed {
            let message = "`composedBy` has no meaning without `composed: true`";
            mistakes.push(Mistake::new(
                "/exempt/composedBy",
                message,
                "add `composed: true`, or remove it",
            ));
        }
        let crossplane = || vec!["system:serviceaccount:crossplane-system:*".to_owned()];
        let composed_by = if raw.composed {
            raw.composed_by.unwrap_or_else(crossplane)
        } else {
            Vec::new()
        };
        Self {
            users: Glob::all(raw.users),
            composed_by: Glob::all(composed_by),
        }
    }

    /// Whether a request by `user` is skipped; `composed` tells whether the object (old and new) is composed.
    #[must_use]
    pub fn covers(&self, user: &str, composed: bool) -> bool {
        Glob::any(&self.users, user) || composed && Glob::any(&self.composed_by, user)
    }
}

/// A rule that can be compiled into a program.
#[derive(Debug)]
pub struct Rule {
    /// Its unique name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// How strictly it acts.
    pub action: Action,
    /// Which objects it is about.
    pub matching: Match,
    /// Whom it skips.
    pub exempt: Exempt,
    /// Whether an old violation is only a warning.
    pub ratchet: bool,
    /// What to do when a lookup gets no answer.
    pub on_lookup_error: OnLookupError,
    /// What it does.
    pub transform: &'static dyn Transform,
    /// The transform's validated settings.
    pub settings: Settings,
    /// Where the rule stands in its document, as a JSON Pointer.
    pub pointer: String,
}

impl Rule {
    /// Joins validated settings with the keys around them, found at `pointer`; mistakes carry pointers into the rule. Without a
    /// transform or with broken settings there is no rule, but the keys around them are checked all the same.
    pub(crate) fn validate(
        raw: RawRule,
        transform: Option<&'static dyn Transform>,
        settings: Option<Settings>,
        pointer: &str,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        if !is_dns_label(&raw.name) {
            let message = format!("`{}` is not a DNS-1123 label", raw.name);
            let remedy =
                "use at most 63 lower-case letters, digits and `-`, with a letter or digit at both ends";
            mistakes.push(Mistake::new("/name", message, remedy));
        }
        let meta = transform.map(Transform::meta);
        let kinds = match (transform, &settings) {
            (Some(transform), Some(settings)) => transform.own_kinds(settings),
            _ => vec!["*".to_owned()],
        };
        if let Some(meta) = meta.filter(|meta| meta.planned) {
            refuse_for_planned(&raw, meta.id, mistakes);
        }
        let matching = Match::validate(raw.matching.unwrap_or_default(), &kinds, "/match", mistakes);
        if let Some(meta) = meta
            && meta.needs_namespaces
            && !matching.namespaces().has_include()
        {
            let message = format!("`{}` needs to be told its namespaces", meta.id);
            let remedy =
                "give `match.namespaces` an include key; `include: [\"*\"]` says all of them on purpose";
            mistakes.push(Mistake::new("/match/namespaces", message, remedy));
        }
        let exempt = raw
            .exempt
            .map(|exempt| Exempt::validate(exempt, mistakes))
            .unwrap_or_default();
        Some(Self {
            name: raw.name,
            description: raw.description,
            action: raw.action,
            matching,
            exempt,
            ratchet: raw.ratchet,
            on_lookup_error: raw.on_lookup_error,
            transform: transform?,
            settings: settings?,
            pointer: pointer.to_owned(),
        })
    }
}

/// A rule of a planner judges no object that passes, so nothing that selects or excuses one means anything to it.
fn refuse_for_planned(raw: &RawRule, id: &str, mistakes: &mut Mistakes) {
    for (key, is_given) in [
        ("match", raw.matching.is_some()),
        ("exempt", raw.exempt.is_some()),
    ] {
        if is_given {
            let message = format!("`{id}` takes no `{key}`");
            let remedy = format!("remove it; what the rule is about stands under `{id}`");
            mistakes.push(Mistake::new(format!("/{key}"), message, remedy));
        }
    }
    if matches!(raw.action, Action::Deny | Action::Warn) {
        let message = format!("`{id}` is carried out or not, so its action cannot only judge");
        let remedy = "write `enforce`, or `ignore` to pause it";
        mistakes.push(Mistake::new("/action", message, remedy));
    }
}

/// RFC 1123 label, as Kubernetes checks names of Services and Namespaces.
#[must_use]
pub fn is_dns_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// A DNS name of such labels, at most 253 characters, without a trailing dot.
pub(crate) fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}
