//! How far a command looks, for a user whose role does not have everything: the arguments, the same for all that read a
//! cluster.

use std::collections::BTreeSet;

use super::served;

/// What to look at.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Reach {
    /// Look at no other namespace than this and the sources, for an operator with Roles instead of a ClusterRole; repeat
    #[arg(long, value_name = "NAMESPACE")]
    only: Vec<String>,
    /// Look at no other kind than this besides Namespaces, Services and EndpointSlices, for an operator whose role has only
    /// some; repeat. Classes and Gateways come with the routes that have them
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Vec<String>,
}

impl Reach {
    /// The only namespaces; `None` for all.
    pub(super) fn only(&self) -> Option<BTreeSet<String>> {
        (!self.only.is_empty()).then(|| self.only.iter().cloned().collect())
    }

    /// The only kinds; `None` for all that are served.
    pub(super) fn kinds(&self) -> Option<BTreeSet<String>> {
        (!self.kind.is_empty()).then(|| self.kind.iter().cloned().collect())
    }
}

fn kind(text: &str) -> Result<String, String> {
    let choices = served::choices();
    if choices.contains(text) {
        return Ok(text.to_owned());
    }
    let choices: Vec<&str> = choices.into_iter().collect();
    Err(format!("there are {}", choices.join(", ")))
}
