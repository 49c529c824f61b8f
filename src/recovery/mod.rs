//! Why a HelmRelease is stuck, and what to do about it with the least harm.
//!
//! [`Inventory`] puts a cluster's objects in order, [`diagnose`] turns the state of one release into a verdict from a
//! closed set, the evidence for it and a [`Plan`]; an [`Episode`] carries a plan out, one write at a time. Nothing here reads a cluster, a clock or a file, and nothing waits:
//! whoever drives it does.
//!
//! Facts about Flux and Helm are quoted with the version and file they were read in.

pub mod compat;
mod conditions;
pub mod controller;
mod diagnose;
pub mod episode;
mod guard;
pub mod identity;
mod inventory;
mod plan;
#[cfg(feature = "report")]
pub mod report;
mod state;
pub mod storage;
mod time;
mod verdict;

pub use diagnose::diagnose;
pub use episode::Episode;
pub use guard::{Held, Limits};
pub use inventory::Inventory;
pub use plan::{Action, Plan, Refusal, Step};
pub use state::{Prerequisite, PrerequisiteKind, ReleaseState, Storage};
pub use time::{Timestamp, parse_duration};
pub use verdict::{Diagnosis, Evidence, Verdict, Waiting};
