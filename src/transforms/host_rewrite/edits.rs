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

    /// What becomes of a host: the wish of a rule that edits before that of one that only judges.
    pub(super) fn wish(&self, decision: &'a Decision) -> Option<&'a (usize, Host)> {
        self.enforced(decision).or(decision.wishes.first())
    }

    /// What the rules that edit make of a host.
    pub(super) fn edited(&self, decision: &'a Decision) -> Option<&'a Host> {
        self.enforced(decision).map(|(_, host)| host)
    }

    /// The host after the edits.
    pub(super) fn outcome(&self, decision: &'a Decision) -> Option<&'a Host> {
        self.edited(decision).or(decision.source.as_ref())
    }

    fn enforced(&self, decision: &'a Decision) -> Option<&'a (usize, Host)> {
        decision.wishes.iter().find(|(rule, _)| self.enforces(*rule))
    }

    /// Adds those of a decision's rules that edit.
    pub(super) fn add_enforcing(&self, decision: &Decision, rules: &mut Vec<usize>) {
        for (rule, _) in &decision.wishes {
            if self.enforces(*rule) {
                add(*rule, rules);
            }
        }
    }

    /// Wants an edit on behalf of rules by position.
    pub(super) fn change(
        &self,
        rules: &[usize],
        edit: Edit,
        message: String,
        remedy: &str,
        wishes: &mut Wishes,
    ) {
        let mut actives = Vec::new();
        for rule in rules {
            if let Some(judge) = self.judges.get(*rule) {
                actives.push(judge.active);
            }
        }
        let pointer = edit.pointer().to_owned();
        wishes.change(&actives, &pointer, message, remedy, vec![edit]);
    }
}

/// Adds a rule to sorted ones.
pub(super) fn add(rule: usize, rules: &mut Vec<usize>) {
    if let Err(at) = rules.binary_search(&rule) {
        rules.insert(at, rule);
    }
}

/// Whether a place leaves with its entry.
fn is_gone(position: usize, gone: &[Range<usize>]) -> bool {
    gone.iter().any(|entry| entry.contains(&position))
}

/// Wants every string with a rewritten host edited, except inside `gone`, the entries that leave as a whole.
pub(super) fn rewrite(scene: &Scene<'_>, gone: &[Range<usize>], wishes: &mut Wishes) {
    let leaving = duplicates(scene, gone);
    let mut places: Vec<(&str, usize)> = Vec::new();
    for (position, place) in scene.sites.places.iter().enumerate() {
        if !is_gone(position, gone) {
            places.push((&place.pointer, position));
        }
    }
    order::sort(&mut places);
    for places in places.chunk_by(|(left, _), (right, _)| left == right) {
        let (mut enforcing, mut judging, mut disagree) = (Vec::new(), Vec::new(), false);
        for (_, position) in places {
            let Some(decision) = scene.decisions.get(*position) else {
                continue;
            };
            for (rule, host) in &decision.wishes {
                if scene.enforces(*rule) {
                    add(*rule, &mut enforcing);
                    disagree |= scene.edited(decision) != Some(host);
                } else {
                    add(*rule, &mut judging);
                }
            }
        }
        if disagree {
            // Each wants its own text, and the engine names the two.
            enforcing.append(&mut judging);
            judging = enforcing;
        } else {
            change(scene, places, &enforcing, &leaving, wishes);
        }
        for rule in &judging {
            change(scene, places, &[*rule], &[], wishes);
        }
    }
}

/// For each place whose host stands in its list already the place whose rules made it so.
fn duplicates(scene: &Scene<'_>, gone: &[Range<usize>]) -> Vec<Option<usize>> {
    let places = &scene.sites.places;
    let mut listed = Vec::new();
    for (position, place) in places.iter().enumerate() {
        if let (Some(_), Some((_, decision))) = (&place.item, scene.at(position))
            && !is_gone(position, gone)
        {
            let host = scene.outcome(decision).map_or(place.host.as_str(), Host::as_str);
            listed.push((host, position));
        }
    }
    order::sort(&mut listed);
    let is_edited = |position: usize| {
        let decision = scene.decisions.get(position);
        decision.is_some_and(|decision| scene.edited(decision).is_some())
    };
    let mut leaving = vec![None; places.len()];
    // For each list the host at hand, with the place where it stands first.
    let mut firsts = vec![None; scene.sites.lists + 1];
    for (host, position) in &listed {
        let item = places.get(*position).and_then(|place| place.item.as_ref());
        let Some(first) = item.and_then(|item| firsts.get_mut(item.list)) else {
            continue;
        };
        match *first {
            Some((known, twin)) if known == host => {
                let by = if is_edited(*position) { *position } else { twin };
                if let (Some(leaving), true) = (leaving.get_mut(*position), is_edited(by)) {
                    *leaving = Some(by);
                }
            }
            _ => *first = Some((host, *position)),
        }
    }
    leaving
}

/// Wants one string edited by `rules`, which agree. Its places stand in the order of their bytes.
fn change(
    scene: &Scene<'_>,
    places: &[(&str, usize)],
    rules: &[usize],
    leaving: &[Option<usize>],
    wishes: &mut Wishes,
) {
    let mut rules = rules.to_vec();
    let (mut message, mut text, mut copied) = (String::new(), String::new(), 0);
    let (mut whole, mut leaves) = (None, false);
    for (_, position) in places {
        let Some((place, decision)) = scene.at(*position) else {
            continue;
        };
        whole = Some(place);
        let mut agreed = decision.wishes.iter().filter(|(rule, _)| rules.contains(rule));
        let result = agreed.next().map(|(_, host)| host.as_str());
        let leave = place.item.as_ref().map_or(&Leave::Never, |item| &item.leave);
        let twin = leaving.get(*position).copied().flatten();
        let twin = twin.filter(|_| !matches!(leave, Leave::Never));
        let outcome = match (result, twin) {
            (None, None) => continue,
            (Some(result), None) => format!("become `{result}`"),
            (Some(result), Some(_)) => format!("become `{result}`, which stands there already"),
            (None, Some(_)) => "stand there twice".to_owned(),
        };
        let comma = if message.is_empty() { "" } else { ", " };
        message.push_str(&format!("{comma}`{}` would {outcome}", place.host));
        let (span, replacement) = match (twin, leave) {
            (None, _) => (&place.span, result.unwrap_or_default()),
            (Some(_), Leave::Bytes(cut)) => (cut, ""),
            (Some(_), _) => (&place.span, ""),
        };
        if let Some((_, decision)) = twin.and_then(|twin| scene.at(twin)) {
            scene.add_enforcing(decision, &mut rules);
            leaves |= matches!(leave, Leave::Item);
        }
        text.push_str(place.string.get(copied..span.start).unwrap_or_default());
        text.push_str(replacement);
        copied = span.end;
    }
    let Some(place) = whole.filter(|_| !message.is_empty()) else {
        return;
    };
    message.push('.');
    if leaves {
        let edit = Edit::remove(&place.pointer);
        scene.change(&rules, edit, message, "Remove it.", wishes);
    } else {
        text.push_str(place.string.get(copied..).unwrap_or_default());
        let remedy = format!("Write `{text}` there.");
        scene.change(&rules, Edit::set(&place.pointer, text), message, &remedy, wishes);
    }
}
