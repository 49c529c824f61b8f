//! The question: one document, and what is known about how it passes.

use serde::Serialize;
use serde_json::Value;

use crate::object::embedded::Wrapper;
use crate::rules::words;

/// Where the object is on its way: what may still be changed there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Before the API server: post-renderer, repository check, browser. Everything may be changed.
    Render,
    /// At the API server: `metadata.namespace` is checked before and after webhooks and cannot change.
    Admission,
}

/// The operation of a request; at render every object is created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Operation {
    /// The object is new.
    #[default]
    #[serde(rename = "CREATE")]
    Create,
    /// The object exists.
    #[serde(rename = "UPDATE")]
    Update,
}

words!(Operation { "CREATE" => Create, "UPDATE" => Update });

/// One document to evaluate. Start from [`Request::render`] or [`Request::admission`].
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The document: an object, a list, or an object that holds others.
    pub object: &'a Value,
    /// The object before an UPDATE.
    pub old: Option<&'a Value>,
    /// Where the object is on its way.
    pub stage: Stage,
    /// What is being done with it.
    pub operation: Operation,
    /// The request's namespace at admission; at render the one that the release is installed into.
    pub namespace: Option<&'a str>,
    /// The release's name, if known: `{release}`.
    pub release: Option<&'a str>,
    /// Who asks, at admission.
    pub user: Option<&'a str>,
    /// Change nothing and report what would change, as if every rule said `action: deny`.
    pub judge: bool,
    /// What gives the objects a namespace after this, whatever they say themselves.
    pub transformer: Option<Transformer<'a>>,
    /// Look into the bases of Compositions too (rules.md 1.14).
    pub bases: bool,
}

/// A kustomization that sets the namespace of all objects in it (rules.md 3.10). Clusters see only what it sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transformer<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// The field that says so: `namespace`, `spec.targetNamespace`.
    pub field: &'a str,
    /// The file that holds the field.
    pub file: &'a str,
}

impl<'a> Request<'a> {
    /// A document that is being rendered.
    #[must_use]
    pub fn render(object: &'a Value) -> Self {
        Self {
            object,
            old: None,
            stage: Stage::Render,
            operation: Operation::Create,
            namespace: None,
            release: None,
            user: None,
            judge: false,
            transformer: None,
            bases: false,
        }
    }

    /// The namespace that a kustomization gives an object in such a wrapper: it does not look into other objects.
    #[must_use]
    pub fn transformed(&self, wrapper: Wrapper) -> Option<&'a str> {
        self.transformer_of(wrapper)
            .map(|transformer| transformer.namespace)
    }

    /// What gives an object in such a wrapper its namespace, if anything does.
    #[must_use]
    pub fn transformer_of(&self, wrapper: Wrapper) -> Option<Transformer<'a>> {
        self.transformer
            .filter(|_| matches!(wrapper, Wrapper::None | Wrapper::List))
    }

    /// An object that is being admitted.
    #[must_use]
    pub fn admission(object: &'a Value, operation: Operation) -> Self {
        Self {
            stage: Stage::Admission,
            operation,
            ..Self::render(object)
        }
    }
}
