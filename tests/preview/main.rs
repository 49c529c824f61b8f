//! The cases of the preview planner: whole clusters, whole plans, and what holds for every plan.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads files of its own"
)]

mod case;
mod cases;
mod documentation;
mod laws;
mod rows;
