//! The border to waPC, which exists only inside a WebAssembly host.

use std::mem::ManuallyDrop;

use serde::Serialize;
pub use wapc_guest::CallResult;
use wapc_guest::{host_call, register_function};

use crate::Policy;

/// Tells waPC the functions of a policy.
pub fn register(validate: fn(&[u8]) -> CallResult, validate_settings: fn(&[u8]) -> CallResult) {
    register_function("validate", validate);
    register_function("validate_settings", validate_settings);
    register_function("protocol_version", protocol_version);
}

/// `validate`: the answer to one request.
///
/// # Errors
/// None that JSON allows: the answer is always one that can be written.
pub fn validate(policy: &Policy, payload: &[u8]) -> CallResult {
    let response = ManuallyDrop::new(policy.validate(payload, &get_resource));
    json(&*response)
}

/// `validate_settings`: whether the policy can start.
///
/// # Errors
/// None that JSON allows.
pub fn validate_settings(policy: &Policy, payload: &[u8]) -> CallResult {
    json(&policy.validate_settings(payload))
}

fn protocol_version(_payload: &[u8]) -> CallResult {
    Ok(b"\"v1\"".to_vec())
}

fn json(answer: &impl Serialize) -> CallResult {
    Ok(serde_json::to_vec(answer)?)
}

fn get_resource(request: &[u8]) -> Result<Vec<u8>, String> {
    host_call("kubewarden", "kubernetes", "get_resource", request).map_err(|error| error.to_string())
}
