//! Rules as the settings of an admission policy: the `spec` of a rules file, or the keys of one rule at one level.
//!
//! A policy of one transform needs no list of rules, so `action`, `match` and the transform's own keys stand side by
//! side there. Both shapes go through the decoder of the rules file, and mistakes are about what was written.

use serde_json::{Map, Value};

use super::decode::{RULE_KEYS, decode_around};
use super::{KNOWN_HERE, Mistake, Mistakes, Record as _, Rule, RuleSet, conflict, suggest};
use crate::object::embedded::may_hold_objects;
use crate::object::excerpt::Part;
use crate::object::{pointer, split_api_version};
use crate::selector::{KindPattern, RawMatch};
use crate::transforms::Transform;

/// The key of `spec` that a policy of one transform has no use for.
const RULES: &str = "rules";
/// The keys of `spec` without it.
const SPEC_KEYS_OF_ONE: [&str; 2] = ["clusterDomain", "minimumVersion"];

impl RuleSet {
    /// Decodes the `spec` of a rules file on its own.
    ///
    /// ```
    /// use boltrope::{rules::RuleSet, transforms::TRANSFORMS};
    /// let settings = serde_json::json!({"rules": [{"name": "team", "metadata": {"labels": {"team": {"required": true}}}}]});
    /// assert_eq!(RuleSet::from_spec(&settings, TRANSFORMS).unwrap().rules[0].name, "team");
    /// ```
    ///
    /// # Errors
    /// Every mistake, with JSON Pointers into `spec`.
    pub fn from_spec(spec: &Value, transforms: &[&'static dyn Transform]) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::new();
        let decoded = Self::decode_spec(spec, "", transforms, &|_| true, &mut mistakes);
        conflict::find(&[&decoded], &mut mistakes);
        mistakes.into_result(decoded)
    }

    /// Of the settings that a policy has for a request, the rules with a mark: rules of other kinds are left out unread,
    /// and conflicts are not looked for. The policy server asked about all of the settings when it started.
    ///
    /// # Errors
    /// Every mistake in what was read.
    pub(crate) fn from_marked(
        spec: &Value,
        transforms: &[&'static dyn Transform],
        marks: &[bool],
    ) -> Result<Self, Mistakes> {
        let wanted = |index: usize| marks.get(index).is_some_and(|mark| *mark);
        let mut mistakes = Mistakes::new();
        let decoded = Self::decode_spec(spec, "", transforms, &wanted, &mut mistakes);
        mistakes.into_result(decoded)
    }

    /// Decodes one rule of one transform, written without the transform's key around its settings: the keys of a
    /// rule, of `spec` and of the transform at one level. A rule without a name gets the transform's.
    ///
    /// ```
    /// use boltrope::rules::RuleSet;
    /// use boltrope::transforms::metadata::Metadata;
    /// let settings = serde_json::json!({"action": "deny", "labels": {"team": {"required": true}}});
    /// assert_eq!(RuleSet::from_rule_settings(&settings, &Metadata).unwrap().rules[0].name, "metadata");
    /// ```
    ///
    /// # Errors
    /// Every mistake, with JSON Pointers into the settings.
    pub fn from_rule_settings(settings: &Value, transform: &'static dyn Transform) -> Result<Self, Mistakes> {
        from_one(settings, transform, true, &|set, mistakes| {
            for rule in &set.rules {
                conflict::find_in(rule, mistakes);
            }
        })
    }

    /// Of settings that are one rule, those that a request needs: the rule if it is marked, else what is not of the
    /// rule.
    ///
    /// # Errors
    /// Every mistake in what was read.
    pub(crate) fn from_marked_rule(
        settings: &Value,
        transform: &'static dyn Transform,
        mark: bool,
    ) -> Result<Self, Mistakes> {
        from_one(settings, transform, mark, &|_, _| {})
    }
}

/// Decodes settings that are one rule, the rule only if it is wanted, and has a look at what was decoded.
fn from_one(
    settings: &Value,
    transform: &'static dyn Transform,
    wanted: bool,
    check: &dyn Fn(&RuleSet, &mut Mistakes),
) -> Result<RuleSet, Mistakes> {
    let mut mistakes = Mistakes::new();
    let Some(map) = settings.as_object() else {
        let id = transform.meta().id;
        let message = format!("the settings are a mapping with the keys of `{id}`");
        mistakes.push(Mistake::plain("", message));
        return Err(mistakes);
    };
    let mut set = RuleSet::decode_keys(settings, "", &mut mistakes);
    if wanted {
        set.rules.extend(one_rule(map, transform, &mut mistakes));
    }
    check(&set, &mut mistakes);
    mistakes.into_result(set)
}

/// The rule that settings are, of which the transform and the rule around it read a level each.
fn one_rule(
    settings: &Map<String, Value>,
    transform: &'static dyn Transform,
    mistakes: &mut Mistakes,
) -> Option<Rule> {
    let mut around = Map::new();
    around.insert("name".to_owned(), transform.meta().slug.into());
    let mut own = Map::new();
    for (key, value) in settings {
        let level = match key.as_str() {
            name if RULE_KEYS.contains(&name) => &mut around,
            name if SPEC_KEYS_OF_ONE.contains(&name) => continue,
            _ => &mut own,
        };
        level.insert(key.clone(), value.clone());
    }
    let decoded = match transform.decode(&Value::Object(own)) {
        Ok(decoded) => Some(decoded),
        Err(mut found) => {
            for mistake in found.iter_mut() {
                add_other_levels(mistake);
            }
            mistakes.extend_below("", found);
            None
        }
    };
    decode_around(&Value::Object(around), "", Some(transform), decoded, mistakes)
}

/// Reads what [`marks`] looks at in a `spec`: what is not of a rule, and of each rule the kinds that it names and the keys
/// that nobody knows, because with one of them nobody can say what the rule is about.
pub(crate) fn outline_of_spec<R>(
    transforms: &[&'static dyn Transform],
    read: impl FnOnce(Part<'_>) -> R,
) -> R {
    let own = transforms.iter().map(|transform| {
        let own = Part::Keys {
            named: OWN_KINDS,
            known: transform.keys(),
            others: Some(&Part::Presence),
        };
        (transform.meta().id, own)
    });
    let named: Vec<_> = own.chain([("match", MATCH)]).collect();
    let rule = Part::Keys {
        named: &named,
        known: &RULE_KEYS,
        others: Some(&Part::Presence),
    };
    read(Part::Keys {
        named: &[(RULES, Part::Items(&rule))],
        known: &[],
        others: Some(&Part::Whole),
    })
}

/// Reads what [`may_concern`] looks at in settings that are one rule.
pub(crate) fn outline_of_rule<R>(transform: &'static dyn Transform, read: impl FnOnce(Part<'_>) -> R) -> R {
    let [.., kinds] = OWN_KINDS;
    let known = [transform.keys(), &RULE_KEYS].concat();
    read(Part::Keys {
        named: &[
            ("match", MATCH),
            ("clusterDomain", Part::Whole),
            ("minimumVersion", Part::Whole),
            *kinds,
        ],
        known: &known,
        others: Some(&Part::Presence),
    })
}

const MATCH: Part<'_> = Part::Keys {
    named: &[("kinds", Part::Whole)],
    known: RawMatch::KEYS,
    others: Some(&Part::Presence),
};
/// The key of a transform's own that names kinds, for [`Transform::has_kinds_of_settings`].
const OWN_KINDS: &[(&str, Part<'_>); 1] = &[("fields", Part::Presence)];

/// Which rules of a `spec`, of which this is the outline, must be read for an object, by index. No mark is certain: the
/// rule is about other kinds.
pub(crate) fn marks(object: &Value, outline: &Value, transforms: &[&'static dyn Transform]) -> Vec<bool> {
    let subject = Subject::of(object);
    let is_marked = |rule: &Value| {
        let is_rule_key = |key: &str| {
            RULE_KEYS.contains(&key) || transforms.iter().any(|transform| transform.meta().id == key)
        };
        let mut used = transforms
            .iter()
            .filter_map(|transform| Some((*transform, rule.get(transform.meta().id)?)));
        match (used.next(), used.next()) {
            (Some((transform, own)), None) => {
                !has_only(rule, is_rule_key)
                    || !has_only(own, |key| transform.keys().contains(&key))
                    || subject.may_concern(rule, own, transform)
            }
            _ => true,
        }
    };
    let rules = outline.get(RULES).and_then(Value::as_array);
    rules.into_iter().flatten().map(is_marked).collect()
}

/// Whether settings that are one rule, of which this is the outline, must be read for an object.
pub(crate) fn may_concern(object: &Value, outline: &Value, transform: &'static dyn Transform) -> bool {
    let is_key = |key: &str| {
        transform.keys().contains(&key) || RULE_KEYS.contains(&key) || SPEC_KEYS_OF_ONE.contains(&key)
    };
    !has_only(outline, is_key) || Subject::of(object).may_concern(outline, outline, transform)
}

fn has_only(value: &Value, is_key: impl Fn(&str) -> bool) -> bool {
    value
        .as_object()
        .is_some_and(|map| map.keys().all(|key| is_key(key)))
}

/// What rules are left out by: the kind of an object.
struct Subject<'a> {
    group: &'a str,
    version: &'a str,
    kind: &'a str,
    holds_others: bool,
}

impl<'a> Subject<'a> {
    fn of(object: &'a Value) -> Self {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let (group, version) = split_api_version(api_version);
        Self {
            group,
            version,
            kind,
            holds_others: may_hold_objects(api_version, kind),
        }
    }

    /// `false` is certain: the rule as written is about other kinds and has nothing to say about this object.
    fn may_concern(&self, rule: &Value, own: &Value, transform: &dyn Transform) -> bool {
        let is_this = |pattern: &str| {
            KindPattern::text_matches(pattern, self.group, self.version, self.kind).unwrap_or(true)
        };
        let by_default = || {
            transform.has_kinds_of_settings(own) || transform.meta().kinds.iter().any(|kind| is_this(kind))
        };
        let selects = || match rule.get("match") {
            None | Some(Value::Null) => by_default(),
            Some(keys) if !has_only(keys, |key| RawMatch::KEYS.contains(&key)) => true,
            Some(keys) => match keys.get("kinds") {
                None | Some(Value::Null) => by_default(),
                Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind.as_str().is_none_or(is_this)),
                Some(_) => true,
            },
        };
        self.holds_others || transform.observes(self.group, self.kind) || selects()
    }
}

/// The transform knew only its own keys when it looked for the one that was meant.
fn add_other_levels(mistake: &mut Mistake) {
    let Some(("", key)) = pointer::split_last(&mistake.pointer) else {
        return;
    };
    if !mistake.remedy.starts_with(KNOWN_HERE) {
        return;
    }
    let other = suggest(&key, &[&RULE_KEYS[..], &SPEC_KEYS_OF_ONE].concat());
    match other.strip_prefix(KNOWN_HERE) {
        Some(others) => {
            mistake.remedy.push_str(", ");
            mistake.remedy.push_str(others);
        }
        None => mistake.remedy = other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::decode::SPEC_KEYS;
    use crate::transforms::TRANSFORMS;
    use crate::transforms::metadata::Metadata;

    fn mistakes(settings: &Value) -> Vec<String> {
        let found = RuleSet::from_rule_settings(settings, &Metadata).unwrap_err();
        found
            .iter()
            .map(|mistake| format!("{}: {mistake}", mistake.pointer))
            .collect()
    }

    #[test]
    fn keys_of_all_levels_stand_side_by_side() {
        let settings = json!({
            "name": "team", "action": "warn", "clusterDomain": "k8s.example",
            "match": {"kinds": ["core/Service"]}, "labels": {"team": {"default": "web"}},
        });
        let set = RuleSet::from_rule_settings(&settings, &Metadata).unwrap();
        assert_eq!(set.cluster_domain(), "k8s.example");
        let [rule] = set.rules.as_slice() else {
            panic!("one rule")
        };
        assert_eq!(rule.name, "team");
    }

    #[test]
    fn mistakes_of_all_levels_point_at_what_was_written() {
        let settings = json!({
            "name": "No", "acton": "deny", "lables": {}, "x": 1, "rules": [], "match": {"kinds": [3]},
            "labels": {"team": {"requird": true}}, "minimumVersion": "soon",
        });
        let found = mistakes(&settings);
        for expected in [
            "/name: `No` is not a DNS-1123 label",
            "/acton: unknown key `acton`; did you mean `action`?",
            "/lables: unknown key `lables`; did you mean `labels`?",
            "/x: unknown key `x`; known here: `labels`, `annotations`, `propagate`, `name`",
            "/rules: unknown key `rules`",
            "/match/kinds/0: expected text",
            "/labels/team/requird: unknown key `requird`; did you mean `required`?",
            "/minimumVersion: `soon` is not a version",
        ] {
            assert!(
                found.iter().any(|found| found.starts_with(expected)),
                "{expected}: {found:#?}"
            );
        }
        assert_eq!(mistakes(&json!([])).len(), 1);
        assert_eq!(mistakes(&json!({})).len(), 1);
    }

    #[test]
    fn no_transform_has_a_key_of_another_level() {
        for transform in TRANSFORMS {
            let unknown = json!({"no-such-key": 1});
            let found = transform.decode(&unknown).unwrap_err();
            let known = found
                .iter()
                .find(|mistake| mistake.pointer == "/no-such-key")
                .map(|mistake| mistake.remedy.clone())
                .unwrap();
            assert!(known.starts_with("known here: "), "{known}");
            for key in RULE_KEYS.into_iter().chain(SPEC_KEYS) {
                assert!(!known.contains(&format!("`{key}`")), "{transform:?} has `{key}`");
            }
        }
    }

    #[test]
    fn the_spec_of_a_file_is_looked_through_for_conflicts() {
        let rule = json!({"name": "a", "metadata": {"labels": {"team": {"required": true}}}});
        let found = RuleSet::from_spec(&json!({"rules": [rule, rule]}), TRANSFORMS).unwrap_err();
        assert_eq!(found.iter().next().unwrap().pointer, "/rules/1/name");
        let found = RuleSet::from_spec(&json!(null), TRANSFORMS).unwrap_err();
        assert_eq!(found.to_string(), "/: `spec` is a mapping with `rules`");
    }

    #[test]
    fn rules_of_other_kinds_are_not_read() {
        let read = |hosts: &Value, api_version: &str, kind: &str| {
            let spec = json!({"rules": [
                {"name": "by-kinds", "match": {"kinds": ["core/Service"]}, "metadata": {"labels": {"a": {"default": "b"}}}},
                {"name": "own-kinds", "namespacePlacement": {"allowed": ["system"]}},
                {"name": "hosts", "hostRewrite": hosts},
            ]});
            let object = json!({"apiVersion": api_version, "kind": kind});
            let set = RuleSet::from_marked(&spec, TRANSFORMS, &marks(&object, &spec, TRANSFORMS));
            set.map(|set| set.rules.into_iter().map(|rule| rule.name).collect::<Vec<_>>())
        };
        let wrong = json!({"hosts": []});
        assert_eq!(read(&wrong, "v1", "Service").unwrap(), ["by-kinds"]);
        assert_eq!(
            read(&wrong, "openportal.dev/v1alpha1", "ManagedNamespace").unwrap(),
            ["own-kinds"]
        );
        assert!(read(&wrong, "v1", "Secret").unwrap().is_empty());
        // What could concern the object is read, with its mistakes: routes are observed, lists hold anything, `fields`
        // name kinds.
        assert!(read(&wrong, "networking.k8s.io/v1", "Ingress").is_err());
        assert!(read(&wrong, "v1", "List").is_err());
        let fields = json!({"hosts": [], "fields": [{"kind": "example.com/Site", "path": "/spec/host"}]});
        assert!(read(&fields, "example.com/v1", "Site").is_err());
    }

    #[test]
    fn one_rule_of_other_kinds_is_not_read() {
        let settings = json!({"match": {"kinds": ["core/Service"]}, "labels": {"team": {"requird": true}}});
        let read = |kind: &str, settings: &Value| {
            let object = json!({"apiVersion": "v1", "kind": kind});
            let mark = may_concern(&object, settings, &Metadata);
            RuleSet::from_marked_rule(settings, &Metadata, mark)
        };
        assert!(read("Pod", &settings).is_ok());
        assert!(read("Service", &settings).is_err());
        // What makes a rule about other kinds than it says, or is not of the rule, is never passed over.
        for settings in [
            json!([]),
            json!({"mtach": {"kinds": ["core/Pod"]}, "labels": {"team": {}}}),
            json!({"match": {"kind": ["core/Pod"]}, "labels": {"team": {}}}),
            json!({"match": ["core/Pod"], "labels": {"team": {}}}),
            json!({"match": {"kinds": ["pod"]}, "labels": {"team": {}}}),
            json!({"match": {"kinds": "core/Pod"}, "labels": {"team": {}}}),
            json!({"minimumVersion": "999.0.0", "labels": {"team": {}}}),
            json!({"clusterDomain": "-", "labels": {"team": {}}}),
        ] {
            assert!(read("Pod", &settings).is_err(), "{settings}");
        }
    }
}
