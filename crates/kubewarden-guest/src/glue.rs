//! The functions that a policy server calls, by their names.

use serde_json::Value;

use crate::Policy;
use crate::wapc::host_call;

/// What a policy answers; `None` when it has no such function.
pub fn answer(policy: &Policy, operation: &[u8], payload: &[u8]) -> Option<Vec<u8>> {
    match operation {
        b"validate" => json(policy.validate(payload, &get_resource).into_value()),
        b"validate_settings" => json(policy.validate_settings(payload).into_value()),
        b"protocol_version" => Some(b"\"v1\"".to_vec()),
        _ => None,
    }
}

/// A value can always be written.
fn json(answer: Value) -> Option<Vec<u8>> {
    serde_json::to_vec(&answer).ok()
}

fn get_resource(request: &[u8]) -> Result<Vec<u8>, String> {
    host_call("kubewarden", "kubernetes", "get_resource", request)
}
