//! The releases that somebody named; without a name all of them.

use boltrope::recovery::Diagnosis;

use crate::command::Failure;

/// Names as they were given.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Names {
    /// Only these releases: NAME or NAMESPACE/NAME
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

impl Names {
    /// The chosen ones.
    ///
    /// # Errors
    /// A name that no release has: whoever wrote it wants to know.
    pub(super) fn chosen(&self, all: Vec<Diagnosis>) -> Result<Vec<Diagnosis>, Failure> {
        if self.names.is_empty() {
            return Ok(all);
        }
        for name in &self.names {
            if !all.iter().any(|found| is_named(found, name)) {
                return Err(unknown("", name));
            }
        }
        let is_chosen = |found: &Diagnosis| self.names.iter().any(|name| is_named(found, name));
        Ok(all.into_iter().filter(is_chosen).collect())
    }

    /// Whether a release is among them.
    pub(super) fn holds(&self, namespace: &str, name: &str) -> bool {
        let full = format!("{namespace}/{name}");
        self.names.is_empty() || self.names.iter().any(|given| *given == name || *given == full)
    }

    /// Whether nobody was named.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// Whether a release is called so.
pub(super) fn is_named(found: &Diagnosis, name: &str) -> bool {
    found.name == name || found.full_name() == name
}

/// A name that no release has.
pub(super) fn unknown(place: &str, name: &str) -> Failure {
    Failure::Arguments(format!(
        "{place}no HelmRelease is called `{name}`; write NAME or NAMESPACE/NAME, and see that -n names its namespace"
    ))
}
