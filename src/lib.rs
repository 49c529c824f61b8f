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
pub mod edit;
pub mod engine;
#[cfg(feature = "export")]
pub mod export;
pub mod object;
#[cfg(feature = "yaml")]
pub mod render;
pub mod rules;
pub mod selector;
pub mod transforms;
