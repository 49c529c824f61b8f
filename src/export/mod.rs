//! Rules compiled for other engines: one file stays the source, and what a cluster needs is made from it.

#[cfg(feature = "export")]
pub mod flux;
#[cfg(feature = "export")]
pub mod form;
pub mod kubewarden;
