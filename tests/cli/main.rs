//! The binary as a process: what it writes where, and how it ends. The environment is empty unless a test fills it.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and runs the program on files of its own"
)]

mod bad_documents;
mod bad_rules;
mod cases;
mod changes;
mod check;
mod corpus;
mod edges;
mod eval;
mod export;
mod export_flux;
mod fix;
mod folder;
mod forecast;
mod formats;
mod functions;
mod hooks;
mod lint_release;
mod own_cases;
mod post_render;
mod preview;
mod recover;
mod report;
mod request;
mod scenarios;
mod words;
mod xsd;
