//! What admission will do to a release that Flux installs, and whether Flux will see it as drift.
//!
//! Flux detects drift by a server-side dry run, which webhooks answer too (helm-controller, `internal/action/diff.go`).
//! So a field that admission changes on every apply is no drift: it is only that Git, `helm get manifest` and the
//! cluster disagree. It becomes drift when the policy does not answer that dry run: its webhook is gone, or it
//! answers only when objects are created. Even then only what the chart itself says is wanted back: helm-controller
//! applies on the server's side, and a field that admission added belongs to nobody (seen with helm-controller 1.6.2 on
//! kube-apiserver 1.36.3; `make e2e` shows it again). A list is owned as a whole, so all of it counts as said.

use boltrope_yaml::{Error, Limits, Tree};
use serde::Serialize;
use serde_json::{Value, json};

use super::identity::Identity;
use super::{Compiled, Compiler};
use crate::edit::Edit;
use crate::engine::world::Scope;
use crate::engine::world::scope::{KnownScope, scope_of};
use crate::engine::{Applied, Finding, Operation, Program, Request, Severity, World};
use crate::object::embedded::{Wrapper, objects};
use crate::object::{Object, ObjectRef, pointer};

/// Who applies a release's objects unless told otherwise.
pub const HELM_CONTROLLER: &str = "system:serviceaccount:flux-system:helm-controller";

/// What becomes of the policy after it changed the objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assume {
    /// It answers every request, also Flux's dry runs.
    #[default]
    Answers,
    /// Its webhook is gone.
    WebhookAbsent,
    /// It answers only CREATE, and a dry run on an object that exists is none.
    CreateOnly,
}

/// How the release is applied.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The namespace of objects that name none.
    pub namespace: Option<&'a str>,
    /// The release's name.
    pub release: Option<&'a str>,
    /// Who applies it.
    pub user: &'a str,
    /// What becomes of the policy.
    pub assume: Assume,
}

/// How a changed field shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Admission changes it on every apply: Git and the cluster disagree, and Flux sees no drift.
    Rewritten,
    /// Flux's dry run wants the chart's value back.
    Drift,
    /// The chart says nothing here, so Flux leaves what admission once added.
    Kept,
}

/// One field that admission changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// The object.
    pub object: ObjectRef,
    /// Where in the object.
    pub pointer: String,
    /// How it shows.
    pub verdict: Verdict,
    /// What the chart says; absent when it says nothing, and for what a Secret holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<Value>,
    /// What the cluster will say; absent when it is removed, and for what a Secret holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Value>,
    /// The rules that change it.
    pub rules: Vec<String>,
}

/// What admission will do to a release.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forecast {
    /// The fields it changes, in the order of the stream.
    pub fields: Vec<Field>,
    /// Why it refuses objects.
    pub refusals: Vec<Finding>,
    /// Post-renderers that make the same changes before anything is applied.
    pub baked: Compiled,
    /// `spec.driftDetection.ignore` that hides the fields that drift, and no other.
    pub ignore: Vec<Value>,
}

/// Asks the policy of these rules about every object of a rendered chart, as the API server would.
///
/// # Errors
/// A document that cannot be read.
pub fn forecast(
    input: &[u8],
    program: &Program,
    world: &dyn World,
    options: &Options<'_>,
) -> Result<Forecast, Error> {
    let limits = Limits::default();
    let mut compiler = Compiler::default();
    let documents = boltrope_yaml::split(input, &limits)?;
    let trees: Result<Vec<Tree<'_>>, Error> =
        documents.iter().map(|document| document.read(&limits)).collect();
    let trees = trees?;
    for tree in &trees {
        compiler.identities.add(tree.value());
    }
    let mut forecast = Forecast::default();
    for tree in &trees {
        let mut phases = Vec::new();
        for resource in objects(tree.value()) {
            if resource.wrapper == Wrapper::CrossplaneObject || resource.object.kind().is_empty() {
                continue;
            }
            let edits = ask(resource.object, program, world, options, &mut forecast);
            forecast.object(resource.object, &edits, options.assume, &compiler);
            add(&mut phases, edits, &resource.pointer);
        }
        compiler.document(tree.value(), &phases);
    }
    forecast.baked = compiler.compiled;
    Ok(forecast)
}

/// What the policy changes of one object.
fn ask(
    object: Object<'_>,
    program: &Program,
    world: &dyn World,
    options: &Options<'_>,
    forecast: &mut Forecast,
) -> Vec<Vec<Applied>> {
    let is_cluster_scoped = matches!(
        scope_of(world, object.group(), object.kind()),
        KnownScope::Known(source) if source.scope == Scope::Cluster
    );
    let namespace = object.namespace().or(options.namespace);
    let request = Request {
        namespace: namespace.filter(|_| !is_cluster_scoped),
        release: options.release,
        user: Some(options.user),
        ..Request::admission(object.value(), Operation::Create)
    };
    let outcome = program.evaluate(&request, world);
    let refusals = outcome.findings.into_iter();
    let refusals = refusals.filter(|finding| finding.severity == Severity::Error);
    let before = forecast.refusals.len();
    forecast.refusals.extend(refusals);
    // A refused object is never stored, so nothing of it is rewritten.
    if forecast.refusals.len() > before {
        return Vec::new();
    }
    outcome.edits
}

/// Adds the edits of an object to those of its document, phase by phase.
fn add(phases: &mut Vec<Vec<Applied>>, edits: Vec<Vec<Applied>>, prefix: &str) {
    for (index, edits) in edits.into_iter().enumerate() {
        if phases.len() <= index {
            phases.push(Vec::new());
        }
        let Some(phase) = phases.get_mut(index) else {
            continue;
        };
        phase.extend(edits.into_iter().map(|Applied { edit, rules }| Applied {
            edit: edit.inside(prefix),
            rules,
        }));
    }
}

impl Forecast {
    fn object(&mut self, object: Object<'_>, phases: &[Vec<Applied>], assume: Assume, compiler: &Compiler) {
        let before = self.fields.len();
        for applied in phases.iter().flatten() {
            let (chart, cluster) = match object.kind() {
                "Secret" => (None, None),
                _ => (
                    object.value().pointer(applied.edit.pointer()).cloned(),
                    match &applied.edit {
                        Edit::Set { value, .. } => Some(value.clone()),
                        Edit::Remove { .. } => None,
                    },
                ),
            };
            self.fields.push(Field {
                object: object.reference(),
                pointer: applied.edit.pointer().to_owned(),
                verdict: verdict(assume, object.value(), applied.edit.pointer()),
                chart,
                cluster,
                rules: applied.rules.clone(),
            });
        }
        let fields = self.fields.get(before..).unwrap_or_default();
        self.ignore.extend(ignore(object, fields, compiler));
    }
}

/// How a changed field of an object shows.
fn verdict(assume: Assume, chart: &Value, at: &str) -> Verdict {
    match assume {
        Assume::Answers => Verdict::Rewritten,
        Assume::WebhookAbsent | Assume::CreateOnly if is_said(chart, at) => Verdict::Drift,
        Assume::WebhookAbsent | Assume::CreateOnly => Verdict::Kept,
    }
}

/// Whether the chart says something at a pointer: a value, or the list that the pointer leads into.
fn is_said(chart: &Value, at: &str) -> bool {
    let mut here = chart;
    for key in pointer::keys(at) {
        match here.get(key.as_ref()) {
            _ if here.is_array() => return true,
            Some(value) => here = value,
            None => return false,
        }
    }
    !here.is_null()
}

/// The entry of `driftDetection.ignore` for one object. Its target is read as that of a patch; an object that no target
/// tells from others has none, because an entry without a target is about every object.
fn ignore(object: Object<'_>, fields: &[Field], compiler: &Compiler) -> Option<Value> {
    let drifts = fields.iter().filter(|field| field.verdict == Verdict::Drift);
    let paths: Vec<&str> = drifts.map(|field| field.pointer.as_str()).collect();
    if paths.is_empty() {
        return None;
    }
    let target = compiler.identities.target(&Identity::of(object)).ok()?;
    Some(json!({"paths": paths, "target": target}))
}
