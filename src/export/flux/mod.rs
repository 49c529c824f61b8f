//! Rules as `spec.postRenderers` of a Flux HelmRelease.
//!
//! ```text
//! what the chart renders --render--> what the rules want --compile--> Kustomize patches for each changed object
//! ```
//!
//! Flux runs no external post-renderer, only Kustomize patches (helm-controller, `internal/postrender/kustomize.go`:
//! the rendered stream is one resource file, the patches stand beside it). So the rules are run here, against the
//! chart as it renders today, and their result is written down as JSON 6902 patches. The patches of list items test
//! the old value first: when a chart moves its lists, Flux stops with an error instead of changing the wrong item.
//! Maps that the chart has not are merged in, beside what other post-renderers put there.

mod block;
mod forecast;
mod identity;
mod item;
mod merge;
mod operations;
mod release;

use serde_json::{Value, json};

use crate::engine::Applied;
use crate::object::ObjectRef;
use crate::object::embedded::{Wrapper, objects};
use crate::render::Rendered;
use boltrope_yaml::{Error, Limits};

pub use block::{block, drift_detection};
pub use forecast::{Assume, Field, Forecast, HELM_CONTROLLER, Options, Verdict, forecast};
pub use item::{DIGEST_ANNOTATION, DIGEST_COMMENT, digest, item_digest};
pub use release::{Found, HelmRelease, ReleaseError, Written, find, write};

use identity::{Identities, Identity};

/// A post-renderer item, and what it cannot say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compiled {
    /// How each changed object is patched, in the order of the stream.
    pub patches: Vec<Patch>,
    /// Changes that Kustomize patches cannot make.
    pub not_expressible: Vec<NotExpressible>,
}

/// What patches one object: an entry of `kustomize.patches`, or two.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// Which object: `group`, `version`, `kind`, `name`, `namespace`; Kustomize reads each as an anchored regular
    /// expression, so they are escaped. What is absent matches everything.
    pub target: Value,
    /// A merge patch with the maps that the chart has not: the object's identity and these maps.
    pub merge: Option<Value>,
    /// JSON 6902 operations, to be done in order after the merge.
    pub operations: Vec<Value>,
}

/// A change that the rules want and a patch cannot make.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct NotExpressible {
    /// The object.
    pub object: ObjectRef,
    /// Why not.
    pub reason: String,
}

/// Compiles what a run changed in its only stream.
///
/// `input` is the stream as the chart rendered it and `rendered` what the rules made of it, with
/// [`log`](crate::render::Options::log) on.
///
/// ```
/// use boltrope::engine::{Program, world::snapshot::Snapshot};
/// use boltrope::export::flux::compile;
/// use boltrope::render::{Options, Stream, render};
/// use boltrope::rules::load::{Source, load};
/// use boltrope::transforms::TRANSFORMS;
///
/// let rules = b"apiVersion: boltrope.dev/v1alpha1
/// kind: RuleSet
/// metadata: {name: shop}
/// spec:
///   rules:
///     - name: team
///       match: {kinds: [Service]}
///       metadata: {labels: {team: {default: shop}}}
/// ";
/// let rules = load(&[Source { name: "rules.yaml", bytes: rules }], TRANSFORMS).unwrap();
/// let bytes = b"apiVersion: v1\nkind: Service\nmetadata: {name: web.v1}\n";
/// let stream = Stream { name: "stdin", bytes };
/// let rendered = render(&[stream], &Program::compile(rules), Snapshot::new(), &Options::default());
/// let compiled = compile(bytes, &rendered).unwrap();
/// assert_eq!(compiled.patches[0].target, serde_json::json!({"version": "v1", "kind": "Service", "name": "web\\.v1"}));
/// ```
///
/// # Errors
/// A document that cannot be read: Flux could not read it either.
pub fn compile(input: &[u8], rendered: &Rendered<'_>) -> Result<Compiled, Error> {
    let limits = Limits::default();
    let mut compiler = Compiler::default();
    for document in boltrope_yaml::split(input, &limits)? {
        compiler.identities.add(document.read(&limits)?.value());
    }
    for changed in &rendered.changed {
        if let Some(log) = &changed.log {
            let before = boltrope_yaml::read(changed.before, &limits)?;
            compiler.document(before.value(), &log.edits);
        }
    }
    Ok(compiler.compiled)
}

/// Documents on their way to patches, one after the other.
#[derive(Debug, Default)]
struct Compiler {
    /// All objects of the stream.
    identities: Identities,
    compiled: Compiled,
}

impl Compiler {
    /// Adds what some edits do to a document of the stream.
    fn document(&mut self, before: &Value, phases: &[Vec<Applied>]) {
        // Kustomize makes the items of a list objects of their own; what Crossplane applies stays inside its `Object`.
        let resources = objects(before);
        let resources = resources
            .iter()
            .filter(|embedded| embedded.wrapper != Wrapper::CrossplaneObject);
        for resource in resources {
            let object = resource.object;
            let (operations, after) = operations::of(object.value(), &resource.pointer, phases);
            if operations.is_empty() {
                continue;
            }
            let target = self.identities.target(&Identity::of(object));
            let refused = operations::refuse_secrets(object.value(), &operations);
            match target.and_then(|target| refused.map(|()| target)) {
                Ok(target) => {
                    let (operations, merge) = merge::part(object.value(), &after, operations);
                    self.compiled.patches.push(Patch {
                        target,
                        merge,
                        operations,
                    });
                }
                Err(reason) => self.compiled.not_expressible.push(NotExpressible {
                    object: object.reference(),
                    reason,
                }),
            }
        }
    }
}

impl Compiled {
    /// The item of `spec.postRenderers`.
    #[must_use]
    pub fn item(&self) -> Value {
        let patches: Vec<Value> = self.patches.iter().flat_map(Patch::entries).collect();
        json!({"kustomize": {"patches": patches}})
    }
}

impl Patch {
    fn entries(&self) -> impl Iterator<Item = Value> {
        let operations = (!self.operations.is_empty()).then(|| json!(self.operations));
        // The merge is first: operations may change the namespace by which the target is found.
        let parts = self.merge.clone().into_iter().chain(operations);
        parts.map(|part| json!({"target": self.target, "patch": block::patch(&part)}))
    }
}

#[cfg(test)]
mod tests;
