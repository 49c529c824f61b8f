//! Flags that every command has that runs rules, and what they become.

use std::path::PathBuf;

use boltrope::engine::Program;
use boltrope::engine::world::snapshot::Snapshot;
use boltrope::render::Options;
use boltrope::rules::is_dns_label;
use boltrope::rules::load::{Loaded, Source, load_written};
use boltrope::transforms::TRANSFORMS;

use super::exit::Failure;
use super::files::File;
use super::threads::Threads;
use super::{environment, files};

/// What to run, and what is known about the cluster.
#[derive(Debug, clap::Args)]
pub(crate) struct RunFlags {
    /// Rules file, or a directory of them (*.yaml, *.yml); repeat for several [env: BOLTROPE_RULES]
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Vec<PathBuf>,
    /// Namespace of objects that name none [env: BOLTROPE_NAMESPACE, HELM_NAMESPACE]
    #[arg(long, short, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Name of the release, for `{release}` in rules
    #[arg(long, value_name = "NAME")]
    pub(crate) release: Option<String>,
    /// Manifests that describe the cluster, files or directories: CRDs, XRDs, Namespaces, Services; repeat for several
    #[arg(long, value_name = "PATH")]
    pub(crate) world: Vec<PathBuf>,
    /// Make duplicate keys errors; read every document
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Rules, and what is known about the cluster, at admission.
#[derive(Debug, clap::Args)]
pub(crate) struct AdmissionFlags {
    /// Rules file, or a directory of them (*.yaml, *.yml); repeat for several [env: BOLTROPE_RULES]
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Manifests that describe the cluster, files or directories: CRDs, XRDs, Namespaces, Services; repeat for several
    #[arg(long, value_name = "PATH")]
    pub(crate) world: Vec<PathBuf>,
}

impl AdmissionFlags {
    /// The rules, compiled and as written.
    pub(crate) fn loaded(&self) -> Result<Loaded, Failure> {
        load(&self.rules)
    }
}

impl RunFlags {
    /// The compiled rules.
    pub(crate) fn program(&self) -> Result<Program, Failure> {
        load(&self.rules).map(|loaded| Program::compile(loaded.rules))
    }

    /// What the files of `--world` say.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, Failure> {
        files::world(&self.world)
    }

    /// The namespace, checked.
    pub(crate) fn namespace(&self) -> Result<Option<String>, Failure> {
        let Some((name, origin)) = environment::namespace(self.namespace.as_deref()) else {
            return Ok(None);
        };
        if is_dns_label(&name) {
            return Ok(Some(name));
        }
        let message = format!(
            "{origin}: `{name}` is not the name of a namespace: use at most 63 lower-case letters, digits and `-`"
        );
        Err(Failure::Arguments(message))
    }

    /// How to run, for a namespace that was checked.
    pub(crate) fn options<'a>(&'a self, namespace: Option<&'a str>) -> Options<'a> {
        Options {
            namespace,
            release: self.release.as_deref(),
            strict: self.strict,
            spread: &Threads,
            ..Options::default()
        }
    }
}

/// The rules of the flags, else of the environment.
pub(crate) fn load(flags: &[PathBuf]) -> Result<Loaded, Failure> {
    load_files(&rules_files(flags)?)
}

/// The files of the flags, else of the environment.
pub(crate) fn rules_files(flags: &[PathBuf]) -> Result<Vec<File>, Failure> {
    match rules_files_if_any(flags)? {
        files if files.is_empty() => Err(no_rules()),
        files => Ok(files),
    }
}

/// The files of the flags, else of the environment; none when neither names one.
pub(crate) fn rules_files_if_any(flags: &[PathBuf]) -> Result<Vec<File>, Failure> {
    match environment::rules(flags) {
        paths if paths.is_empty() => Ok(Vec::new()),
        paths => files::rules(&paths),
    }
}

/// Nobody said what the rules are.
pub(crate) fn no_rules() -> Failure {
    let message =
        "no rules: pass --rules FILE or set BOLTROPE_RULES; start a file with `boltrope rules init`";
    Failure::Arguments(message.to_owned())
}

/// Rules files as one set of rules.
pub(crate) fn load_files(files: &[File]) -> Result<Loaded, Failure> {
    let sources: Vec<Source<'_>> = files.iter().map(File::source).collect();
    load_written(&sources, TRANSFORMS).map_err(Failure::Rules)
}
