//! Rules compiled for other engines: one file stays the source, and what a cluster needs is made from it.

pub mod kubewarden;
