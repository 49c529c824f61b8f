//! What a template makes, as far as it is fixed.

use boltrope_yaml::{Limits, split};
use serde_json::{Map, Value, json};

use crate::object::pointer;

/// Where orders of composite kinds keep their namespace.
const NAMESPACE: &str = "/metadata/namespace";
/// The parameter that `terasky:claim-template` takes the namespace from when the step names none.
const NAMESPACE_PARAMETER: &str = "xrNamespace";

/// An object that a template makes, without what it leaves open.
#[derive(Debug)]
pub(super) struct Order {
    /// The step's `id`, else its `name`.
    pub(super) step: String,
    pub(super) value: Value,
    pub(super) judged: Judged,
    pub(super) pointers: Pointers,
}

/// What of an order the template fixes.
#[derive(Debug)]
pub(super) enum Judged {
    /// This place.
    Only(String),
    /// Everything but these places and what is around and in them.
    AllBut(Vec<String>),
}

/// Where something in an order stands in the template.
#[derive(Debug)]
pub(super) enum Pointers {
    /// At the same pointer below this one.
    Below(String),
    /// Here, whatever it is.
    At(String),
}

/// The orders of all steps.
pub(super) fn orders(template: &Value, limits: &Limits) -> Vec<Order> {
    let steps = template.pointer("/spec/steps").and_then(Value::as_array);
    let mut orders = Vec::new();
    for (index, step) in steps.into_iter().flatten().enumerate() {
        let at = pointer::push_index("/spec/steps", index);
        let text = |key: &str| step.get(key).and_then(Value::as_str);
        let name = text("id").or(text("name")).unwrap_or_default();
        let Some(input) = step.get("input") else { continue };
        if text("action") == Some("terasky:claim-template") {
            orders.extend(claims(template, input, name, &at));
        }
        let mut manifests = Manifests {
            step: name,
            limits,
            found: Vec::new(),
        };
        manifests.look(input, format!("{at}/input"));
        orders.extend(manifests.found);
    }
    orders
}

/// The orders of TeraSky's action: one for each namespace that the form fixes. Kind and apiVersion are the step's, the
/// namespace is that of a parameter (`claim-templating.ts` of its `terasky-utils` module).
fn claims(template: &Value, input: &Value, step: &str, at: &str) -> Vec<Order> {
    let fixed = |key: &str| {
        input
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !is_open(text))
    };
    let (Some(api_version), Some(kind)) = (fixed("apiVersion"), fixed("kind")) else {
        return Vec::new();
    };
    let order = |namespace: Option<&str>, judged: &str, place: String| {
        let mut value = json!({"apiVersion": api_version, "kind": kind, "metadata": {}});
        if let (Some(namespace), Some(metadata)) = (
            namespace,
            value.get_mut("metadata").and_then(Value::as_object_mut),
        ) {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        Order {
            step: step.to_owned(),
            value,
            judged: Judged::Only(judged.to_owned()),
            pointers: Pointers::At(place),
        }
    };
    match input.get("namespaceParam").map(Value::as_str) {
        Some(Some("")) => vec![order(None, NAMESPACE, format!("{at}/input/namespaceParam"))],
        Some(None) => Vec::new(),
        named => {
            let parameter = named.flatten().unwrap_or(NAMESPACE_PARAMETER);
            offered(template, parameter)
                .into_iter()
                .map(|(namespace, place)| order(Some(namespace), NAMESPACE, place))
                .collect()
        }
    }
}

/// The values that the form gives a parameter by itself, with their places. What somebody types is not among them.
fn offered<'t>(template: &'t Value, parameter: &str) -> Vec<(&'t str, String)> {
    const PARAMETERS: &str = "/spec/parameters";
    let pages: Vec<(String, &Value)> = match template.pointer(PARAMETERS) {
        Some(Value::Array(pages)) => pages
            .iter()
            .enumerate()
            .map(|(index, page)| (pointer::push_index(PARAMETERS, index), page))
            .collect(),
        Some(page) => vec![(PARAMETERS.to_owned(), page)],
        None => Vec::new(),
    };
    let mut offered: Vec<(&str, String)> = Vec::new();
    let mut offer = |value: Option<&'t Value>, place: String| {
        let text = value.and_then(Value::as_str).filter(|text| !is_open(text));
        if let Some(text) = text
            && offered.iter().all(|(known, _)| *known != text)
        {
            offered.push((text, place));
        }
    };
    for (at, page) in pages {
        let Some(schema) = page.get("properties").and_then(|all| all.get(parameter)) else {
            continue;
        };
        let at = pointer::push(&format!("{at}/properties"), parameter);
        offer(schema.get("const"), format!("{at}/const"));
        let choices = schema.get("enum").and_then(Value::as_array);
        for (index, choice) in choices.into_iter().flatten().enumerate() {
            offer(Some(choice), pointer::push_index(&format!("{at}/enum"), index));
        }
        offer(schema.get("default"), format!("{at}/default"));
    }
    offered
}

/// The manifests in the input of a step.
struct Manifests<'a> {
    step: &'a str,
    limits: &'a Limits,
    found: Vec<Order>,
}

impl Manifests<'_> {
    fn look(&mut self, value: &Value, at: String) {
        match value {
            Value::Object(map) if is_manifest(value) => {
                let mut open = Vec::new();
                let value = Value::Object(fixed_entries(map, "", &mut open));
                self.found.push(self.order(value, open, Pointers::Below(at)));
            }
            Value::Object(map) => {
                for (key, inner) in map {
                    self.look(inner, pointer::push(&at, key));
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.look(item, pointer::push_index(&at, index));
                }
            }
            Value::String(text) if text.contains("apiVersion:") && text.contains("kind:") => {
                self.read(text, &at);
            }
            _ => {}
        }
    }

    /// Text that is not YAML before it is filled in is nothing that can be judged yet.
    fn read(&mut self, text: &str, at: &str) {
        for document in split(text.as_bytes(), self.limits).unwrap_or_default() {
            let Ok(tree) = document.read(self.limits) else {
                continue;
            };
            if let Value::Object(map) = tree.value()
                && is_manifest(tree.value())
            {
                let mut open = Vec::new();
                let value = Value::Object(fixed_entries(map, "", &mut open));
                self.found
                    .push(self.order(value, open, Pointers::At(at.to_owned())));
            }
        }
    }

    fn order(&self, value: Value, open: Vec<String>, pointers: Pointers) -> Order {
        Order {
            step: self.step.to_owned(),
            value,
            judged: Judged::AllBut(open),
            pointers,
        }
    }
}

/// An object of Kubernetes whose kind is fixed.
fn is_manifest(value: &Value) -> bool {
    let is_fixed = |key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .is_some_and(|text| !is_open(text))
    };
    is_fixed("apiVersion") && is_fixed("kind") && value.get("metadata").is_some_and(Value::is_object)
}

/// The entries of a mapping without those that are filled in later; `open` gets where they were.
fn fixed_entries(map: &Map<String, Value>, at: &str, open: &mut Vec<String>) -> Map<String, Value> {
    let mut fixed = Map::new();
    for (key, value) in map {
        if is_open(key) {
            // Any key may come of it.
            open.push(at.to_owned());
        } else if let Some(value) = fixed_value(value, &pointer::push(at, key), open) {
            fixed.insert(key.clone(), value);
        }
    }
    fixed
}

fn fixed_value(value: &Value, at: &str, open: &mut Vec<String>) -> Option<Value> {
    match value {
        Value::String(text) if is_open(text) => {
            open.push(at.to_owned());
            None
        }
        Value::Object(map) => Some(Value::Object(fixed_entries(map, at, open))),
        // The places of the other items stay what they are.
        Value::Array(items) => {
            let items = items.iter().enumerate().map(|(index, item)| {
                fixed_value(item, &pointer::push_index(at, index), open).unwrap_or(Value::Null)
            });
            Some(items.collect())
        }
        other => Some(other.clone()),
    }
}

/// Whether Nunjucks fills something in: `${{ parameters.name }}` in templates, `{{ }}` and `{% %}` in what they fetch.
fn is_open(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}
