//! `cargo +nightly fuzz run edit fuzz/seeds/edit`: see the body of that name in `tests/suite/bodies.rs`.
#![no_main]

#[path = "../../tests/suite/bodies.rs"]
#[expect(dead_code, reason = "each target has one of the bodies")]
mod bodies;

libfuzzer_sys::fuzz_target!(|input: &[u8]| bodies::edit(input));
