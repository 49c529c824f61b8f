//! Which objects and which namespaces a rule touches (rules.md 1.5 to 1.11).
//!
//! A selector answers from the object alone; only selectors on a Namespace's labels or annotations need the
//! World, and they are asked last.

mod glob;
mod kind;
mod label;
mod matching;
mod namespace;
mod pattern;
mod protected;

pub use glob::Glob;
pub use kind::KindPattern;
pub use label::{LabelSelector, RawLabelSelector};
pub(crate) use matching::Keys;
pub use matching::{Match, RawMatch, RawMatchKeys};
pub(crate) use namespace::ByName;
pub use namespace::{NamespaceSelector, RawAnnotation, RawNamespaceSelector};
pub use pattern::Pattern;
pub(crate) use pattern::escape;
pub use protected::{PROTECTED_NAMESPACES, is_protected};
