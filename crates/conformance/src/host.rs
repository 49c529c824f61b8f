//! The policy server's side of host calls, answered from a case's world.

use std::error::Error;

use boltrope::admission::recorded;
use boltrope::engine::world::snapshot::Snapshot;

/// What a host call gives.
pub(crate) type Answered = Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

/// Answers the one call that policies may make; every other is a mistake.
pub(crate) fn answer(world: &Snapshot, call: [&str; 3], payload: &[u8]) -> Answered {
    if call != ["kubewarden", "kubernetes", "get_resource"] {
        return Err(format!("unexpected host call {call:?}").into());
    }
    recorded(world, payload).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_calls_are_refused() {
        let call = ["kubewarden", "kubernetes", "list_resources_all"];
        assert!(answer(&Snapshot::new(), call, b"{}").is_err());
    }
}
