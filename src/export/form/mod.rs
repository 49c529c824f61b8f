//! The rules as JSON Schema for the form that orders an object: what may be written there, before anybody sends it.
//!
//! ```text
//! RuleSet --fragment--> {"properties": {"metadata": {"properties": {"namespace": {"const": "system"}}}}}
//! ```
//!
//! A schema says less than rules do. What it says is what the engine accepts, and a rule that it cannot say, or that is
//! about some objects of the kind only, is named in its `$comment` instead of being said half.

mod pattern;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use crate::engine::world::scope::{KnownScope, scope_of};
use crate::engine::world::{Scope, World};
use crate::object::pointer;
use crate::rules::{Action, Rule, RuleSet};
use crate::selector::KindPattern;

pub(crate) use pattern::{of_glob, whole};

/// What a field of an object may be, for a form that asks for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// JSON Pointer in the object.
    pub pointer: String,
    /// An object without it is refused.
    pub required: bool,
    /// What is written where it is left out.
    pub default: Option<String>,
    /// Schemas that its value must satisfy, all of them.
    pub schemas: Vec<Value>,
    /// There is more to it than the schemas say.
    pub says_less: bool,
}

/// Who asks a transform for its fields.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Where objects of the kind live, if anybody knows.
    pub scope: Option<Scope>,
    /// What the rule may do with what it finds.
    pub action: Action,
}

/// The schema of objects of one kind, as far as the rules say it. `None` when no rule is about the kind.
///
/// ```
/// use boltrope::engine::world::NoWorld;
/// use boltrope::export::form::fragment;
/// use boltrope::rules::RuleSet;
/// use boltrope::selector::KindPattern;
/// use boltrope::transforms::TRANSFORMS;
/// let rules = serde_json::json!({
///     "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "platform"},
///     "spec": {"rules": [{"name": "orders", "namespacePlacement": {"scope": "Namespaced", "allowed": ["system"]}}]},
/// });
/// let rules = RuleSet::decode(&rules, TRANSFORMS).unwrap();
/// let kind = KindPattern::parse("openportal.dev/ManagedNamespace").unwrap();
/// let schema = fragment(&rules, &kind, &NoWorld).unwrap();
/// let namespace = &schema["properties"]["metadata"]["properties"]["namespace"];
/// assert_eq!(namespace["const"], "system");
/// ```
#[must_use]
pub fn fragment(rules: &RuleSet, kind: &KindPattern, world: &dyn World) -> Option<Value> {
    let (group, version, name) = kind.parts();
    let scope = match scope_of(world, group, name) {
        KnownScope::Known(source) => Some(source.scope),
        KnownScope::Disagree(..) | KnownScope::Unknown => None,
    };
    let mut fields = Vec::new();
    let mut comments = Vec::new();
    let mut is_about = false;
    for rule in &rules.rules {
        let applies = applies(rule, kind);
        if applies == Applies::Never {
            continue;
        }
        is_about = true;
        let called = format!("rule `{}` ({})", rule.name, rule.transform.meta().id);
        if applies == Applies::ToSome {
            comments.push(format!("{called} is about some objects of the kind only"));
            continue;
        }
        let action = rule.action;
        let own = rule.transform.form(&rule.settings, Asked { scope, action });
        if own.is_empty() || own.iter().any(|field| field.says_less) {
            comments.push(format!("{called} judges more than a form can say"));
        }
        fields.extend(own.into_iter().filter(|field| !field.schemas.is_empty()));
    }
    is_about.then(|| {
        let mut schema = Node::default();
        for field in &fields {
            let keys: Vec<_> = pointer::keys(&field.pointer).collect();
            schema.insert(&keys, field);
        }
        let Value::Object(mut schema) = schema.to_schema() else {
            return Value::Null;
        };
        schema.insert("title".to_owned(), name.into());
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            if version != "*" {
                let api_version = [group, version].join("/");
                let api_version = api_version.trim_start_matches('/');
                properties.insert("apiVersion".to_owned(), json!({ "const": api_version }));
            }
            properties.insert("kind".to_owned(), json!({ "const": name }));
        }
        if !comments.is_empty() {
            schema.insert("$comment".to_owned(), comments.join("; ").into());
        }
        Value::Object(schema)
    })
}

/// Whether a rule refuses objects of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Applies {
    Never,
    ToSome,
    Always,
}

fn applies(rule: &Rule, kind: &KindPattern) -> Applies {
    let (group, version, name) = kind.parts();
    if matches!(rule.action, Action::Warn | Action::Ignore) {
        return Applies::Never;
    }
    let keys = &rule.matching.keys;
    let of_kind: Vec<&KindPattern> = keys
        .kinds
        .iter()
        .filter(|pattern| {
            let (_, own, _) = pattern.parts();
            pattern.matches_any_version(group, name) && (version == "*" || own == "*" || own == version)
        })
        .collect();
    if of_kind.is_empty() {
        return Applies::Never;
    }
    let in_all_versions = of_kind
        .iter()
        .any(|pattern| pattern.parts().1 == "*" || pattern.parts().1 == version);
    let is_about_all = keys.names.is_none()
        && keys.labels.is_empty()
        && keys.namespaces.is_empty()
        && keys.operations.is_none()
        && rule.matching.exclude.is_none();
    if in_all_versions && is_about_all {
        Applies::Always
    } else {
        Applies::ToSome
    }
}

/// A part of the object on its way to a schema: an object with keys, or a value that fields speak of.
#[derive(Debug, Default)]
struct Node<'f> {
    keys: Vec<(String, Node<'f>)>,
    fields: Vec<&'f Field>,
}

impl<'f> Node<'f> {
    fn insert<K: AsRef<str>>(&mut self, keys: &[K], field: &'f Field) {
        let Some((key, rest)) = keys.split_first() else {
            self.fields.push(field);
            return;
        };
        let key = key.as_ref();
        if !self.keys.iter().any(|(known, _)| known == key) {
            self.keys.push((key.to_owned(), Node::default()));
        }
        if let Some((_, inner)) = self.keys.iter_mut().find(|(known, _)| known == key) {
            inner.insert(rest, field);
        }
    }

    /// An object has to be there if something in it has to.
    fn is_required(&self) -> bool {
        self.fields.iter().any(|field| field.required) || self.keys.iter().any(|(_, node)| node.is_required())
    }

    fn to_schema(&self) -> Value {
        if self.fields.is_empty() {
            let properties: Map<String, Value> = self
                .keys
                .iter()
                .map(|(key, node)| (key.clone(), node.to_schema()))
                .collect();
            let required: Vec<&String> = self
                .keys
                .iter()
                .filter(|(_, node)| node.is_required())
                .map(|(key, _)| key)
                .collect();
            let mut schema = json!({"type": "object", "properties": properties});
            if let (Some(map), false) = (schema.as_object_mut(), required.is_empty()) {
                map.insert("required".to_owned(), json!(required));
            }
            return schema;
        }
        let mut schemas: Vec<&Value> = Vec::new();
        for schema in self.fields.iter().flat_map(|field| &field.schemas) {
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
        if schemas.contains(&&Value::Bool(false)) {
            return Value::Bool(false);
        }
        let mut schema = Map::from_iter([("type".to_owned(), json!("string"))]);
        match schemas.as_slice() {
            [Value::Object(only)] => schema.extend(only.clone()),
            several => {
                schema.insert("allOf".to_owned(), json!(several));
            }
        }
        if let Some(default) = self.fields.iter().find_map(|field| field.default.as_ref()) {
            schema.insert("default".to_owned(), json!(default));
        }
        Value::Object(schema)
    }
}

/// One of some values.
pub(crate) fn one_of(values: &[String]) -> Value {
    match values {
        [only] => json!({ "const": only }),
        several => json!({ "enum": several }),
    }
}
