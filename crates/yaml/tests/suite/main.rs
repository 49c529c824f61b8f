//! The crate from outside: truth tables, the fifty editing cases, random edits, real files, the fuzz corpus.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a failed test is a panic, and tables of cases are long"
)]

mod bodies;
mod corpus;
mod fuzzed;
mod random_edits;
mod rows;
mod shared;
mod truth;
