//! What a Kubewarden policy of Boltrope is made of: [`boltrope::admission`] behind waPC's three functions.
//!
//! Everything that decides is a pure function over bytes in the library, tested natively. Here is what exists only
//! inside a WebAssembly host: the entry point, the registered functions, the host call that asks about the cluster.

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod glue;

pub use boltrope::admission::Policy;

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
