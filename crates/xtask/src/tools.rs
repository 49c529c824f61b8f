//! Real tools to compare with and to run in, built by the Go toolchain into `target/tools`, pinned.
//!
//! A tool's folder carries its version, so that a changed pin builds anew and an old one stays usable.

use crate::program::Program;
use crate::{checkout, output};
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

/// A program of a Go module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    /// What it is called in tables.
    pub(crate) name: &'static str,
    /// The module's version.
    pub(crate) version: &'static str,
    module: &'static str,
    /// The package inside the module; empty for the module's root.
    package: &'static str,
    /// What `go install` calls the binary: the last part of the package's path.
    binary: &'static str,
    /// Whether the module has `replace` lines, which `go install` refuses to honour.
    replaces: bool,
}

/// Helm 3, which runs a post-renderer as an executable.
pub(crate) const HELM_3: Tool = Tool {
    name: "helm 3",
    version: "v3.22.0",
    module: "helm.sh/helm/v3",
    package: "/cmd/helm",
    binary: "helm",
    replaces: false,
};

/// Helm 4, which runs a post-renderer as a plugin.
pub(crate) const HELM_4: Tool = Tool {
    name: "helm 4",
    version: "v4.3.1",
    module: "helm.sh/helm/v4",
    ..HELM_3
};

/// The newest kustomize that Go 1.26 builds.
pub(crate) const KUSTOMIZE: Tool = Tool {
    name: "kustomize",
    version: "v5.8.2",
    module: "sigs.k8s.io/kustomize/kustomize/v5",
    package: "",
    binary: "kustomize",
    replaces: false,
};

/// Mike Farah's yq.
pub(crate) const YQ: Tool = Tool {
    name: "yq",
    version: "v4.54.1",
    module: "github.com/mikefarah/yq/v4",
    package: "",
    binary: "yq",
    replaces: false,
};

/// Kyverno's command-line program.
pub(crate) const KYVERNO: Tool = Tool {
    name: "kyverno",
    version: "v1.19.1",
    module: "github.com/kyverno/kyverno",
    package: "/cmd/cli/kubectl-kyverno",
    binary: "kubectl-kyverno",
    replaces: true,
};

/// Kubernetes' API server.
pub(crate) const KUBE_APISERVER: Tool = Tool {
    name: "kube-apiserver",
    version: "v1.36.3",
    module: KUBERNETES,
    package: "/cmd/kube-apiserver",
    binary: "kube-apiserver",
    replaces: true,
};

/// What the API server keeps its objects in.
pub(crate) const ETCD: Tool = Tool {
    name: "etcd",
    version: "v3.7.3",
    module: "go.etcd.io/etcd/server/v3",
    package: "",
    binary: "etcd",
    replaces: true,
};

const KUBERNETES: &str = "k8s.io/kubernetes";

/// etcd's server module has no program of its own: this is the whole of what its repository builds from elsewhere.
const ETCD_MAIN: &str = "package main\n\nimport (\n\t\"os\"\n\n\t\"go.etcd.io/etcd/server/v3/etcdmain\"\n)\n\n\
                         func main() { etcdmain.Main(os.Args) }\n";

/// Flux's controller of HelmReleases. v1.6.3 cannot be had from the module proxy.
pub(crate) const HELM_CONTROLLER: Tool = Tool {
    name: "helm-controller",
    version: "v1.6.2",
    module: "github.com/fluxcd/helm-controller",
    package: "",
    binary: "helm-controller",
    replaces: true,
};

impl Tool {
    /// The path of the binary, built first if it is not there.
    pub(crate) fn path(&self) -> anyhow::Result<PathBuf> {
        let folder = checkout::root()?.join("target/tools/go").join(format!(
            "{}-{}",
            self.name.replace(' ', ""),
            self.version
        ));
        let binary = folder.join(self.binary);
        if !binary.exists() {
            output::line(&format!(
                "building {} {} (minutes, once) ...",
                self.name, self.version
            ));
            self.build(&folder)
                .with_context(|| format!("building {} {}", self.name, self.version))?;
        }
        Ok(binary)
    }

    fn build(&self, folder: &Path) -> anyhow::Result<()> {
        if !Program::new("go").args(["version"]).succeeds() {
            bail!("go not found: install Go 1.26 or later, the real tools are built with it");
        }
        std::fs::create_dir_all(folder)?;
        if self.replaces {
            return self.build_with_replacements(folder);
        }
        Program::new("go")
            .args([
                "install",
                &format!("{}{}@{}", self.module, self.package, self.version),
            ])
            .env("GOBIN", folder)
            .env("CGO_ENABLED", "0")
            .in_folder(folder)
            .run()
    }

    /// Builds from a small module that requires the tool's module and repeats its `replace` lines.
    fn build_with_replacements(&self, folder: &Path) -> anyhow::Result<()> {
        let go = |arguments: &[&str]| {
            Program::new("go")
                .args(arguments)
                .in_folder(folder)
                .env("CGO_ENABLED", "0")
        };
        if !folder.join("go.mod").exists() {
            go(&["mod", "init", "boltrope.dev/tools"]).run()?;
        }
        let version = format!("{}@{}", self.module, self.version);
        let download = go(&["mod", "download", "-json", &version])
            .env("GOFLAGS", "-mod=mod")
            .stdout()?;
        let download: serde_json::Value = serde_json::from_str(&download)?;
        let manifest = download
            .get("GoMod")
            .and_then(|path| path.as_str())
            .context("no GoMod in the download")?;
        let manifest: serde_json::Value =
            serde_json::from_str(&go(&["mod", "edit", "-json", manifest]).stdout()?)?;
        for replacement in manifest
            .get("Replace")
            .and_then(|list| list.as_array())
            .into_iter()
            .flatten()
        {
            let new = module(replacement.get("New"))?;
            // A folder of its own repository is another module of it, which its `require` line names as well.
            if new.starts_with('.') {
                continue;
            }
            let flag = format!("-replace={}={new}", module(replacement.get("Old"))?);
            go(&["mod", "edit", &flag]).run()?;
        }
        for staged in staging(&manifest) {
            let version = self.version.replacen("v1.", "v0.", 1);
            let flag = format!("-replace={staged}={staged}@{version}");
            go(&["mod", "edit", &flag]).run()?;
        }
        go(&["mod", "edit", &format!("-require={version}")]).run()?;
        let mut package = format!("{}{}", self.module, self.package);
        if self.module == ETCD.module {
            std::fs::write(folder.join("main.go"), ETCD_MAIN)?;
            ".".clone_into(&mut package);
        }
        let link = format!("-ldflags={}", self.link_flags());
        go(&["build", "-mod=mod", &link, "-o", self.binary, &package]).run()
    }

    /// No debug information; and Kubernetes learns its version from the linker, clients and charts ask for it.
    fn link_flags(&self) -> String {
        let mut flags = "-s -w".to_owned();
        if self.module == KUBERNETES {
            let mut parts = self.version.trim_start_matches('v').split('.');
            for (name, value) in [
                ("gitVersion", Some(self.version)),
                ("gitMajor", parts.next()),
                ("gitMinor", parts.next()),
            ] {
                let value = value.unwrap_or_default();
                flags.push_str(&format!(" -X k8s.io/component-base/version.{name}={value}"));
            }
        }
        flags
    }
}

/// The modules that Kubernetes develops in its own repository: it requires them at `v0.0.0` and publishes them as
/// `v0.36.3` for its own `v1.36.3`.
fn staging(manifest: &serde_json::Value) -> Vec<String> {
    let required = manifest.get("Require").and_then(|list| list.as_array());
    let text = |entry: &serde_json::Value, key: &str| Some(entry.get(key)?.as_str()?.to_owned());
    required
        .into_iter()
        .flatten()
        .filter(|entry| text(entry, "Version").as_deref() == Some("v0.0.0"))
        .filter_map(|entry| text(entry, "Path"))
        .filter(|path| path.starts_with("k8s.io/"))
        .collect()
}

/// `path` or `path@version` of one side of a `replace` line.
fn module(side: Option<&serde_json::Value>) -> anyhow::Result<String> {
    let field = |name: &str| {
        side.and_then(|side| side.get(name))
            .and_then(|value| value.as_str())
    };
    let path = field("Path").context("a `replace` line without a path")?;
    Ok(field("Version").map_or_else(|| path.to_owned(), |version| format!("{path}@{version}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_keeps_its_version_when_it_has_one() {
        let side = serde_json::json!({"Path": "example.com/a", "Version": "v1.2.3"});
        assert_eq!(module(Some(&side)).unwrap(), "example.com/a@v1.2.3");
        assert_eq!(
            module(Some(&serde_json::json!({"Path": "example.com/a"}))).unwrap(),
            "example.com/a"
        );
        assert!(module(None).is_err());
    }

    #[test]
    fn only_the_modules_of_the_repository_itself_are_staged() {
        let manifest = serde_json::json!({"Require": [
            {"Path": "k8s.io/api", "Version": "v0.0.0"},
            {"Path": "k8s.io/klog/v2", "Version": "v2.130.1"},
            {"Path": "example.com/a", "Version": "v0.0.0"},
        ]});
        assert_eq!(staging(&manifest), ["k8s.io/api"]);
        assert_eq!(staging(&serde_json::json!({})), Vec::<String>::new());
    }

    #[test]
    fn kubernetes_is_told_its_version_and_others_are_not() {
        let flags = KUBE_APISERVER.link_flags();
        assert!(
            flags.contains("version.gitVersion=v1.36.3") && flags.contains("gitMinor=36"),
            "{flags}"
        );
        assert_eq!(ETCD.link_flags(), "-s -w");
    }
}
