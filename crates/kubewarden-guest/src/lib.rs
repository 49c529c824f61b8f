//! What a Kubewarden policy of Boltrope is made of: [`boltrope::admission`] behind waPC's three functions.
//!
//! Everything that decides is a pure function over bytes in the library, tested natively. Here is what exists only
//! inside a WebAssembly host: the entry point, the functions by name, the host call that asks about the cluster, the memory.

#[cfg(any(target_family = "wasm", test))]
mod arena;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod glue;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod wapc;

pub use boltrope::admission::Policy;

/// Makes a crate a Kubewarden policy: a waPC host calls `validate`, `validate_settings` and `protocol_version`. Outside
/// WebAssembly only the constant `POLICY` is left, so that a workspace of policies links.
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
        pub extern "C" fn __guest_call(operation_length: usize, payload_length: usize) -> i32 {
            let answer = |operation: &[u8], payload: &[u8]| $crate::glue::answer(&POLICY, operation, payload);
            $crate::wapc::guest_call(operation_length, payload_length, answer)
        }
    };
}
