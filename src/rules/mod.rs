//! The document users write: `kind: RuleSet` (rules.md section 1), decoded with every mistake at once.
//!
//! ```text
//! text --yaml--> Value --RuleSet::decode--> RuleSet | Mistakes
//! ```
//!
//! Structs named `Raw…` are what is written and the source of the JSON Schema; what they become after
//! validation has no `Raw`. A mistake knows its JSON Pointer; a surface that read the document from text adds
//! file, line and column ([`mod@load`]).

mod conflict;
mod decode;
mod deserialize;
mod keyed;
#[cfg(feature = "yaml")]
pub mod load;
mod mistake;
pub(crate) mod policy_settings;
mod record;
mod rule;
#[cfg(feature = "schema")]
mod schema;
mod version;

pub use decode::{RawMetadata, RawSpec, RuleSet};
pub(crate) use deserialize::decode as decode_settings;
pub use keyed::Keyed;
#[cfg(feature = "yaml")]
pub use load::load;
pub(crate) use mistake::KNOWN_HERE;
pub use mistake::{Mistake, Mistakes, nearest, suggest};
pub(crate) use record::{
    At, Decode, Keys, Others, Record, decode_part, decode_whole, read_record, read_word, record, words,
};
pub(crate) use rule::is_dns_subdomain;
pub use rule::{Action, Exempt, OnLookupError, RawExempt, RawRule, Rule, is_dns_label};
#[cfg(feature = "schema")]
pub use schema::schema;

/// `apiVersion` of a rules file.
pub const API_VERSION: &str = "boltrope.dev/v1alpha1";
/// `kind` of a rules file.
pub const KIND: &str = "RuleSet";
