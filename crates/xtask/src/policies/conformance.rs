//! `make conformance`: every case in the compiled policies, the command and the library.

use crate::checkout;
use crate::program::Program;

/// Builds what is compared, then compares. One build of the command and of the comparing program, so that their features
/// are those of `cargo test` and nothing is compiled twice.
pub(crate) fn run(names: &[String]) -> anyhow::Result<()> {
    super::run(names)?;
    let root = checkout::root()?;
    let packages = ["--package", "boltrope", "--package", "conformance"];
    Program::cargo()
        .args(["build", "--locked", "--all-features"])
        .args(packages)
        .in_folder(&root)
        .run()?;
    Program::cargo()
        .args(["run", "--quiet", "--locked", "--all-features"])
        .args(["--package", "conformance", "--"])
        .args(names)
        .in_folder(&root)
        .run()
}
