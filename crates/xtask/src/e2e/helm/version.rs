//! The two Helms, and how each is told to run the post-renderer on the example's chart.

use std::path::Path;

use anyhow::Context as _;

use crate::program::Program;
use crate::tools;

/// The plugin that Helm 4 runs, as users install it.
pub(crate) const PLUGIN: &str = "plugins/helm";
/// What Helm 4 adds to every document for its own use and takes away again.
pub(crate) const FILENAME: &str = "postrenderer.helm.sh/postrender-filename";
/// The example: its chart, and where its release lives.
pub(crate) const CHART: &str = "examples/platform/chart";
pub(crate) const NAMESPACE: &str = "new-feature";

/// What the post-renderer is told, besides `post-render` itself.
pub(crate) const FLAGS: &[&str] = &[
    "--rules",
    "examples/platform/rules.yaml",
    "--namespace",
    NAMESPACE,
    "--world",
    "examples/platform/world/namespaced",
];

/// A Helm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Helm {
    /// Runs a post-renderer as an executable.
    Three,
    /// Runs a post-renderer as a plugin.
    Four,
}

impl Helm {
    /// What its folders are called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Three => "helm-3",
            Self::Four => "helm-4",
        }
    }

    /// The program.
    pub(crate) fn binary(self) -> anyhow::Result<std::path::PathBuf> {
        match self {
            Self::Three => tools::HELM_3.path(),
            Self::Four => tools::HELM_4.path(),
        }
    }

    /// Helm in the checkout, with data folders of its own: no plugin, repository or setting of the user's takes part.
    pub(crate) fn program(self, root: &Path) -> anyhow::Result<Program> {
        let home = root.join("target/e2e").join(self.name());
        std::fs::create_dir_all(&home)?;
        Ok(Program::new(self.binary()?)
            .in_folder(root)
            .env("HELM_DATA_HOME", home.join("data"))
            .env("HELM_CONFIG_HOME", home.join("config"))
            .env("HELM_CACHE_HOME", home.join("cache"))
            .without_env("HELM_NAMESPACE")
            .without_env("HELM_PLUGINS")
            .without_env("KUBECONFIG"))
    }

    /// The same with the post-renderer ready; `verb` is what Helm is asked to do.
    pub(crate) fn with_post_renderer(
        self,
        root: &Path,
        boltrope: &Path,
        verb: &[&str],
    ) -> anyhow::Result<Program> {
        let path = boltrope
            .to_str()
            .context("the path of the checkout is not UTF-8")?;
        let renderer = match self {
            Self::Three => vec!["--post-renderer", path, "--post-renderer-args", "post-render"],
            Self::Four => vec!["--post-renderer", "boltrope"],
        };
        let flags = FLAGS.iter().flat_map(|flag| ["--post-renderer-args", *flag]);
        let mut program = self.program(root)?;
        if self == Self::Four {
            self.install_plugin(root)?;
            program = program.env("PATH", path_with(boltrope)?);
        }
        Ok(program.args(verb).args(renderer).args(flags))
    }

    /// Helm links to the folder, so a plugin that is there is this checkout's.
    fn install_plugin(self, root: &Path) -> anyhow::Result<()> {
        let plugin = root.join(PLUGIN);
        let installed = root
            .join("target/e2e")
            .join(self.name())
            .join("data/plugins/helm");
        if std::fs::read_link(&installed).is_ok_and(|target| target == plugin) {
            return Ok(());
        }
        let data = root.join("target/e2e").join(self.name()).join("data");
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        let plugin = plugin.to_str().context("the path of the checkout is not UTF-8")?;
        self.program(root)?
            .args(["plugin", "install", plugin])
            .stdout()
            .map(drop)
    }
}

/// `PATH` with the folder of the binary first, which is where the plugin finds it.
pub(crate) fn path_with(boltrope: &Path) -> anyhow::Result<std::ffi::OsString> {
    let folder = boltrope.parent().context("the binary is in no folder")?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).context("a folder of PATH has a colon in its name")
}

#[cfg(test)]
mod tests {
    use crate::checkout;

    #[test]
    fn the_plugin_has_the_version_of_the_program() {
        let plugin = checkout::text(&std::path::Path::new(super::PLUGIN).join("plugin.yaml"))
            .unwrap()
            .unwrap();
        let plugin: serde_json::Value = yaml_serde::from_str(&plugin).unwrap();
        assert_eq!(plugin["version"], env!("CARGO_PKG_VERSION"));
    }
}
