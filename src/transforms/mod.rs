//! What rules can do: one folder is one transform, and [`TRANSFORMS`] is the list of them.
//!
//! A transform declares its identity once ([`Meta`]), decodes its settings with every mistake at once, and says
//! what it wants for one object ([`Transform::evaluate`] fills [`Wishes`]). What becomes of a wish (an edit, a
//! finding) is the engine's business: it depends on the rule's action and on the stage.

pub mod dns_search;
pub mod external_name;
pub mod external_name_guard;
pub mod host_rewrite;
pub mod metadata;
pub mod namespace_placement;
pub mod preview;

use std::any::Any;
use std::fmt;

use serde_json::Value;

use crate::engine::{Claim, Context, Finding, Operation, Wishes};
#[cfg(feature = "export")]
use crate::export::form::{Asked, Field};
use crate::rules::{Mistakes, Rule};

/// All transforms, in the order of documentation. Adding one is one line here.
pub const TRANSFORMS: &[&dyn Transform] = &[
    &namespace_placement::NamespacePlacement,
    &metadata::Metadata,
    &external_name::ExternalName,
    &external_name_guard::ExternalNameGuard,
    &host_rewrite::HostRewrite,
    &dns_search::DnsSearch,
    &preview::Preview,
];

/// Those of [`TRANSFORMS`] that say something about objects that pass: each has a policy of its own.
pub fn judging() -> impl Iterator<Item = &'static dyn Transform> {
    TRANSFORMS
        .iter()
        .copied()
        .filter(|transform| !transform.meta().planned)
}

/// One behaviour. Pure: equal inputs give equal wishes.
pub trait Transform: Sync {
    /// Identity and documentation.
    fn meta(&self) -> &'static Meta;

    /// The keys that the value under the transform's key may have.
    fn keys(&self) -> &'static [&'static str];

    /// Decodes and validates the value under the transform's key in a rule.
    ///
    /// # Errors
    /// Every mistake, with pointers relative to that value.
    fn decode(&self, settings: &Value) -> Result<Settings, Mistakes>;

    /// Says what `rules` (all of this transform, all matching the object, sorted by name) want for the object.
    /// They come together because some questions have one answer for all of them: a host is unmatched only if
    /// no rule matches it.
    fn evaluate(&self, rules: &[Active<'_>], context: &Context<'_>, wishes: &mut Wishes);

    /// Judges the object as all phases left it, in [`Phase::Guard`], for a transform that [`Transform::checks`]: what
    /// one rule requires another may have written (rules.md 2.1).
    fn check(&self, rules: &[Active<'_>], context: &Context<'_>, wishes: &mut Wishes) {
        let _ = (rules, context, wishes);
    }

    /// Whether [`Transform::check`] has anything to say.
    fn checks(&self) -> bool {
        false
    }

    /// The places that a rule with these settings may write, for the load-time search for conflicts.
    fn writes(&self, settings: &Settings) -> Vec<Write> {
        let _ = settings;
        Vec::new()
    }

    /// The kinds that a rule with these settings is about when `match.kinds` is absent, as a rule would write them.
    fn own_kinds(&self, settings: &Settings) -> Vec<String> {
        let _ = settings;
        self.meta().kinds.iter().map(|kind| (*kind).to_owned()).collect()
    }

    /// Whether [`Transform::own_kinds`] may be more than those of [`Meta`] with these settings, not decoded yet.
    fn has_kinds_of_settings(&self, settings: &Value) -> bool {
        let _ = settings;
        false
    }

    /// Claims of an object that no rule of this transform selected but that the run must know of: its hosts.
    fn observe(&self, context: &Context<'_>, wishes: &mut Wishes) {
        let _ = (context, wishes);
    }

    /// Whether [`Transform::observe`] has anything to say about objects of this kind.
    fn observes(&self, group: &str, kind: &str) -> bool {
        let _ = (group, kind);
        false
    }

    /// Which claims of one document cannot hold together, of those that this transform states.
    fn collisions(&self, claims: &[Claim]) -> Vec<Finding> {
        let _ = claims;
        Vec::new()
    }

    /// At which operations rules of this transform have anything to say about objects of this kind at admission.
    fn operations(&self, group: &str, kind: &str) -> &'static [Operation] {
        let _ = (group, kind);
        &[Operation::Create, Operation::Update]
    }

    /// Which answers of the World rules with these settings may ask for.
    fn asks(&self, settings: &Settings) -> Asks {
        let _ = settings;
        Asks::default()
    }

    /// What a form may ask for in objects that a rule with these settings is about. Nothing for a transform that a schema
    /// cannot speak for.
    #[cfg(feature = "export")]
    fn form(&self, settings: &Settings, asked: Asked) -> Vec<Field> {
        let _ = (settings, asked);
        Vec::new()
    }

    /// The JSON Schema of the settings, derived from the struct that decodes them.
    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut schemars::SchemaGenerator) -> schemars::Schema;
}

impl fmt::Debug for dyn Transform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.meta().id)
    }
}

/// What a transform is called and what the engine must know of it.
#[derive(Debug)]
pub struct Meta {
    /// Its key in a rule: `hostRewrite`.
    pub id: &'static str,
    /// Its name in finding codes, folders of policies and URLs: `host-rewrite`.
    pub slug: &'static str,
    /// One sentence for lists.
    pub summary: &'static str,
    /// When it runs.
    pub phase: Phase,
    /// The kinds it is about when `match.kinds` is absent, as a rule would write them.
    pub kinds: &'static [&'static str],
    /// Whether `match.namespaces` must have an include key (rules.md 1.9), and protected namespaces are out unless
    /// named (1.8). Such a transform needs a target namespace (1.12).
    pub needs_namespaces: bool,
    /// What happens to an object that another controller owns (rules.md 1.16).
    pub controlled: Controlled,
    /// Whether a planner acts on the rule, not the engine: objects that pass are none of its business, so it takes no
    /// `match`, and its action is `enforce` or `ignore`.
    pub planned: bool,
    /// The slugs of its finding codes with one sentence each; `would-change` is everyone's.
    #[cfg(feature = "pages")]
    pub codes: &'static [(&'static str, &'static str)],
    /// Its page: the folder's README.md.
    #[cfg(feature = "pages")]
    pub readme: &'static str,
}

/// The fixed phases (rules.md 2.1). Each reads the object as the one before left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Where the object lives.
    Placement,
    /// Labels and annotations.
    Metadata,
    /// What a Service is.
    Service,
    /// Hosts and DNS search paths.
    Route,
    /// Checks of what the phases before made.
    Guard,
}

/// What a transform does about an object with an ownerReference `controller: true`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controlled {
    /// It treats it like any other: it only checks, or places.
    Same,
    /// It says nothing about it.
    Skip,
    /// It warns `owned` and does nothing.
    Warn,
    /// It judges it as with `action: deny`.
    Judge,
}

/// A place that a rule may write.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// JSON Pointer in the object.
    pub pointer: String,
    /// What it writes, if that is the same for every object.
    pub literal: Option<Value>,
}

/// Which questions to the World a rule may ask. A rule that asks nothing costs nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// Scopes of kinds.
    pub scopes: bool,
    /// Namespaces.
    pub namespaces: bool,
    /// Services and the container ports behind them.
    pub services: bool,
}

/// Validated settings of some transform; only that transform knows the type inside.
pub struct Settings(Box<dyn Any + Send + Sync>);

impl Settings {
    /// Wraps a transform's own settings.
    pub fn new<T: Any + Send + Sync>(settings: T) -> Self {
        Self(Box::new(settings))
    }

    /// The settings, if they are of the type asked for: always, when a transform asks for its own.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Settings(..)")
    }
}

/// A rule that matched the object at hand.
#[derive(Clone, Copy, Debug)]
pub struct Active<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Its position in the program, by which [`Wishes`] know it.
    pub index: usize,
}

impl<'a> Active<'a> {
    /// The rule's settings.
    #[must_use]
    pub fn settings<T: Any>(&self) -> Option<&'a T> {
        self.rule.settings.get()
    }
}
