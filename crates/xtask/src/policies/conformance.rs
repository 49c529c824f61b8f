//! `make conformance`: every case in the compiled policies, the npm package, the command and the library.

use crate::program::Program;
use crate::{checkout, js};

/// Builds what is compared, then compares. `make test` leaves the comparing program out of its one build of everything:
/// with the features of other packages wasmtime would be compiled a second time here.
pub(crate) fn run(names: &[String]) -> anyhow::Result<()> {
    super::run(names)?;
    js::run(&[])?;
    cargo(&["build", "--package", "boltrope"], &[])?;
    cargo(&["test", "--quiet"], &[])?;
    cargo(&["run", "--quiet"], names)
}

/// The real policy-server held to `boltrope eval`: `--binary PATH [--throughput]`.
pub(crate) fn serve(arguments: &[String]) -> anyhow::Result<()> {
    if !arguments.is_empty() {
        super::run(&[])?;
        super::build::fixture("label-policy")?;
        cargo(&["build", "--package", "boltrope"], &[])?;
    }
    let verb = ["policy-server".to_owned()];
    cargo(&["run", "--quiet"], &[&verb, arguments].concat())
}

/// `make bless-fuel`: records what the policies cost now.
pub(crate) fn bless_fuel(_: &[String]) -> anyhow::Result<()> {
    super::run(&[])?;
    cargo(&["run", "--quiet"], &["--bless-fuel".to_owned()])
}

/// `make bench-policy`: times, with an optimised host.
pub(crate) fn bench(_: &[String]) -> anyhow::Result<()> {
    super::run(&[])?;
    cargo(&["run", "--profile", "bench-policy"], &["--bench".to_owned()])
}

fn cargo(verb: &[&str], arguments: &[String]) -> anyhow::Result<()> {
    Program::cargo()
        .args(verb)
        .args(["--locked", "--all-features", "--package", "conformance"])
        .args((!arguments.is_empty()).then_some("--"))
        .args(arguments)
        .in_folder(&checkout::root()?)
        .run()
}
