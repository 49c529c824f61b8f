//! Decisions become edits: one for each string, so that a rule with three hosts changes once; duplicates leave their list.
//!
//! Rules that enforce are taken together. A rule that only judges speaks for itself, as if it were alone.

use std::ops::Range;

use super::Judge;
use super::decide::Decision;
use super::host::Host;
use super::sites::{Leave, Place, Sites};
use crate::edit::Edit;
use crate::engine::Wishes;
use crate::order;
use crate::rules::Action;
use crate::transforms::Active;

/// Everything that is known about one object when its edits are made.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) sites: &'a Sites<'a>,
    pub(super) decisions: &'a [Decision],
    pub(super) judges: &'a [Judge<'a>],
}

impl<'a> Scene<'a> {
    /// The place and the decision of a position.
    pub(super) fn at(&self, position: usize) -> Option<(&'a Place<'a>, &'a Decision)> {
        Some((self.sites.places.get(position)?, self.decisions.get(position)?))
    }

    /// Whether a rule may edit: it enforces. What else forbids an edit is the same for all rules.
    pub(super) fn enforces(&self, rule: usize) -> bool {
        self.judges
            .get(rule)
            .is_some_and(|judge| judge.active.rule.action == Action::Enforce)
    }

    /// Rules by position as the engine knows them.
    pub(super) fn actives(&self, rules: &[usize]) -> Vec<Active<'a>> {
        rules
            .iter()
            .filter_map(|rule| self.judges.get(*rule))
            .map(|judge| judge.active)
            .collect()
    }

    /// What becomes of a host: the wish of a rule that edits before that of one that only judges.
    pub(super) fn wish(&self, decision: &'a Decision) -> Option<&'a (usize, Host)> {
        let enforced = decision.wishes.iter().find(|(rule, _)| self.enforces(*rule));
        enforced.or(decision.wishes.first())
    }

    /// What the rules that edit make of a host.
    pub(super) fn edited(&self, decision: &'a Decision) -> Option<&'a Host> {
        decision
            .wishes
            .iter()
            .find(|(rule, _)| self.enforces(*rule))
            .map(|(_, host)| host)
    }
}

/// Wants every string with a rewritten host edited, except inside `gone`, the entries that leave as a whole.
pub(super) fn rewrite(scene: &Scene<'_>, gone: &[Range<usize>], wishes: &mut Wishes) {
    let leaving = duplicates(scene, gone);
    let mut places: Vec<(&str, usize)> = scene
        .sites
        .places
        .iter()
        .enumerate()
        .filter(|(position, _)| !gone.iter().any(|entry| entry.contains(position)))
        .map(|(position, place)| (place.pointer.as_str(), position))
        .collect();
    order::sort(&mut places);
    for places in places.chunk_by(|(left, _), (right, _)| left == right) {
        let positions: Vec<usize> = places.iter().map(|(_, position)| *position).collect();
        let mut rules: Vec<usize> = positions
            .iter()
            .filter_map(|position| scene.decisions.get(*position))
            .flat_map(|decision| decision.wishes.iter().map(|(rule, _)| *rule))
            .collect();
        order::sort(&mut rules);
        rules.dedup();
        let (enforcing, judging): (Vec<usize>, Vec<usize>) =
            rules.into_iter().partition(|rule| scene.enforces(*rule));
        let disagree = positions
            .iter()
            .filter_map(|position| scene.decisions.get(*position))
            .any(|decision| {
                let mut hosts = decision
                    .wishes
                    .iter()
                    .filter(|(rule, _)| scene.enforces(*rule))
                    .map(|(_, host)| host);
                hosts.next().is_some_and(|first| hosts.any(|host| host != first))
            });
        if disagree {
            // Each wants its own text, and the engine names the two.
            enforcing
                .iter()
                .for_each(|rule| change(scene, &positions, &[*rule], &[], wishes));
        } else {
            change(scene, &positions, &enforcing, &leaving, wishes);
        }
        judging
            .iter()
            .for_each(|rule| change(scene, &positions, &[*rule], &[], wishes));
    }
}

/// A host in a list.
struct Listed<'a> {
    list: usize,
    host: String,
    position: usize,
    edited: bool,
    leave: &'a Leave,
    rules: Vec<usize>,
}

/// Places whose host stands in their list already, with the rules that made it so.
fn duplicates(scene: &Scene<'_>, gone: &[Range<usize>]) -> Vec<(usize, Vec<usize>)> {
    let mut listed = Vec::new();
    for (position, place) in scene.sites.places.iter().enumerate() {
        let Some(item) = &place.item else { continue };
        let Some((_, decision)) = scene.at(position) else {
            continue;
        };
        if gone.iter().any(|entry| entry.contains(&position)) {
            continue;
        }
        let edited = scene.edited(decision);
        let rules = decision
            .wishes
            .iter()
            .map(|(rule, _)| *rule)
            .filter(|rule| scene.enforces(*rule))
            .collect();
        let host = edited
            .or(decision.source.as_ref())
            .map_or_else(|| place.host.clone(), ToString::to_string);
        listed.push(Listed {
            list: item.list,
            host,
            position,
            edited: edited.is_some(),
            leave: &item.leave,
            rules,
        });
    }
    let by_host = |left: &Listed<'_>, right: &Listed<'_>| {
        left.list
            .cmp(&right.list)
            .then_with(|| left.host.cmp(&right.host))
    };
    order::sort_by(&mut listed, by_host);
    let mut leaving = Vec::new();
    for same in listed.chunk_by(|left, right| by_host(left, right).is_eq()) {
        let Some((first, others)) = same.split_first() else {
            continue;
        };
        for other in others {
            if (first.edited || other.edited) && !matches!(other.leave, Leave::Never) {
                let rules = if other.rules.is_empty() { first } else { other }.rules.clone();
                leaving.push((other.position, rules));
            }
        }
    }
    order::sort(&mut leaving);
    leaving
}

/// Wants one string edited by `rules`, which agree.
fn change(
    scene: &Scene<'_>,
    positions: &[usize],
    rules: &[usize],
    leaving: &[(usize, Vec<usize>)],
    wishes: &mut Wishes,
) {
    let mut rules = rules.to_vec();
    let (mut replacements, mut words, mut removal) = (Vec::new(), Vec::new(), None);
    let mut whole: Option<&Place<'_>> = None;
    for position in positions {
        let Some((place, decision)) = scene.at(*position) else {
            continue;
        };
        let duplicate = leaving
            .binary_search_by_key(position, |(leaving, _)| *leaving)
            .ok()
            .and_then(|at| leaving.get(at))
            .map(|(_, rules)| rules);
        let result = decision
            .wishes
            .iter()
            .find(|(rule, _)| rules.contains(rule))
            .map(|(_, host)| host);
        if let (Some(result), None) = (result, duplicate) {
            words.push(format!("`{}` would become `{result}`", place.host));
            replacements.push((place.span.clone(), result.as_str()));
        }
        if let Some(by) = duplicate {
            words.push(result.map_or_else(
                || format!("`{}` would stand there twice", place.host),
                |result| {
                    format!(
                        "`{}` would become `{result}`, which stands there already",
                        place.host
                    )
                },
            ));
            rules.extend(by);
            match &place.item {
                Some(super::sites::Item {
                    leave: Leave::Bytes(cut),
                    ..
                }) => replacements.push((cut.clone(), "")),
                _ => removal = Some(Edit::remove(&place.pointer)),
            }
        }
        whole = Some(place);
    }
    let Some(place) = whole.filter(|_| !words.is_empty()) else {
        return;
    };
    order::sort(&mut rules);
    rules.dedup();
    let text = splice(place.string, replacements);
    let remedy = removal
        .as_ref()
        .map_or_else(|| format!("Write `{text}` there."), |_| "Remove it.".to_owned());
    let edit = removal.unwrap_or_else(|| Edit::set(&place.pointer, text));
    wishes.change(
        &scene.actives(&rules),
        &place.pointer,
        format!("{}.", words.join(", ")),
        remedy,
        vec![edit],
    );
}

/// The text with some of its bytes replaced.
fn splice(text: &str, mut replacements: Vec<(Range<usize>, &str)>) -> String {
    order::sort_by(&mut replacements, |(left, _), (right, _)| {
        left.start.cmp(&right.start)
    });
    let mut spliced = String::with_capacity(text.len());
    let mut at = 0;
    for (span, replacement) in replacements {
        spliced.push_str(text.get(at..span.start).unwrap_or_default());
        spliced.push_str(replacement);
        at = span.end;
    }
    spliced.push_str(text.get(at..).unwrap_or_default());
    spliced
}
