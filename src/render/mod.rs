//! Rules over streams of YAML: what the post-renderer and the repository check have in common.
//!
//! ```text
//! Stream { name, bytes } --split, scan--> documents --evaluate--> edits --> text edited in place
//! ```
//!
//! Pure: bytes in, [`Rendered`] out. A document that no rule changes is never copied; the result is the input with
//! some spans replaced ([`Rendered::spans`]), so that a large stream is in memory once. Every edited document was
//! read again and compared with what the rules wanted.

mod annotate;
mod place;
mod rendered;
mod rewrite;
mod run;
mod spans;
mod spread;

use boltrope_yaml::Limits;

use crate::engine::world::snapshot::Snapshot;
use crate::engine::{Program, Transformer};

pub use annotate::{DIGEST, RULES};
pub use place::Place;
pub use rendered::{ChangeLog, Changed, Defect, Located, Rendered, Unreadable};
pub use spans::Spans;
pub use spread::{InOrder, Spread};

/// Some bytes with YAML documents in them, and what people call them.
#[derive(Clone, Copy, Debug)]
pub struct Stream<'a> {
    /// A file's path, `stdin`.
    pub name: &'a str,
    /// The content.
    pub bytes: &'a [u8],
}

/// How to go over the streams.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The namespace that objects without one will live in.
    pub namespace: Option<&'a str>,
    /// The release's name.
    pub release: Option<&'a str>,
    /// Duplicate keys are errors instead of warnings; every document is read.
    pub strict: bool,
    /// Do not read documents whose kind no rule is about. The result is the same, but such a document may be broken
    /// without anyone noticing.
    pub scan: bool,
    /// Change nothing and report what would change.
    pub judge: bool,
    /// Write into the annotations of each changed object which rules changed it, and this digest of all rules.
    pub annotate: Option<&'a str>,
    /// Keep for each changed document which rules changed what. Costs memory where every document changes.
    pub log: bool,
    /// Bounds of what is read.
    pub limits: Limits,
    /// Who evaluates the documents; the result does not depend on it.
    pub spread: &'a dyn Spread,
    /// Look into the bases of Compositions too (rules.md 1.14).
    pub bases: bool,
    /// What becomes of each stream's objects on their way to a cluster; a stream without one arrives as it is.
    pub routes: &'a [Route<'a>],
}

/// How the objects of a stream reach clusters. One file of a repository may do so on several ways: a base with overlays.
#[derive(Clone, Debug, Default)]
pub struct Route<'a> {
    /// The ways. Empty, or `None` for one of them: with the namespace that the object itself says.
    pub ways: Vec<Option<Transformer<'a>>>,
    /// The stream holds no objects of its own, only parts: patches, files for generators.
    pub is_part: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            namespace: None,
            release: None,
            strict: false,
            scan: true,
            judge: false,
            annotate: None,
            log: true,
            limits: Limits::default(),
            spread: &InOrder,
            bases: false,
            routes: &[],
        }
    }
}

/// Runs the rules over all documents of all streams, which are one run: objects of one stream answer questions of
/// another, and hosts collide across all of them. `world` is what is known besides.
///
/// Documents that are not Kubernetes objects (no `apiVersion` or no `kind`) are left alone.
///
/// ```
/// use boltrope::engine::{Program, world::snapshot::Snapshot};
/// use boltrope::render::{Options, Stream, render};
/// use boltrope::rules::RuleSet;
///
/// let program = Program::compile(RuleSet::default());
/// let bytes = b"# Source: web/templates/service.yaml\napiVersion: v1\nkind: Service\n";
/// let stream = Stream { name: "stdin", bytes };
/// let rendered = render(&[stream], &program, Snapshot::new(), &Options::default());
/// assert!(rendered.is_accepted());
/// assert_eq!(rendered.text(0), bytes);
/// ```
#[must_use]
pub fn render<'a>(
    streams: &[Stream<'a>],
    program: &Program,
    world: Snapshot,
    options: &Options<'_>,
) -> Rendered<'a> {
    let mut run = run::Run::new(streams, program, world, options);
    run.learn();
    run.evaluate();
    run.collide();
    run.finish()
}

#[cfg(test)]
mod tests;
