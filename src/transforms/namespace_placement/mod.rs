#![doc = include_str!("README.md")]

#[cfg(feature = "export")]
mod form;
mod settings;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::settings::Placement;
pub use self::settings::{RawField, RawPlacement, RawScope};
use super::{Active, Asks, Controlled, Meta, Phase, Settings, Transform, Write};
use crate::edit::Edit;
use crate::engine::world::scope::{KnownScope, scope_of};
use crate::engine::world::{Scope, ScopeSource};
use crate::engine::{Context, Wishes};
#[cfg(feature = "export")]
use crate::export::form::{Asked, Field};
use crate::object::embedded::Wrapper;
use crate::rules::{Action, Mistakes, Record};

/// Where the namespace stands in every object.
const NAMESPACE: &str = "/metadata/namespace";
const FIELD: &str = "`metadata.namespace`";

/// The transform `namespacePlacement`.
#[derive(Clone, Copy, Debug)]
pub struct NamespacePlacement;

static META: Meta = Meta {
    id: "namespacePlacement",
    slug: "namespace-placement",
    summary: "Objects live in the namespaces that the platform gives them, and in no other.",
    phase: Phase::Placement,
    kinds: &["openportal.dev/*"],
    needs_namespaces: false,
    controlled: Controlled::Same,
    planned: false,
    #[cfg(feature = "pages")]
    codes: &[
        (
            "field-disagrees",
            "A field names another namespace than the one the object lives in.",
        ),
        (
            "missing-namespace",
            "The object names no namespace, and the rule has no default.",
        ),
        (
            "namespace-not-allowed",
            "The object is in a namespace where it may not live.",
        ),
        (
            "scope-disagrees",
            "Two sources, or the rule and a source, disagree on the kind's scope.",
        ),
        (
            "unknown-scope",
            "Nothing says whether the kind is namespaced, so nothing is written or removed.",
        ),
    ],
    #[cfg(feature = "pages")]
    readme: include_str!("README.md"),
};

impl Transform for NamespacePlacement {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn keys(&self) -> &'static [&'static str] {
        <settings::RawPlacement as Record>::KEYS
    }

    fn decode(&self, settings: &Value) -> Result<Settings, Mistakes> {
        Placement::decode(settings).map(Settings::new)
    }

    fn evaluate(&self, rules: &[Active<'_>], context: &Context<'_>, wishes: &mut Wishes) {
        let written = written_by_some(rules, context);
        for active in rules {
            if let Some(placement) = active.settings::<Placement>() {
                let rule = Rule {
                    active,
                    placement,
                    context,
                    written,
                };
                rule.evaluate(wishes);
            }
        }
    }

    #[cfg(feature = "export")]
    fn form(&self, settings: &Settings, asked: Asked) -> Vec<Field> {
        settings
            .get::<Placement>()
            .map(|placement| form::fields(placement, asked))
            .unwrap_or_default()
    }

    fn writes(&self, settings: &Settings) -> Vec<Write> {
        let Some(placement) = settings.get::<Placement>() else {
            return Vec::new();
        };
        let namespace = placement.default.clone().map(|default| Write {
            pointer: NAMESPACE.to_owned(),
            literal: Some(Value::String(default)),
        });
        let fields = placement.fields.iter().filter(|field| field.write);
        let fields = fields.map(|field| Write {
            pointer: field.path.clone(),
            literal: None,
        });
        namespace.into_iter().chain(fields).collect()
    }

    /// A rule that states the scope asks too: what it states is held against what the World says.
    fn asks(&self, _: &Settings) -> Asks {
        Asks {
            scopes: true,
            ..Asks::default()
        }
    }

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        <RawPlacement as schemars::JsonSchema>::json_schema(generator)
    }
}

/// The namespace that some rule writes into an object that has none. Rules with a default of their own fight about
/// it in the engine; a rule without one judges what they write.
fn written_by_some<'a>(rules: &[Active<'a>], context: &Context<'_>) -> Option<&'a str> {
    let enforces = |active: &&Active<'_>| active.rule.action == Action::Enforce && !context.request.judge;
    rules
        .iter()
        .filter(enforces)
        .find_map(|active| active.settings::<Placement>()?.default.as_deref())
}

/// One rule on one object.
struct Rule<'r, 'a> {
    active: &'r Active<'a>,
    placement: &'r Placement,
    context: &'r Context<'r>,
    written: Option<&'r str>,
}

impl<'r> Rule<'r, '_> {
    fn evaluate(&self, wishes: &mut Wishes) {
        match self.scope() {
            KnownScope::Disagree(first, second) => self.report_disagreement(&first, &second, wishes),
            KnownScope::Known(source) if source.scope == Scope::Cluster => self.remove(wishes),
            KnownScope::Known(_) => {
                if let Some(namespace) = self.place(wishes) {
                    self.agree(namespace, true, wishes);
                }
            }
            KnownScope::Unknown => {
                self.report_unknown(wishes);
                if let Some(namespace) = self.set().filter(|namespace| self.judge(namespace, wishes)) {
                    self.agree(namespace, false, wishes);
                }
            }
        }
    }

    /// The namespace that is set: the request's at admission, a kustomization's, else the object's own.
    fn set(&self) -> Option<&'r str> {
        let requested = self.requested().filter(|_| self.context.is_admission());
        let transformed = self.context.request.transformed(self.context.wrapper);
        requested
            .or(transformed)
            .or_else(|| self.context.object.namespace())
    }

    /// The namespace of the request, which says nothing about a manifest inside another object.
    fn requested(&self) -> Option<&'r str> {
        let named = |namespace: &&str| !namespace.is_empty();
        let namespace = self.context.request.namespace.filter(named)?;
        (self.context.wrapper != Wrapper::CrossplaneObject).then_some(namespace)
    }

    /// The scope of the object's kind (rules.md 3.2).
    fn scope(&self) -> KnownScope {
        let object = self.context.object;
        let found = if self.context.is_admission() && self.context.wrapper != Wrapper::CrossplaneObject {
            // The API server has looked at the kind already.
            let is_namespace = object.group().is_empty() && object.kind() == "Namespace";
            let scope = if self.requested().is_some() && !is_namespace {
                Scope::Namespaced
            } else {
                Scope::Cluster
            };
            KnownScope::Known(ScopeSource {
                scope,
                source: "the API server".to_owned(),
            })
        } else {
            scope_of(self.context.world, object.group(), object.kind())
        };
        let Some(scope) = self.placement.scope else {
            return found;
        };
        let own = ScopeSource {
            scope,
            source: format!("rule `{}`", self.active.rule.name),
        };
        match found {
            KnownScope::Known(source) if source.scope != scope => KnownScope::Disagree(own, source),
            KnownScope::Known(_) | KnownScope::Unknown => KnownScope::Known(own),
            disagree @ KnownScope::Disagree(..) => disagree,
        }
    }

    /// A namespaced object: the namespace it will live in, if that is known and allowed.
    fn place(&self, wishes: &mut Wishes) -> Option<&'r str> {
        if let Some(namespace) = self.set() {
            return self.judge(namespace, wishes).then_some(namespace);
        }
        if let Some(default) = self.placement.default.as_deref() {
            let message = "the object names no namespace.";
            let edit = Edit::set(NAMESPACE, default);
            wishes.change(
                &[*self.active],
                NAMESPACE,
                message,
                self.placement.advice(FIELD),
                vec![edit],
            );
            return Some(default);
        }
        if let Some(namespace) = self.written {
            return self.judge(namespace, wishes).then_some(namespace);
        }
        let requested = self.requested();
        if let Some(namespace) = requested.filter(|namespace| self.placement.allows(namespace)) {
            return Some(namespace);
        }
        let message = match requested {
            Some(namespace) => {
                format!(
                    "the object names no namespace, and it may not live in `{namespace}`, where it would go."
                )
            }
            None => "the object names no namespace.".to_owned(),
        };
        wishes.violation(
            self.active,
            "missing-namespace",
            NAMESPACE,
            message,
            self.placement.advice(FIELD),
        );
        None
    }

    fn judge(&self, namespace: &str, wishes: &mut Wishes) -> bool {
        let allowed = self.placement.allows(namespace);
        if !allowed {
            let mut message = format!("objects of this kind may not live in namespace `{namespace}`");
            let mut field = FIELD.to_owned();
            if let Some(transformer) = self.context.request.transformer_of(self.context.wrapper) {
                field = format!("`{}` in `{}`", transformer.field, transformer.file);
                message.push_str(&format!(", which {field} sets"));
            }
            message.push('.');
            wishes.violation(
                self.active,
                "namespace-not-allowed",
                NAMESPACE,
                message,
                self.placement.advice(&field),
            );
        }
        allowed
    }

    /// A cluster-scoped object keeps no namespace.
    fn remove(&self, wishes: &mut Wishes) {
        let Some(namespace) = self.context.object.namespace() else {
            return;
        };
        let message = format!("a cluster-scoped object is given the namespace `{namespace}`.");
        let remedy = "Remove `metadata.namespace`.";
        wishes.change(
            &[*self.active],
            NAMESPACE,
            message,
            remedy,
            vec![Edit::remove(NAMESPACE)],
        );
    }

    /// Fields that name the namespace again.
    fn agree(&self, namespace: &str, may_write: bool, wishes: &mut Wishes) {
        for field in &self.placement.fields {
            let path = field.path.as_str();
            let remedy = format!("Write `{namespace}` at `{path}`.");
            let found = self.context.object.value().pointer(path);
            let message = match found.filter(|found| !found.is_null() && found.as_str() != Some("")) {
                None => {
                    if field.write && may_write {
                        let message = format!("`{path}` does not name the namespace `{namespace}`.");
                        let edit = Edit::set(path, namespace);
                        wishes.change(&[*self.active], path, message, remedy, vec![edit]);
                    }
                    continue;
                }
                Some(Value::String(text)) if text == namespace => continue,
                Some(Value::String(text)) if self.context.object.kind() != "Secret" => {
                    format!("`{path}` is `{text}`, but the object lives in `{namespace}`.")
                }
                Some(Value::String(_)) => format!("`{path}` is not `{namespace}`, where the object lives."),
                Some(_) => format!("`{path}` is not text, but should name the namespace `{namespace}`."),
            };
            wishes.violation(self.active, "field-disagrees", path, message, remedy);
        }
    }

    fn report_disagreement(&self, first: &ScopeSource, second: &ScopeSource, wishes: &mut Wishes) {
        let kind = self.context.object.kind();
        let says = |source: &ScopeSource| {
            let scope = match source.scope {
                Scope::Namespaced => "namespaced",
                Scope::Cluster => "cluster-scoped",
            };
            format!("{} according to {}", scope, source.source)
        };
        let message = format!("`{kind}` is {} and {}.", says(first), says(second));
        let remedy = "Make them agree, and set `scope` of the rule to what is installed, or to `auto`.";
        wishes.violation(self.active, "scope-disagrees", "/kind", message, remedy);
    }

    fn report_unknown(&self, wishes: &mut Wishes) {
        let object = self.context.object;
        let message = format!(
            "nothing says whether `{}` of group `{}` is namespaced or cluster-scoped.",
            object.kind(),
            object.group()
        );
        let remedy = "Give its CustomResourceDefinition or CompositeResourceDefinition with --world, or set `scope` \
                      in the rule.";
        wishes.warning(self.active, "unknown-scope", "/kind", message, remedy);
    }
}
