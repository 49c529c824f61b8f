//! The pure core of Boltrope: one rules file for a Kubernetes platform, the same answer on every surface.
//!
//! ```text
//! rules file --decode, validate--> RuleSet --compile--> Program
//! Request { object, old, stage, operation, namespace, user } + World --evaluate--> Outcome
//! ```
//!
//! Nothing here reads a file, a clock, the network or the environment: what a decision needs comes in
//! through [`engine::Request`] and [`engine::World`], what it decided leaves as an [`engine::Outcome`].
//! The surfaces (the `boltrope` command, the Kubewarden policies, the operator, the browser package) are
//! thin edges around it.

#![forbid(unsafe_code)]

pub mod admission;
#[cfg(feature = "yaml")]
pub mod cases;
pub mod edit;
pub mod engine;
pub mod export;
#[cfg(feature = "yaml")]
pub mod krm;
#[cfg(feature = "recovery")]
pub mod lockstep;
pub mod object;
mod order;
#[cfg(feature = "preview")]
pub mod preview;
#[cfg(feature = "recovery")]
pub mod recovery;
#[cfg(feature = "yaml")]
pub mod render;
#[cfg(feature = "yaml")]
pub mod repository;
pub mod resource;
pub mod rules;
pub mod selector;
pub mod transforms;
