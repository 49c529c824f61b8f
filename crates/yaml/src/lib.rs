//! YAML as Kubernetes reads it: split a stream, scan or read its documents, edit their text.
//!
//! Kubernetes reads YAML with sigs.k8s.io/yaml on go-yaml v2, which follows neither YAML 1.1 nor 1.2. This crate gives the
//! same values (the same parser, libyaml, and a port of go-yaml's resolver), remembers where in the text each of them is,
//! and changes the text in those places only: comments, quotes, line ends and order stay. What it writes is parsed again
//! and compared before it is given out, so a wrong manifest cannot leave it.
//!
//! - [`split`]: from bytes to [`Document`]s, cut as kubectl cuts
//! - [`Document::scan`]: kind and apiVersion at memory speed, where they are certain
//! - [`Document::read`]: a [`Tree`] of values and spans
//! - [`Tree::edit`]: the text after [`Change`]s; [`apply`] is the same on the value alone
//! - [`write()`]: a value as a new document
//!
//! ```
//! use boltrope_yaml::{Change, Limits, split};
//!
//! let stream = b"kind: Service # web\nmetadata: {name: web}\n";
//! let limits = Limits::default();
//! let tree = split(stream, &limits)?.remove(0).read(&limits)?;
//! let change = Change::Set { pointer: "/metadata/namespace", value: &"on".into() };
//! let edited = tree.edit(&[change], &limits)?;
//! assert_eq!(edited.text(), "kind: Service # web\nmetadata: {name: web, namespace: \"on\"}\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod edit;
mod error;
mod limits;
mod parser;
mod position;
mod resolve;
mod scan;
mod split;
mod tree;

pub use self::edit::{Change, Draft, EditError, Edited, apply, write};
pub use self::error::{Error, ErrorKind};
pub use self::limits::Limits;
pub use self::position::Position;
pub use self::scan::Scan;
pub use self::split::{Document, split};
pub use self::tree::{Tree, Warning, WarningKind, read};
