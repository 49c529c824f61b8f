//! What becomes of wishes: edits where the stage and the rule's action allow them, findings where they do not.

use super::evaluate::Run;
use super::wishes::{Change, Code, Found, Weight};
use super::{Applied, Finding, Severity, Stage, Wishes};
use crate::edit::{self, Edit};
use crate::object::ObjectRef;
use crate::object::embedded::{Embedded, Wrapper};
use crate::order;
use crate::rules::{Action, OnLookupError, Rule};
use crate::transforms::Meta;
use serde_json::Value;

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

impl<'a> Run<'a> {
    /// Turns wishes into edits and findings: what the stage and the rule's action allow.
    pub(super) fn settle(&mut self, wishes: Wishes, place: &Place<'_>, wanted: &mut Vec<Wanted>) {
        let prefix = &place.embedded.pointer;
        for found in wishes.found {
            self.report(found, place);
        }
        let is_base = place.embedded.wrapper == Wrapper::CompositionBase;
        if !is_base {
            for mut claim in wishes.claims {
                claim.pointer.insert_str(0, prefix);
                self.outcome.claims.push(claim);
            }
        }
        for mut change in wishes.changes {
            change
                .edits
                .retain(|edit| !edit.is_done(place.embedded.object.value()));
            if change.edits.is_empty() {
                continue;
            }
            let mut editing = Vec::new();
            for index in &change.rules {
                match self.program.rule(*index) {
                    Some(rule) if self.may_edit(rule, &change.edits, place) => editing.push(*index),
                    _ => self.would_change(&change, *index, place),
                }
            }
            if !editing.is_empty() {
                for edit in change.edits {
                    wanted.push(Wanted {
                        edit: edit.inside(prefix),
                        rules: editing.clone(),
                    });
                }
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
    pub(super) fn apply(&mut self, document: &mut Value, wanted: Vec<Wanted>) -> Result<(), Box<Finding>> {
        if wanted.is_empty() {
            return Ok(());
        }
        let edits: Vec<Edit> = wanted.iter().map(|wanted| wanted.edit.clone()).collect();
        let merged = edit::merge(&edits).map_err(|clash| {
            let first = self.quoted(wanted.get(clash.first));
            let second = self.quoted(wanted.get(clash.second));
            let message = format!(
                "rules `{first}` and `{second}` want different things at `{}`.",
                clash.pointer
            );
            let remedy = "Narrow the `match` of one of them, so that they do not meet.";
            engine_finding("conflict", first, clash.pointer, message, remedy)
        })?;
        let undo = edit::apply_in_place(document, &merged).map_err(|error| {
            let clumsy = wanted.first();
            let rule = self.quoted(clumsy);
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
        for wanted in &wanted {
            self.fired.append(&mut self.names(&wanted.rules));
        }
        self.outcome.edits.push(applied);
        self.history.push(undo);
        Ok(())
    }

    /// The edits with the names of the rules that wanted each.
    fn applied(&self, wanted: &[Wanted], edits: Vec<Edit>) -> Vec<Applied> {
        let is_merged = edits.len() < wanted.len();
        let mut applied = Vec::with_capacity(edits.len());
        for (position, edit) in edits.into_iter().enumerate() {
            // Unless edits became one, each has its own wish: an Ingress may have thousands.
            let candidates = if is_merged {
                wanted
            } else {
                wanted.get(position..=position).unwrap_or_default()
            };
            let mut names = Vec::new();
            for other in candidates {
                if other.edit == edit {
                    names.append(&mut self.names(&other.rules));
                }
            }
            applied.push(Applied {
                edit,
                rules: each_once(names),
            });
        }
        applied
    }

    /// The names of rules, by their indexes.
    fn names(&self, rules: &[usize]) -> Vec<&'a str> {
        let mut names = Vec::with_capacity(rules.len());
        for index in rules {
            names.extend(self.program.rule(*index).map(|rule| rule.name.as_str()));
        }
        names
    }

    fn quoted(&self, wanted: Option<&Wanted>) -> String {
        wanted.map_or_else(String::new, |wanted| self.names(&wanted.rules).join("`, `"))
    }
}

/// Names, sorted, each one once.
pub(super) fn each_once(mut names: Vec<&str>) -> Vec<String> {
    order::sort(&mut names);
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
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
