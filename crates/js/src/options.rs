//! What a call says besides its main argument: a JSON object whose every key is known and of its type.

use boltrope::engine::world::snapshot::{Origin, Snapshot};
use boltrope::rules::suggest;
use serde_json::{Map, Value};

use crate::trouble::Trouble;
use crate::{input, json};

/// The keys of a call.
#[derive(Debug)]
pub(crate) struct Options {
    keys: Map<String, Value>,
}

impl Options {
    /// Reads them; `known` are the keys that the call has.
    pub(crate) fn read(text: &str, known: &[&str]) -> Result<Self, Trouble> {
        input::within_limit("the call", text.len())?;
        let value = json::read("the call", text)?;
        let Value::Object(mut keys) = value else {
            let remedy = format!("pass an object with some of `{}`", known.join("`, `"));
            return Err(Trouble::arguments("", "the options are no object", &remedy));
        };
        // JavaScript has two words for nothing, of which JSON knows one.
        keys.retain(|_, value| !value.is_null());
        if let Some(key) = keys.keys().find(|key| !known.contains(&key.as_str())) {
            let message = format!("unknown key `{key}`");
            return Err(Trouble::arguments(
                &format!("/{key}"),
                &message,
                &suggest(key, known),
            ));
        }
        Ok(Self { keys })
    }

    /// A key that is text.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&str>, Trouble> {
        match self.keys.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Trouble::arguments(
                &format!("/{key}"),
                &format!("`{key}` is not text"),
                "pass a string",
            )),
        }
    }

    /// A key that is a name: an empty one is none.
    pub(crate) fn name(&self, key: &str) -> Result<Option<&str>, Trouble> {
        Ok(self.text(key)?.filter(|name| !name.is_empty()))
    }

    /// A key that is one of some words; the first is the default.
    pub(crate) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<Option<T>, Trouble> {
        let Some(text) = self.text(key)? else {
            return Ok(words.first().map(|(_, meaning)| *meaning));
        };
        let found = words.iter().find(|(word, _)| *word == text);
        match found {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => {
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                let message = format!("`{key}` is `{text}`");
                let remedy = format!("write `{}`", known.join("` or `"));
                Err(Trouble::arguments(&format!("/{key}"), &message, &remedy))
            }
        }
    }

    /// A key that is yes or no; no when it is absent.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, Trouble> {
        match self.keys.get(key) {
            None => Ok(false),
            Some(Value::Bool(value)) => Ok(*value),
            Some(_) => Err(Trouble::arguments(
                &format!("/{key}"),
                &format!("`{key}` is neither true nor false"),
                "pass a boolean",
            )),
        }
    }

    /// A key that is an object of Kubernetes.
    pub(crate) fn object(&self, key: &str) -> Result<Option<&Value>, Trouble> {
        let value = self.keys.get(key);
        if value.is_some_and(input::is_too_deep) {
            return Err(input::too_deep(key));
        }
        Ok(value)
    }

    /// What the call says about the cluster: text of manifests, or a list of objects.
    pub(crate) fn world(&self) -> Result<Snapshot, Trouble> {
        let mut world = Snapshot::new();
        match self.keys.get("world") {
            None => {}
            Some(Value::String(text)) => {
                input::each(input::WORLD, text.as_bytes(), |manifest| {
                    world.add(manifest, Origin::World);
                })?;
            }
            Some(Value::Array(objects)) => {
                for object in objects {
                    if input::is_too_deep(object) {
                        return Err(input::too_deep(input::WORLD));
                    }
                    world.add(object, Origin::World);
                }
            }
            Some(_) => {
                return Err(Trouble::arguments(
                    "/world",
                    "`world` is neither text nor a list",
                    "pass manifests as YAML, or a list of objects",
                ));
            }
        }
        Ok(world)
    }
}
