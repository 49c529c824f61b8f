//! What policies answer, without WebAssembly.

mod arbitrary;
