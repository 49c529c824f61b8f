//! A Kubewarden policy without its module: an admission request and settings in, the response out.
//!
//! ```text
//! payload { request, settings } --Review--> engine::Request + RuleSet --evaluate--> Outcome --Response--> JSON
//! ```
//!
//! The compiled policies put waPC around it (`crates/kubewarden-guest`), `boltrope eval` files. A policy server makes
//! a fresh instance for every request, so nothing is cached and nothing is prepared that this request does not need.
//! The types are our own: the SDK's copy the request, put the whole payload into error messages and, in the
//! helpers, drop warnings and audit annotations.

mod policy;
mod recorded;
mod request;
mod response;
mod world;

pub use policy::Policy;
pub use recorded::recorded;
pub use response::{Response, SettingsResponse};
pub use world::{GetResource, HostWorld};

use serde_json::{Map, Value};

/// Adds an entry. `json!` and derived code write out an insertion for each.
fn put(entries: &mut Map<String, Value>, key: &str, value: Value) {
    entries.insert(key.to_owned(), value);
}
