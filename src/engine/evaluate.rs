//! The phases run over a document: rules are selected, wishes collected, merged and done.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::context::target;
use super::select::{Selection, Subject, may_select, select};
use super::wishes::{Change, Code, Found, Weight};
use super::{
    Applied, Context, Finding, Operation, Outcome, Program, Request, Severity, Stage, Wishes, World,
};
use crate::edit::{self, Edit};
use crate::object::Object;
use crate::object::embedded::{self, Embedded, Wrapper};
use crate::rules::{Action, OnLookupError, Rule};
use crate::transforms::{Active, Controlled, Meta, Phase, Transform};

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
        let admission = request.stage == Stage::Admission;
        if admission && Object::new(request.object).is_deleting() {
            return Outcome::default();
        }
        let mut run = Run {
            program: self,
            request,
            world,
            outcome: Outcome::default(),
            fired: BTreeSet::new(),
        };
        run.phases();
        let mut outcome = run.outcome;
        outcome.rules = run.fired.into_iter().collect();
        if admission && request.operation == Operation::Update && !outcome.is_accepted() {
            self.ratchet(request, world, &mut outcome);
        }
        outcome.findings.sort_by(|a, b| {
            (&a.pointer, &a.code, &a.rule, &a.message).cmp(&(&b.pointer, &b.code, &b.rule, &b.message))
        });
        outcome
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
struct Run<'a> {
    program: &'a Program,
    request: &'a Request<'a>,
    world: &'a dyn World,
    outcome: Outcome,
    fired: BTreeSet<String>,
}

/// An edit that a rule may make.
struct Wanted {
    edit: Edit,
    rules: Vec<usize>,
}

impl<'a> Run<'a> {
    fn phases(&mut self) {
        let mut document = Cow::Borrowed(self.request.object);
        for phase in Phase::ALL {
            let groups = self.program.groups(phase);
            if groups.is_empty() {
                continue;
            }
            let mut wanted = Vec::new();
            for embedded in embedded::objects(&document) {
                for (transform, rules) in &groups {
                    self.group(*transform, rules, &embedded, &mut wanted);
                }
            }
            match self.apply(&document, wanted) {
                Ok(Some(next)) => document = Cow::Owned(next),
                Ok(None) => {}
                Err(finding) => {
                    self.outcome.findings.push(*finding);
                    self.outcome.edits.clear();
                    return;
                }
            }
        }
        if let Cow::Owned(object) = document {
            self.outcome.object = Some(object);
        }
    }

    /// All rules of one transform on one object.
    fn group(
        &mut self,
        transform: &'static dyn Transform,
        rules: &[usize],
        embedded: &Embedded<'_>,
        wanted: &mut Vec<Wanted>,
    ) {
        let object = embedded.object;
        let observes = transform.observes(object.group(), object.kind());
        let program = self.program;
        let active = |index: &usize| program.rule(*index).map(|rule| Active { rule, index: *index });
        let candidates: Vec<Active<'a>> = rules
            .iter()
            .filter_map(active)
            .filter(|active| may_select(active.rule, object, self.request))
            .collect();
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
        let meta = transform.meta();
        let controlled = object.is_controlled();
        if controlled && meta.controlled == Controlled::Skip {
            return;
        }
        if active.is_empty() || controlled && meta.controlled == Controlled::Warn {
            for active in &active {
                let message = "another controller owns this object and would undo the change.".to_owned();
                let remedy = "Change what that controller is given, or leave the object out with `exclude`.";
                wishes.warning(active, "owned", "/metadata/ownerReferences", message, remedy);
            }
            transform.observe(&context, &mut wishes);
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
                        self.outcome.exempt.sort();
                    }
                }
                Selection::Yes => selected.push(active),
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

    /// Turns wishes into edits and findings: what the stage and the rule's action allow.
    fn settle(&mut self, wishes: Wishes, place: &Place<'_>, wanted: &mut Vec<Wanted>) {
        let prefix = &place.embedded.pointer;
        for found in wishes.found {
            self.report(found, place);
        }
        for claim in wishes.claims {
            self.outcome.claims.push(super::Claim {
                pointer: format!("{prefix}{}", claim.pointer),
                ..claim
            });
        }
        for mut change in wishes.changes {
            change
                .edits
                .retain(|edit| !edit.is_done(place.embedded.object.value()));
            if change.edits.is_empty() {
                continue;
            }
            let may_edit = |index: &usize| {
                self.program
                    .rule(*index)
                    .is_some_and(|rule| self.may_edit(rule, &change.edits, place))
            };
            let (editing, judging): (Vec<usize>, Vec<usize>) =
                change.rules.iter().partition(|index| may_edit(index));
            for rule in judging {
                self.would_change(&change, rule, place);
            }
            if !editing.is_empty() {
                let inside = |edit: Edit| Wanted {
                    edit: edit.inside(prefix),
                    rules: editing.clone(),
                };
                wanted.extend(change.edits.into_iter().map(inside));
            }
        }
    }

    fn may_edit(&self, rule: &Rule, edits: &[Edit], place: &Place<'_>) -> bool {
        let admission = self.request.stage == Stage::Admission;
        let illegal = admission
            && (place.embedded.wrapper == Wrapper::CrossplaneObject
                || edits.iter().any(|edit| edit.pointer() == "/metadata/namespace"));
        rule.action == Action::Enforce && !self.request.judge && !place.judged && !illegal
    }

    fn would_change(&mut self, change: &Change, rule: usize, place: &Place<'_>) {
        let found = Found {
            rule,
            code: Code::Own("would-change"),
            weight: Weight::Violation,
            pointer: change.pointer.clone(),
            message: change.message.clone(),
            remedy: change.remedy.clone(),
        };
        self.report(found, place);
    }

    fn report(&mut self, found: Found, place: &Place<'_>) {
        let Some(rule) = self.program.rule(found.rule) else {
            return;
        };
        let severity = match found.weight {
            Weight::Lookup if rule.on_lookup_error == OnLookupError::Allow => return,
            Weight::Lookup if rule.on_lookup_error == OnLookupError::Warn => Severity::Warning,
            Weight::Warning => Severity::Warning,
            _ if rule.action == Action::Warn => Severity::Warning,
            Weight::Violation | Weight::Lookup => Severity::Error,
        };
        self.fired.insert(rule.name.clone());
        self.outcome.findings.push(Finding {
            code: match found.code {
                Code::Own(slug) => format!("{}/{slug}", place.meta.slug),
                Code::Engine(slug) => format!("engine/{slug}"),
            },
            severity,
            rule: rule.name.clone(),
            object: place.embedded.object.reference(),
            pointer: format!("{}{}", place.embedded.pointer, found.pointer),
            message: found.message,
            remedy: found.remedy,
        });
    }

    /// Merges the edits of a phase and does them: the next document, or `None` when nothing is wanted.
    fn apply(&mut self, document: &Value, wanted: Vec<Wanted>) -> Result<Option<Value>, Box<Finding>> {
        if wanted.is_empty() {
            return Ok(None);
        }
        let edits: Vec<Edit> = wanted.iter().map(|wanted| wanted.edit.clone()).collect();
        let merged = edit::merge(&edits).map_err(|clash| {
            let names = |index: usize| {
                wanted
                    .get(index)
                    .map_or_else(String::new, |wanted| self.names(&wanted.rules))
            };
            let (first, second) = (names(clash.first), names(clash.second));
            let message = format!(
                "rules `{first}` and `{second}` want different things at `{}`.",
                clash.pointer
            );
            let remedy = "Narrow the `match` of one of them, so that they do not meet.";
            self.engine_finding("conflict", first, clash.pointer, message, remedy)
        })?;
        let next = edit::apply(document, &merged).map_err(|error| {
            let clumsy = wanted.first();
            let rule = clumsy.map_or_else(String::new, |wanted| self.names(&wanted.rules));
            let at = clumsy.map_or_else(String::new, |wanted| wanted.edit.pointer().to_owned());
            self.engine_finding(
                "malformed",
                rule,
                at,
                format!("{error}."),
                "Write what Kubernetes expects there.",
            )
        })?;
        let applied = merged.into_iter().map(|edit| {
            let rules = wanted
                .iter()
                .filter(|other| other.edit == edit)
                .flat_map(|other| &other.rules);
            let names: BTreeSet<String> = rules
                .filter_map(|index| self.program.rule(*index))
                .map(|rule| rule.name.clone())
                .collect();
            Applied {
                edit,
                rules: names.into_iter().collect(),
            }
        });
        let applied: Vec<Applied> = applied.collect();
        self.fired
            .extend(applied.iter().flat_map(|applied| applied.rules.iter().cloned()));
        self.outcome.edits.push(applied);
        Ok(Some(next))
    }

    fn names(&self, rules: &[usize]) -> String {
        let names: Vec<&str> = rules
            .iter()
            .filter_map(|index| self.program.rule(*index))
            .map(|rule| rule.name.as_str())
            .collect();
        names.join("`, `")
    }

    fn engine_finding(
        &self,
        slug: &str,
        rule: String,
        pointer: String,
        message: String,
        remedy: &str,
    ) -> Box<Finding> {
        Box::new(Finding {
            code: format!("engine/{slug}"),
            severity: Severity::Error,
            rule,
            object: Object::new(self.request.object).reference(),
            pointer,
            message,
            remedy: remedy.to_owned(),
        })
    }
}

/// Where wishes are settled: for which object, of which transform.
struct Place<'a> {
    embedded: &'a Embedded<'a>,
    meta: &'static Meta,
    /// Another controller owns the object, so the rule only judges.
    judged: bool,
}
