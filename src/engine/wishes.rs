//! What transforms want and find for one object, before the engine decides what becomes of it.

use serde_json::Value;

use super::Claim;
use crate::edit::Edit;
use crate::transforms::Active;

/// Collects wishes and findings of one transform for one object. Pointers are relative to that object.
#[derive(Debug, Default)]
pub struct Wishes {
    pub(super) changes: Vec<Change>,
    pub(super) found: Vec<Found>,
    pub(super) claims: Vec<Claim>,
}

/// Edits that belong together: all of them or none.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) rules: Vec<usize>,
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) remedy: String,
    pub(super) edits: Vec<Edit>,
}

/// A finding without what the engine knows: object, rule name, severity by action.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) rule: usize,
    pub(super) code: Code,
    pub(super) weight: Weight,
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) remedy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Own(&'static str),
    Engine(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// An error, or a warning if the rule only warns.
    Violation,
    /// A warning whatever the action.
    Warning,
    /// What `onLookupError` says.
    Lookup,
}

impl Wishes {
    /// Wants edits done, all together, on behalf of `rules`.
    ///
    /// `message` and `remedy` are the words of the finding `would-change`, used when the rule may not or must
    /// not edit: "`metadata.namespace` is missing", "write `namespace: system` under `metadata`".
    pub fn change(
        &mut self,
        rules: &[Active<'_>],
        pointer: impl AsRef<str>,
        message: impl AsRef<str>,
        remedy: impl AsRef<str>,
        edits: Vec<Edit>,
    ) {
        self.push_change(
            rules,
            [pointer.as_ref(), message.as_ref(), remedy.as_ref()],
            edits,
        );
    }

    /// Reports a violation: an error, or a warning if the rule's action is `warn`. `slug` is one of the transform's
    /// codes.
    pub fn violation(
        &mut self,
        active: &Active<'_>,
        slug: &'static str,
        pointer: impl AsRef<str>,
        message: impl AsRef<str>,
        remedy: impl AsRef<str>,
    ) {
        self.push(
            active,
            Code::Own(slug),
            Weight::Violation,
            [pointer.as_ref(), message.as_ref(), remedy.as_ref()],
        );
    }

    /// Reports something that refuses nothing, whatever the action.
    pub fn warning(
        &mut self,
        active: &Active<'_>,
        slug: &'static str,
        pointer: impl AsRef<str>,
        message: impl AsRef<str>,
        remedy: impl AsRef<str>,
    ) {
        self.push(
            active,
            Code::Own(slug),
            Weight::Warning,
            [pointer.as_ref(), message.as_ref(), remedy.as_ref()],
        );
    }

    /// Reports that a question to the World has no answer; what becomes of it is the rule's `onLookupError`.
    /// `question` reads on after "cannot look up": "Service `default/web`".
    pub fn unavailable(&mut self, active: &Active<'_>, question: &str, reason: &str) {
        let message = format!("cannot look up {question}: {reason}.");
        let remedy =
            "Give its manifest with --world, let the policy read it, or set `onLookupError` in the rule.";
        self.push(
            active,
            Code::Engine("lookup-unavailable"),
            Weight::Lookup,
            ["", &message, remedy],
        );
    }

    /// Reports that the object's namespace is needed and unknown.
    pub fn namespace_unknown(&mut self, active: &Active<'_>) {
        let message = "the namespace this object will live in is not known.";
        let remedy = "Pass --namespace, or write `metadata.namespace`.";
        self.push(
            active,
            Code::Engine("namespace-unknown"),
            Weight::Violation,
            ["/metadata/namespace", message, remedy],
        );
    }

    /// Reports that a rule cannot judge a base, because where it will live is not known before it is composed.
    pub(super) fn composed_namespace_unknown(&mut self, active: &Active<'_>) {
        let message =
            "the namespace of what this Composition makes is not known, so this rule cannot judge it here.";
        let remedy = "Judge what it makes at admission, or leave the kind out with `exclude`.";
        self.push(
            active,
            Code::Engine("namespace-unknown"),
            Weight::Warning,
            ["/metadata/namespace", message, remedy],
        );
    }

    /// Reports that a rule leaves an object to the controller that owns it (rules.md 1.16).
    pub(super) fn owned(&mut self, active: &Active<'_>) {
        let message = "another controller owns this object and would undo the change.";
        let remedy = "Change what that controller is given, or leave the object out with `exclude`.";
        self.warning(active, "owned", "/metadata/ownerReferences", message, remedy);
    }

    /// Whether a rule would change `object` or has something to say about it.
    pub(super) fn concern(&self, active: &Active<'_>, object: &Value) -> bool {
        self.found.iter().any(|found| found.rule == active.index)
            || self.changes.iter().any(|change| {
                change.rules.contains(&active.index) && change.edits.iter().any(|edit| !edit.is_done(object))
            })
    }

    /// States what a route claims, for the search for collisions.
    pub fn claim(&mut self, claim: Claim) {
        self.claims.push(claim);
    }

    /// `words` are the pointer, the message and the remedy. They are copied here, once for all callers.
    fn push(&mut self, active: &Active<'_>, code: Code, weight: Weight, words: [&str; 3]) {
        let [pointer, message, remedy] = words.map(str::to_owned);
        self.found.push(Found {
            rule: active.index,
            code,
            weight,
            pointer,
            message,
            remedy,
        });
    }

    fn push_change(&mut self, rules: &[Active<'_>], words: [&str; 3], edits: Vec<Edit>) {
        let [pointer, message, remedy] = words.map(str::to_owned);
        self.changes.push(Change {
            rules: rules.iter().map(|active| active.index).collect(),
            pointer,
            message,
            remedy,
            edits,
        });
    }
}
