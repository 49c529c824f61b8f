//! Whether a rule is about an object: from the object alone first, then its namespace, then the World.

use super::world::{Answer, World};
use super::{Request, Target};
use crate::object::Object;
use crate::rules::Rule;
use crate::selector::{ByName, Keys, NamespaceSelector, is_protected};

/// Whether a rule is about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// The object's namespace decides, and it is not known.
    NamespaceUnknown,
    /// The Namespace's labels or annotations decide, and they cannot be had.
    Unavailable {
        /// Whose.
        namespace: String,
        /// Why not.
        reason: String,
    },
}

/// What is asked about one object.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) object: Object<'a>,
    pub(super) target: Target<'a>,
    pub(super) world: &'a dyn World,
    pub(super) request: &'a Request<'a>,
}

/// `match` without its namespaces: cheap, and enough to leave most objects out.
pub(super) fn may_select(rule: &Rule, object: Object<'_>, request: &Request<'_>) -> bool {
    rule.matching.keys.match_object(object, request.operation)
}

/// The whole of `match` (rules.md 1.5 to 1.10), for an object that [`may_select`] let pass.
pub(super) fn select(rule: &Rule, subject: &Subject<'_>) -> Selection {
    let selector = rule.matching.namespaces();
    let writes = rule.transform.meta().needs_namespaces;
    if let Some(exclude) = &rule.matching.exclude {
        match excluded(exclude, subject) {
            Selection::No => {}
            Selection::Yes => return Selection::No,
            undecided => return undecided,
        }
    }
    if selector.is_empty() && !writes {
        return Selection::Yes;
    }
    match subject.target {
        Target::Cluster => Selection::No,
        Target::Unknown => Selection::NamespaceUnknown,
        Target::Namespace(name) if writes && is_protected(name) && !selector.names_literally(name) => {
            Selection::No
        }
        Target::Namespace(name) => select_namespace(selector, name, subject),
    }
}

fn excluded(exclude: &Keys, subject: &Subject<'_>) -> Selection {
    if !exclude.match_object(subject.object, subject.request.operation) {
        return Selection::No;
    }
    match subject.target {
        _ if exclude.namespaces.is_empty() => Selection::Yes,
        Target::Cluster => Selection::No,
        Target::Unknown => Selection::NamespaceUnknown,
        Target::Namespace(name) => select_namespace(&exclude.namespaces, name, subject),
    }
}

fn select_namespace(selector: &NamespaceSelector, name: &str, subject: &Subject<'_>) -> Selection {
    let decided = |yes| if yes { Selection::Yes } else { Selection::No };
    match selector.by_name(name) {
        ByName::Yes => return Selection::Yes,
        ByName::No => return Selection::No,
        ByName::AskNamespace => {}
    }
    // A Namespace is selected by its own labels (rules.md 1.11).
    let is_namespace = subject.object.group().is_empty() && subject.object.kind() == "Namespace";
    if is_namespace {
        return decided(selector.by_namespace(subject.object.value()));
    }
    match subject.world.namespace(name) {
        Answer::Known(namespace) => decided(selector.by_namespace(&namespace)),
        Answer::Absent => Selection::No,
        Answer::Unavailable(reason) => Selection::Unavailable {
            namespace: name.to_owned(),
            reason,
        },
    }
}
