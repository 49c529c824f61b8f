//! What policies answer, without WebAssembly.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads the checkout's files"
)]

mod arbitrary;
mod cases;
#[path = "../cases/folders.rs"]
mod folders;
mod messages;
mod mistakes;
mod requests;
mod resources;

use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
