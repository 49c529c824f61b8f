//! What preview namespaces get from their base: mirrors of its Services, copies of its routes (the rule `preview`).
//!
//! ```text
//! RuleSet --Rules::of--> Rules
//! Rules + Snapshot --plan--> Plan { apply, delete, released, conflicts, held, skipped, ... }
//! ```
//!
//! The planner is level-based: it compares what should be with what is, and knows nothing of what happened in between. It
//! is total and deterministic, and carries nothing out. An object without our origin is never written or deleted, and a
//! kind that is not completely known never leads to a deletion.

mod content;
mod copies;
mod copy;
mod grant;
pub mod import;
mod kind;
pub mod marks;
mod mirror;
mod orphans;
mod plan;
mod planner;
mod route;
mod rules;
mod snapshot;
mod source;
mod target;
#[cfg(test)]
mod tests;
mod view;
mod yielding;

pub use kind::Kind;
pub use plan::{
    Apply, Conflict, Delete, Held, Identity, Plan, Released, RuleStatus, Selection, Skipped, Warning,
};
pub use route::controllers::{CONTROLLERS, Row};
pub use rules::Rules;
pub use snapshot::{Snapshot, State};

/// What is to be done in a cluster so that its preview namespaces are as the rules say.
///
/// ```
/// use boltrope::preview::{Kind, Rules, Snapshot, State, plan};
/// use boltrope::{rules::RuleSet, transforms::TRANSFORMS};
/// let rules = RuleSet::from_spec(&serde_json::json!({"rules": [{
///     "name": "previews",
///     "preview": {"source": "default", "consent": "none", "namespaces": {"include": ["feature-*"]}},
/// }]}), TRANSFORMS).unwrap();
/// let mut snapshot = Snapshot::new();
/// for kind in Kind::ALL {
///     snapshot.set_state(kind, State::Complete);
/// }
/// for namespace in ["default", "feature-login"] {
///     snapshot.put(serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
/// }
/// snapshot.put(serde_json::json!({
///     "apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": "default"},
///     "spec": {"ports": [{"port": 80, "targetPort": 8080}]},
/// }));
/// let plan = plan(&Rules::of(&rules), &snapshot);
/// let spec = &plan.apply[0].object["spec"];
/// assert_eq!(spec["externalName"], "api.default.svc.cluster.local");
/// assert_eq!(spec["ports"][0]["targetPort"], 80);
/// ```
#[must_use]
pub fn plan(rules: &Rules, snapshot: &Snapshot) -> Plan {
    planner::Planner::new(rules, snapshot).run()
}
