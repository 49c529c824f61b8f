//! Rules compiled for other engines, so that they hold where nothing of ours runs.

pub mod flux;
