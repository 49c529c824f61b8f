//! The JSON Schema of a rules file, derived from the structs that decode it.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{API_VERSION, KIND, RawMetadata, RawRule, RawSpec};
use crate::transforms::Transform;

/// The schema of a rules file that may use these transforms (draft 2020-12).
#[must_use]
pub fn schema(transforms: &[&'static dyn Transform]) -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let metadata = generator.subschema_for::<RawMetadata>();
    let rule = rule_schema(transforms, &mut generator);
    let mut spec = object_of::<RawSpec>(&mut generator);
    property(
        &mut spec,
        "rules",
        json!({"type": "array", "description": "The rules, in any order.", "items": rule}),
    );
    close(&mut spec, &["rules"]);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Boltrope RuleSet",
        "description": "One rules file for a Kubernetes platform.",
        "type": "object",
        "additionalProperties": false,
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": KIND},
            "metadata": metadata,
            "spec": spec,
        },
        "$defs": generator.take_definitions(true),
    })
}

/// The keys of a rule with one property for each transform, exactly one of which must be there.
fn rule_schema(transforms: &[&'static dyn Transform], generator: &mut SchemaGenerator) -> Value {
    let mut rule = object_of::<RawRule>(generator);
    for transform in transforms {
        let mut settings = transform.schema(generator).to_value();
        if let Some(map) = settings.as_object_mut() {
            map.insert("description".to_owned(), transform.meta().summary.into());
        }
        property(&mut rule, transform.meta().id, settings);
    }
    let one = transforms
        .iter()
        .map(|transform| json!({"required": [transform.meta().id]}));
    rule.insert("oneOf".to_owned(), one.collect());
    close(&mut rule, &["name"]);
    Value::Object(rule)
}

fn object_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let schema: Schema = T::json_schema(generator);
    match schema.to_value() {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn property(object: &mut Map<String, Value>, name: &str, schema: Value) {
    let properties = object.entry("properties").or_insert_with(|| json!({}));
    if let Some(map) = properties.as_object_mut() {
        map.insert(name.to_owned(), schema);
    }
}

fn close(object: &mut Map<String, Value>, required: &[&str]) {
    object.insert("additionalProperties".to_owned(), false.into());
    object.insert("required".to_owned(), required.into());
}
