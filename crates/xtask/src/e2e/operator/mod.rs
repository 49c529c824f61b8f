//! `boltrope-operator preview` against a real API server, as a user who may do what its role says and nothing else.
//!
//! Every scenario has a cluster of its own. At its end everything must be settled, and a second reconcile by a fresh process
//! must make no write at all: the API server's audit log is asked, not the operator.

mod arena;
mod bench;
mod copies;
mod faults;
mod gateways;
mod handover;
mod objects;
mod reach;
mod rows;
mod scale;
mod strangers;

pub(crate) use bench::bench;

pub(super) const CHECKS: &[super::Check] = &[
    (
        "mirrors and routes are what the API server takes and controllers understand",
        rows::rows,
    ),
    ("kinds are picked up when they appear", gateways::definitions),
    (
        "routes lead into the base by grants that are no wider than they must be",
        gateways::grants,
    ),
    ("it looks at no namespace beyond those it is told", reach::only),
    ("it looks at no kind beyond those it is told", reach::kinds),
    (
        "a copy that was edited or deleted is made good, and a status is nobody's business",
        copies::edits,
    ),
    ("namespaces come, are relabelled and end", copies::namespaces),
    ("two sources of one name are a conflict", copies::two_sources),
    ("what is not ours is never touched", strangers::untouched),
    ("another manager takes a mirror over", strangers::taken_over),
    ("killed in the middle, it goes on", faults::killed),
    ("a source that was deleted while it was down", faults::down),
    ("two operators, one acts", faults::two_operators),
    ("the API server restarts", faults::restart),
    (
        "what it may not do is waited for, and nothing is deleted",
        faults::forbidden,
    ),
    ("broken rules leave those before in force", faults::broken_rules),
    ("helm 3 and helm 4 install what was yielded", handover::helm),
    (
        "a name that Flux says it brings is left to it, as long as it says so",
        handover::provides,
    ),
    ("2,500 copies, and a new namespace", scale::scale),
];
