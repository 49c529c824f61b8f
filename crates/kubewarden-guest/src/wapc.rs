//! [waPC](https://wapc.io/docs/spec/): how a host calls a module, and how the module calls back.
//!
//! The crate `wapc-guest` does the same with functions that are registered while the program runs, in a map behind a lock: that
//! links hashing, threads and a second allocator, 11 kB of every policy, and keeps memory from one call to the next.

use crate::arena::{Arena, Instance};

#[global_allocator]
static MEMORY: Arena<Instance> = Arena::new(Instance);

#[expect(unsafe_code, reason = "the host's functions take addresses")]
#[link(wasm_import_module = "wapc")]
unsafe extern "C" {
    fn __guest_request(operation: *mut u8, payload: *mut u8);
    fn __guest_response(at: *const u8, length: usize);
    fn __guest_error(at: *const u8, length: usize);
    fn __host_call(
        binding: *const u8,
        binding_length: usize,
        namespace: *const u8,
        namespace_length: usize,
        operation: *const u8,
        operation_length: usize,
        payload: *const u8,
        payload_length: usize,
    ) -> usize;
    fn __host_response_len() -> usize;
    fn __host_response(at: *mut u8);
    fn __host_error_len() -> usize;
    fn __host_error(at: *mut u8);
}

/// Answers one `__guest_call`: `answer` is given the operation's name and the payload, and has `None` for a name that it
/// does not know. 1 says that there is an answer, 0 that there is an error.
#[expect(unsafe_code, reason = "the host reads and writes this module's memory")]
pub fn guest_call(
    operation_length: usize,
    payload_length: usize,
    answer: impl FnOnce(&[u8], &[u8]) -> Option<Vec<u8>>,
) -> i32 {
    // SAFETY: nothing of an earlier call is left: no static of the library owns memory (`make purity` looks for one).
    unsafe { MEMORY.rewind() };
    let (mut operation, mut payload) = (vec![0; operation_length], vec![0; payload_length]);
    // SAFETY: both have the lengths that the host gave.
    unsafe { __guest_request(operation.as_mut_ptr(), payload.as_mut_ptr()) };
    match answer(&operation, &payload) {
        Some(answer) => {
            // SAFETY: the host copies these bytes before it returns; so it does with the error.
            unsafe { __guest_response(answer.as_ptr(), answer.len()) };
            1
        }
        None => {
            let error = [b"No handler registered for function ", operation.as_slice()].concat();
            // SAFETY: as above.
            unsafe { __guest_error(error.as_ptr(), error.len()) };
            0
        }
    }
}

/// Calls the host.
///
/// # Errors
/// What the host says.
#[expect(unsafe_code, reason = "the host reads and writes this module's memory")]
pub(crate) fn host_call(
    binding: &str,
    namespace: &str,
    operation: &str,
    payload: &[u8],
) -> Result<Vec<u8>, String> {
    // SAFETY: the host reads these bytes during the call.
    let is_answered = unsafe {
        __host_call(
            binding.as_ptr(),
            binding.len(),
            namespace.as_ptr(),
            namespace.len(),
            operation.as_ptr(),
            operation.len(),
            payload.as_ptr(),
            payload.len(),
        )
    } == 1;
    if is_answered {
        // SAFETY: the buffer has the length that the host gave; so has the other one.
        unsafe {
            let mut answer = vec![0; __host_response_len()];
            __host_response(answer.as_mut_ptr());
            Ok(answer)
        }
    } else {
        // SAFETY: as above.
        let error = unsafe {
            let mut error = vec![0; __host_error_len()];
            __host_error(error.as_mut_ptr());
            error
        };
        let words = str::from_utf8(&error).unwrap_or("not UTF-8");
        // The words of `wapc-guest`, which people look for.
        Err(format!("Host error: {words}"))
    }
}
