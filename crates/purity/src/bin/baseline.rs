//! A program that can panic, and nothing else: what std's own panic message reaches (`RUST_BACKTRACE`, the current
//! directory for a backtrace) is not the library's doing. `make purity` subtracts it.

use std::hint::black_box;

#[expect(clippy::panic, reason = "the panic is what this program is for")]
fn main() {
    if black_box(true) {
        panic!("{}", black_box("baseline"));
    }
}
