//! Where objects of a kind live, from what the World says and the kinds that Kubernetes has built in.

use super::{Answer, Scope, ScopeSource, World, builtin};

/// The scope of a kind as far as anyone can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownScope {
    /// All sources that speak say this.
    Known(ScopeSource),
    /// Two sources contradict each other.
    Disagree(ScopeSource, ScopeSource),
    /// No source speaks.
    Unknown,
}

/// Asks the World, then the table of built-in kinds (rules.md 3.2). The core group is the empty string.
#[must_use]
pub fn scope_of(world: &dyn World, group: &str, kind: &str) -> KnownScope {
    let built_in = || {
        builtin::scope(group, kind).map_or(KnownScope::Unknown, |scope| {
            KnownScope::Known(ScopeSource {
                scope,
                source: "Kubernetes itself".to_owned(),
            })
        })
    };
    told(world, group, kind).unwrap_or_else(built_in)
}

/// Whether [`scope_of`] is cluster-wide. Most of the table is not needed to say so.
pub(crate) fn is_cluster_wide(world: &dyn World, group: &str, kind: &str) -> bool {
    match told(world, group, kind) {
        Some(KnownScope::Known(source)) => source.scope == Scope::Cluster,
        Some(_) => false,
        None => builtin::is_cluster_wide(group, kind),
    }
}

/// What the World says; `None` when it does not.
fn told(world: &dyn World, group: &str, kind: &str) -> Option<KnownScope> {
    if !world.tells_scope(group, kind) {
        return None;
    }
    let Answer::Known(sources) = world.scope(group, kind) else {
        return None;
    };
    let mut sources = sources.into_iter();
    let first = sources.next()?;
    Some(match sources.find(|other| other.scope != first.scope) {
        Some(other) => KnownScope::Disagree(first, other),
        None => KnownScope::Known(first),
    })
}
