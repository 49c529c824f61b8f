//! The API server, asked with plain JSON: objects stay as they come, nothing is lost in typed structs.
//!
//! [`Cluster`] does the asking; a missing permission is one [`CallError`] that names verb, resource, namespace and the
//! Role that grants it ([`Missing`]). [`access`] asks for permissions before they are needed, [`event`] writes Events,
//! [`lease`] lets one of several replicas act.

pub(crate) mod access;
mod call;
mod connection;
mod discovery;
mod error;
pub(crate) mod event;
pub(crate) mod lease;
mod list;
mod missing;
mod resource;
pub(crate) mod watch;
mod write;

pub(crate) use call::Cluster;
pub(crate) use connection::{Connection, own_namespace};
pub(crate) use error::CallError;
pub(crate) use list::Content;
pub(crate) use missing::{Missing, explain};
pub(crate) use resource::Resource;
