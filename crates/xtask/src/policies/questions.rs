//! `questions-ui.yml`, the form that Kubewarden's UI shows, from the JSON Schema of the settings.
//!
//! The form knows text, switches, choices, lists of text and maps of text. What is deeper is not in it and stays for
//! the YAML view; the file says which keys those are.

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::list::{Policy, Shape};

/// Mappings within mappings are followed so far: `match.namespaces.include`.
const MAX_LEVELS: usize = 3;

/// The text of the file.
pub(super) fn questions(policy: &Policy, schema: &Value) -> anyhow::Result<String> {
    let spec = schema
        .pointer("/properties/spec")
        .context("the schema has no `spec`")?;
    let mut form = Form {
        definitions: schema.get("$defs").context("the schema has no `$defs`")?,
        questions: Vec::new(),
        left_out: Vec::new(),
    };
    if let Shape::Rule { key, .. } = policy.shape {
        let rule = spec
            .pointer("/properties/rules/items")
            .context("the schema has no rules")?;
        let own = rule
            .pointer(&format!("/properties/{key}"))
            .with_context(|| format!("the schema has no `{key}`"))?;
        form.group("Settings", form.resolve(own), &[]);
        let keys = form.resolve(rule);
        let is_rule_key = |(name, _): &(&String, &Value)| RULE_KEYS.contains(&name.as_str());
        let properties: Map<String, Value> = properties(keys)
            .filter(is_rule_key)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        // The name has a default here.
        form.group("Rule", &json!({ "properties": properties }), &[]);
        form.group("Platform", spec, &["rules"]);
    } else {
        form.group("Platform", spec, &[]);
    }
    let mut text = super::yaml(&json!({"questions": form.questions}))?;
    if !form.left_out.is_empty() {
        let note = format!("# Only in the YAML view: {}.\n", form.left_out.join(", "));
        let at = text.find('\n').map_or(0, |end| end + 1);
        text.insert_str(at, &note);
    }
    Ok(text)
}

/// The keys of a rule; the others are transforms.
const RULE_KEYS: &[&str] = &[
    "name",
    "description",
    "action",
    "match",
    "exempt",
    "ratchet",
    "onLookupError",
];

struct Form<'a> {
    definitions: &'a Value,
    questions: Vec<Value>,
    left_out: Vec<String>,
}

impl<'a> Form<'a> {
    fn group(&mut self, group: &str, object: &Value, without: &[&str]) {
        self.ask(group, object, "", without, MAX_LEVELS);
    }

    fn ask(&mut self, group: &str, object: &Value, prefix: &str, without: &[&str], levels: usize) {
        let required = object.get("required").and_then(Value::as_array);
        for (name, property) in properties(object).filter(|(name, _)| !without.contains(&name.as_str())) {
            let variable = format!("{prefix}{name}");
            let value = self.resolve(property).clone();
            if properties(&value).next().is_some() && levels > 1 && value.get("oneOf").is_none() {
                self.ask(group, &value, &format!("{variable}."), &[], levels - 1);
                continue;
            }
            let Some((kind, options)) = self.kind(&value) else {
                self.left_out.push(format!("`{variable}`"));
                continue;
            };
            let about = [property, &value]
                .into_iter()
                .find_map(|schema| schema.get("description"));
            let mut question = json!({
                "variable": variable,
                "label": variable,
                "group": group,
                "type": kind,
                "required": required.is_some_and(|required| required.contains(&json!(name))),
            });
            let more = [
                ("tooltip", about.cloned()),
                (
                    "default",
                    property.get("default").filter(|value| !value.is_null()).cloned(),
                ),
                ("options", options),
            ];
            if let Some(map) = question.as_object_mut() {
                map.extend(
                    more.into_iter()
                        .filter_map(|(key, value)| Some((key.to_owned(), value?))),
                );
            }
            self.questions.push(question);
        }
    }

    /// The type of a question, and the choices of an enum.
    fn kind(&self, schema: &Value) -> Option<(&'static str, Option<Value>)> {
        let words: Option<Value> = match (schema.get("enum"), schema.get("oneOf")) {
            (Some(words), _) => Some(words.clone()),
            (None, Some(choices)) => {
                let word = |choice: &Value| choice.get("const").cloned();
                choices.as_array()?.iter().map(word).collect()
            }
            (None, None) => None,
        };
        if words.is_some() {
            return Some(("enum", words));
        }
        let kind = match type_of(schema)? {
            "string" => "string",
            "boolean" => "boolean",
            "integer" => "int",
            "array" if type_of(self.resolve(schema.get("items")?))? == "string" => "array[",
            "object" if type_of(self.resolve(schema.get("additionalProperties")?))? == "string" => "map[",
            _ => return None,
        };
        Some((kind, None))
    }

    /// What a reference or a value that may be null stands for.
    fn resolve<'b>(&self, schema: &'b Value) -> &'b Value
    where
        'a: 'b,
    {
        let not_null = |choice: &&Value| type_of(choice) != Some("null");
        let target = match (schema.get("$ref").and_then(Value::as_str), schema.get("anyOf")) {
            (Some(reference), _) => reference
                .strip_prefix("#/$defs/")
                .and_then(|name| self.definitions.get(name)),
            (None, Some(choices)) => match choices.as_array().map(Vec::as_slice) {
                Some([one, null]) if !not_null(&null) => Some(one),
                _ => None,
            },
            (None, None) => None,
        };
        target.map_or(schema, |target| self.resolve(target))
    }
}

fn properties(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_what_it_can_show_and_names_the_rest() {
        let definitions = json!({
            "Word": {"oneOf": [{"type": "string", "const": "a"}, {"type": "string", "const": "b"}]},
            "Inner": {"type": "object", "properties": {"on": {"type": "boolean"}}},
        });
        let object = json!({
            "required": ["word"],
            "properties": {
                "word": {"$ref": "#/$defs/Word", "description": "Which.", "default": "a"},
                "inner": {"anyOf": [{"$ref": "#/$defs/Inner"}, {"type": "null"}]},
                "list": {"type": ["array", "null"], "items": {"type": "string"}},
                "deep": {"type": "array", "items": {"$ref": "#/$defs/Inner"}},
            },
        });
        let mut form = Form {
            definitions: &definitions,
            questions: Vec::new(),
            left_out: Vec::new(),
        };
        form.group("Settings", &object, &[]);
        let asked = |key: &str| -> Vec<Value> { form.questions.iter().map(|one| one[key].clone()).collect() };
        assert_eq!(asked("variable"), ["word", "inner.on", "list"]);
        assert_eq!(asked("type"), ["enum", "boolean", "array["]);
        assert_eq!(asked("required"), [true, false, false]);
        assert_eq!(form.questions[0]["options"], json!(["a", "b"]));
        assert_eq!(form.questions[0]["tooltip"], "Which.");
        assert_eq!(form.left_out, ["`deep`"]);
    }
}
