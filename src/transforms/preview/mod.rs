#![doc = include_str!("README.md")]

mod settings;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub(crate) use self::settings::PreviewSettings;
pub use self::settings::{Consent, RawKept, RawPreview, Strategy};
#[cfg(feature = "preview")]
pub(crate) use self::settings::{NEVER_ANNOTATIONS, NEVER_LABELS};
use super::{Active, Controlled, Meta, Phase, Settings, Transform};
use crate::engine::{Context, Wishes};
use crate::rules::{Mistakes, Record};

/// The rule `preview`.
#[derive(Clone, Copy, Debug)]
pub struct Preview;

static META: Meta = Meta {
    id: "preview",
    slug: "preview",
    summary: "Keeps mirrors of a base namespace's Services and copies of its routes in preview namespaces.",
    phase: Phase::Placement,
    kinds: &[],
    needs_namespaces: false,
    controlled: Controlled::Same,
    planned: true,
    #[cfg(feature = "pages")]
    codes: &[],
    #[cfg(feature = "pages")]
    readme: include_str!("README.md"),
};

impl Transform for Preview {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn keys(&self) -> &'static [&'static str] {
        <RawPreview as Record>::KEYS
    }

    fn decode(&self, settings: &Value) -> Result<Settings, Mistakes> {
        PreviewSettings::decode(settings).map(Settings::new)
    }

    /// Objects that pass are none of its business; the planner (`preview::plan`) reads the rule.
    fn evaluate(&self, _: &[Active<'_>], _: &Context<'_>, _: &mut Wishes) {}

    #[cfg(feature = "schema")]
    fn schema(&self, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<RawPreview>()
    }
}
