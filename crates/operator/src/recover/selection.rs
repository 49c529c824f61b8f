//! Which releases are looked at, and how: arguments that all recovery commands share.

use boltrope::recovery::controller::ControllerVersion;

use crate::cluster::Connection;

/// What to look at.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Selection {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Only HelmReleases of this namespace; repeat for several. Without it all namespaces are listed at once
    #[arg(long = "namespace", short, value_name = "NAMESPACE")]
    pub(crate) namespaces: Vec<String>,
    /// List Helm's Secrets (their metadata) instead of fetching records by exact name. This needs the right to list
    /// Secrets, which is the right to read all of them
    #[arg(long)]
    pub(crate) list_secrets: bool,
    /// The namespace of Flux's controllers, where the Deployment of helm-controller tells its version and health
    #[arg(long, value_name = "NAMESPACE", default_value = "flux-system")]
    pub(crate) flux_namespace: String,
    /// The version of helm-controller, such as v1.6.2, where no Deployment of it can be seen
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(crate) controller_version: Option<ControllerVersion>,
}

impl Selection {
    /// The namespaces to list, each once; `None` for all of them at once.
    pub(crate) fn places(&self) -> Vec<Option<&str>> {
        if self.namespaces.is_empty() {
            return vec![None];
        }
        let mut places: Vec<Option<&str>> = Vec::new();
        for namespace in &self.namespaces {
            if !places.contains(&Some(namespace)) {
                places.push(Some(namespace));
            }
        }
        places
    }
}

fn version(text: &str) -> Result<ControllerVersion, String> {
    ControllerVersion::parse(text).ok_or_else(|| "write a version like v1.6.2".to_owned())
}
