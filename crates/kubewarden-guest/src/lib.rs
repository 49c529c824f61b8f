//! What a Kubewarden policy of Boltrope is made of: the engine behind waPC's three functions.
//!
//! ```text
//! payload { request, settings } --Review--> engine::Request + RuleSet --evaluate--> Outcome --Response--> JSON
//! ```
//!
//! Everything here but [`glue`](export_policy) is a pure function over bytes, tested natively. A policy server makes
//! a fresh instance for every request, so nothing is cached and nothing is prepared that this request does not need.
//! The types are our own: the SDK's copy the request, put the whole payload into error messages and, in the
//! helpers, drop warnings and audit annotations.

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod glue;
mod policy;
mod request;
mod response;
mod world;

pub use policy::Policy;
pub use response::{Response, SettingsResponse};
pub use world::{GetResource, HostWorld};

/// Makes a crate a Kubewarden policy: waPC calls `wapc_init`, which registers `validate`, `validate_settings` and
/// `protocol_version`. Outside WebAssembly only the constant `POLICY` is left, so that a workspace of policies links.
///
/// ```
/// use boltrope::transforms::metadata::Metadata;
/// boltrope_kubewarden_guest::export_policy!(boltrope_kubewarden_guest::Policy::of_transform(&Metadata));
/// assert!(POLICY.validate_settings(br#"{"labels": {"team": {"required": true}}}"#).valid);
/// ```
#[macro_export]
macro_rules! export_policy {
    ($policy:expr) => {
        /// The policy that this module exports.
        pub const POLICY: $crate::Policy = $policy;

        /// waPC's entry point.
        #[cfg(target_family = "wasm")]
        #[expect(unsafe_code, reason = "waPC finds the entry point by its name")]
        #[unsafe(no_mangle)]
        pub extern "C" fn wapc_init() {
            fn validate(payload: &[u8]) -> $crate::glue::CallResult {
                $crate::glue::validate(&POLICY, payload)
            }
            fn validate_settings(payload: &[u8]) -> $crate::glue::CallResult {
                $crate::glue::validate_settings(&POLICY, payload)
            }
            $crate::glue::register(validate, validate_settings);
        }
    };
}
