//! Compile rules once, evaluate many objects: the same answer for the same question on every surface.
//!
//! ```text
//! RuleSet --Program::compile--> Program
//! Program::evaluate(Request, World) -> Outcome { object, edits, findings, claims }
//! ```
//!
//! A stage differs in what is *legal*, not in what is *wanted*: a transform says what it wants, the engine turns
//! a wish that the stage or the rule's action forbids into a finding with the remedy. Phases are fixed
//! (rules.md section 2), so the order of rules never matters.

mod claim;
mod context;
mod evaluate;
mod finding;
mod outcome;
mod program;
mod request;
mod select;
mod settle;
mod wishes;
pub mod world;

pub use claim::{Claim, collisions};
pub use context::{Context, Target};
pub use finding::{ENGINE_CODES, Finding, Severity};
pub use outcome::{Applied, Outcome};
pub use program::Program;
pub use request::{Operation, Request, Stage, Transformer};
pub use wishes::Wishes;
pub use world::{Answer, World};
