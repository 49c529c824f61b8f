//! Lists: one request for a kind, its items handed out one by one, so that a large list is never in memory twice.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::call::Question;
use super::{CallError, Cluster, Resource};

/// What a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Whole objects.
    Objects,
    /// Their metadata only: what a Secret holds is not even sent.
    Metadata,
}

impl Cluster {
    /// Hands out every object of a kind in a namespace, or in all, that the selectors (a query such as
    /// `labelSelector=a%3Db`) choose. Items of a list name neither kind nor version; they are given the ones of the list.
    pub(crate) async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        selectors: &str,
        content: Content,
        each: impl FnMut(Value),
    ) -> Result<(), CallError> {
        let mut question = Question::read("list", resource, namespace);
        if !selectors.is_empty() {
            question.query = format!("?{selectors}");
        }
        if content == Content::Metadata {
            question.accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
        }
        self.items(&question, each).await.map(drop)
    }

    /// Hands out what a list answers, and gives the list's own metadata.
    pub(super) async fn items(
        &self,
        question: &Question<'_>,
        each: impl FnMut(Value),
    ) -> Result<Meta, CallError> {
        let body = self.ask(question).await?;
        read(&body, each).map_err(|error| CallError::Unreadable {
            what: question.what(),
            line: error.line(),
            column: error.column(),
        })
    }
}

/// What a list says about itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Meta {
    /// From where a watch goes on.
    pub(super) resource_version: String,
    /// Where the next page begins; empty on the last one.
    #[serde(rename = "continue")]
    pub(super) next: String,
}

fn read(body: &[u8], each: impl FnMut(Value)) -> serde_json::Result<Meta> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let meta = deserializer.deserialize_map(List { each })?;
    deserializer.end().map(|()| meta)
}

/// The list itself: `apiVersion`, `kind`, `metadata`, `items`.
struct List<F> {
    each: F,
}

impl<'de, F: FnMut(Value)> Visitor<'de> for List<F> {
    type Value = Meta;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Meta, A::Error> {
        let (mut api_version, mut kind, mut meta) = (String::new(), String::new(), Meta::default());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "apiVersion" => api_version = map.next_value()?,
                "kind" => kind = map.next_value()?,
                "metadata" => meta = map.next_value()?,
                // The server writes kind and version first; an item that names its own keeps it.
                "items" => map.next_value_seed(Items {
                    api_version: &api_version,
                    kind: kind.strip_suffix("List").unwrap_or(&kind),
                    each: &mut self.each,
                })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(meta)
    }
}

struct Items<'l, F> {
    api_version: &'l str,
    kind: &'l str,
    each: &'l mut F,
}

impl<'de, F: FnMut(Value)> DeserializeSeed<'de> for Items<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Value)> Visitor<'de> for Items<'_, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("items")
    }

    // `items: null` is how Go writes an empty list that nobody made.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(mut item) = items.next_element::<Value>()? {
            if let Some(map) = item.as_object_mut() {
                for (key, text) in [("apiVersion", self.api_version), ("kind", self.kind)] {
                    if !map.contains_key(key) {
                        map.insert(key.to_owned(), text.into());
                    }
                }
            }
            (self.each)(item);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> serde_json::Result<Vec<Value>> {
        let mut found = Vec::new();
        read(text.as_bytes(), |item| found.push(item)).map(|_| found)
    }

    #[test]
    fn items_are_given_the_kind_of_their_list() {
        let text = r#"{"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":"1"},
            "items":[{"metadata":{"name":"a"}},{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1"}]}"#;
        let found = items(text).unwrap();
        assert_eq!(
            (&found[0]["kind"], &found[0]["apiVersion"]),
            (&"Secret".into(), &"v1".into())
        );
        assert_eq!(found[1]["kind"], "PartialObjectMetadata");
        assert!(items(r#"{"items":null}"#).unwrap().is_empty());
        assert!(items(r#"{"items":[{"#).is_err());
    }
}
