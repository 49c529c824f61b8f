//! Why a HelmRelease is stuck, and what to do about it with the least harm.

pub mod storage;
mod time;

pub use time::{Timestamp, parse_duration};
