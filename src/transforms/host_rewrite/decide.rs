//! What becomes of each place: the verdicts of all rules that look there, and what they refuse.

use super::Judge;
use super::host::{Host, HostFault};
use super::mapping::{Binding, Verdict};
use super::settings::Leftover;
use super::sites::{Duty, Place, Sites, Unreadable};
use crate::engine::Wishes;

/// What the rules want at one place.
#[derive(Debug, Default)]
pub(super) struct Decision {
    /// The host as written, if it is one.
    pub(super) source: Option<Host>,
    /// The rules that give this very host, by position.
    pub(super) already: Vec<usize>,
    /// The rules that rewrite it, by position, and to what.
    pub(super) wishes: Vec<(usize, Host)>,
}

impl Decision {
    /// The host after the first rule that rewrites it, or as it is.
    pub(super) fn host(&self) -> Option<&Host> {
        self.wishes.first().map(|(_, host)| host).or(self.source.as_ref())
    }

    /// Whether some rule rewrites the host.
    pub(super) fn changes(&self) -> bool {
        !self.wishes.is_empty()
    }

    /// Whether a rule rewrites the host or has done so.
    pub(super) fn is_touched_by(&self, rule: usize) -> bool {
        self.already.contains(&rule) || self.wishes.iter().any(|(other, _)| *other == rule)
    }
}

/// Decides about every place; what is refused becomes findings.
pub(super) fn decide(
    sites: &Sites<'_>,
    judges: &[Judge<'_>],
    binding: &Binding<'_>,
    wishes: &mut Wishes,
) -> Vec<Decision> {
    for judge in judges {
        for open in &sites.open {
            if judge.settings.catch_all == Leftover::Deny {
                let message = format!("{}.", open.what);
                judge.refuse("catch-all", &open.pointer, message, open.remedy, wishes);
            }
        }
    }
    for judge in judges {
        for Unreadable {
            pointer,
            text,
            problem,
        } in &sites.unreadable
        {
            let message = format!("`{text}` is no rule that Traefik reads: {problem}.");
            let remedy = "Write a rule such as Host(`app.example.com`) && PathPrefix(`/`).";
            judge.refuse("bad-match", pointer, message, remedy, wishes);
        }
    }
    let mut decisions = Vec::new();
    for place in &sites.places {
        decisions.push(decide_place(place, judges, binding, wishes));
    }
    refuse_contradictions(sites, judges, &decisions, wishes);
    decisions
}

/// A rule that serves `a` but not `b` serves nothing when both become one host.
fn refuse_contradictions(
    sites: &Sites<'_>,
    judges: &[Judge<'_>],
    decisions: &[Decision],
    wishes: &mut Wishes,
) {
    let all = || sites.places.iter().zip(decisions);
    for (named, excluded) in
        all().filter(|(place, decision)| place.duty == Duty::Optional && decision.changes())
    {
        let served = all().find(|(place, decision)| {
            place.duty == Duty::Match
                && place.pointer == named.pointer
                && decision.source != excluded.source
                && decision.host() == excluded.host()
        });
        let (Some((place, _)), Some((rule, host))) = (served, excluded.wishes.first()) else {
            continue;
        };
        let Some(judge) = judges.get(*rule) else { continue };
        let message = format!(
            "`{}` and `!{}` would both become `{host}`, and no request could match.",
            place.host, named.host
        );
        let remedy = "Use `{first}` or `{wildcard}` in `to`, so that they stay apart.";
        judge.refuse("host-collision", &named.pointer, message, remedy, wishes);
    }
}

fn decide_place(
    place: &Place<'_>,
    judges: &[Judge<'_>],
    binding: &Binding<'_>,
    wishes: &mut Wishes,
) -> Decision {
    let mut lookers = Vec::new();
    for (position, judge) in judges.iter().enumerate() {
        if place.rules.as_ref().is_none_or(|rules| rules.contains(&position)) {
            lookers.push((position, judge));
        }
    }
    let host = match Host::read(&place.host) {
        Ok(host) if place.duty != Duty::Pattern => host,
        result => {
            refuse_unmatched(place, result.err(), &lookers, wishes);
            return Decision::default();
        }
    };
    let mut decision = Decision::default();
    for (position, judge) in &lookers {
        if judge.settings.mapping.gives(&host, binding) {
            decision.already.push(*position);
        }
    }
    // A host that some rule gives is done.
    if decision.already.is_empty() {
        let mut is_unmatched = true;
        for (position, judge) in &lookers {
            let verdict = judge.settings.mapping.judge(&host, place.reach, binding);
            is_unmatched &= matches!(verdict, Verdict::Unmatched);
            match verdict {
                Verdict::Rewritten(result) => decision.wishes.push((*position, result)),
                refused => refuse(place, judge, &refused, wishes),
            }
        }
        if is_unmatched {
            refuse_unmatched(place, None, &lookers, wishes);
        }
    }
    decision.source = Some(host);
    decision
}

fn refuse_unmatched(
    place: &Place<'_>,
    fault: Option<HostFault>,
    lookers: &[(usize, &Judge<'_>)],
    wishes: &mut Wishes,
) {
    let host = &place.host;
    let (message, remedy) = match (place.duty, fault) {
        (Duty::Optional, _) => return,
        (Duty::Pattern, _) => (
            format!("`{host}` is a pattern, and hosts inside a pattern are never rewritten."),
            "Name each host with Host(`...`), or set `unmatched: keep`.",
        ),
        (Duty::Match, Some(fault)) => (
            format!("`{host}` is not a host name, because {fault}."),
            "Write a host name, or set `unmatched: keep`.",
        ),
        (Duty::Match, None) => (
            format!("no `from` takes the host `{host}`."),
            "Add an entry that takes it to `hosts`, or set `unmatched: keep`.",
        ),
    };
    for (_, judge) in lookers {
        if judge.settings.unmatched == Leftover::Deny {
            judge.refuse("unmatched-host", &place.pointer, message.clone(), remedy, wishes);
        }
    }
}

fn refuse(place: &Place<'_>, judge: &Judge<'_>, verdict: &Verdict, wishes: &mut Wishes) {
    let host = &place.host;
    let (code, message, remedy) = match verdict {
        Verdict::Bad { result, fault } => {
            let remedy = match fault {
                HostFault::Wildcard => {
                    "Begin `to` with `{wildcard}.`, so that the wildcard stays a label of its own."
                }
                HostFault::LabelTooLong { .. } | HostFault::TooLong { .. } => {
                    "Shorten `to`, the namespace or the host; a host is never cut."
                }
                _ => "Change `to`, so that every label is letters, digits and inner `-`.",
            };
            (
                "bad-host",
                format!("`{host}` would become `{result}`, which is no host: {fault}."),
                remedy,
            )
        }
        Verdict::Reserved { result, by } => (
            "host-taken",
            format!("`{host}` would become `{result}`, which `{by}` in `reserved` keeps free."),
            "Give `to` a host that is not reserved.",
        ),
        Verdict::Unbound(placeholder) => (
            "unknown-placeholder",
            format!("`{host}` needs `{placeholder}`, which is not known for this object."),
            "Pass --release for `{release}`, write `metadata.name` for `{name}`, or take the placeholder out of `to`.",
        ),
        Verdict::Rewritten(_) | Verdict::Unmatched => return,
    };
    judge.refuse(code, &place.pointer, message, remedy, wishes);
}
