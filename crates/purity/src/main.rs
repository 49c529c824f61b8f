//! The core, called the way the surfaces call it, so that the linker keeps all that a call can reach.
//!
//! `make purity` builds this for WebAssembly and looks at the module: see `crates/xtask/src/purity/module.rs`.

fn main() {}
