//! What becomes of wishes: edits where the stage and the rule's action allow them, findings where they do not.

use super::evaluate::{Document, Run};
use super::wishes::{Change, Code, Found, Weight};
use super::{Applied, Finding, Severity, Stage, Wishes};
use crate::edit::{self, Edit};
use crate::object::ObjectRef;
use crate::object::embedded::{Embedded, Wrapper};
use crate::order;
use crate::rules::{Action, OnLookupError, Rule};
use crate::transforms::Meta;

/// An edit that a rule may make.
pub(super) struct Wanted {
    edit: Edit,
    rules: Vec<usize>,
}

/// Where wishes are settled: for which object, of which transform.
pub(super) struct Place<'a> {
    pub(super) embedded: &'a Embedded<'a>,
    pub(super) meta: &'static Meta,
    /// Another controller owns the object, so the rule only judges.
    pub(super) judged: bool,
}

impl Run<'_> {
    /// Turns wishes into edits and findings: what the stage and the rule's action allow.
    pub(super) fn settle(&mut self, wishes: Wishes, place: &Place<'_>, wanted: &mut Vec<Wanted>) {
        let prefix = &place.embedded.pointer;
        for found in wishes.found {
            self.report(found, place);
        }
        let is_base = place.embedded.wrapper == Wrapper::CompositionBase;
        for claim in wishes.claims.into_iter().filter(|_| !is_base) {
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
        let is_base = place.embedded.wrapper == Wrapper::CompositionBase;
        rule.action == Action::Enforce && !self.request.judge && !place.judged && !illegal && !is_base
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
        let program = self.program;
        let Some(rule) = program.rule(found.rule) else {
            return;
        };
        let pointer = format!("{}{}", place.embedded.pointer, found.pointer);
        if place.embedded.is_patched(&pointer) {
            return;
        }
        let severity = match found.weight {
            Weight::Lookup if rule.on_lookup_error == OnLookupError::Allow => return,
            Weight::Lookup if rule.on_lookup_error == OnLookupError::Warn => Severity::Warning,
            Weight::Warning => Severity::Warning,
            _ if rule.action == Action::Warn => Severity::Warning,
            Weight::Violation | Weight::Lookup => Severity::Error,
        };
        self.fired.push(&rule.name);
        self.outcome.findings.push(Finding {
            code: match found.code {
                Code::Own(slug) => format!("{}/{slug}", place.meta.slug),
                Code::Engine(slug) => format!("engine/{slug}"),
            },
            severity,
            rule: rule.name.clone(),
            object: place.embedded.object.reference(),
            pointer,
            message: found.message,
            remedy: found.remedy,
        });
    }

    /// Merges the edits of a phase and does them.
    ///
    /// # Errors
    /// A finding that lacks its object, which is the document before all phases.
    pub(super) fn apply(
        &mut self,
        document: &mut Document<'_>,
        wanted: Vec<Wanted>,
    ) -> Result<(), Box<Finding>> {
        if wanted.is_empty() {
            return Ok(());
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
            engine_finding("conflict", first, clash.pointer, message, remedy)
        })?;
        let undo = document.edit(&merged).map_err(|error| {
            let clumsy = wanted.first();
            let rule = clumsy.map_or_else(String::new, |wanted| self.names(&wanted.rules));
            let at = clumsy.map_or_else(String::new, |wanted| wanted.edit.pointer().to_owned());
            engine_finding(
                "malformed",
                rule,
                at,
                format!("{error}."),
                "Write what Kubernetes expects there.",
            )
        })?;
        let applied = self.applied(&wanted, merged);
        let rules = wanted.iter().flat_map(|wanted| &wanted.rules);
        let program = self.program;
        self.fired.extend(
            rules
                .filter_map(|index| program.rule(*index))
                .map(|rule| rule.name.as_str()),
        );
        self.outcome.edits.push(applied);
        self.history.push(undo);
        Ok(())
    }

    /// The edits with the names of the rules that wanted each.
    fn applied(&self, wanted: &[Wanted], edits: Vec<Edit>) -> Vec<Applied> {
        let is_merged = edits.len() < wanted.len();
        let applied = edits.into_iter().enumerate().map(|(position, edit)| {
            // Unless edits became one, each has its own wish: an Ingress may have thousands.
            let candidates = if is_merged {
                wanted
            } else {
                wanted.get(position..=position).unwrap_or_default()
            };
            let mut rules: Vec<String> = candidates
                .iter()
                .filter(|other| other.edit == edit)
                .flat_map(|other| &other.rules)
                .filter_map(|index| self.program.rule(*index))
                .map(|rule| rule.name.clone())
                .collect();
            order::sort(&mut rules);
            rules.dedup();
            Applied { edit, rules }
        });
        applied.collect()
    }

    fn names(&self, rules: &[usize]) -> String {
        let names: Vec<&str> = rules
            .iter()
            .filter_map(|index| self.program.rule(*index))
            .map(|rule| rule.name.as_str())
            .collect();
        names.join("`, `")
    }
}

fn engine_finding(slug: &str, rule: String, pointer: String, message: String, remedy: &str) -> Box<Finding> {
    Box::new(Finding {
        code: format!("engine/{slug}"),
        severity: Severity::Error,
        rule,
        object: ObjectRef::default(),
        pointer,
        message,
        remedy: remedy.to_owned(),
    })
}
