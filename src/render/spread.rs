//! Independent work, handed to whoever can do several pieces of it at once.
//!
//! The library has no threads: a browser and an admission policy have none either. A surface that has them says so.

use std::fmt::Debug;

/// Does pieces of work that do not depend on each other, in any order.
pub trait Spread: Debug + Sync {
    /// Calls `work` once for each number below `pieces`, and returns when all calls have.
    fn each(&self, pieces: usize, work: &(dyn Fn(usize) + Sync));
}

/// One piece after the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct InOrder;

impl Spread for InOrder {
    fn each(&self, pieces: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..pieces).for_each(work);
    }
}
