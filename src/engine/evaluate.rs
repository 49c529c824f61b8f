//! The phases run over a document: for each object, rules are selected and say what they wish.
//!
//! What becomes of the wishes is decided in `settle`.

use serde_json::Value;

use super::context::target;
use super::program::Group;
use super::select::{Selection, Subject, may_select, select};
use super::settle::{Place, Wanted, each_once};
use super::{Context, Finding, Operation, Outcome, Program, Request, Severity, Stage, Wishes, World};
use crate::edit::Undo;
use crate::object::Object;
use crate::object::embedded::{self, Embedded, Wrapper};
use crate::order;
use crate::rules::Rule;
use crate::transforms::{Active, Controlled, Phase};

impl Program {
    /// What the rules make of one document.
    ///
    /// ```
    /// use boltrope::engine::{Program, Request, world::NoWorld};
    /// use boltrope::{rules::RuleSet, transforms::TRANSFORMS};
    /// let rules = serde_json::json!({
    ///     "apiVersion": "boltrope.dev/v1alpha1", "kind": "RuleSet", "metadata": {"name": "platform"},
    ///     "spec": {"rules": [{
    ///         "name": "team", "match": {"kinds": ["core/Service"]}, "metadata": {"labels": {"team": {"default": "web"}}},
    ///     }]},
    /// });
    /// let program = Program::compile(RuleSet::decode(&rules, TRANSFORMS).unwrap());
    /// let service = serde_json::json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"}});
    /// let outcome = program.evaluate(&Request::render(&service), &NoWorld);
    /// assert_eq!(outcome.object.unwrap()["metadata"]["labels"]["team"], "web");
    /// ```
    #[must_use]
    pub fn evaluate(&self, request: &Request<'_>, world: &dyn World) -> Outcome {
        self.evaluate_owned(request.object.clone(), request, world)
    }

    /// The same for an object that nobody needs afterwards: it is changed where it is. [`Request::object`] is not looked at.
    pub(crate) fn evaluate_owned(
        &self,
        mut object: Value,
        request: &Request<'_>,
        world: &dyn World,
    ) -> Outcome {
        let admission = request.stage == Stage::Admission;
        if admission && Object::new(&object).is_deleting() {
            return Outcome::default();
        }
        let (mut outcome, _) = self.evaluate_in_place(&mut object, request, world);
        if admission && request.operation == Operation::Update && !outcome.is_accepted() {
            self.ratchet(request, world, &mut outcome);
        }
        if !outcome.edits.is_empty() {
            outcome.object = Some(object);
        }
        outcome
    }

    /// The phases alone, on the document itself: one that is being rendered may be as large as the stream it came in. Gives
    /// besides what takes each phase's edits back. [`Request::object`] is not looked at.
    pub(crate) fn evaluate_in_place(
        &self,
        document: &mut Value,
        request: &Request<'_>,
        world: &dyn World,
    ) -> (Outcome, Vec<Undo>) {
        let mut run = Run {
            program: self,
            request,
            world,
            outcome: Outcome::default(),
            fired: Vec::new(),
            history: Vec::new(),
        };
        run.phases(document);
        let mut outcome = run.outcome;
        outcome.rules = each_once(run.fired);
        order::sort_by(&mut outcome.findings, |left, right| {
            left.rank()
                .cmp(&right.rank())
                .then_with(|| left.message.cmp(&right.message))
        });
        // A rule that is asked twice, for its changes and for its checks, finds an unanswered question twice.
        outcome.findings.dedup();
        (outcome, run.history)
    }

    /// A violation that the old object already had is a warning (rules.md 1.17).
    fn ratchet(&self, request: &Request<'_>, world: &dyn World, outcome: &mut Outcome) {
        let Some(old) = request.old else { return };
        let old_request = Request {
            object: old,
            old: None,
            ..*request
        };
        let before = self.evaluate(&old_request, world);
        for finding in &mut outcome.findings {
            let ratchets = self
                .rules
                .iter()
                .any(|rule| rule.name == finding.rule && rule.ratchet);
            let same = |other: &Finding| {
                (&other.code, &other.rule, &other.message) == (&finding.code, &finding.rule, &finding.message)
            };
            if ratchets && before.findings.iter().any(same) {
                finding.severity = Severity::Warning;
            }
        }
    }
}

/// One document on its way through the phases.
pub(super) struct Run<'a> {
    pub(super) program: &'a Program,
    pub(super) request: &'a Request<'a>,
    world: &'a dyn World,
    pub(super) outcome: Outcome,
    pub(super) fired: Vec<&'a str>,
    /// What takes the edits of each phase back.
    pub(super) history: Vec<Undo>,
}

impl<'a> Run<'a> {
    fn phases(&mut self, document: &mut Value) {
        let program = self.program;
        for phase in program.groups.chunk_by(|a, b| a.phase == b.phase) {
            let mut wanted = Vec::new();
            for embedded in self.objects(document) {
                // Where a base will live, and what else is there, is known only when it is composed.
                let is_base = embedded.wrapper == Wrapper::CompositionBase;
                for group in phase {
                    if !(is_base && matches!(group.phase, Phase::Placement | Phase::Service)) {
                        self.group(group, &embedded, &mut wanted);
                    }
                }
            }
            if let Err(mut finding) = self.apply(document, wanted) {
                for undo in std::mem::take(&mut self.history).into_iter().rev() {
                    undo.revert(document);
                }
                finding.object = Object::new(document).reference();
                self.outcome.findings.push(*finding);
                self.outcome.edits.clear();
                return;
            }
        }
    }

    /// The objects to judge. Only a repository has bases to judge, so no policy carries what finds them.
    fn objects<'v>(&self, document: &'v Value) -> Vec<Embedded<'v>> {
        #[cfg(feature = "yaml")]
        if self.request.bases {
            return embedded::objects_and_bases(document);
        }
        embedded::objects(document)
    }

    /// All rules of one transform on one object.
    fn group(&mut self, group: &'a Group, embedded: &Embedded<'_>, wanted: &mut Vec<Wanted>) {
        let Group { transform, rules, .. } = group;
        let object = embedded.object;
        let meta = transform.meta();
        let checks_late = group.phase != meta.phase;
        let observes = !checks_late && transform.observes(object.group(), object.kind());
        let program = self.program;
        let mut candidates: Vec<Active<'a>> = Vec::new();
        for index in rules {
            if let Some(rule) = program.rule(*index)
                && may_select(rule, object, self.request)
            {
                candidates.push(Active { rule, index: *index });
            }
        }
        if candidates.is_empty() && !observes {
            return;
        }
        let old = self
            .request
            .old
            .filter(|_| embedded.wrapper == Wrapper::None)
            .map(Object::new);
        let context = Context {
            object,
            old,
            request: self.request,
            wrapper: embedded.wrapper,
            target: target(object, embedded.wrapper, self.request, self.world),
            cluster_domain: &self.program.cluster_domain,
            world: self.world,
        };
        let mut wishes = Wishes::default();
        let active = self.selected(candidates, &context, &mut wishes);
        let controlled = object.is_controlled();
        if controlled && meta.controlled == Controlled::Skip {
            return;
        }
        if checks_late {
            transform.check(&active, &context, &mut wishes);
        } else if active.is_empty() {
            transform.observe(&context, &mut wishes);
        } else if controlled && meta.controlled == Controlled::Warn {
            let mut forgone = Wishes::default();
            transform.evaluate(&active, &context, &mut forgone);
            for active in &active {
                if forgone.concern(active, object.value()) {
                    wishes.owned(active);
                }
            }
        } else {
            transform.evaluate(&active, &context, &mut wishes);
        }
        let place = Place {
            embedded,
            meta,
            judged: controlled && meta.controlled == Controlled::Judge,
        };
        self.settle(wishes, &place, wanted);
    }

    /// The candidates that the rest of `match` selects and nothing exempts.
    fn selected(
        &mut self,
        candidates: Vec<Active<'a>>,
        context: &Context<'_>,
        wishes: &mut Wishes,
    ) -> Vec<Active<'a>> {
        let Context {
            object,
            target,
            request,
            world,
            ..
        } = *context;
        let subject = Subject {
            object,
            target,
            world,
            request,
        };
        let mut selected = Vec::with_capacity(candidates.len());
        for active in candidates {
            match select(active.rule, &subject) {
                Selection::No => {}
                _ if self.is_exempt(active.rule, context) => {
                    if !self.outcome.exempt.contains(&active.rule.name) {
                        self.outcome.exempt.push(active.rule.name.clone());
                        order::sort(&mut self.outcome.exempt);
                    }
                }
                Selection::Yes => selected.push(active),
                Selection::NamespaceUnknown if context.wrapper == Wrapper::CompositionBase => {
                    wishes.composed_namespace_unknown(&active);
                }
                Selection::NamespaceUnknown => wishes.namespace_unknown(&active),
                Selection::Unavailable { namespace, reason } => {
                    wishes.unavailable(&active, &format!("Namespace `{namespace}`"), &reason);
                }
            }
        }
        selected
    }

    fn is_exempt(&self, rule: &Rule, context: &Context<'_>) -> bool {
        let Some(user) = self.request.user.filter(|_| context.is_admission()) else {
            return false;
        };
        let composed = context.object.is_composed() && context.old.is_none_or(Object::is_composed);
        rule.exempt.covers(user, composed)
    }
}
