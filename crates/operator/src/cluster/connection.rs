//! Which cluster: a kubeconfig with a context, or the one that this program runs in.

use std::path::PathBuf;

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use super::Cluster;
use crate::command::Failure;

/// Where a Pod finds its own namespace.
const OWN_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// The arguments that choose a cluster.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Connection {
    /// The kubeconfig; without it `KUBECONFIG`, `~/.kube/config`, or the cluster that this runs in
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; without it the current one
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

impl Connection {
    /// Makes a client. Nothing is sent yet.
    pub(crate) async fn open(&self) -> Result<Cluster, Failure> {
        let mut config = self.config().await?;
        // Asked again by us, and only what reads: a write that is sent twice hides whether the first one was made.
        config.default_retry = false;
        let client = Client::try_from(config);
        let client = client.map_err(|error| {
            Failure::Unreadable(format!(
                "the cluster cannot be reached as the kubeconfig says: {error}"
            ))
        })?;
        Ok(Cluster::new(client))
    }

    async fn config(&self) -> Result<Config, Failure> {
        let options = KubeConfigOptions {
            context: self.context.clone(),
            ..KubeConfigOptions::default()
        };
        if let Some(file) = &self.kubeconfig {
            let context = |error: KubeconfigError| {
                Failure::Arguments(format!("--kubeconfig `{}`: {}", file.display(), spoken(&error)))
            };
            let kubeconfig = Kubeconfig::read_from(file).map_err(context)?;
            return Config::from_custom_kubeconfig(kubeconfig, &options)
                .await
                .map_err(context);
        }
        let error = match Config::from_kubeconfig(&options).await {
            Ok(config) => return Ok(config),
            Err(error) => error,
        };
        let is_asked_for = self.context.is_some() || std::env::var_os("KUBECONFIG").is_some();
        if !is_asked_for && let Ok(config) = Config::incluster() {
            return Ok(config);
        }
        Err(Failure::Arguments(format!(
            "no cluster: {}; pass --kubeconfig FILE, set KUBECONFIG, or run this in a Pod with a ServiceAccount",
            spoken(&error)
        )))
    }
}

/// The namespace of the Pod that this runs in; `None` outside of a cluster.
pub(crate) fn own_namespace() -> Option<String> {
    let text = std::fs::read_to_string(OWN_NAMESPACE).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// An error with its cause, which alone says what is wrong.
fn spoken(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) if !error.to_string().contains(&source.to_string()) => format!("{error}: {source}"),
        _ => error.to_string(),
    }
}
