//! Where objects of a kind live, from what the World says and the kinds that Kubernetes has built in.

use super::{Answer, ScopeSource, World};

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
    if world.tells_scope(group, kind)
        && let Answer::Known(sources) = world.scope(group, kind)
    {
        let mut sources = sources.into_iter();
        if let Some(first) = sources.next() {
            return match sources.find(|other| other.scope != first.scope) {
                Some(other) => KnownScope::Disagree(first, other),
                None => KnownScope::Known(first),
            };
        }
    }
    super::builtin::scope(group, kind).map_or(KnownScope::Unknown, |scope| {
        KnownScope::Known(ScopeSource {
            scope,
            source: "Kubernetes itself".to_owned(),
        })
    })
}
